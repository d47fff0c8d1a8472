package enforcer

import (
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ha/planner"
	"ha/vrrp"
	"ha/vrrp/socket"
)

// An instance lingers where its successor's announcement is heard, and no longer than an interval.
func TestWhereAnInstanceLingers(t *testing.T) {
	i := testConfig().Instances[0]
	here, there := place{device: i.Interface, addr: vipKey.Prefix.Addr()}, place{device: "eth9", addr: otherKey.Prefix.Addr()}
	tests := []struct {
		name     string
		interval time.Duration
		via      string
		at       []place
		want     time.Duration
	}{
		{"on its interface", time.Second, "", []place{here}, longestLinger},
		{"with a short interval", 10 * time.Millisecond, "", []place{here}, 10 * time.Millisecond},
		{"partly elsewhere", time.Second, "", []place{here, there}, 0},
		{"with a virtual MAC", time.Second, "ha.51", []place{here}, 0},
		{"without an address", time.Second, "", nil, 0},
	}
	for _, tt := range tests {
		i.Config.Interval, i.Via = tt.interval, tt.via
		if got := lingerOf(i, tt.at); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

// lingering is a group that was Active with two addresses and has just been relieved.
func lingering(t *testing.T) *group {
	t.Helper()
	g, _ := newBackup()
	m := g.members[0]
	for _, k := range []planner.AddressKey{vipKey, otherKey} {
		m.places = append(m.places, place{device: m.instance.Interface, addr: k.Prefix.Addr()})
	}
	g.core[0].Config.Linger = lingerOf(*m.instance, m.places)
	now := g.owner.now()
	g.core[0].Election = vrrp.Election{State: vrrp.Active, Timer: now + time.Second, ActiveInterval: time.Second, Installed: true}
	g.stopped = false
	g.step(0, vrrp.Received{Priority: 200, Interval: time.Second, Source: netip.MustParseAddr("192.0.2.1")})
	g.owner.engine.cancel(&g.timer)
	return g
}

// The addresses go when the successor has announced all of them, and not with those that others have.
func TestTheAddressesGoWithTheLastAnnouncement(t *testing.T) {
	g := lingering(t)
	released := func() bool { active, told := g.owner.inbox.take().active["vip.web"]; return told && !active }
	says := func(device string, a netip.Addr, announced bool) {
		g.claimed(0, device, socket.Claim{Address: a, By: [6]byte{2}, Announced: announced})
	}
	device := g.members[0].instance.Interface
	says(device, vipKey.Prefix.Addr(), true)
	says(device, vipKey.Prefix.Addr(), true)
	says(device, netip.MustParseAddr("192.0.2.77"), true)
	says("eth9", otherKey.Prefix.Addr(), true)
	says(device, otherKey.Prefix.Addr(), false)
	if released() || g.core[0].Election.Leaving == 0 {
		t.Fatal("the addresses go although one was not announced")
	}
	says(device, otherKey.Prefix.Addr(), true)
	if !released() || g.core[0].Election.Leaving != 0 {
		t.Error("the addresses stay although all were announced")
	}
}

// A claim is told when its host has not taken over: once for each host, and no longer known when it is not heard any more.
func TestClaimsBecomeCertain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, events := newBackup()
		m := g.members[0]
		m.places = []place{{device: m.instance.Interface, addr: vipKey.Prefix.Addr()}}
		g.stopped = false
		g.core[0].Election = vrrp.Election{State: vrrp.Active, Timer: g.owner.now() + time.Hour, Installed: true}
		claims := func(by byte) {
			g.claimed(0, m.instance.Interface, socket.Claim{Address: vipKey.Prefix.Addr(), By: [6]byte{2, 0, 0, 0, 0, by}})
		}
		look := func() int { g.tellClaims(0, time.Now()); return len(events.tail(100)) }
		claims(7)
		if look() > 0 {
			t.Error("told at once, though it may be a takeover")
		}
		time.Sleep(2 * takenAfter)
		claims(7)
		look()
		if again := look(); again != 1 || !strings.Contains(events.tail(1)[0].Message, "02:00:00:00:00:07") {
			t.Errorf("got %v, want one event that names the host", events.tail(10))
		}
		if list := m.claims.status(); len(list) != 1 || list[0].Count != 2 {
			t.Errorf("the status is %+v", list)
		}
		time.Sleep(2 * claimLife)
		look()
		if list := m.claims.status(); len(list) > 0 {
			t.Errorf("after a long time the status is %+v", list)
		}
		claims(8)
		g.core[0].Election.State = vrrp.Backup
		time.Sleep(2 * takenAfter)
		if look() != 1 {
			t.Error("the successor's claim is told of")
		}
	})
}
