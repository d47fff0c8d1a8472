package main

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"ha/enforcer/netlab"
	"ha/vrrp/packet"
)

// onA and onB put something into the overlay of a node.
func onA(text, more string) string {
	return strings.Replace(text, "    priority = 200\n", "    priority = 200\n"+more, 1)
}

func onB(text, more string) string {
	return strings.Replace(text, "  node \"a\" {\n    priority", "  node \"b\" {\n"+more+"  }\n  node \"a\" {\n    priority", 1)
}

// wireVariants are adverts that are not as the standard has them, in all the ways that keepalived 2.2.7 knows too.
func wireVariants() map[string]string {
	two := duelText(2, "1s", "192.0.2.1/32")
	three := duelText(3, "200ms", "192.0.2.1/32")
	six := duelText(3, "200ms", "fe80::51/128", "2001:db8::1/128")
	return map[string]string{
		"another group, version 2":         with(two, "adverts {\n groups = [\"224.0.0.240\"]\n}\n"),
		"another group, version 3":         with(three, "adverts {\n groups = [\"224.0.0.240\"]\n dscp = 46\n queue_priority = 6\n}\n"),
		"another group, version 3 of IPv6": with(six, "adverts {\n groups = [\"ff02::240\"]\n dscp = 46\n}\n"),
		"its own source": onB(onA(three, "adverts {\n sources = [\"192.0.2.111\"]\n}\n"),
			"adverts {\n sources = [\"192.0.2.112\"]\n}\n"),
		"a range of TTLs": with(three, "unicast {\n ttl = 200\n min_ttl = 199\n max_ttl = 200\n}\n"),
	}
}

// wireDuel is a duel whose nodes have one more address.
func wireDuel(t *testing.T, text, kindA, kindB string) *duel {
	t.Helper()
	d := secureDuel(t, text, kindA, kindB)
	ip(t, d.a.host, "address", "add", "192.0.2.111/24", "dev", "eth0")
	ip(t, d.b.host, "address", "add", "192.0.2.112/24", "dev", "eth0")
	return d
}

// The same story as in TestPeers, off the standard.
//
// conform: I03 R45
func TestPeersOffTheStandard(t *testing.T) {
	netlab.Need(t, "netns", "keepalived")
	all := map[string]func(*testing.T){}
	variants := wireVariants()
	if keepalivedIs(t, 2, 2, 8) {
		variants["a checksum of the message"] = with(duelText(3, "200ms", "192.0.2.1/32"), "adverts {\n checksum = \"message\"\n}\n")
	}
	for name, text := range variants {
		all[name+", ha before keepalived"] = func(t *testing.T) { wireDuel(t, text, "ha", "keepalived").story() }
		all[name+", keepalived before ha"] = func(t *testing.T) { wireDuel(t, text, "keepalived", "ha").story() }
	}
	both := duelText(3, "200ms", "192.0.2.1/32", "fe80::51/128", "2001:db8::1/128")
	all["both families by unicast"] = func(t *testing.T) {
		wireDuel(t, with(both, "unicast {\n peers = [\"192.0.2.11\", \"2001:db8::11\", \"192.0.2.12\", \"2001:db8::12\"]\n}\n"), "ha", "ha").story()
	}
	together(t, all)
}

// Every field that an adverts block sets is on the wire, in both families.
//
// conform: E07 E17
func TestAdvertsAreAsConfigured(t *testing.T) {
	netlab.Need(t, "netns")
	text := with(duelText(3, "200ms", "192.0.2.1/32", "2001:db8::1/128"),
		"adverts {\n groups = [\"224.0.0.240\", \"ff02::240\"]\n checksum = \"message\"\n dscp = 46\n}\n")
	d := newDuel(t, text, "ha", "ha")
	ip(t, d.watch, "maddress", "add", "33:33:00:00:02:40", "dev", "eth0")
	d.a.start()
	groups := map[netip.Addr]bool{}
	_, ok := d.capture.Wait(patience, func(f netlab.Frame) bool {
		pdu, _ := advertIn(f)
		if pdu == nil {
			return false
		}
		four := f.Data[12] == 8
		class, group := f.Data[15], netip.AddrFrom4([4]byte(f.Data[30:34]))
		if !four {
			class, group = f.Data[14]<<4|f.Data[15]>>4, netip.AddrFrom16([16]byte(f.Data[38:54]))
		}
		if class != 46<<2 {
			t.Errorf("the traffic class of an advert to %v is %#x, want DSCP 46", group, class)
		}
		if form := formIn(f); four && form != packet.Message {
			t.Errorf("the checksum of an advert to %v is of the form %v, want %v", group, form, packet.Message)
		}
		groups[group] = true
		return len(groups) == 2
	})
	if !ok || !groups[netip.MustParseAddr("224.0.0.240")] || !groups[netip.MustParseAddr("ff02::240")] {
		t.Errorf("adverts went to %v", groups)
	}
}

// formIn is the form of the checksum of an advert over IPv4.
func formIn(f netlab.Frame) packet.Form {
	p, drop := packet.IPv4(f.Data[ethernetHeader:])
	if drop != packet.Accepted {
		return packet.PseudoHeader
	}
	var a packet.Advert
	x := packet.Expect{Version: 3, VRID: p.VRID(), Interval: 200 * time.Millisecond, Group: p.Destination}
	x.Receive(p, &a)
	return a.Form
}

// With the checksum "auto" a router sends in the form in which it hears, so that an Active one that yields and a Backup
// that takes over both speak as the neighbour does.
func TestTheChecksumFollows(t *testing.T) {
	netlab.Need(t, "netns")
	text := duelText(3, "200ms", "192.0.2.1/32")
	text = onB(onA(text, "adverts {\n checksum = \"message\"\n}\n"), "adverts {\n checksum = \"auto\"\n}\n")
	d := newDuel(t, text, "ha", "ha")
	d.b.start()
	form := func(c *contender, want packet.Form) {
		t.Helper()
		if _, ok := d.capture.Wait(patience, func(f netlab.Frame) bool { return sent(f, c) && formIn(f) == want }); !ok {
			t.Errorf("%s never sent the form %v", c.name, want)
		}
	}
	form(d.b, packet.PseudoHeader)
	d.a.start()
	d.settle("the higher priority to preempt", d.a, d.b)
	form(d.a, packet.Message)
	d.a.stop()
	d.settle("the other one to take over", d.b, d.a)
	form(d.b, packet.Message)
}

// An election runs in the VRF of its interface, by multicast and by unicast.
//
// conform: L08
func TestPeersInAVRF(t *testing.T) {
	netlab.Need(t, "netns", "ip", "vrf")
	all := map[string]func(*testing.T){}
	for name, text := range map[string]string{
		"version 3 over IPv4": duelText(3, "200ms", "192.0.2.1/32"),
		"unicast over IPv4":   with(duelText(3, "200ms", "192.0.2.1/32"), "unicast {\n}\n"),
		"version 3 over IPv6": duelText(3, "200ms", "fe80::51/128", "2001:db8::1/128"),
		"unicast over IPv6":   sixSources(with(duelText(3, "200ms", "fe80::51/128", "2001:db8::1/128"), sixUnicast)),
	} {
		for _, kinds := range pairsOn("vrf") {
			all[fmt.Sprintf("%s, %s before %s", name, kinds[0], kinds[1])] = func(t *testing.T) {
				d := secureDuel(t, text, kinds[0], kinds[1])
				for i, c := range []*contender{d.a, d.b} {
					intoVRF(t, c.host, fmt.Sprintf("2001:db8::1%d/64", i+1))
				}
				d.story()
			}
		}
	}
	together(t, all)
}

// intoVRF puts eth0 of a host into a VRF, which takes its IPv6 addresses away.
func intoVRF(t *testing.T, h *netlab.Host, six string) {
	t.Helper()
	ip(t, h, "link", "add", "red", "type", "vrf", "table", "100")
	ip(t, h, "link", "set", "red", "up")
	ip(t, h, "link", "set", "eth0", "master", "red")
	ip(t, h, "address", "replace", six, "dev", "eth0", "nodad")
	sysctl(t, h, "net.ipv4.tcp_l3mdev_accept", "1") // for who answers on the VIP
}
