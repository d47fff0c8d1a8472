package main

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ha/enforcer/netlab"
)

// entry is the hardware address that a host has for a neighbour; empty when it has none.
func entry(t *testing.T, h *netlab.Host, of netip.Addr) string {
	t.Helper()
	words := strings.Fields(ip(t, h, "neighbour", "show", of.String(), "dev", "eth0"))
	for i, word := range words {
		if word == "lladdr" && i+1 < len(words) {
			return words[i+1]
		}
	}
	return ""
}

// A client that knows the hardware address of the router that died has the successor's as soon as that announces the VIP, without
// asking: no frame of the client is needed for it.
//
// conform: N08
func TestAClientsNeighbourEntryChanges(t *testing.T) {
	netlab.Need(t, "netns", "ip", "keepalived")
	all := map[string]func(*testing.T){}
	for name, text := range map[string]string{
		"IPv4": duelText(3, "200ms", "192.0.2.1/32"),
		"IPv6": duelText(3, "200ms", "fe80::51/128", "2001:db8::1/128"),
	} {
		for _, kinds := range [][2]string{{"ha", "ha"}, {"keepalived", "ha"}} {
			all[fmt.Sprintf("%s, %s follows %s", name, kinds[1], kinds[0])] = func(t *testing.T) {
				d := newDuel(t, text, kinds[0], kinds[1])
				d.a.start()
				d.b.start()
				d.settle("the better one to be Active", d.a, d.b)
				d.answeredBy(d.a)
				vip := d.vips[len(d.vips)-1].Addr()
				if got := entry(t, d.watch, vip); got != d.a.mac.String() {
					t.Fatalf("the client has %q for %v, want %v of the Active router", got, vip, d.a.mac)
				}
				since := time.Now()
				d.a.crash()
				d.takesOver("after a crash", since, d.a, d.b, false)
				netlab.WaitFor(t, time.Second, "the client's entry to change", func() bool { return entry(t, d.watch, vip) == d.b.mac.String() })
				for _, f := range d.capture.Frames() {
					if f.At.After(since) && asksFor(f, vip) && slices.Equal(f.Data[6:12], d.watchMAC()) {
						t.Error("the client asked for the VIP")
					}
				}
			}
		}
	}
	together(t, all)
}

// asksFor tells whether a frame is an ARP request or a neighbour solicitation for an address, and no announcement of it.
func asksFor(f netlab.Frame, vip netip.Addr) bool {
	if len(f.Data) < ethernetHeader+28 || announcedIn(f) == vip {
		return false
	}
	data := f.Data[ethernetHeader:]
	switch binary.BigEndian.Uint16(f.Data[12:]) {
	case unix.ETH_P_ARP:
		return data[7] == 1 && netip.AddrFrom4([4]byte(data[24:28])) == vip
	case unix.ETH_P_IPV6: // type 135 (RFC 4861 section 4.3)
		return len(data) >= 64 && data[6] == unix.IPPROTO_ICMPV6 && data[40] == 135 && netip.AddrFrom16([16]byte(data[48:64])) == vip
	}
	return false
}

// probes tells whether a frame is of duplicate address detection for an address: it asks from nowhere (RFC 4862 section 5.4.2).
func probes(f netlab.Frame, vip netip.Addr) bool {
	return vip.Is6() && asksFor(f, vip) && netip.AddrFrom16([16]byte(f.Data[ethernetHeader+8:ethernetHeader+24])) == netip.IPv6Unspecified()
}

// An IPv6 VIP can be used as soon as it is there: its flags say that nobody looks for duplicates of it, nobody does so, and it is never
// tentative, whichever way it comes. After a partition in which both had it, nobody's kernel calls it a duplicate.
//
// conform: N09 N10
func TestIPv6VIPsAreNoDuplicates(t *testing.T) {
	netlab.Need(t, "netns", "ip", "keepalived")
	for _, kind := range []string{"ha", "keepalived"} {
		t.Run("beside "+kind, func(t *testing.T) {
			d := newDuel(t, duelText(3, "200ms", "fe80::51/128", "2001:db8::1/128"), "ha", kind)
			news := watchAddresses(t, d.a.host)
			d.a.start()
			d.b.start()
			d.settle("the better one to be Active", d.a, d.b)
			for range 2 {
				d.must(d.lan.Isolate(d.b.host))
				d.settleBoth("both to be Active")
				d.must(d.lan.Heal(d.b.host))
				d.settle("the worse one to yield", d.a, d.b)
				d.answeredBy(d.a)
				d.a.crash()
				d.answeredBy(d.b)
				d.a.start()
				d.settle("the better one to preempt", d.a, d.b)
			}
			came := 0
			for len(news) > 0 {
				n := <-news
				for _, vip := range d.vips {
					if !n.Comes || n.Address != vip.Addr() {
						continue
					}
					came++
					if n.Flags&unix.IFA_F_NODAD == 0 || n.Flags&(unix.IFA_F_TENTATIVE|unix.IFA_F_OPTIMISTIC|unix.IFA_F_DADFAILED) != 0 {
						t.Errorf("%v comes with the flags %#x", vip, n.Flags)
					}
				}
			}
			if came < 2*len(d.vips) {
				t.Errorf("the kernel told of %d VIPs, want each more than once", came)
			}
			for _, f := range d.capture.Frames() {
				for _, vip := range d.vips {
					if probes(f, vip.Addr()) && string(f.Data[6:12]) == string(d.a.mac) {
						t.Errorf("ha looked for duplicates of %v", vip)
					}
				}
			}
			for _, c := range []*contender{d.a, d.b} {
				if got := ip(t, c.host, "-6", "address", "show", "dev", "eth0"); strings.Contains(got, "dadfailed") || strings.Contains(got, "tentative") {
					t.Errorf("%s has a duplicate:\n%s", c.name, got)
				}
			}
		})
	}
}
