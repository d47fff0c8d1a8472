package main

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"ha/enforcer/netlab"
)

// onIPVLAN gives each node of a duel an ipvlan with an address of its own, or without one.
func onIPVLAN(text string, own bool) string {
	text = with(text, "ipvlan {\n mode = \"private\"\n}\n")
	if !own {
		return text
	}
	text = strings.Replace(text, "    priority = 200\n", "    priority = 200\n    ipvlan {\n      addresses = [\"192.0.2.111/24\"]\n    }\n", 1)
	return strings.TrimSuffix(text, "}\n") + "  node \"b\" {\n    ipvlan {\n      addresses = [\"192.0.2.112/24\"]\n    }\n  }\n}\n"
}

// ha and keepalived hold their VIP on an ipvlan: each preempts, leaves, dies and comes back, and a client reaches whoever is
// Active, by the one MAC address that each node has. The node's own addresses answer all the while.
func TestPeersWithAnIPVLAN(t *testing.T) {
	netlab.Need(t, "netns", "ip", "ipvlan")
	all := map[string]func(*testing.T){}
	for name, own := range map[string]bool{"with addresses of their own": true, "from the interface below": false} {
		for _, kinds := range pairsOn("ipvlan") {
			if !own && slices.Contains(kinds[:], "keepalived") {
				continue // it wants one
			}
			all[name+", "+kinds[0]+" before "+kinds[1]] = func(t *testing.T) {
				d := virtualDuel(t, onIPVLAN(duelText(3, "1s", "192.0.2.1/32"), own), kinds[0], kinds[1], "")
				for i, c := range []*contender{d.a, d.b} {
					if k, ok := c.router.(*keepalived); ok {
						k.say(" use_ipvlan 192.0.2.11" + string(rune('1'+i)) + "/24 private\n")
					}
				}
				d.ipvlanStory(own)
			}
		}
	}
	together(t, all)
}

func (d *duel) ipvlanStory(own bool) {
	d.t.Helper()
	d.b.start()
	d.answeredBy(d.b)
	d.a.start()
	d.answeredBy(d.a)
	source := "192.0.2.11"
	if own {
		source = "192.0.2.111"
	}
	d.saysFrom(d.a, source)
	for _, address := range []string{"192.0.2.1", "192.0.2.11"} {
		if got := repliesFor(d.t, d, netip.MustParseAddr(address)); len(got) != 1 || !slices.Equal(got[0], d.a.mac) {
			d.t.Errorf("answers for %s came from %x, want %x", address, got, d.a.mac)
		}
	}
	d.a.stop()
	d.answeredBy(d.b)
	d.a.start()
	d.answeredBy(d.a)
	if _, stays := d.a.router.(*keepalived); !stays {
		d.a.crash()
		d.answeredBy(d.b)
		d.a.start()
		d.answeredBy(d.a)
	}
	for _, c := range []*contender{d.a, d.b} {
		h, ok := c.router.(*director)
		if !ok {
			continue
		}
		h.settled()
		if lines := c.unhappy(); len(lines) > 0 {
			d.t.Errorf("%s complains:\n%s", c.name, strings.Join(lines, "\n"))
		}
	}
	if h, ok := d.a.router.(*director); ok {
		d.healsAnIPVLAN(h)
	}
}

// saysFrom waits for an advert of a contender from an address.
func (d *duel) saysFrom(c *contender, source string) {
	d.t.Helper()
	if _, ok := d.capture.Wait(patience, func(f netlab.Frame) bool {
		pdu, from := advertIn(f)
		return pdu != nil && from.String() == source && slices.Equal(f.Data[6:12], c.mac)
	}); !ok {
		d.t.Errorf("no advert comes from %s", source)
	}
}

// healsAnIPVLAN: deleted by hand it comes back with all that stands on it, and it goes when the block goes.
func (d *duel) healsAnIPVLAN(h *director) {
	d.t.Helper()
	ip(d.t, h.Host, "link", "delete", "vrrp.51")
	netlab.WaitFor(d.t, patience, "the ipvlan to come back with its addresses", func() bool {
		out, err := h.Command(d.t.Context(), "ip", "address", "show", "dev", "vrrp.51").CombinedOutput()
		return err == nil && strings.Contains(string(out), "192.0.2.1/32")
	})
	d.answeredBy(d.a)
	h.mustApply(compile(d.t, loadText(d.t, duelText(3, "1s", "192.0.2.1/32")), h.node))
	d.answeredBy(d.a)
	if h.Command(d.t.Context(), "ip", "link", "show", "vrrp.51").Run() == nil {
		d.t.Error("the ipvlan is left over")
	}
	h.settled()
}

// A virtual MAC whose parent is in a VRF is in it, too, and follows it in and out; clients reach the VIP in each place.
//
// conform: L08
func TestAVirtualMACInAVRF(t *testing.T) {
	netlab.Need(t, "netns", "ip", "macvlan", "vrf")
	d := newDuel(t, with(duelText(3, "1s", "192.0.2.1/32"), "virtual_mac {\n}\n"), "ha", "ha")
	for i, c := range []*contender{d.a, d.b} {
		intoVRF(t, c.host, "2001:db8::1"+string(rune('1'+i))+"/64")
	}
	d.b.start()
	d.answeredBy(d.b)
	d.a.start()
	d.answeredBy(d.a)
	h, _ := d.a.router.(*director)
	in := func(vrf string) {
		t.Helper()
		netlab.WaitFor(t, patience, "vrrp.51 to be in the VRF "+vrf+" with its address", func() bool {
			out, err := h.Command(t.Context(), "ip", "address", "show", "dev", "vrrp.51").CombinedOutput()
			return err == nil && strings.Contains(string(out), "192.0.2.1/32") && strings.Contains(string(out), "master "+vrf) == (vrf != "")
		})
		d.answeredBy(d.a)
	}
	in("red")
	ip(t, h.Host, "link", "delete", "vrrp.51")
	in("red")
	ip(t, h.Host, "link", "set", "eth0", "nomaster")
	in("")
	ip(t, h.Host, "link", "set", "eth0", "master", "red")
	in("red")
	h.settled()
}

// A virtual interface with a MAC address of one's own choice announces with it, and is in the group of its parent until it has
// one of its own; the plan says so, and nothing is left to do.
func TestAVirtualMACOfOnesOwn(t *testing.T) {
	netlab.Need(t, "netns", "ip")
	text := with(duelText(3, "1s", "192.0.2.1/32"), "virtual_mac {\n address = \"02:00:5e:00:00\"\n}\n") + "settings {\n virtual_name = \"web\"\n}\n"
	d := newDuel(t, text, "ha", "ha")
	ip(t, d.a.host, "link", "set", "eth0", "group", "5")
	d.b.start()
	d.answeredBy(d.b)
	d.a.start()
	d.answeredBy(d.a)
	if _, ok := d.capture.Wait(patience, func(f netlab.Frame) bool {
		return announcedIn(f) == netip.MustParseAddr("192.0.2.1") && string(f.Data[6:12]) == "\x02\x00\x5e\x00\x00\x33"
	}); !ok {
		t.Error("nothing was announced with the MAC address of the VIP")
	}
	h, _ := d.a.router.(*director)
	group := func(want string) {
		t.Helper()
		netlab.WaitFor(t, patience, "web.51 to be in group "+want, func() bool {
			out, err := h.Command(t.Context(), "ip", "link", "show", "dev", "web.51", "group", want).CombinedOutput()
			return err == nil && strings.Contains(string(out), "web.51")
		})
	}
	group("5")
	ip(t, h.Host, "link", "set", "eth0", "group", "6")
	group("6")
	h.mustApply(compile(t, loadText(t, strings.Replace(text, "virtual_mac {\n", "virtual_mac {\n group = 9\n", 1)), "a"))
	group("9")
	h.settled()
	if h.happened("transition", "Active -> ") {
		t.Error("a group of interfaces made the VIP move")
	}
}
