package main

import (
	"bytes"
	"encoding/binary"
	"testing"

	"golang.org/x/sys/unix"

	"ha/enforcer/netlab"
	"ha/vrrp/socket"
)

// reports tells whether a frame is a multicast listener report or its end (RFC 2710, RFC 3810): a hop-by-hop header comes before it.
func reports(f netlab.Frame) bool {
	const header = ethernetHeader + 40
	if len(f.Data) < header+9 || binary.BigEndian.Uint16(f.Data[12:]) != unix.ETH_P_IPV6 || f.Data[ethernetHeader+6] != unix.IPPROTO_HOPOPTS {
		return false
	}
	kind := f.Data[header+8*(1+int(f.Data[header+1]))]
	return f.Data[header] == unix.IPPROTO_ICMPV6 && (kind == 131 || kind == 132 || kind == 143)
}

// A virtual MAC reports no multicast groups, not when addresses come, nor when they leave, nor on a router: a switch that hears a
// report from a Backup would send there what is for the Active node. The interface below it reports the groups, on all nodes, so
// that a switch with MLD snooping lets neighbours find the VIP.
func TestAVirtualMACReportsNoGroups(t *testing.T) {
	netlab.Need(t, "netns", "nft", "ip")
	d := newDuel(t, with(duelText(3, "200ms", "fe80::51/128", "2001:db8::1/128"), "virtual_mac {\n}\n"), "ha", "ha")
	captures := map[*contender]*netlab.Capture{}
	for _, c := range []*contender{d.a, d.b} {
		sysctl(t, c.host, "net.ipv6.conf.all.forwarding", "1")
		captures[c] = c.host.MustCapture(t)
	}
	d.b.start()
	d.answeredBy(d.b)
	d.a.start()
	d.answeredBy(d.a)
	d.a.stop()
	d.answeredBy(d.b)
	d.a.start()
	d.answeredBy(d.a)
	d.speaks("after the addresses have moved", d.a, 20) // the kernel repeats reports for some two seconds

	for _, c := range []*contender{d.a, d.b} {
		for _, vip := range d.vips {
			group := socket.Solicited(vip.Addr()).AsSlice()
			if _, ok := captures[c].Wait(patience, func(f netlab.Frame) bool {
				return reports(f) && bytes.Equal(f.Data[6:12], c.mac) && bytes.Contains(f.Data, group)
			}); !ok {
				t.Errorf("%s does not report the group of %v", c.name, vip)
			}
		}
		for _, f := range captures[c].Frames() {
			if reports(f) && string(f.Data[6:12]) == virtual6 {
				t.Errorf("%s reports with the virtual MAC: %x", c.name, f.Data)
			}
		}
	}
	d.a.router.(*director).settled()
}
