package main

import (
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
