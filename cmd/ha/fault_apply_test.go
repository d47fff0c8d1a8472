package main

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"ha/enforcer/netlab"
)

// announces tells whether a frame is a gratuitous ARP for an address.
func announces(f netlab.Frame, vip netip.Addr) bool {
	const etherARP, length, senderAt = 0x0806, 42, 28
	return len(f.Data) >= length && int(f.Data[12])<<8|int(f.Data[13]) == etherARP &&
		slices.Equal(f.Data[senderAt:senderAt+4], vip.AsSlice())
}

// longest is the longest silence between two adverts of a contender.
func longest(frames []netlab.Frame, c *contender) time.Duration {
	var gap time.Duration
	var last time.Time
	for _, f := range frames {
		if !sent(f, c) {
			continue
		}
		if !last.IsZero() {
			gap = max(gap, f.At.Sub(last))
		}
		last = f.At
	}
	return gap
}

// hasty is a duel whose routers announce once and never again.
func hasty(vips ...string) string {
	once := "priority  = 100\n  announce {\n    count = 1\n    delay = \"0s\"\n  }"
	return strings.Replace(duelText(3, "1s", vips...), "priority  = 100", once, 1)
}

// S33, S34: an Active VIP gets another address without a change of state, and the address is announced; a VIP that
// leaves the plan says priority 0, so that the other node need not wait.
func TestAnApplyKeepsWhatIsActive(t *testing.T) {
	netlab.Need(t, "netns")
	d := newDuel(t, hasty("192.0.2.1/32"), "ha", "ha")
	a, b := d.a.router.(*director), d.b.router.(*director)
	capture := d.lan.MustAdd(t, "third", "192.0.2.99/24").MustCapture(t)
	a.start()
	b.start()
	d.settle("the better one to be Active", d.a, d.b)
	before := a.vip()

	wider := loadText(t, hasty("192.0.2.1/32", "192.0.2.2/32"))
	a.mustApply(compile(t, wider, "a"))
	b.mustApply(compile(t, wider, "b"))
	netlab.WaitFor(t, patience, "the new address to be announced", func() bool {
		return slices.ContainsFunc(capture.Frames(), func(f netlab.Frame) bool { return announces(f, netip.MustParseAddr("192.0.2.2")) })
	})
	if !holds(t, a.addresses, prefixes("192.0.2.1/32", "192.0.2.2/32"), true) {
		t.Error("a does not hold both addresses")
	}
	if now := a.vip(); now.State != "Active" || !now.Since.Equal(before.Since) {
		t.Errorf("the apply changed the state: %s since %v, was Active since %v", now.State, now.Since, before.Since)
	}
	if gap := longest(capture.Frames(), d.a); gap > 2*time.Second {
		t.Errorf("adverts paused for %v, more than two intervals", gap)
	}
	a.settled()

	none := loadText(t, strings.Split(hasty("192.0.2.1/32"), "vip ")[0])
	a.mustApply(compile(t, none, "a"))
	d.settle("the other one to have them", d.b, d.a)
	if why := b.vip().Why; !strings.Contains(why, "left with priority 0") {
		t.Errorf("b took over because: %s", why)
	}
}
