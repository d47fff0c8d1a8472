package vrrp_test

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"ha/vrrp"
)

// A router that is relieved keeps its addresses for a moment; one that may have been contradicted before lets go at once.
func TestWhoLingers(t *testing.T) {
	const now = 10 * time.Second
	better, other := netip.MustParseAddr("192.0.2.9"), netip.MustParseAddr("192.0.2.8")
	active := vrrp.Election{State: vrrp.Active, Timer: now + time.Second/2, ActiveInterval: time.Second, Installed: true}
	tests := []struct {
		name    string
		change  func(*vrrp.Election)
		lingers bool
	}{
		{"one that begins", func(*vrrp.Election) {}, true},
		{"one that was heard as a worse one long ago", func(e *vrrp.Election) { e.Peer = vrrp.Peer{Source: better, Priority: 50, Heard: now - 9*time.Second} }, true},
		{"one that left before", func(e *vrrp.Election) { e.Peer = vrrp.Peer{Source: better, Heard: now - time.Second} }, true},
		{"another one was heard", func(e *vrrp.Election) { e.Peer = vrrp.Peer{Source: other, Priority: 50, Heard: now - time.Second} }, true},
		{"one that was Active beside us", func(e *vrrp.Election) { e.Peer = vrrp.Peer{Source: better, Priority: 50, Heard: now - time.Second} }, false},
		{"one that has announced them already", func(e *vrrp.Election) { e.Claimed = now - time.Millisecond }, false},
		{"somebody announced them long ago", func(e *vrrp.Election) { e.Claimed = now - time.Second }, true},
		{"our addresses are not in place", func(e *vrrp.Election) { e.Installed = false }, false},
		{"we were silent", func(e *vrrp.Election) { e.Timer = now - 2*time.Second }, false},
		{"one whose silence made us Active", func(e *vrrp.Election) {
			e.Reason = vrrp.Reason{Cause: vrrp.Silence, Peer: vrrp.Peer{Source: better}}
		}, false},
	}
	config := vrrp.Config{
		VRID: 51, Version: 3, Priority: 100, Interval: time.Second, Preempt: true, Linger: 20 * time.Millisecond,
		Source: netip.MustParseAddr("192.0.2.1"),
	}
	for _, tt := range tests {
		e := active
		tt.change(&e)
		e, out := config.Step(e, now, vrrp.Received{Priority: 200, Interval: time.Second, Source: better}, nil)
		if e.State != vrrp.Backup || (e.Leaving != 0) != tt.lingers || slices.Contains(out, vrrp.Action(vrrp.Release{})) == tt.lingers {
			t.Errorf("%s: it lingers until %v and does %+v, want %v", tt.name, e.Leaving, out, tt.lingers)
		}
		if !tt.lingers {
			continue
		}
		if at, _ := e.Deadline(); at != now+config.Linger {
			t.Errorf("%s: the deadline is %v", tt.name, at)
		}
		for what, ev := range map[string]vrrp.Event{"an announcement": vrrp.Succeeded{}, "time": vrrp.Timeout{}, "its own end": vrrp.Shutdown{}} {
			after, out := config.Step(e, now+config.Linger, ev, nil)
			if after.Leaving != 0 || len(out) != 1 || out[0] != (vrrp.Release{}) {
				t.Errorf("%s: after %s it does %+v, want Release", tt.name, what, out)
			}
			if _, out := config.Step(after, now+config.Linger, ev, nil); len(out) > 0 {
				t.Errorf("%s: after %s once more it does %+v", tt.name, what, out)
			}
		}
	}
}
