package planner

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// told lists changes as "symbol name: detail (impact)".
func told(changes []Change) []string {
	var out []string
	for _, c := range changes {
		for _, l := range lines(c, false) {
			out = append(out, strings.TrimSuffix(l.symbol+" "+l.name+": "+l.detail, ": ")+" ("+c.Impact.String()+")")
		}
	}
	return out
}

func TestCompare(t *testing.T) {
	base := edge{node: "lb1", priority: 100, vips: []string{"192.0.2.20/32"}, servers: []string{"192.0.2.32:443"}, forward: "1"}
	tests := []struct {
		name                      string
		change                    func(*edge)
		outside                   func(*State) // what others do to live
		active                    bool
		behaviour, kernel, latent []string
	}{
		{name: "nothing", active: true},
		{
			name: "priority on a Backup", change: func(e *edge) { e.priority = 120 },
			behaviour: []string{"~ vip.web: priority 100 -> 120 (none)"},
		},
		{
			name: "an address on a Backup is latent", change: func(e *edge) { e.vips = append(e.vips, "192.0.2.21/32") },
			behaviour: []string{"~ vip.web: addresses + 192.0.2.21/32 (none)"},
			latent:    []string{"? vip.web address 192.0.2.21/32 dev eth0: when vip.web is active: add, announce it (none)"},
		},
		{
			name: "an address on the Active node", change: func(e *edge) { e.vips = append(e.vips, "192.0.2.21/32") }, active: true,
			behaviour: []string{"~ vip.web: addresses + 192.0.2.21/32 (none)"},
			kernel:    []string{"+ vip.web address 192.0.2.21/32 dev eth0: announce it (none)"},
		},
		{
			name: "an address leaves a Backup", change: func(e *edge) { e.vips = []string{"192.0.2.22/32"} },
			behaviour: []string{"~ vip.web: addresses + 192.0.2.22/32, - 192.0.2.20/32 (none)"},
			latent: []string{
				"? vip.web address 192.0.2.22/32 dev eth0: when vip.web is active: add, announce it (none)",
				"? vip.web address 192.0.2.20/32 dev eth0: when vip.web is active: no longer added (none)",
			},
		},
		{
			name: "an address leaves the Active node", change: func(e *edge) { e.vips = []string{"192.0.2.22/32"} }, active: true,
			behaviour: []string{"~ vip.web: addresses + 192.0.2.22/32, - 192.0.2.20/32 (none)"},
			kernel: []string{
				"+ vip.web address 192.0.2.22/32 dev eth0: announce it (none)",
				"- vip.web address 192.0.2.20/32 dev eth0 (outage)",
			},
		},
		{
			name: "a renamed block changes nothing in the kernel", change: func(e *edge) { e.vip = "vip.www" }, active: true,
			behaviour: []string{"~ vip.www: was vip.web (none)"},
		},
		{
			name: "a renamed block changes nothing on a Backup", change: func(e *edge) { e.vip = "vip.www" },
			behaviour: []string{"~ vip.www: was vip.web (none)"},
		},
		{
			name: "somebody removed a service", outside: func(s *State) { delete(s.VirtualServers, webKey); clear(s.RealServers) }, active: true,
			kernel: []string{
				"! pool.web service 192.0.2.20:443/tcp: missing, put back (none)",
				"! pool.web server 192.0.2.32:443: missing, put back (none)",
			},
		},
		{
			name: "somebody turned a sysctl back", outside: func(s *State) { s.Sysctls["net.ipv4.ip_forward"] = "0" },
			kernel: []string{"! static.base sysctl net.ipv4.ip_forward: value 0 -> 1, changed outside ha, put back (none)"},
		},
		{
			name:    "what the configuration changes as well is no drift",
			change:  func(e *edge) { e.forward = "2" },
			outside: func(s *State) { s.Sysctls["net.ipv4.ip_forward"] = "0" },
			kernel:  []string{"~ static.base sysctl net.ipv4.ip_forward: value 0 -> 2 (none)"},
		},
		{
			name: "an address of ours stands on a Backup", outside: func(s *State) { s.Addresses = map[AddressKey]Address{vipKey: {}}; s.marks()[vipKey] = true },
			kernel: []string{"! vip.web address 192.0.2.20/32 dev eth0: not wanted here, removed (none)"},
		},
		{
			name: "an address that leaves a Backup and stands there goes now", change: func(e *edge) { e.vips = []string{} },
			outside:   func(s *State) { s.Addresses = map[AddressKey]Address{vipKey: {}}; s.marks()[vipKey] = true },
			behaviour: []string{"~ vip.web: addresses - 192.0.2.20/32 (none)"},
			kernel:    []string{"! vip.web address 192.0.2.20/32 dev eth0: not wanted here, removed (none)"},
		},
		{
			name: "a label set by hand", active: true, outside: func(s *State) { s.Addresses[vipKey] = Address{Label: "eth0:9"} },
			kernel: []string{"! vip.web address 192.0.2.20/32 dev eth0: label eth0:9 -> none, changed outside ha, put back, announce it (new-connections)"},
		},
		{
			name: "a server leaves", change: func(e *edge) { e.servers = nil }, active: true,
			kernel: []string{"- pool.web server 192.0.2.32:443 (existing-connections)"},
		},
	}
	for _, test := range tests {
		after := base
		if test.change != nil {
			test.change(&after)
		}
		f := base.facts(test.active)
		live, claims := base.settled(f)
		if test.outside != nil {
			test.outside(&live)
		}
		c := Compare(after.plan(), base.plan(), f, live, claims)
		for _, layer := range []struct {
			name      string
			got, want []string
		}{{"behaviour", told(c.Behaviour), test.behaviour}, {"kernel", told(c.Kernel), test.kernel}, {"latent", told(c.Latent), test.latent}} {
			if !slices.Equal(layer.got, layer.want) {
				t.Errorf("%s: %s is\n%s\nwant\n%s", test.name, layer.name, strings.Join(layer.got, "\n"), strings.Join(layer.want, "\n"))
			}
		}
		if len(c.Notes) > 0 || len(c.Conflicts) > 0 {
			t.Errorf("%s: got notes %v and conflicts %v", test.name, c.Notes, c.Conflicts)
		}
	}
}

// TestBehaviourCostsWhereItServes: what an argument costs is paid where the VIP is Active.
func TestBehaviourCostsWhereItServes(t *testing.T) {
	base := edge{node: "lb1", vips: []string{"192.0.2.20/32"}}
	tests := []struct {
		name   string
		edit   func(*Plan)
		active bool
		want   Impact
	}{
		{"vrid on the Active node", func(p *Plan) { p.Intents[1].Args[4].Value = "52" }, true, ImpactFailover},
		{"vrid on a Backup", func(p *Plan) { p.Intents[1].Args[4].Value = "52" }, false, ImpactNone},
		{"vrid on a Backup, which then hears nobody and becomes Active beside the other", func(p *Plan) {
			p.Intents[1].Args[4].Value, p.Intents[1].Args[4].Deaf = "52", true
		}, false, ImpactFailover},
		{"an argument without cost", func(p *Plan) { p.Intents[1].Args[2].Value = "false" }, true, ImpactNone},
		{"a VIP goes on the Active node", func(p *Plan) { p.Intents, p.VIPs = p.Intents[:1], nil }, true, ImpactOutage},
		{"a VIP goes on a Backup", func(p *Plan) { p.Intents, p.VIPs = p.Intents[:1], nil }, false, ImpactNone},
		{"an argument of a pool whose VIP is here", costlyPool, true, ImpactNewConnections},
		{"an argument of a pool whose VIP is elsewhere", costlyPool, false, ImpactNone},
	}
	for _, test := range tests {
		next, f := base.plan(), base.facts(test.active)
		test.edit(next)
		live, claims := base.settled(f)
		c := Compare(next, base.plan(), f, live, claims)
		if len(c.Behaviour) != 1 || c.Behaviour[0].Impact != test.want {
			t.Errorf("%s: got %v, want one change with %s", test.name, told(c.Behaviour), test.want)
		}
	}
}

// TestPoolsOfNoVIPServeAlways: nobody knows who is Active for a firewall mark or a fixed address.
func TestPoolsOfNoVIPServeAlways(t *testing.T) {
	base := edge{node: "lb1", vips: []string{"192.0.2.99/32"}}
	next := base.plan()
	costlyPool(next)
	c := Compare(next, base.plan(), Facts{}, State{}, Claims{})
	if len(c.Behaviour) != 1 || c.Behaviour[0].Impact != ImpactNewConnections {
		t.Errorf("got %v", told(c.Behaviour))
	}
}

// TestALeftSysctlKeepsItsReason: what goes back to the value before ha is no drift, whichever plan is in force.
func TestALeftSysctlKeepsItsReason(t *testing.T) {
	live := State{Sysctls: map[SysctlKey]Sysctl{arpIgnore: "1"}}
	claims := Claims{Objects: map[Key]Claim{arpIgnore: Owned}, Before: map[SysctlKey]Sysctl{arpIgnore: "0"}}
	c := Compare(&Plan{}, &Plan{}, Facts{}, live, claims)
	if len(c.Kernel) != 1 || !hasReason(c.Kernel[0], ReasonRemoved) {
		t.Fatalf("got %+v", c.Kernel)
	}
	if after := ClaimsAfter(c.Kernel, live, claims); len(after.Objects)+len(after.Before) > 0 {
		t.Errorf("%v is still on record", after)
	}
}

func costlyPool(p *Plan) {
	p.Intents[0].Args[0] = Arg{Path: "scheduler", Value: "rr", Impact: ImpactNewConnections}
}

// TestCompareLaws: a node that runs its plan has nothing to do; applied, a plan has nothing left to do; and what a
// plan does is the same whoever is Active.
func TestCompareLaws(t *testing.T) {
	for seed := range uint64(seeds) {
		w := newWorld(seed)
		applied, next := w.plan(), w.plan()
		if twice(Resolve(applied, NewIndex(applied).fulfilled())) || twice(Resolve(next, NewIndex(next).fulfilled())) {
			continue
		}
		f := w.facts()
		live, claims := settle(t, applied, f, State{}, Claims{})
		if c := Compare(applied, applied, f, live, claims); !c.Empty() || !strings.HasPrefix(c.Effect, "sha256:") {
			t.Fatalf("seed %d: a settled node has to do %v", seed, told(c.Changes()))
		}
		c := Compare(next, applied, f, live, claims)
		other := w.facts()
		otherLive, otherClaims := settle(t, applied, other, State{}, Claims{})
		if o := Compare(next, applied, other, otherLive, otherClaims); o.Effect != c.Effect {
			t.Errorf("seed %d: the effect hangs on the roles of the moment:\n%v\n%v", seed, told(c.Changes()), told(o.Changes()))
		}
		if moved := Compare(moveDown(next), applied, f, live, claims); moved.Effect != c.Effect {
			t.Errorf("seed %d: the effect hangs on places in files", seed)
		}
		for _, change := range c.Changes() {
			if len(change.Reasons) == 0 || len(change.Reasons[0].Fields) == 0 || len(change.Fields) == 0 && change.Action != Adopt && change.Action != Release {
				t.Errorf("seed %d: a change without a changed field: %+v", seed, change)
			}
		}
		f = Carry(f, Renames(next, applied))
		live, claims = settle(t, next, f, live, claims)
		if c := Compare(next, next, f, live, claims); !c.Empty() {
			t.Fatalf("seed %d: applied, and left to do is %v", seed, told(c.Changes()))
		}
	}
}

// settle brings a node to what a plan wants under facts.
func settle(t *testing.T, p *Plan, f Facts, live State, claims Claims) (State, Claims) {
	t.Helper()
	ix := NewIndex(p)
	live = live.Clone()
	changes, _ := Diff(ix.Resolve(f), live, claims, ix)
	claims = ClaimsAfter(changes, live, claims)
	for _, c := range changes {
		if err := Apply(&live, c); err != nil {
			t.Fatal(err)
		}
	}
	return live, claims
}

// moveDown is the same plan after a comment was put at the top of every file.
func moveDown(p *Plan) *Plan {
	q := *p
	q.Intents = slices.Clone(p.Intents)
	for i := range q.Intents {
		q.Intents[i].Source.Line += 5
	}
	q.Pools = slices.Clone(p.Pools)
	for i := range q.Pools {
		q.Pools[i].Source.Line += 5
	}
	return &q
}

func TestTheFirstPlanOfANode(t *testing.T) {
	e := edge{node: "lb1", priority: 100, vips: []string{"192.0.2.20/32"}, servers: []string{"192.0.2.32:443"}}
	c := Compare(e.plan(), nil, Facts{}, State{}, Claims{})
	want := []string{
		"+ pool.web: scheduler wlc (none)",
		`+ vip.web: addresses ["192.0.2.20/32"], interface eth0, preempt true, and 2 more (none)`,
		"+ pool.web service 192.0.2.20:443/tcp: scheduler wlc (none)",
		"+ pool.web server 192.0.2.32:443: forwarding dr, weight 0 -> 10 after the first good check (none)",
		"? vip.web address 192.0.2.20/32 dev eth0: when vip.web is active: add, announce it (none)",
	}
	if got := told(c.Changes()); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for i := range c.Changes() {
		if cause := c.Changes()[i].Cause; cause != CauseConfig {
			t.Errorf("change %d is caused by %s", i, cause)
		}
	}
}

// TestMigration: what keepalived left is adopted as it stands, without touching a packet.
func TestMigration(t *testing.T) {
	e := edge{node: "lb1", priority: 100, vips: []string{"192.0.2.20/32"}, servers: []string{"192.0.2.32:443"}}
	live, _ := e.settled(e.facts(true))
	live.Marked = nil
	ix := NewIndex(e.plan())
	c := Compare(e.plan(), nil, ix.Presume(live), live, Claims{})
	if len(c.Kernel) != 3 || len(c.Conflicts) > 0 {
		t.Errorf("got %v and conflicts %v, want three objects", told(c.Kernel), c.Conflicts)
	}
	for _, change := range c.Kernel {
		if change.Symbol() != ">" || change.Impact != ImpactNone {
			t.Errorf("got %v, want adoption alone", told([]Change{change}))
		}
	}
}

func TestRenames(t *testing.T) {
	base := edge{node: "lb1", vips: []string{"192.0.2.20/32"}}
	renamed := base
	renamed.vip = "vip.www"
	other := base
	other.vip, other.vips = "vip.www", []string{"192.0.2.99/32"}
	two := base // one VIP with two addresses becomes two with one each
	two.vips = []string{"192.0.2.20/32", "192.0.2.21/32"}
	other.vips = []string{"192.0.2.21/32"}
	other.vip = "vip.zzz"
	split := renamed.plan()
	split.VIPs = append(split.VIPs, other.plan().VIPs...)
	other.vip, other.vips = "vip.www", []string{"192.0.2.99/32"}
	both := renamed.plan()
	both.VIPs = append(both.VIPs, base.plan().VIPs...)
	tests := []struct {
		name          string
		next, applied *Plan
		want          string
	}{
		{"the same address under another name", renamed.plan(), base.plan(), "map[vip.www:vip.web]"},
		{"another name and another address is another VIP", other.plan(), base.plan(), "map[]"},
		{"the old name is still there", both, base.plan(), "map[]"},
		{"nothing applied", base.plan(), nil, "map[]"},
		{"one name cannot become two", split, two.plan(), "map[vip.www:vip.web]"},
	}
	for _, test := range tests {
		if got := fmt.Sprint(Renames(test.next, test.applied)); got != test.want {
			t.Errorf("%s: got %s, want %s", test.name, got, test.want)
		}
	}
	f := Facts{Active: map[string]bool{"vip.web": true}}
	if got := fmt.Sprint(Carry(f, map[string]string{"vip.www": "vip.web"}).Active, f.Active); got != "map[vip.www:true] map[vip.web:true]" {
		t.Errorf("carried and before: got %s", got)
	}
}

func TestNotes(t *testing.T) {
	e := edge{node: "lb1", vips: []string{"192.0.2.20/32"}, servers: []string{"192.0.2.32:443"}}
	live := State{NoIPVS: "the kernel has no ip_vs module", Links: map[string]Link{"lo": {}}}
	c := Compare(e.plan(), nil, Facts{}, live, Claims{})
	want := []string{
		"IPVS cannot be used here (the kernel has no ip_vs module): 1 service with 1 server left out, VIPs work",
		"the interface eth0 does not exist on this node; addresses on it cannot be added",
	}
	if !slices.Equal(c.Notes, want) {
		t.Errorf("got %q, want %q", c.Notes, want)
	}
	if len(c.Kernel) > 0 {
		t.Errorf("without IPVS got %v", told(c.Kernel))
	}
}
