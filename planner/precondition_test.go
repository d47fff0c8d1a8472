package planner

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
)

func TestPreconditions(t *testing.T) {
	base := edge{node: "lb1", priority: 100, vips: []string{"192.0.2.20/32"}, servers: []string{"192.0.2.32:443", "192.0.2.33:443"}, forward: "1"}
	next := base
	next.vips = []string{"192.0.2.20/32", "192.0.2.21/32"}
	next.servers = base.servers[:1]
	next.forward = "2"
	added := AddressKey{"eth0", netip.MustParsePrefix("192.0.2.21/32")}
	leaving := RealServerKey{webKey, netip.MustParseAddrPort("192.0.2.33:443")}
	f := base.facts(true)
	live, claims := base.settled(f)
	plan := NewNodePlan("lb1", "aaaaaaaaaaaaaaaaaaaa", Compare(next.plan(), base.plan(), f, live, claims), Base{Generation: 41}, nil)

	tests := []struct {
		name   string
		change func(*Present)
		want   string // empty: it may be applied
	}{
		{"nothing moved", func(*Present) {}, ""},
		{"another machine", func(p *Present) { p.MachineID = "bbbbbbbbbbbbbbbbbbbb" }, "machine: expected the one that was planned for, aaaaaaaaaaaa, found bbbbbbbbbbbb"},
		{"an unknown machine", func(p *Present) { p.MachineID = "" }, "found none"},
		{"another plan was applied", func(p *Present) { p.Generation = 42 }, "generation: expected 41, found 42"},
		{"somebody deleted the service", func(p *Present) { delete(p.Live.VirtualServers, webKey) }, webKey.String() + ": expected present, owned"},
		{"somebody changed the service", func(p *Present) { p.Live.VirtualServers[webKey] = VirtualServer{Scheduler: "rr"} }, webKey.String() + ": expected present, owned, settings"},
		{"the service is not ours any more", func(p *Present) { delete(p.Claims.Objects, webKey) }, "found present, foreign"},
		{"an unrelated address came", func(p *Present) { p.Live.Addresses[AddressKey{"eth1", vipKey.Prefix}] = Address{} }, ""},
		{"an untouched address of the VIP went with its role", func(p *Present) { delete(p.Live.Addresses, vipKey) }, ""},
		{"the new address is somebody else's", func(p *Present) { p.Live.Addresses[added] = Address{} }, added.String() + ": expected absent, found present, foreign"},
		{"a check took the leaving server away", func(p *Present) { delete(p.Live.RealServers, leaving) }, ""},
		{"a check took its weight", func(p *Present) { p.Live.RealServers[leaving] = RealServer{Weight: 0, Forwarding: DR} }, ""},
		{"somebody changed its forwarding", func(p *Present) { p.Live.RealServers[leaving] = RealServer{Weight: 10, Forwarding: NAT} }, leaving.String()},
		{"the sysctl moved", func(p *Present) { p.Live.Sysctls["net.ipv4.ip_forward"] = "0" }, "sysctl|net.ipv4.ip_forward"},
		{"the interface is gone", func(p *Present) { delete(p.Live.Links, "eth0") }, "link|eth0: expected present, found absent"},
	}
	for _, test := range tests {
		now := Present{MachineID: plan.MachineID, Generation: 41, Live: live.Clone(), Claims: ClaimsAfter(nil, live, claims)}
		test.change(&now)
		got := CheckPreconditions(plan, now)
		if test.want == "" {
			if len(got) > 0 {
				t.Errorf("%s: got %v", test.name, got)
			}
			continue
		}
		if len(got) != 1 || !strings.Contains(got[0].Error(), test.want) {
			t.Errorf("%s: got %v, want one violation with %q", test.name, got, test.want)
		}
	}
}

// TestImpactMayNotRise: when roles move between plan and apply, the plan holds as long as it costs no more.
func TestImpactMayNotRise(t *testing.T) {
	base := edge{node: "lb1", priority: 100, vips: []string{"192.0.2.20/32"}, servers: []string{"192.0.2.32:443"}}
	next := base
	next.servers = nil
	at := func(active bool) Comparison {
		live, claims := base.settled(base.facts(active))
		return Compare(next.plan(), base.plan(), base.facts(active), live, claims)
	}
	backup, active := NewNodePlan("lb1", "", at(false), Base{}, nil), NewNodePlan("lb1", "", at(true), Base{}, nil)
	if got := CheckImpact(active, at(false)); len(got) > 0 {
		t.Errorf("planned as Active, applied as Backup: got %v", got)
	}
	want := "[impact: expected at most none, found existing-connections]"
	if got := fmt.Sprint(CheckImpact(backup, at(true))); got != want {
		t.Errorf("planned as Backup, applied as Active: got %s, want %s", got, want)
	}
	if backup.Effect != active.Effect {
		t.Error("the effect hangs on the role")
	}
}
