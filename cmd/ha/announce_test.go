package main

import (
	"bytes"
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"ha/enforcer/netlab"
	"ha/vrrp/socket"
)

// said is the announcements of a contender, by address, in their order.
func (d *duel) said(c *contender) map[netip.Addr][]netlab.Frame {
	all := map[netip.Addr][]netlab.Frame{}
	for _, f := range d.capture.Frames() {
		if a := announcedIn(f); slices.Equal(f.Data[6:12], c.mac) && slices.ContainsFunc(d.vips, func(p netip.Prefix) bool { return p.Addr() == a }) {
			all[a] = append(all[a], f)
		}
	}
	return all
}

// least is how often each address was announced, at least.
func (d *duel) least(c *contender) int {
	all, n := d.said(c), 1<<30
	for _, vip := range d.vips {
		n = min(n, len(all[vip.Addr()]))
	}
	return n
}

// An Active router announces every address as often as it shall, after its first advert, byte for byte; once more after the
// delay; and each refresh until it is Backup again.
//
// conform: N01 N02 N03
func TestWhoIsActiveAnnounces(t *testing.T) {
	netlab.Need(t, "netns")
	const count, delay, refresh = 3, 700 * time.Millisecond, time.Second
	text := with(duelText(3, "100ms", "192.0.2.1/32", "192.0.2.2/32"),
		fmt.Sprintf("announce {\n count = %d\n delay = %q\n refresh = %q\n}\n", count, delay, refresh))
	d := newDuel(t, text, "ha", "ha")
	d.b.start()
	netlab.WaitFor(t, patience, "both blocks and two refreshes", func() bool { return d.least(d.b) >= 2*count+2 })
	advert, ok := d.capture.Wait(patience, func(f netlab.Frame) bool { return sent(f, d.b) })
	if !ok {
		t.Fatal("no advert")
	}
	for _, vip := range d.vips {
		frames := d.said(d.b)[vip.Addr()]
		want, err := socket.GratuitousARP(d.b.mac, vip.Addr())
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range frames {
			if !slices.Equal(f.Data[:len(want)], want) {
				t.Errorf("%v is announced by\n%x, want\n%x", vip, f.Data, want)
			}
		}
		if !frames[0].At.After(advert.At) {
			t.Errorf("%v is announced before the first advert", vip)
		}
		const early = 50 * time.Millisecond // the clocks start when the addresses are known to stand, and a busy machine sends late
		if pause := frames[count].At.Sub(frames[0].At); pause < delay-early {
			t.Errorf("%v is announced again after %v, want %v", vip, pause, delay)
		}
		if pause := frames[2*count+1].At.Sub(frames[2*count].At); pause < refresh-4*early {
			t.Errorf("%v is refreshed after %v, want %v", vip, pause, refresh)
		}
	}

	d.a.start()
	d.settle("the better one to preempt", d.a, d.b)
	after := d.least(d.b)
	before := d.least(d.a)
	netlab.WaitFor(t, patience, "the winner's second block and refresh", func() bool { return d.least(d.a) >= before+count+1 })
	if late := d.least(d.b); late != after {
		t.Errorf("who is Backup announced each address %d times more", late-after)
	}
}

// A gratuitous ARP is a request, a reply or both, one after the other, as the settings say for all VIPs; those who dissect frames
// for a living agree about what they are.
//
// conform: N04
func TestTheFormsOfAnAnnouncement(t *testing.T) {
	netlab.Need(t, "netns", "tshark")
	const request, reply = 1, 2
	all := map[string]func(*testing.T){}
	for form, want := range map[string][]byte{"request": {request, request}, "reply": {reply, reply}, "both": {request, reply, request, reply}} {
		all[form] = func(t *testing.T) {
			text := duelText(3, "100ms", "192.0.2.1/32", "2001:db8::1/128") + fmt.Sprintf("settings {\n announce {\n  arp = %q\n  count = 2\n  delay = \"0s\"\n }\n}\n", form)
			d := newDuel(t, text, "ha", "ha")
			d.a.start()
			vip := netip.MustParseAddr("192.0.2.1")
			netlab.WaitFor(t, patience, "all announcements", func() bool {
				return len(d.said(d.a)[vip]) >= len(want) && len(d.said(d.a)[netip.MustParseAddr("2001:db8::1")]) >= 2
			})
			var got []byte
			for _, f := range d.said(d.a)[vip][:len(want)] { // who was held up announces once more
				got = append(got, f.Data[ethernetHeader+7])
			}
			if !slices.Equal(got, want) {
				t.Errorf("the operations are %v, want %v", got, want)
			}
			if lines := complaints(t, d.capture); len(lines) > 0 {
				t.Errorf("tshark complains: %q", lines)
			}
		}
	}
	together(t, all)
}

// Where adverts leave from the base, switches would forget where the virtual MAC address is: it is announced there again and again,
// once for all addresses, and no longer when this node is Backup.
func TestAnnouncedElsewhere(t *testing.T) {
	netlab.Need(t, "netns")
	text := with(duelText(3, "100ms", "192.0.2.1/32", "192.0.2.2/32"), "virtual_mac {\n transmit = \"base\"\n}\nannounce {\n count = 1\n delay = \"0s\"\n elsewhere = \"1s\"\n}\n")
	d := newDuel(t, text, "ha", "ha")
	said := func() (first, second int) {
		for _, f := range d.capture.Frames() {
			switch a := announcedIn(f); {
			case string(f.Data[6:12]) != virtual4:
			case a == netip.MustParseAddr("192.0.2.1"):
				first++
			case a == netip.MustParseAddr("192.0.2.2"):
				second++
			}
		}
		return first, second
	}
	d.b.start()
	netlab.WaitFor(t, patience, "three announcements more than that of the win", func() bool { first, _ := said(); return first >= 4 })
	if first, second := said(); second == 0 || second > first-3 {
		t.Errorf("the second address was announced %d times, the first %d times", second, first)
	}
	d.a.start()
	d.settleVirtual(d.a, d.b)
	before, _ := said()
	netlab.WaitFor(t, patience, "the winner to go on", func() bool { first, _ := said(); return first >= before+3 })
}

// settleVirtual waits until one contender has the VIPs on its virtual interface, and the other none.
func (d *duel) settleVirtual(active, backup *contender) {
	d.t.Helper()
	has := func(c *contender) bool {
		out, err := c.host.Command(d.t.Context(), "ip", "address", "show", "dev", "vrrp.51").CombinedOutput()
		return err == nil && bytes.Contains(out, []byte(d.vips[0].String()))
	}
	netlab.WaitFor(d.t, patience, "the VIP to move", func() bool { return has(active) && !has(backup) })
}

// What is repeated follows the settings while the node stays Active: it begins, changes and ends without a transition.
func TestRepeatingFollowsTheSettings(t *testing.T) {
	netlab.Need(t, "netns")
	text := with(duelText(3, "1s", "192.0.2.1/32"), "announce {\n count = 1\n delay = \"0s\"\n}\n")
	d := newDuel(t, text, "ha", "ha")
	ha, _ := d.a.router.(*director)
	d.a.start()
	ha.becomes("Active")
	netlab.WaitFor(t, patience, "the win to be announced", func() bool { return d.least(d.a) >= 1 })
	ha.mustApply(compile(t, loadText(t, text+"settings {\n announce {\n  refresh = \"1s\"\n }\n}\n"), "a"))
	netlab.WaitFor(t, patience, "refreshes", func() bool { return d.least(d.a) >= 3 })
	ha.mustApply(compile(t, loadText(t, text), "a"))
	last := d.least(d.a)
	adverts := ha.vip().Instances[0].Sent
	netlab.WaitFor(t, patience, "five adverts", func() bool { return ha.vip().Instances[0].Sent > adverts+5 })
	if more := d.least(d.a) - last; more > 1 { // one may have been on its way
		t.Errorf("%d announcements came after they were turned off", more)
	}
	if ha.happened("transition", "Active -> ") {
		t.Error("the VIP was let go")
	}
}
