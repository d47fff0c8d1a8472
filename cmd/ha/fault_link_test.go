package main

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"ha/enforcer/netlab"
)

// A director whose cable is pulled says why it takes no part, gives its addresses up, and preempts when the cable is
// back. Where a switch loses frames instead, both answer for a while, and the better one stays.
func TestALinkThatFailsMovesTheVIP(t *testing.T) {
	netlab.Need(t, "netns")
	d := newDuel(t, duelText(3, "200ms", "192.0.2.1/32", "192.0.2.2/32"), "ha", "ha")
	a, b := d.a.router.(*director), d.b.router.(*director)
	a.start()
	b.start()
	d.settle("the better one to be Active", d.a, d.b)

	if err := d.lan.Cut(a.Host); err != nil {
		t.Fatal(err)
	}
	d.settle("the addresses to leave a host without a cable", d.b, d.a)
	d.answeredBy(d.b)
	a.becomes("Initialize")
	if v := a.vip(); !strings.Contains(v.Why, "interface eth0 has no carrier") {
		t.Errorf("a says %q, want why it takes no part", v.Why)
	}
	if !a.happened("transition", "Active -> Initialize: takes no part in the election: interface eth0 has no carrier") {
		t.Error("no event tells of the transition and its cause")
	}
	if err := d.lan.Heal(a.Host); err != nil {
		t.Fatal(err)
	}
	d.settle("the better one to preempt when its cable is back", d.a, d.b)
	d.answeredBy(d.a)

	if err := d.lan.Isolate(a.Host); err != nil {
		t.Fatal(err)
	}
	netlab.WaitFor(t, patience, "both to hold the VIPs", func() bool {
		return holds(t, d.a.addresses, d.vips, true) && holds(t, d.b.addresses, d.vips, true)
	})
	d.answeredBy(d.b)
	if err := d.lan.Heal(a.Host); err != nil {
		t.Fatal(err)
	}
	d.settle("the worse one to give way", d.a, d.b)
	d.answeredBy(d.a)
	a.settled()
	b.settled()
}

// An election waits for its interface, however often that comes and goes.
func TestAnElectionWaitsForItsInterface(t *testing.T) {
	netlab.Need(t, "netns", "ip")
	r := newRig(t, strings.Replace(crowdText(1, 0), `vrid      = 51`, "vrid      = 51\n  interface = \"eth1\"", 1))
	d := r.director("a")
	d.start()
	vip := prefixes("192.0.2.1/32")
	for round := range 3 {
		d.becomes("Initialize")
		netlab.WaitFor(t, patience, "the reason to be told", func() bool {
			return strings.Contains(d.vip().Why, "interface eth1 does not exist")
		})
		lan := netlab.NewTestLAN(t)
		capture := lan.MustAdd(t, "watch").MustCapture(t)
		if err := lan.Attach(d.Host, "eth1", netip.MustParsePrefix("192.0.2.11/24")); err != nil {
			t.Fatal(err)
		}
		d.becomes("Active")
		at, err := d.Addresses("eth1")
		if err != nil {
			t.Fatal(err)
		}
		netlab.WaitFor(t, patience, "the VIP to stand", func() bool { return holds(t, at, vip, true) })
		if err := at.Close(); err != nil {
			t.Fatal(err)
		}
		for what, is := range map[string]func(netlab.Frame) bool{
			"an advert":       func(f netlab.Frame) bool { pdu, _ := advertIn(f); return pdu != nil },
			"an announcement": func(f netlab.Frame) bool { return announcedIn(f) == vip[0].Addr() },
		} {
			if _, ok := capture.Wait(patience, is); !ok {
				t.Errorf("round %d: %s was not seen on the new link", round, what)
			}
		}
		d.settled()
		ip(t, d.Host, "link", "delete", "eth1")
	}
	d.becomes("Initialize")
	if lines := d.status().Problems; slices.ContainsFunc(lines, func(s string) bool { return strings.Contains(s, "panic") }) {
		t.Errorf("problems: %q", lines)
	}
	d.stop()
}
