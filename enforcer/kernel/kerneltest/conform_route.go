package kerneltest

import (
	"io/fs"
	"maps"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ha/enforcer/kernel"
	"ha/planner"
)

func route(table uint32, to string, metric uint32) planner.RouteKey {
	return planner.RouteKey{Table: table, Destination: netip.MustParsePrefix(to), Metric: metric}
}

// base is what routes need: networks on eth0.
func base(t *testing.T, k Kernel) {
	t.Helper()
	apply(t, k, create(address("eth0", "192.0.2.1/24"), planner.Address{}),
		create(address("eth0", "2001:db8::1/64"), planner.Address{NoDAD: true}))
}

// routed are routes with every field that can be set.
func routed() map[planner.RouteKey]planner.Route {
	ip := netip.MustParseAddr
	return map[planner.RouteKey]planner.Route{
		route(mainTable, "0.0.0.0/0", 0):            {Gateway: ip("192.0.2.254"), Device: "eth0", Type: planner.Unicast},
		route(mainTable, "0.0.0.0/0", 200):          {Gateway: ip("192.0.2.253"), Device: "eth0", Source: ip("192.0.2.1"), MTU: 1400},
		route(mainTable, "10.0.0.0/8", 0):           {Device: "eth0", Scope: planner.ScopeLink, Type: planner.Unicast},
		route(mainTable, "10.1.0.0/16", 7):          {Gateway: ip("203.0.113.1"), Device: "eth0", OnLink: true, Type: planner.Unicast},
		route(mainTable, "10.2.0.0/16", 0):          {Type: planner.Blackhole},
		route(mainTable, "10.3.0.0/16", 0):          {Type: planner.Unreachable},
		route(300, "10.4.0.0/16", 0):                {Type: planner.Prohibit},
		route(mainTable, "10.5.0.0/16", 0):          {Gateway: ip("2001:db8::fe"), Device: "eth0", Type: planner.Unicast},
		route(mainTable, "10.6.0.1/32", 4294967295): {Device: "eth0", Type: planner.Unicast},
		route(mainTable, "::/0", 1024):              {Gateway: ip("2001:db8::fe"), Device: "eth0", Type: planner.Unicast},
		route(mainTable, "2001:db8:1::/48", 0):      {Gateway: ip("fe80::1"), Device: "eth0", Type: planner.Unicast, MTU: 1300},
		route(mainTable, "2001:db8:2::/48", 5):      {Device: "eth0", Source: ip("2001:db8::1"), Scope: planner.ScopeLink},
		route(mainTable, "2001:db8:3::/48", 9):      {Type: planner.Blackhole},
		route(300, "2001:db8:4::/48", 9):            {Type: planner.Unreachable},
		route(300, "10.8.0.0/16", 0):                {Type: planner.Throw},
		route(300, "2001:db8:8::/48", 9):            {Type: planner.Throw},
		route(mainTable, "10.7.0.0/16", 0):          {Gateway: ip("192.0.2.254"), Device: "eth0", MTU: 65520, Metrics: everyMetric()},
		route(300, "10.7.0.0/16", 3):                {Type: planner.Prohibit, Metrics: planner.Metrics{Locked: planner.LockRTOMin, RTOMinMS: 50}},
		route(300, "2001:db8:6::/48", 9):            {Device: "eth0", Metrics: everyMetric(), Preference: planner.PreferenceHigh},
		route(300, "2001:db8:7::/48", 9):            {Device: "eth0", Preference: planner.PreferenceLow, MTU: 1300},
		route(300, "2001:db8:5::/48", 9):            {Gateway: ip("2001:db8:ffff::1"), Device: "eth0", OnLink: true},
	}
}

// everyMetric sets each metric to a value of its own.
func everyMetric() planner.Metrics {
	return planner.Metrics{
		AdvMSS: 65495, Window: 30000, RTTMS: 300, RTTVarMS: 75, RTOMinMS: 50, SSThresh: 11, CWND: 12, InitCWND: 13, InitRWND: 14,
		Reordering: 5, HopLimit: 255, QuickAck: true, FastOpenNoCookie: true, ECN: true, Congestion: "reno",
		Locked: planner.LockMTU | planner.LockRTT | planner.LockCWND | planner.LockCongestion | planner.LockRTOMin,
	}
}

func routesReadBack(t *testing.T, k Kernel) {
	base(t, k)
	want := map[planner.RouteKey]planner.Route{}
	all := routed()
	maps.Copy(all, waysRouted())
	for key, v := range all {
		apply(t, k, create(key, v))
		normal, value := kernel.Normal(key, v)
		want[normal.(planner.RouteKey)] = value.(planner.Route)
	}
	s := read(t, k, kernel.Query{Tables: []uint32{255, 300, 301}})
	got := map[planner.RouteKey]planner.Route{}
	for key, v := range s.Routes {
		if s.Marked[key] {
			got[key] = v
		}
	}
	if diff := cmp.Diff(want, got, compareNetip()); diff != "" {
		t.Errorf("marked routes -want +got:\n%s", diff)
	}
	only, err := k.ReadRoutes(t.Context(), kernel.Query{Tables: []uint32{255, 300}})
	if err != nil || len(only.Routes) != len(s.Routes) || !only.Marked[route(300, "10.4.0.0/16", 0)] || only.Addresses != nil {
		t.Errorf("ReadRoutes: %d routes, %v; want the %d that Read has, and nothing else", len(only.Routes), err, len(s.Routes))
	}
	for key, v := range all {
		refuses(t, k, create(key, v), fs.ErrExist)
		apply(t, k, remove(key, v))
		refuses(t, k, remove(key, v), fs.ErrNotExist)
	}
}

func routesEdited(t *testing.T, k Kernel) {
	base(t, k)
	ip := netip.MustParseAddr
	for _, r := range []struct {
		key           planner.RouteKey
		before, after planner.Route
	}{
		{
			route(mainTable, "10.0.0.0/8", 5),
			planner.Route{Gateway: ip("192.0.2.254"), Device: "eth0", Type: planner.Unicast},
			planner.Route{Gateway: ip("192.0.2.253"), Device: "eth0", Source: ip("192.0.2.1"), MTU: 1400, Type: planner.Unicast},
		},
		{
			route(mainTable, "2001:db8:1::/48", 5),
			planner.Route{Gateway: ip("2001:db8::fe"), Device: "eth0", Type: planner.Unicast},
			planner.Route{Gateway: ip("2001:db8::fd"), Device: "eth0", MTU: 1400, Type: planner.Unicast},
		},
	} {
		for _, a := range []planner.Action{planner.Update, planner.Replace} {
			refuses(t, k, change(a, r.key, r.before, r.after), fs.ErrNotExist)
			apply(t, k, create(r.key, r.before), change(a, r.key, r.before, r.after))
			if got := read(t, k, kernel.Query{}).Routes[r.key]; got != r.after {
				t.Errorf("%s %v: got %+v, want %+v", a, r.key, got, r.after)
			}
			apply(t, k, remove(r.key, r.after))
		}
	}
	// A gateway alone finds its device, and a metric is part of the key.
	key := route(mainTable, "10.9.0.0/16", 0)
	apply(t, k, create(key, planner.Route{Gateway: ip("192.0.2.254")}),
		create(route(mainTable, "10.9.0.0/16", 9), planner.Route{Type: planner.Blackhole}),
		remove(route(mainTable, "10.9.0.0/16", 9), planner.Route{Type: planner.Blackhole}))
	if got := read(t, k, kernel.Query{}).Routes[key]; got.Device != "eth0" {
		t.Errorf("got %+v, want device eth0", got)
	}
	v := planner.Route{Device: "eth0", Type: planner.Unicast}
	other := route(mainTable, "10.8.0.0/16", 9)
	apply(t, k, create(other, v))
	refuses(t, k, remove(route(mainTable, "10.8.0.0/16", 0), v), fs.ErrNotExist)
	if _, ok := read(t, k, kernel.Query{}).Routes[other]; !ok {
		t.Errorf("%v went with the delete of another metric", other)
	}
}

func routesImpossible(t *testing.T, k Kernel) {
	base(t, k)
	ip := netip.MustParseAddr
	const unicast = planner.Unicast
	for _, c := range []planner.Change{
		create(route(mainTable, "10.0.0.0/8", 0), planner.Route{Gateway: ip("203.0.113.1"), Type: unicast}),
		create(route(mainTable, "10.0.0.0/8", 0), planner.Route{Gateway: ip("192.0.2.254"), Device: "eth0", Scope: planner.ScopeLink}),
		create(route(mainTable, "2001:db8:1::/48", 0), planner.Route{Gateway: ip("2001:db8::1"), Device: "eth0"}),
		create(route(mainTable, "10.0.0.0/8", 0), planner.Route{Device: "eth0", Source: ip("203.0.113.1")}),
		create(route(mainTable, "10.0.0.0/8", 0), planner.Route{}),
		create(route(mainTable, "10.0.0.0/8", 0), planner.Route{Device: "eth0", Type: planner.Blackhole}),
		create(route(mainTable, "10.0.0.0/8", 0), planner.Route{Device: "eth0", OnLink: true}),
		create(route(mainTable, "10.0.0.0/8", 0), planner.Route{Device: "eth0", Type: 10}), // RTN_NAT
		create(route(mainTable, "10.0.0.0/8", 0), planner.Route{Device: "eth0", Type: planner.Local}),
		create(route(mainTable, "10.0.0.0/8", 0), planner.Route{Device: "eth0", MTU: 65521}),
		create(route(mainTable, "10.0.0.0/8", 0), planner.Route{Device: "eth0", Metrics: planner.Metrics{AdvMSS: 65496}}),
		create(route(mainTable, "10.0.0.0/8", 0), planner.Route{Device: "eth0", Metrics: planner.Metrics{HopLimit: 256}}),
		create(route(mainTable, "10.0.0.0/8", 0), planner.Route{Device: "eth0", Metrics: planner.Metrics{RTTMS: 1 << 30}}),
		create(route(mainTable, "10.0.0.0/8", 0), planner.Route{Device: "eth0", Metrics: planner.Metrics{Congestion: "no-such"}}),
		create(route(mainTable, "2001:db8:1::/48", 0), planner.Route{Device: "eth0", Preference: 2}),
		create(route(0, "10.0.0.0/8", 0), planner.Route{Device: "eth0"}),
		create(planner.RouteKey{Table: mainTable, Destination: netip.MustParsePrefix("10.0.0.1/8")}, planner.Route{Device: "eth0"}),
		create(route(mainTable, "2001:db8:1::/48", 0), planner.Route{Gateway: ip("192.0.2.254")}),
		create(route(mainTable, "2001:db8:1::/48", 0), planner.Route{Gateway: ip("2001:db8:ffff::1"), Device: "eth0"}),
		create(route(mainTable, "2001:db8:1::/48", 0), planner.Route{Device: "eth0", Source: ip("2001:db8:ffff::1")}),
	} {
		refuses(t, k, c, nil)
	}
	for _, c := range impossibleWays() {
		refuses(t, k, c, nil)
	}
	refuses(t, k, create(route(mainTable, "10.0.0.0/8", 0), planner.Route{Device: "eth7"}), fs.ErrNotExist)
}

func routesGoWithAddress(t *testing.T, k Kernel) {
	one, two := address("eth0", "192.0.2.1/24"), address("eth0", "198.51.100.1/24")
	apply(t, k, create(one, planner.Address{}), create(two, planner.Address{}))
	sourced, plain := route(mainTable, "10.0.0.0/8", 0), route(mainTable, "10.0.0.0/8", 1)
	link := planner.Route{Device: "eth0", Scope: planner.ScopeLink, Type: planner.Unicast}
	withSource := link
	withSource.Source = two.Prefix.Addr()
	apply(t, k, create(sourced, withSource), create(plain, link), remove(two, planner.Address{}))
	s := read(t, k, kernel.Query{})
	if _, ok := s.Routes[sourced]; ok {
		t.Errorf("%v outlives its source address", sourced)
	}
	if _, ok := s.Routes[plain]; !ok {
		t.Errorf("%v went with an address that it does not need", plain)
	}
	apply(t, k, remove(one, planner.Address{}))
	if _, ok := read(t, k, kernel.Query{}).Routes[plain]; ok {
		t.Errorf("%v outlives the last IPv4 address of its link", plain)
	}
}

func routesOfTables(t *testing.T, k Kernel) {
	base(t, k)
	key, v := route(1000, "10.0.0.0/8", 0), planner.Route{Type: planner.Blackhole}
	apply(t, k, create(key, v))
	if _, ok := read(t, k, kernel.Query{Tables: []uint32{1001}}).Routes[key]; ok {
		t.Errorf("%v was read and nobody asked", key)
	}
	s := read(t, k, kernel.Query{Tables: []uint32{1000, mainTable, 1000}})
	if got := s.Routes[key]; got != v || !s.Marked[key] {
		t.Errorf("got %+v, want %+v, marked", got, v)
	}
}
