package main

import (
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"ha/enforcer/netlab"
)

// A director that leaves in good order answers until its successor does, so no client notices, whoever that is. Afterwards
// it has let go.
//
// conform: S17
func TestALeaveCostsNothing(t *testing.T) {
	netlab.Need(t, "netns", "keepalived")
	all := map[string]func(*testing.T){}
	for name, text := range map[string]string{
		"at 100 ms": duelText(3, "100ms", "192.0.2.1/32"),
		"at 1 s":    duelText(3, "1s", "192.0.2.1/32"),
		"version 2": duelText(2, "1s", "192.0.2.1/32"),
		"IPv6":      duelText(3, "100ms", "fe80::51/128", "2001:db8::1/128"),
		"dual":      duelText(3, "100ms", "192.0.2.1/32", "fe80::51/128", "2001:db8::1/128"),
	} {
		for _, successor := range []string{"ha", "keepalived"} {
			if name == "dual" && successor == "keepalived" {
				continue // its instances do not move together without a sync group
			}
			all[name+", followed by "+successor] = func(t *testing.T) { leaveOnce(t, text, successor) }
		}
	}
	for name, story := range all { // one after the other: a busy machine loses probes of its own
		t.Run(name, story)
	}
}

func leaveOnce(t *testing.T, text, successor string) {
	t.Helper()
	d := newDuel(t, text, "ha", successor)
	echo(t, d.a.host)
	echo(t, d.b.host)
	d.b.start()
	least := -1
	for range leaves {
		d.a.start()
		d.settle("the better one to be Active", d.a, d.b)
		p := probe(t, d.watch, d.vips[len(d.vips)-1].Addr())
		since := time.Now()
		d.a.stop()
		d.settle("the other one to have the VIPs", d.b, d.a)
		d.answeredBy(d.b)
		lost := p.report("a leave")
		d.answersNoMore(d.a, d.b, since)
		if least < 0 || lost < least {
			least = lost
		}
		if least == 0 {
			return
		}
	}
	t.Errorf("%d probes or more were lost at each of %d leaves", least, leaves)
}

// leaves is how often a router leaves until once nothing is lost: a busy machine loses probes of its own, and a new IPv6
// address of keepalived needs a moment. Who lets go at once loses all of its successor's skew each time.
const leaves = 3

// answersNoMore checks that a contender is silent as soon as the other one has announced the VIP.
func (d *duel) answersNoMore(left, right *contender, since time.Time) {
	d.t.Helper()
	const grace = 50 * time.Millisecond // of a busy machine; on a quiet one it takes less than one
	if after := d.answersAfter(left, right, since); after > grace {
		d.t.Errorf("%s still answers %v after %s has announced the VIP", left.name, after, right.name)
	}
}

// answersAfter is how long after the other one has announced the VIP a contender gave its last answer; 0: none.
func (d *duel) answersAfter(left, right *contender, since time.Time) (after time.Duration) {
	d.t.Helper()
	vip := d.vips[len(d.vips)-1].Addr()
	said, ok := d.capture.Wait(patience, func(f netlab.Frame) bool {
		return f.At.After(since) && announcedIn(f) == vip && slices.Equal(f.Data[6:12], right.mac)
	})
	if !ok {
		d.t.Fatalf("%s did not announce %v", right.name, vip)
	}
	for _, f := range d.capture.Frames() {
		if slices.Equal(f.Data[6:12], left.mac) && slices.Equal(f.Data[:6], d.watchMAC()) {
			after = max(after, f.At.Sub(said.At))
		}
	}
	return after
}

// watchMAC is the hardware address of the watching host.
func (d *duel) watchMAC() (mac net.HardwareAddr) {
	d.t.Helper()
	if err := d.watch.Do(func() error {
		eth0, err := net.InterfaceByName("eth0")
		if err == nil {
			mac = eth0.HardwareAddr
		}
		return err
	}); err != nil {
		d.t.Fatal(err)
	}
	return mac
}

// A plan that takes a VIP from a node lets the others have it without a lost probe.
//
// conform: S34
func TestTakingAVIPFromANodeCostsNothing(t *testing.T) {
	netlab.Need(t, "netns", "keepalived")
	for _, successor := range []string{"ha", "keepalived"} {
		t.Run("followed by "+successor, func(t *testing.T) {
			text := duelText(3, "200ms", "192.0.2.1/32")
			d := newDuel(t, text, "ha", successor)
			echo(t, d.a.host)
			echo(t, d.b.host)
			d.a.start()
			d.b.start()
			d.settle("the better one to be Active", d.a, d.b)
			p := probe(t, d.watch, d.vips[0].Addr())
			a := d.a.router.(*director)
			without := strings.Replace(text, "  node \"a\" {\n    priority = 200\n  }\n", "  nodes = [node.b]\n", 1)
			a.mustApply(compile(t, loadText(t, without), "a"))
			d.settle("the other one to have the VIP", d.b, d.a)
			d.answeredBy(d.b)
			if lost := p.report("a plan without it"); lost > 0 {
				t.Errorf("%d probes were lost", lost)
			}
			a.settled()
		})
	}
}

// Who leaves while nobody follows is gone all the same, in bounded time.
func TestALeaveWithoutASuccessorEnds(t *testing.T) {
	netlab.Need(t, "netns")
	d := newDuel(t, duelText(3, "100ms", "192.0.2.1/32"), "ha", "ha")
	d.a.start()
	d.settle("it to be Active", d.a, d.b)
	d.a.stop()
	if !holds(t, d.a.addresses, d.vips, false) {
		t.Error("the VIP stays behind")
	}
}
