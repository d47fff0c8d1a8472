package kerneltest

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ha/enforcer/kernel"
	"ha/planner"
)

// Agree carries out the same random changes on a kernel and on a new fake, and wants the same verdict on each and the same
// objects after each. The kernel is as [Conform] wants it; with IPVS when withIPVS is set. A failure prints the seed.
func Agree(t *testing.T, seed uint64, steps int, k Kernel, withIPVS bool) {
	t.Helper()
	fake := New()
	dice := rand.New(rand.NewPCG(seed, 0))
	for _, key := range []planner.SysctlKey{"net.ipv4.conf.all.promote_secondaries", "net.ipv4.conf.eth0.promote_secondaries"} {
		c := change(planner.Update, key, nil, planner.Sysctl(fmt.Sprint(seed%2)))
		apply(t, k, c)
		apply(t, fake, c)
	}
	for step := range steps {
		c := randomChange(dice, withIPVS)
		c.Before = before(fake, c.Key)
		want, got := verdict(fake.Apply(t.Context(), c)), k.Apply(t.Context(), c)
		if verdict(got) != want {
			t.Fatalf("seed %d, step %d: %s %v from %+v to %+v: the kernel says %v, the fake: %s", seed, step, c.Action, c.Key, c.Before, c.After, got, want)
		}
		if diff := cmp.Diff(ours(t, fake), ours(t, k), compareNetip(), cmp.AllowUnexported(planner.State{})); diff != "" {
			t.Fatalf("seed %d, step %d: after %s %v to %+v: -fake +kernel:\n%s", seed, step, c.Action, c.Key, c.After, diff)
		}
	}
}

// verdict is the class of an error.
func verdict(err error) string {
	switch {
	case err == nil:
		return "done"
	case errors.Is(err, fs.ErrExist):
		return "exists"
	case errors.Is(err, fs.ErrNotExist):
		return "missing"
	}
	return "refused"
}

// ours is what a kernel holds of the objects that this test makes.
func ours(t *testing.T, k Kernel) map[string]any {
	t.Helper()
	s := read(t, k, kernel.Query{Tables: []uint32{300}})
	objects := map[string]any{}
	for key, v := range s.Interfaces {
		if s.Marked[key] {
			objects[key.String()] = v
		}
	}
	for key, v := range s.Addresses {
		if s.Marked[key] {
			objects[key.String()] = v
		}
	}
	for key, v := range s.Routes {
		if s.Marked[key] {
			objects[key.String()] = v
		}
	}
	for key, v := range s.Rules {
		if s.Marked[key] {
			objects[key.String()] = v
		}
	}
	for key, v := range s.VirtualServers {
		objects[key.String()] = v
	}
	for key, v := range s.RealServers {
		objects[key.String()] = v
	}
	return objects
}

// before is the value that a fake holds under a key; nil for none.
func before(f *Fake, key planner.Key) any {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.exists(key) {
		return nil
	}
	switch k := key.(type) {
	case planner.InterfaceKey:
		return f.state.Interfaces[k]
	case planner.AddressKey:
		return f.state.Addresses[k]
	case planner.RouteKey:
		return f.state.Routes[k]
	case planner.RuleKey:
		return f.state.Rules[k]
	case planner.FilterKey:
		return f.state.Filters[k]
	case planner.SysctlKey:
		return f.state.Sysctls[k]
	case planner.VirtualServerKey:
		return f.state.VirtualServers[k]
	case planner.RealServerKey:
		return f.state.RealServers[k]
	case planner.SyncDaemonKey:
		return f.state.SyncDaemons[k]
	}
	return nil
}

// pick is one of the choices.
func pick[T any](dice *rand.Rand, choices ...T) T { return choices[dice.IntN(len(choices))] }

// randomChange is about few objects, so that they meet.
func randomChange(dice *rand.Rand, withIPVS bool) planner.Change {
	a := pick(dice, planner.Create, planner.Create, planner.Create, planner.Replace, planner.Delete)
	kinds := 3
	if dice.IntN(12) == 0 {
		return randomInterface(dice, a)
	}
	if withIPVS {
		kinds = 5
	}
	switch dice.IntN(kinds) {
	case 0:
		return planner.Change{Action: a, Key: randomAddress(dice), After: planner.Address{
			Label: pick(dice, "", "eth0:a", "eth0"), NoDAD: true, Scope: pick(dice, planner.ScopeGlobal, planner.ScopeGlobal, planner.ScopeLink),
		}}
	case 1:
		if dice.IntN(4) == 0 {
			return planner.Change{Action: pick(dice, a, planner.Update), Key: randomRoute(dice), After: randomWays(dice)}
		}
		return planner.Change{Action: pick(dice, a, planner.Update), Key: randomRoute(dice), After: planner.Route{
			Device: pick(dice, "eth0", "eth0", "eth7"), MTU: pick[uint32](dice, 0, 1400), Type: planner.Unicast,
			Gateway:    pick(dice, netip.Addr{}, netip.MustParseAddr("192.0.2.9"), netip.MustParseAddr("2001:db8::9")),
			Source:     pick(dice, netip.Addr{}, netip.Addr{}, netip.MustParseAddr("192.0.2.1")),
			Preference: pick(dice, planner.PreferenceMedium, planner.PreferenceMedium, planner.PreferenceHigh),
			Metrics:    pick(dice, planner.Metrics{}, planner.Metrics{InitCWND: 20, Locked: planner.LockMTU}, planner.Metrics{RTTMS: 300, Congestion: pick(dice, "reno", "nosuch")}),
		}}
	case 2:
		return planner.Change{Action: pick(dice, planner.Create, planner.Create, planner.Delete), Key: randomRule(dice), After: planner.Rule{}}
	case 3:
		return planner.Change{Action: pick(dice, a, planner.Update), Key: randomService(dice), After: planner.VirtualServer{
			Scheduler: pick(dice, "rr", "wlc", "none", "nosuch"), Persistence: pick(dice, 0, time.Minute),
			Engine: pick(dice, "", "", "", "sip", "nosuch"),
		}}
	}
	server := pick(dice, "198.51.100.1:80", "198.51.100.2:80", "[2001:db8:1::1]:80")
	key := planner.RealServerKey{Service: randomService(dice), Server: netip.MustParseAddrPort(server)}
	return planner.Change{Action: pick(dice, a, planner.Update), Key: key, After: planner.RealServer{
		Weight: uint32(dice.IntN(3)), Forwarding: pick(dice, planner.NAT, planner.DR, planner.Tunnel),
		Upper: uint32(dice.IntN(3)), Lower: uint32(dice.IntN(2)),
		Tunnel: planner.TunnelOptions{Type: pick(dice, planner.IPIP, planner.GUE, planner.GRE), Port: pick[uint16](dice, 0, 6080)},
	}}
}

func randomAddress(dice *rand.Rand) planner.AddressKey {
	return address(pick(dice, "eth0", "eth0", "eth0", "eth7"), pick(dice,
		"192.0.2.1/24", "192.0.2.2/24", "192.0.2.3/24", "192.0.2.1/32", "192.0.2.1/25", "198.51.100.1/24",
		"2001:db8::1/64", "2001:db8::1/128", "2001:db8::2/64"))
}

func randomRoute(dice *rand.Rand) planner.RouteKey {
	k := route(pick[uint32](dice, mainTable, 300), pick(dice, "10.0.0.0/8", "0.0.0.0/0", "2001:db8:1::/48"), pick[uint32](dice, 0, 5))
	if dice.IntN(4) == 0 && k.Destination.Addr().Is4() {
		k.TOS = 16
	}
	return k
}

// randomWays is a route with next hops, and sometimes with realms.
func randomWays(dice *rand.Rand) planner.Route {
	hop := func() planner.NextHop {
		return planner.NextHop{
			Gateway: netip.MustParseAddr(pick(dice, "192.0.2.9", "192.0.2.8", "2001:db8::9", "2001:db8::8")), Device: pick(dice, "", "eth0", "eth0", "eth7"),
			Weight: pick[uint16](dice, 1, 1, 3), OnLink: dice.IntN(6) == 0,
		}
	}
	v := planner.Route{Type: planner.Unicast, NextHops: planner.ListOf(hop(), hop())}
	if first := v.NextHops.Slice()[0]; dice.IntN(3) == 0 {
		v = planner.Route{Type: planner.Unicast, Gateway: first.Gateway, Device: first.Device, Realms: 7}
	}
	return v
}

// randomRule has few priorities, so that rules stand before those that a delete takes for them. None is
// about the kernel's own search for gateways, which the fake does not know.
func randomRule(dice *rand.Rand) planner.RuleKey {
	k := planner.RuleKey{
		Priority: pick[uint32](dice, 0, 100, 100, 100, 200), Not: dice.IntN(3) == 0, IPv6: dice.IntN(3) == 0,
		IIF: pick(dice, "eth0", "eth0", "eth7"), OIF: pick(dice, "", "eth7"), Mark: pick[uint32](dice, 0, 0, 1), Mask: pick[uint32](dice, 0, 0, 255),
		Action: pick(dice, planner.RuleLookup, planner.RuleLookup, planner.RuleBlackhole, planner.RuleGoto),
	}
	k.Not = k.Not && !k.IPv6 // the kernel searches IPv6 gateways without any interface
	if k.Not {
		k.IIF, k.OIF, k.Mark, k.Mask = "lo", "", 0, 0
	}
	if dice.IntN(2) == 0 && !k.IPv6 && !k.Not {
		k.From = netip.MustParsePrefix(pick(dice, "10.0.0.0/8", "0.0.0.0/0", "192.0.2.1/32"))
	}
	switch k.Action {
	case planner.RuleLookup:
		k.Table = pick[uint32](dice, 300, mainTable)
		k.SuppressLength = planner.Number{Set: dice.IntN(3) == 0}
	case planner.RuleGoto:
		k.Goto = pick[uint32](dice, 150, 300)
	default:
	}
	return k
}

func randomService(dice *rand.Rand) planner.VirtualServerKey {
	return pick(dice, service("tcp", "192.0.2.1:80"), service("udp", "192.0.2.1:80"), service("tcp", "[2001:db8::1]:80"),
		planner.VirtualServerKey{FWMark: 1})
}
