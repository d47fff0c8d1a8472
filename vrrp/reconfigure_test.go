package vrrp_test

import (
	"net/netip"
	"testing"
	"time"

	"ha/vrrp"
)

// A Backup whose arguments change stays Backup and waits anew, by the interval of the router that it follows: one that is told a
// shorter interval before its Active router is does not take over from it.
func TestABackupIsReconfigured(t *testing.T) {
	config := vrrp.Config{
		VRID: 51, Version: 3, Priority: 100, Interval: time.Second, Preempt: true, Source: netip.MustParseAddr("192.0.2.2"),
	}
	const now = 10 * time.Second
	follows := func(version uint8) vrrp.Group {
		c := config
		c.Version = version
		g := vrrp.NewGroup(c)
		g.Step(0, now, vrrp.Startup{}, nil)
		g.Step(0, now, vrrp.Received{Priority: 200, Interval: 2 * time.Second, Source: netip.MustParseAddr("192.0.2.1")}, nil)
		return g
	}
	change := func(g vrrp.Group, change func(*vrrp.Config)) bool {
		c := g[0].Config
		change(&c)
		return g.Reconfigure([]vrrp.Config{c}, now+time.Second)
	}
	tests := []struct {
		name   string
		group  vrrp.Group
		change func(*vrrp.Config)
		waits  bool
		timer  time.Duration
	}{
		{"nothing", follows(3), func(*vrrp.Config) {}, false, now + 6*time.Second + 2*time.Second*156/256},
		{"a shorter interval", follows(3), func(c *vrrp.Config) { c.Interval = 100 * time.Millisecond }, true, now + 7*time.Second + 2*time.Second*156/256},
		{"a shorter interval, version 2", follows(2), func(c *vrrp.Config) { c.Interval = 2 * time.Second }, true, now + 7*time.Second + time.Second*156/256},
		{"another priority", follows(3), func(c *vrrp.Config) { c.Priority = 150 }, true, now + 7*time.Second + 2*time.Second*106/256},
		{"an owner", follows(3), func(c *vrrp.Config) { c.Priority = 255 }, true, now + time.Second},
	}
	for _, tt := range tests {
		if got := change(tt.group, tt.change); got != tt.waits {
			t.Errorf("%s: waits anew: %v, want %v", tt.name, got, tt.waits)
		}
		if e := tt.group[0].Election; e.State != vrrp.Backup || e.Timer != tt.timer {
			t.Errorf("%s: got %v until %v, want Backup until %v", tt.name, e.State, e.Timer, tt.timer)
		}
	}
}

// An owner who becomes an ordinary router, and one again, stays Active: it says so with its next advert.
func TestAnActiveRouterIsReconfigured(t *testing.T) {
	config := vrrp.Config{
		VRID: 51, Version: 3, Priority: 255, Interval: 10 * time.Second, Preempt: true, Source: netip.MustParseAddr("192.0.2.2"),
	}
	g := vrrp.NewGroup(config)
	g.Step(0, time.Second, vrrp.Startup{}, nil)
	for _, priority := range []uint8{254, 255} {
		config.Priority, config.Interval = priority, time.Second
		if g.Reconfigure([]vrrp.Config{config}, 2*time.Second) {
			t.Error("an Active router waits")
		}
		at, _, _ := g.Deadline()
		if g.State() != vrrp.Active || at > 3*time.Second {
			t.Fatalf("got %v with an advert at %v, want Active and an advert within the new interval", g.State(), at)
		}
		out := g.Step(0, at, vrrp.Timeout{}, nil)
		if len(out) != 1 || out[0].Action != (vrrp.SendAdvert{Priority: priority}) {
			t.Errorf("got %v, want an advert with %d", out, priority)
		}
	}
	if g.Reconfigure(nil, 0) {
		t.Error("configurations for nobody are taken")
	}
}
