package planner

import (
	"fmt"
	"maps"
	"net/netip"
	"reflect"
	"testing"
)

func TestRealServersFollowTheirChecks(t *testing.T) {
	tests := []struct {
		name     string
		verdicts map[string]Verdict
		want     RealServer
		shown    bool
	}{
		{"all checks up: as configured", map[string]Verdict{"a": Up, "b": Up}, RealServer{Weight: 10, Forwarding: DR}, true},
		{"one has not spoken: weight 0", map[string]Verdict{"a": Up}, RealServer{Weight: 0, Forwarding: DR}, true},
		{"none has spoken: weight 0", nil, RealServer{Weight: 0, Forwarding: DR}, true},
		{"one is down: absent", map[string]Verdict{"a": Up, "b": Down}, RealServer{}, false},
		{"one is down, one has not spoken: absent", map[string]Verdict{"b": Down}, RealServer{}, false},
	}
	key := RealServerKey{VirtualServerKey{FWMark: 1}, netip.MustParseAddrPort("10.0.0.1:80")}
	for _, test := range tests {
		p := &Plan{Pools: []Pool{{
			Name: "pool.web", Listeners: []Listener{{Key: key.Service, Value: VirtualServer{Scheduler: "rr"}}},
			Servers: []PoolServer{{Address: key.Server, Weight: 10, Forwarding: DR, Checks: []string{"a", "b"}}},
		}}}
		s := Resolve(p, Facts{Verdicts: test.verdicts})
		if got, shown := s.RealServers[key]; got != test.want || shown != test.shown {
			t.Errorf("%s: got %v, %v, want %v, %v", test.name, got, shown, test.want, test.shown)
		}
		if len(s.VirtualServers) != 1 {
			t.Errorf("%s: the virtual server does not stand", test.name)
		}
		p.Pools[0].Servers[0].Checks = nil
		if got := Resolve(p, Facts{Verdicts: test.verdicts}).RealServers[key]; got != (RealServer{Weight: 10, Forwarding: DR}) {
			t.Errorf("%s: without checks got %v", test.name, got)
		}
	}
}

// TestPartsMakeTheWhole: resolving unit by unit gives what resolving the plan gives, so news about one instance
// may be answered by resolving that one.
func TestPartsMakeTheWhole(t *testing.T) {
	for seed := range uint64(seeds) {
		w := newWorld(seed)
		ix, f, live := NewIndex(w.plan()), w.facts(), w.state()
		w.claims(&live)
		whole, parts, seen := ix.Resolve(f), State{}, State{}
		for _, v := range ix.Plan().VIPs {
			parts.Addresses = union(t, parts.Addresses, ix.ResolveVIP(v.Name, f).Addresses)
			seen.Addresses = union(t, seen.Addresses, ix.LiveVIP(v.Name, live).Addresses)
		}
		for _, p := range ix.Plan().Pools {
			part, have := ix.ResolvePool(p.Name, f), ix.LivePool(p.Name, live)
			parts.VirtualServers = union(t, parts.VirtualServers, part.VirtualServers)
			parts.RealServers = union(t, parts.RealServers, part.RealServers)
			seen.RealServers = union(t, seen.RealServers, have.RealServers)
		}
		if !sameMap(parts.Addresses, whole.Addresses) || !sameMap(parts.VirtualServers, whole.VirtualServers) || !sameMap(parts.RealServers, whole.RealServers) {
			t.Fatalf("seed %d: the parts are\n%v\nthe whole is\n%v", seed, parts, whole)
		}
		for k := range live.RealServers {
			if _, server := ix.server(k); (server != nil) != (seen.Value(k) != nil) {
				t.Errorf("seed %d: %s is configured: %v, and seen: %v", seed, k, server != nil, seen.Value(k))
			}
		}
	}
}

// union joins parts, which must not overlap.
func union[K comparable, V any](t *testing.T, all, part map[K]V) map[K]V {
	t.Helper()
	if all == nil {
		all = make(map[K]V)
	}
	for k := range part {
		if _, twice := all[k]; twice {
			t.Errorf("%v belongs to two units", k)
		}
	}
	maps.Copy(all, part)
	return all
}

func sameMap[K, V comparable](a, b map[K]V) bool {
	return len(a) == 0 && len(b) == 0 || maps.Equal(a, b)
}

func TestFirstUnitKeepsItsKey(t *testing.T) {
	k := AddressKey{"eth0", netip.MustParsePrefix("192.0.2.20/32")}
	place := func(label string) []PlacedAddress { return []PlacedAddress{{Key: k, Value: Address{Label: label}}} }
	p := &Plan{
		VIPs:    []VIP{{Name: "vip.a", Addresses: place("eth0:a")}, {Name: "vip.b", Addresses: place("eth0:b")}},
		Statics: []Static{{Name: "static.s", Addresses: place("eth0:s")}},
	}
	tests := []struct {
		name    string
		statics []Static
		active  map[string]bool
		want    map[AddressKey]Address
	}{
		{"what always stands goes before a VIP", p.Statics, map[string]bool{"vip.a": true}, map[AddressKey]Address{k: {Label: "eth0:s"}}},
		{"the first of two Active VIPs has it", nil, map[string]bool{"vip.a": true, "vip.b": true}, map[AddressKey]Address{k: {Label: "eth0:a"}}},
		{"the second never has it", nil, map[string]bool{"vip.b": true}, map[AddressKey]Address{}},
	}
	for _, test := range tests {
		p.Statics = test.statics
		if got := Resolve(p, Facts{Active: test.active}).Addresses; !maps.Equal(got, test.want) {
			t.Errorf("%s: got %v, want %v", test.name, got, test.want)
		}
	}
}

func TestIndexAnswers(t *testing.T) {
	e := edge{node: "lb1", vips: []string{"192.0.2.20/32"}, servers: []string{"192.0.2.32:443"}, forward: "1"}
	ix := NewIndex(e.plan())
	web := VirtualServerKey{Protocol: TCP, Addr: netip.MustParseAddrPort("192.0.2.20:443")}
	tests := []struct {
		key  Key
		want Origin
		ok   bool
	}{
		{AddressKey{"eth0", netip.MustParsePrefix("192.0.2.20/32")}, Origin{"vip.web", true, Source{"edge.hcl", 14}}, true},
		{AddressKey{"eth1", netip.MustParsePrefix("192.0.2.20/32")}, Origin{}, false},
		{web, Origin{"pool.web", false, Source{"edge.hcl", 30}}, true},
		{RealServerKey{web, netip.MustParseAddrPort("192.0.2.32:443")}, Origin{"pool.web", false, Source{"edge.hcl", 38}}, true},
		{RealServerKey{web, netip.MustParseAddrPort("192.0.2.99:443")}, Origin{}, false},
		{SysctlKey("net.ipv4.ip_forward"), Origin{"static.base", false, Source{"settings.hcl", 3}}, true},
	}
	for _, test := range tests {
		if got, ok := ix.Origin(test.key); got != test.want || ok != test.ok {
			t.Errorf("%s: got %v, %v, want %v, %v", test.key, got, ok, test.want, test.ok)
		}
		if got, ok := (*Index)(nil).Origin(test.key); ok {
			t.Errorf("%s: nobody's plan wants it for %v", test.key, got)
		}
	}
	if got := fmt.Sprint(ix.PoolsOf("tcp 192.0.2.32:443"), ix.PoolsOf("tcp 192.0.2.99:443")); got != "[pool.web] []" {
		t.Errorf("the pools of two checks: got %s", got)
	}
	if got := ix.VIPOf(web.Addr.Addr()); got != "vip.web" {
		t.Errorf("the VIP of %s: got %q", web.Addr, got)
	}
}

// TestPresume: what is live is taken for granted until somebody knows better, so a plan without an enforcer and a
// restart change nothing.
func TestPresume(t *testing.T) {
	for _, active := range []bool{true, false} {
		e := edge{node: "lb1", priority: 100, vips: []string{"192.0.2.20/32"}, servers: []string{"192.0.2.32:443", "192.0.2.33:443"}}
		f := e.facts(active)
		f.Verdicts["tcp 192.0.2.33:443"] = Unknown
		live, claims := e.settled(f)
		ix := NewIndex(e.plan())
		changes, conflicts := Diff(ix.Resolve(ix.Presume(live)), live, claims, ix)
		if len(changes)+len(conflicts) > 0 {
			t.Errorf("active %v: got %v, %v", active, changes, conflicts)
		}
		if got := ix.Presume(live).Active["vip.web"]; got != active {
			t.Errorf("active %v: presumed %v", active, got)
		}
	}
	if got := NewIndex(&Plan{}).Presume(State{}); !reflect.DeepEqual(got, Facts{Active: map[string]bool{}, Verdicts: map[string]Verdict{}}) {
		t.Errorf("of nothing got %v", got)
	}
}

// TestAfterKeepsTwoPlans: an enforcer that reloads for years does not keep every plan it ever had.
func TestAfterKeepsTwoPlans(t *testing.T) {
	first, second, third := NewIndex(&Plan{}), NewIndex(&Plan{}), NewIndex(&Plan{})
	ix := third.After(second.After(first))
	if ix.previous == nil || ix.previous.Plan() != second.Plan() || ix.previous.previous != nil {
		t.Error("a third plan hangs on behind")
	}
}
