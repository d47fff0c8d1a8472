package socket

import (
	"encoding/binary"
	"net/netip"

	"golang.org/x/sys/unix"

	"ha/enforcer/netlab"
	"ha/vrrp/packet"
)

// advertIn finds the VRRP message in a frame, and who sent it; nil in another frame.
func advertIn(f netlab.Frame) (pdu []byte, source netip.Addr) {
	data := f.Data[ethernetLen:]
	switch binary.BigEndian.Uint16(f.Data[12:]) {
	case unix.ETH_P_IP:
		if p, drop := packet.IPv4(data); drop == packet.Accepted {
			return p.PDU, p.Source
		}
	case unix.ETH_P_IPV6:
		if len(data) > 40 && data[6] == packet.Protocol {
			return data[40:], netip.AddrFrom16([16]byte(data[8:24]))
		}
	}
	return nil, netip.Addr{}
}

func isAdvert(f netlab.Frame) bool {
	pdu, _ := advertIn(f)
	return pdu != nil
}

// announced is the address that a gratuitous ARP or an unsolicited neighbour advertisement is for; invalid in another
// frame.
func announced(f netlab.Frame) netip.Addr {
	data := f.Data[ethernetLen:]
	switch binary.BigEndian.Uint16(f.Data[12:]) {
	case unix.ETH_P_ARP:
		if len(data) >= 28 && [4]byte(data[14:18]) == [4]byte(data[24:28]) {
			return netip.AddrFrom4([4]byte(data[14:18]))
		}
	case unix.ETH_P_IPV6:
		if len(data) >= 72 && data[6] == unix.IPPROTO_ICMPV6 && data[40] == 136 && data[44]&0x40 == 0 {
			return netip.AddrFrom16([16]byte(data[48:64]))
		}
	}
	return netip.Addr{}
}

func isAnnouncement(f netlab.Frame) bool { return announced(f).IsValid() }
