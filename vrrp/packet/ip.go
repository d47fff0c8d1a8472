package packet

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"time"
)

const (
	ipv4HeaderLen = 20
	trafficClass  = 0xc0 // CS6, internetwork control
)

// Group is the multicast group of adverts: 224.0.0.18 or ff02::12 (RFC 9568 sections 5.1.1.2 and 5.1.2.2).
func Group(ipv6 bool) netip.Addr {
	if ipv6 {
		return netip.AddrFrom16([16]byte{0: 0xff, 1: 0x02, 15: 0x12})
	}
	return netip.AddrFrom4([4]byte{224, 0, 0, 18})
}

// Packet is a received datagram of protocol 112, taken apart as far as needed to find who judges it. It refers to
// the bytes it was made from.
type Packet struct {
	Source      netip.Addr // without zone
	Destination netip.Addr // without zone
	TTL         uint8      // TTL or hop limit
	PDU         []byte     // the VRRP message, at least 8 bytes
	At          time.Time  // when it arrived, by the wall clock; only HMAC needs it. Zero: nobody knows

	headers []byte // the IPv4 and the authentication header; nil without the latter
}

// IPv4 takes apart a datagram that begins with its IPv4 header, as a raw socket delivers it. It drops what is too
// short, has another protocol, or is not as long as its header says (truncated, or with bytes behind its end). The
// message may stand behind an authentication header, which only [Expect.Receive] judges.
func IPv4(datagram []byte) (Packet, Drop) {
	if len(datagram) < ipv4HeaderLen || datagram[0]>>4 != 4 {
		return Packet{}, DropShort
	}
	header := int(datagram[0]&0x0f) * 4 // options may follow the 20 bytes
	if header < ipv4HeaderLen || len(datagram) < header+headerLen {
		return Packet{}, DropShort
	}
	message := header
	switch {
	case datagram[9] == protocolAH && datagram[header] == Protocol:
		if message += ahLen; len(datagram) < message+headerLen {
			return Packet{}, DropShort
		}
	case datagram[9] != Protocol:
		return Packet{}, DropProtocol
	}
	if int(binary.BigEndian.Uint16(datagram[2:])) != len(datagram) {
		return Packet{}, DropLength
	}
	p := Packet{
		Source:      netip.AddrFrom4([4]byte(datagram[12:16])),
		Destination: netip.AddrFrom4([4]byte(datagram[16:20])),
		TTL:         datagram[8],
		PDU:         datagram[message:],
	}
	if message > header {
		p.headers = datagram[:message]
	}
	return p, Accepted
}

// IPv6 takes an IPv6 payload with what the socket says about its header; raw IPv6 sockets do not deliver the header
// itself. Zones are removed. The caller must not pass a payload that the socket cut (MSG_TRUNC).
func IPv6(payload []byte, source, destination netip.Addr, hopLimit uint8) (Packet, Drop) {
	if len(payload) < headerLen || !source.Is6() || !destination.Is6() {
		return Packet{}, DropShort
	}
	return Packet{
		Source:      source.WithZone(""),
		Destination: destination.WithZone(""),
		TTL:         hopLimit,
		PDU:         payload,
	}, Accepted
}

// VRID is the virtual router that the packet claims to be for; 0 is never valid.
func (p Packet) VRID() uint8 {
	if len(p.PDU) < headerLen {
		return 0
	}
	return p.PDU[1]
}

// AppendIPv4 appends the advert with an IPv4 header in front: TTL 255, class CS6, no options, and the given
// identification, where 0 lets the kernel choose one. With the authentication type 2 an authentication header stands
// between, with the next number of a.AH; since it covers the identification, 0 then becomes the low bits of that
// number. Errors are those of [Advert.AppendTo], and a type 2 without AH or the reverse.
func (a *Advert) AppendIPv4(b []byte, source, destination netip.Addr, identification uint16) ([]byte, error) {
	if !source.Is4() || !destination.Is4() {
		return b, fmt.Errorf("IPv4 packet from %v to %v: need two IPv4 addresses", source, destination)
	}
	if err := a.checkAH(); err != nil {
		return b, err
	}
	protocol := byte(Protocol)
	if a.AH != nil {
		protocol = protocolAH
		if identification == 0 {
			identification = uint16(a.AH.sequence+1) | 1
		}
	}
	start := len(b)
	s, d := source.As4(), destination.As4()
	out := append(b, 4<<4|ipv4HeaderLen/4, trafficClass, 0, 0)
	out = binary.BigEndian.AppendUint16(out, identification)
	out = append(out, 0, 0, TTL, protocol, 0, 0)
	out = append(out, s[:]...)
	out = append(out, d[:]...)
	if a.AH != nil {
		out = append(out, make([]byte, ahLen)...)
	}
	out, err := a.AppendTo(out, source, destination)
	if err != nil {
		return b, err
	}
	header := out[start : start+ipv4HeaderLen]
	binary.BigEndian.PutUint16(header[2:], uint16(len(out)-start))
	if a.AH != nil {
		a.AH.seal(out[start:], !destination.IsMulticast())
	}
	binary.BigEndian.PutUint16(header[10:], ^fold(sum(0, header)))
	return out, nil
}
