// Package packet holds the wire formats of VRRP: advertisements of version 2 (RFC 3768, IPv4) and version 3
// (RFC 9568, IPv4 and IPv6), their checksums, their authentication, the IPv4 header around them, and the rules by which
// a received one is accepted. It opens no socket and reads no clock. Only [AH] and [HMAC], which count adverts, keep
// state.
//
// Receiving goes in two steps, because the VRID selects who judges:
//
//	p, drop := packet.IPv4(datagram)           // or packet.IPv6(payload, source, destination, hopLimit)
//	x := expectations[p.VRID()]                // none: count packet.DropVRID
//	notes, drop := x.Receive(p, &advert)       // every check, in a fixed order; advert is reused, nothing is allocated
//
// Sending is [Advert.AppendTo] for the message alone (IPv6, where the kernel writes the header) and
// [Advert.AppendIPv4] for a packet with its IPv4 header. [VRRP] is the same message as a gopacket layer; gopacket's
// own VRRP layer reads past short packets and is never used.
//
// Where the standard is:
//
//	RFC 9568 5.1        IP header fields            AppendIPv4, IPv4, IPv6, Group
//	RFC 9568 5.2        version 3 message           Advert.AppendTo, Advert.decode
//	RFC 3768 5.3        version 2 message           Advert.AppendTo, Advert.decode
//	RFC 9568 5.2.8      checksum                    Form, checksum.go
//	RFC 9568 7.1        receiving                   Expect.Receive, Drop, Note
//	RFC 3768 7.1        receiving, version 2        Expect.Receive
//	RFC 2338 5.3.6      passwords                   Expect.Password, Advert.Auth
//	RFC 2402            authentication header       AH
//	draft-cassen-vrrp-auth-hmac                     HMAC
package packet
