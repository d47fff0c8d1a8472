package socket

import (
	"fmt"
	"net"
	"net/netip"

	"github.com/google/gopacket/layers"
)

// Flags of a neighbour advertisement (RFC 4861 section 4.4). Solicited (0x40) is never set: nobody asked.
const (
	flagRouter   = 0x80
	flagOverride = 0x20
)

// UnsolicitedNA is the Ethernet frame that tells a LAN where an IPv6 address is now (RFC 9568 section 8.2.2, RFC 4861
// section 7.2.6): from the address itself to all nodes, with Override set. router is the Router flag; it must agree
// with what the kernel answers when asked, because a host that sees it fall drops its default route. 86 bytes.
func UnsolicitedNA(mac net.HardwareAddr, vip netip.Addr, router bool) ([]byte, error) {
	if len(mac) != 6 || !vip.Is6() || vip.Is4In6() {
		return nil, fmt.Errorf("build neighbour advertisement for %s from %s: needs an IPv6 address and a MAC of 6 bytes",
			vip, mac)
	}
	flags := uint8(flagOverride)
	if router {
		flags |= flagRouter
	}
	ip := &layers.IPv6{
		Version: 6, NextHeader: layers.IPProtocolICMPv6, HopLimit: 255,
		SrcIP: vip.AsSlice(), DstIP: net.IPv6linklocalallnodes,
	}
	icmp := &layers.ICMPv6{TypeCode: layers.CreateICMPv6TypeCode(layers.ICMPv6TypeNeighborAdvertisement, 0)}
	if err := icmp.SetNetworkLayerForChecksum(ip); err != nil {
		return nil, err
	}
	return frame(
		&layers.Ethernet{
			DstMAC: net.HardwareAddr{0x33, 0x33, 0, 0, 0, 1}, SrcMAC: mac, EthernetType: layers.EthernetTypeIPv6,
		},
		ip, icmp,
		&layers.ICMPv6NeighborAdvertisement{
			Flags: flags, TargetAddress: vip.AsSlice(),
			Options: layers.ICMPv6Options{{Type: layers.ICMPv6OptTargetAddress, Data: mac}},
		})
}
