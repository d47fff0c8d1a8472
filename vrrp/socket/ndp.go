package socket

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"

	"golang.org/x/sys/unix"
)

// Flags of a neighbour advertisement (RFC 4861 section 4.4). Solicited (0x40) is never set: nobody asked.
const (
	flagRouter   = 0x80
	flagOverride = 0x20
)

// naLen is a neighbour advertisement with the option that tells the hardware address, behind the headers of Ethernet and IPv6.
const (
	naLen      = 24 + 8
	naFrameLen = ethernetLen + 40 + naLen
)

// UnsolicitedNA is the Ethernet frame that tells a LAN where an IPv6 address is now (RFC 9568 section 8.2.2, RFC 4861
// section 7.2.6): from the address itself to all nodes, with Override set. router is the Router flag; it must agree
// with what the kernel answers when asked, because a host that sees it fall drops its default route. 86 bytes.
func UnsolicitedNA(mac net.HardwareAddr, vip netip.Addr, router bool) ([]byte, error) {
	return appendNA(nil, mac, vip, router)
}

func appendNA(b []byte, mac net.HardwareAddr, vip netip.Addr, router bool) ([]byte, error) {
	if len(mac) != 6 || !vip.Is6() || vip.Is4In6() {
		return nil, fmt.Errorf("build neighbour advertisement for %s from %s: needs an IPv6 address and a MAC of 6 bytes",
			vip, mac)
	}
	flags := uint8(flagOverride)
	if router {
		flags |= flagRouter
	}
	source, allNodes := vip.As16(), netip.IPv6LinkLocalAllNodes().As16()
	b = append(b, 0x33, 0x33, 0, 0, 0, 1)
	b = append(b, mac...)
	b = binary.BigEndian.AppendUint16(b, unix.ETH_P_IPV6)
	b = append(b, 0x60, 0, 0, 0, 0, naLen, unix.IPPROTO_ICMPV6, 255) // version 6; receivers drop another hop limit
	b = append(append(b, source[:]...), allNodes[:]...)
	at := len(b)
	b = append(b, neighbourAdvertisement, 0, 0, 0, flags, 0, 0, 0)
	b = append(b, source[:]...)
	b = append(append(b, 2, 1), mac...) // target link-layer address, of 8 bytes
	binary.BigEndian.PutUint16(b[at+2:], icmpv6Checksum(source, allNodes, b[at:]))
	return b, nil
}

// icmpv6Checksum is that of a message whose checksum is 0 still, with the pseudo-header of RFC 8200 section 8.1. Nobody fills
// it in for a frame that leaves through a packet socket.
func icmpv6Checksum(source, destination [16]byte, message []byte) uint16 {
	sum := uint32(len(message)) + unix.IPPROTO_ICMPV6
	for _, part := range [][]byte{source[:], destination[:], message} { // all of even length
		for i := 0; i < len(part); i += 2 {
			sum += uint32(binary.BigEndian.Uint16(part[i:]))
		}
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}
