// Package packet is the wire format of BFD control packets (RFC 5880 section 4.1) and the rules by which a received one
// is accepted. It opens no socket, reads no clock and keeps no state.
//
//	var c bfd.Control
//	drop := packet.Parse(datagram, &c)             // the checks that need no session; nothing is allocated
//	session, ok := demux.Find(c.Yours, path)       // none: count packet.DropUnknown
//	if ttl < session.MinTTL { … }                  // count packet.DropTTL
//
// Sending is [Append].
package packet
