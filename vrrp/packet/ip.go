package packet

import (
	"encoding/binary"
	"fmt"
	"net/netip"
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
}

// IPv4 takes apart a datagram that begins with its IPv4 header, as a raw socket delivers it. It drops what is too
// short, has another protocol, or is not as long as its header says (truncated, or with bytes behind its end).
func IPv4(datagram []byte) (Packet, Drop) {
	if len(datagram) < ipv4HeaderLen || datagram[0]>>4 != 4 {
		return Packet{}, DropShort
	}
	header := int(datagram[0]&0x0f) * 4 // options may follow the 20 bytes
	if header < ipv4HeaderLen || len(datagram) < header+headerLen {
		return Packet{}, DropShort
	}
	if datagram[9] != Protocol {
		return Packet{}, DropProtocol
	}
	if int(binary.BigEndian.Uint16(datagram[2:])) != len(datagram) {
		return Packet{}, DropLength
	}
	return Packet{
		Source:      netip.AddrFrom4([4]byte(datagram[12:16])),
		Destination: netip.AddrFrom4([4]byte(datagram[16:20])),
		TTL:         datagram[8],
		PDU:         datagram[header:],
	}, Accepted
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
// identification, where 0 lets the kernel choose one. Errors are those of [Advert.AppendTo].
func (a *Advert) AppendIPv4(b []byte, source, destination netip.Addr, identification uint16) ([]byte, error) {
	if !source.Is4() || !destination.Is4() {
		return b, fmt.Errorf("IPv4 packet from %v to %v: need two IPv4 addresses", source, destination)
	}
	start := len(b)
	s, d := source.As4(), destination.As4()
	out := append(b, 4<<4|ipv4HeaderLen/4, trafficClass, 0, 0)
	out = binary.BigEndian.AppendUint16(out, identification)
	out = append(out, 0, 0, TTL, Protocol, 0, 0)
	out = append(out, s[:]...)
	out = append(out, d[:]...)
	out, err := a.AppendTo(out, source, destination)
	if err != nil {
		return b, err
	}
	header := out[start : start+ipv4HeaderLen]
	binary.BigEndian.PutUint16(header[2:], uint16(len(out)-start))
	binary.BigEndian.PutUint16(header[10:], ^fold(sum(0, header)))
	return out, nil
}
