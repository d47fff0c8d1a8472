package kerneltest

import (
	"net/netip"

	"ha/planner"
)

// onlyFor is the key of a route for some packets only.
func onlyFor(k planner.RouteKey, tos uint8, from string) planner.RouteKey {
	k.TOS = tos
	if from != "" {
		k.From = netip.MustParsePrefix(from)
	}
	return k
}

// waysRouted are routes with every field of next hops, and of all kinds of packets and types. Encapsulation is left to tests that
// ask whether the kernel has it.
func waysRouted() map[planner.RouteKey]planner.Route {
	ip := netip.MustParseAddr
	via := func(gateway string, weight uint16) planner.NextHop {
		return planner.NextHop{Gateway: ip(gateway), Device: "eth0", Weight: weight}
	}
	far := via("203.0.113.1", 256)
	far.OnLink, far.Realms = true, 3<<16|4
	return map[planner.RouteKey]planner.Route{
		onlyFor(route(mainTable, "10.20.0.0/16", 0), 16, ""):                   {Gateway: ip("192.0.2.254"), Device: "eth0"},
		onlyFor(route(mainTable, "10.20.0.0/16", 0), 32, ""):                   {Gateway: ip("192.0.2.253"), Device: "eth0"},
		route(mainTable, "10.20.0.0/16", 0):                                    {Type: planner.Blackhole},
		onlyFor(route(mainTable, "2001:db8:20::/48", 9), 0, "2001:db8:9::/48"): {Gateway: ip("2001:db8::fe"), Device: "eth0"},
		onlyFor(route(mainTable, "2001:db8:20::/48", 9), 0, "2001:db8:8::/48"): {Gateway: ip("2001:db8::fd"), Device: "eth0"},
		route(mainTable, "2001:db8:20::/48", 9):                                {Type: planner.Unreachable},
		route(mainTable, "10.21.0.0/16", 0):                                    {Gateway: ip("192.0.2.254"), Device: "eth0", Realms: 7},
		route(mainTable, "10.22.0.0/16", 0):                                    {NextHops: planner.ListOf(via("192.0.2.254", 1), far, planner.NextHop{Device: "eth0", Weight: 2})},
		route(mainTable, "10.23.0.0/16", 0):                                    {NextHops: planner.ListOf(via("2001:db8::fe", 1), via("192.0.2.9", 3)), MTU: 1400},
		route(mainTable, "2001:db8:22::/48", 9):                                {NextHops: planner.ListOf(via("fe80::2", 3), via("2001:db8::fd", 1), via("fe80::1", 1))},
		route(255, "10.24.0.0/16", 0):                                          {Device: "lo", Type: planner.Local, Scope: planner.ScopeHost},
		route(255, "10.25.0.0/16", 0):                                          {Device: "eth0", Type: planner.Broadcast, Scope: planner.ScopeLink},
		route(255, "10.26.0.0/16", 0):                                          {Device: "eth0", Type: planner.Anycast, Scope: planner.ScopeLink},
		route(mainTable, "232.0.0.0/8", 0):                                     {Device: "eth0", Type: planner.Multicast, Scope: planner.ScopeLink},
		route(255, "2001:db8:24::/48", 0):                                      {Device: "lo", Type: planner.Local},
		route(255, "2001:db8:26::/48", 0):                                      {Device: "eth0", Type: planner.Anycast},
		route(mainTable, "ff3e::/32", 0):                                       {Device: "eth0", Type: planner.Multicast},
	}
}

// impossibleWays are what no kernel takes, or would make something else of.
func impossibleWays() []planner.Change {
	ip := netip.MustParseAddr
	four, six := route(mainTable, "10.0.0.0/8", 0), route(mainTable, "2001:db8:1::/48", 0)
	a := planner.NextHop{Gateway: ip("192.0.2.254"), Device: "eth0", Weight: 1}
	b := planner.NextHop{Gateway: ip("2001:db8::fe"), Device: "eth0", Weight: 1}
	with := func(h planner.NextHop, edit func(*planner.NextHop)) planner.NextHop {
		edit(&h)
		return h
	}
	mpls := func(labels ...uint32) planner.Route {
		return planner.Route{Device: "eth0", Encap: planner.Encap{Kind: planner.EncapMPLS, Labels: planner.ListOf(labels...)}}
	}
	return []planner.Change{
		create(onlyFor(four, 17, ""), planner.Route{Device: "eth0"}),
		create(onlyFor(six, 16, ""), planner.Route{Device: "eth0"}),
		create(onlyFor(four, 0, "2001:db8::/32"), planner.Route{Device: "eth0"}),
		create(onlyFor(six, 0, "10.0.0.0/8"), planner.Route{Device: "eth0"}),
		create(four, planner.Route{NextHops: planner.ListOf(a)}),
		create(four, planner.Route{Device: "eth0", NextHops: planner.ListOf(a, b)}),
		create(four, planner.Route{Type: planner.Blackhole, NextHops: planner.ListOf(a, b)}),
		create(four, planner.Route{NextHops: planner.ListOf(a, planner.NextHop{Weight: 1})}),
		create(four, planner.Route{NextHops: planner.ListOf(a, with(b, func(h *planner.NextHop) { h.Weight = 0 }))}),
		create(four, planner.Route{NextHops: planner.ListOf(a, with(b, func(h *planner.NextHop) { h.Weight = 257 }))}),
		create(four, planner.Route{NextHops: planner.ListOf(a, with(a, func(h *planner.NextHop) { h.Gateway = ip("203.0.113.1") }))}),
		create(six, planner.Route{NextHops: planner.ListOf(b, a)}),
		create(six, planner.Route{NextHops: planner.ListOf(b, planner.NextHop{Device: "eth0", Weight: 1})}),
		create(four, planner.Route{Device: "eth0", NextHopID: 7}),
		create(four, mpls()),
		create(four, mpls(3)),
		create(four, mpls(1<<20)),
		create(four, planner.Route{Device: "eth0", Encap: planner.Encap{Kind: planner.EncapMPLS, Labels: planner.ListOf[uint32](16), ID: 7}}),
		create(four, planner.Route{Device: "eth0", Encap: planner.Encap{Kind: planner.EncapIP}}),
		create(four, planner.Route{Device: "eth0", Encap: planner.Encap{Kind: planner.EncapIP, Destination: ip("2001:db8::1")}}),
		create(four, planner.Route{Device: "eth0", Encap: planner.Encap{Kind: planner.EncapSegments}}),
		create(four, planner.Route{Device: "eth0", Encap: planner.Encap{Kind: planner.EncapOther}}),
		create(four, planner.Route{Device: "eth0", Encap: planner.Encap{Kind: 3}}),
	}
}
