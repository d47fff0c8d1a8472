package socket

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"

	"golang.org/x/sys/unix"
)

// arpFrameLen is an Ethernet header and an ARP message for IPv4.
const arpFrameLen = ethernetLen + 28

// ethernetLen is destination, source and EtherType.
const ethernetLen = 6 + 6 + 2

// Operations of ARP (RFC 826).
const (
	arpRequest = 1
	arpReply   = 2
)

// GratuitousARP is the Ethernet frame that tells a LAN where an IPv4 address is now: a request for the address from
// itself, with the sender's hardware address in all places (RFC 9568 section 8.1.2, erratum 7949). 42 bytes.
func GratuitousARP(mac net.HardwareAddr, vip netip.Addr) ([]byte, error) {
	return appendARP(nil, arpRequest, mac, vip)
}

// GratuitousReply is the same as an answer that nobody asked for (RFC 5944 section 4.6). 42 bytes.
func GratuitousReply(mac net.HardwareAddr, vip netip.Addr) ([]byte, error) {
	return appendARP(nil, arpReply, mac, vip)
}

// appendARP appends a frame to b: the driver pads it to 60 bytes.
func appendARP(b []byte, operation uint16, mac net.HardwareAddr, vip netip.Addr) ([]byte, error) {
	if len(mac) != 6 || !vip.Is4() {
		return nil, fmt.Errorf("build gratuitous ARP for %s from %s: needs an IPv4 address and a MAC of 6 bytes", vip, mac)
	}
	address := vip.As4()
	b = append(b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)
	b = append(b, mac...)
	b = binary.BigEndian.AppendUint16(b, unix.ETH_P_ARP)
	b = append(b, 0, 1, 8, 0, 6, 4) // Ethernet, IPv4, the lengths of both
	b = binary.BigEndian.AppendUint16(b, operation)
	b = append(append(b, mac...), address[:]...)
	return append(append(b, mac...), address[:]...), nil
}
