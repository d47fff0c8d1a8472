package socket

import (
	"fmt"
	"net"
	"net/netip"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// arpFrameLen is an Ethernet header and an ARP message for IPv4.
const arpFrameLen = 14 + 28

// GratuitousARP is the Ethernet frame that tells a LAN where an IPv4 address is now: a request for the address from
// itself, with the sender's hardware address in all places (RFC 9568 section 8.1.2, erratum 7949). 42 bytes.
func GratuitousARP(mac net.HardwareAddr, vip netip.Addr) ([]byte, error) {
	return gratuitous(layers.ARPRequest, mac, vip)
}

// GratuitousReply is the same as an answer that nobody asked for (RFC 5944 section 4.6). 42 bytes.
func GratuitousReply(mac net.HardwareAddr, vip netip.Addr) ([]byte, error) {
	return gratuitous(layers.ARPReply, mac, vip)
}

func gratuitous(operation uint16, mac net.HardwareAddr, vip netip.Addr) ([]byte, error) {
	if len(mac) != 6 || !vip.Is4() {
		return nil, fmt.Errorf("build gratuitous ARP for %s from %s: needs an IPv4 address and a MAC of 6 bytes", vip, mac)
	}
	padded, err := frame(
		&layers.Ethernet{DstMAC: layers.EthernetBroadcast, SrcMAC: mac, EthernetType: layers.EthernetTypeARP},
		&layers.ARP{
			AddrType:          layers.LinkTypeEthernet,
			Protocol:          layers.EthernetTypeIPv4,
			HwAddressSize:     6,
			ProtAddressSize:   4,
			Operation:         operation,
			SourceHwAddress:   mac,
			SourceProtAddress: vip.AsSlice(),
			DstHwAddress:      mac,
			DstProtAddress:    vip.AsSlice(),
		})
	if err != nil {
		return nil, err
	}
	return padded[:arpFrameLen], nil // gopacket pads to 60 bytes, which is the driver's job
}

// frame puts layers together, lengths and checksums filled in.
func frame(parts ...gopacket.SerializableLayer) ([]byte, error) {
	buffer := gopacket.NewSerializeBufferExpectedSize(96, 0)
	options := gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}
	if err := gopacket.SerializeLayers(buffer, options, parts...); err != nil {
		return nil, err
	}
	return buffer.Bytes(), nil
}
