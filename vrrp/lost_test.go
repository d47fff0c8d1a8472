package vrrp_test

import (
	"net/netip"
	"testing"
	"time"

	"ha/vrrp"
)

// A router that BFD lost is followed no longer than Skew_Time, unless it speaks again; nobody else is meant.
func TestAPeerThatIsLost(t *testing.T) {
	const skew = 609375 * time.Microsecond // of priority 100 at one second
	lost := func(source string) vrrp.PeerLost { return vrrp.PeerLost{Source: netip.MustParseAddr(source)} }
	const active, other = "192.0.2.6", "192.0.2.7"
	type line struct {
		at time.Duration
		ev vrrp.Event
	}
	start := line{0, vrrp.Startup{}}
	for _, test := range []struct {
		name  string
		lines []line
		timer time.Duration
	}{
		{"it is gone", []line{start, {s, hear(200, active)}, {1500 * ms, lost(active)}}, 1500*ms + skew},
		{"told twice", []line{start, {s, hear(200, active)}, {1500 * ms, lost(active)}, {1600 * ms, lost(active)}}, 1500*ms + skew},
		{"another router is gone", []line{start, {s, hear(200, active)}, {1500 * ms, lost(other)}}, 4*s + skew},
		{"nobody was heard", []line{start, {1500 * ms, lost(active)}}, 3*s + skew},
		{"it speaks again", []line{start, {s, hear(200, active)}, {1500 * ms, lost(active)}, {2 * s, hear(200, active)}}, 5*s + skew},
		{"the timer ends before", []line{start, {s, hear(0, active)}, {1500 * ms, lost(active)}}, s + skew},
		{"while adverts are ignored", []line{{0, vrrp.Startup{Delay: 10 * s}}, {1500 * ms, lost(active)}}, 13*s + skew},
		{"an Active router does not care", []line{start, {3*s + skew, vrrp.Timeout{}}, {4 * s, hear(50, active)}, {4 * s, lost(active)}}, 4*s + skew},
	} {
		t.Run(test.name, func(t *testing.T) {
			var e vrrp.Election
			for _, l := range test.lines {
				e, _ = config(100).Step(e, l.at, l.ev, nil)
			}
			if e.Timer != test.timer {
				t.Errorf("the timer is at %v, want %v", e.Timer, test.timer)
			}
		})
	}
}

// All members of a group have to lose it; then they move together, and say why.
func TestAGroupWhosePeerIsLost(t *testing.T) {
	const skew = 609375 * time.Microsecond
	g := vrrp.NewGroup(config(100), config(100))
	for i := range g {
		g.Step(i, 0, vrrp.Startup{}, nil)
	}
	for i := range g {
		g.Step(i, s, hear(200, "192.0.2.6"), nil)
	}
	lost := vrrp.PeerLost{Source: netip.MustParseAddr("192.0.2.6")}
	g.Step(0, 1500*ms, lost, nil)
	g.Step(0, 1500*ms+skew, vrrp.Timeout{}, nil)
	if g.State() != vrrp.Backup {
		t.Fatal("one member alone moved the group")
	}
	g.Step(1, 1600*ms, lost, nil)
	g.Step(1, 1600*ms+skew, vrrp.Timeout{}, nil)
	reason := g[1].Election.Reason
	if g.State() != vrrp.Active || reason.Cause != vrrp.Lost {
		t.Errorf("%v because of %v", g.State(), reason)
	}
	if want := "BFD lost 192.0.2.6 (priority 200), and no advert came for 1.209s"; reason.String() != want {
		t.Errorf("%q, want %q", reason, want)
	}
}
