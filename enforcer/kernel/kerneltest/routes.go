package kerneltest

import (
	"net/netip"
	"slices"

	"golang.org/x/sys/unix"

	"ha/enforcer/kernel"
	"ha/planner"
)

// mainTable is RT_TABLE_MAIN.
const mainTable = 254

// routes are those of main and the tables asked for.
func (f *Fake) routes(q kernel.Query) map[planner.RouteKey]planner.Route {
	routes := make(map[planner.RouteKey]planner.Route)
	for key, v := range f.state.Routes {
		if key.Table == mainTable || slices.Contains(q.Tables, key.Table) {
			routes[key] = v
		}
	}
	return routes
}

// writeRoute is inet_rtm_newroute and inet6_rtm_newroute: create with NLM_F_EXCL, everything else with NLM_F_REPLACE.
func (f *Fake) writeRoute(a planner.Action, key planner.RouteKey, v planner.Route, ours bool) error {
	v, err := f.reach(key, v)
	if err != nil {
		return err
	}
	if c := v.Metrics.Congestion; c != "" && c != "reno" && c != "cubic" {
		return unix.EINVAL // tcp_ca_get_key_by_name knows no other
	}
	if v.Source.IsValid() && !f.local(v.Source) {
		return unix.EINVAL
	}
	_, exists := f.state.Routes[key]
	if a == planner.Create && exists {
		return unix.EEXIST
	}
	if a != planner.Create && !exists {
		return unix.ENOENT
	}
	f.state.Routes[key] = v
	f.changed(key, v, ours)
	return nil
}

// reach finds the way, or the ways, of a route.
func (f *Fake) reach(key planner.RouteKey, v planner.Route) (planner.Route, error) {
	if v.Type == planner.Local && key.Destination.Addr().Is4() && v.Scope < planner.ScopeHost {
		return v, unix.EINVAL // fib_props in net/ipv4/fib_semantics.c
	}
	if v.NextHops.IsZero() {
		return f.nexthop(key, v)
	}
	hops := v.NextHops.Slice()
	for _, h := range hops { // names are looked up before the kernel is asked
		if _, ok := f.state.Links[h.Device]; h.Device != "" && !ok {
			return v, unix.ENODEV
		}
	}
	for i, h := range hops {
		one, err := f.nexthop(key, planner.Route{Type: v.Type, Scope: v.Scope, Gateway: h.Gateway, Device: h.Device, OnLink: h.OnLink})
		if err != nil {
			return v, err
		}
		hops[i].Device = one.Device
	}
	v.NextHops = planner.NormalHops(planner.ListOf(hops...), key.Destination.Addr().Is6())
	return v, nil
}

// nexthop is fib_check_nh and ip6_route_info_create: it finds the device of a gateway and refuses what cannot be
// reached.
func (f *Fake) nexthop(key planner.RouteKey, v planner.Route) (planner.Route, error) {
	if v.Type.Rejects() {
		return v, nil
	}
	if v.Device != "" {
		link, ok := f.state.Links[v.Device]
		if !ok {
			return v, unix.ENODEV
		}
		if !link.Up {
			return v, unix.ENETDOWN
		}
	}
	if !v.Gateway.IsValid() || v.OnLink && v.Device != "" {
		return v, nil
	}
	if v.Gateway.Is6() && f.local(v.Gateway) || v.Scope >= planner.ScopeLink {
		return v, unix.EINVAL
	}
	for other := range f.state.Addresses {
		if v.Device != "" && other.Device != v.Device || !f.subnet(other).Contains(v.Gateway) || !f.state.Links[other.Device].Up {
			continue
		}
		v.Device = other.Device
		return v, nil
	}
	if v.Gateway.IsLinkLocalUnicast() && v.Gateway.Is6() && v.Device != "" {
		return v, nil
	}
	if key.Destination.Addr().Is6() {
		return v, unix.EHOSTUNREACH
	}
	return v, unix.ENETUNREACH
}

// deleteRoute is inet_rtm_delroute and inet6_rtm_delroute.
func (f *Fake) deleteRoute(key planner.RouteKey) error {
	if _, ok := f.state.Routes[key]; !ok {
		return unix.ESRCH
	}
	f.dropRoute(key)
	f.gone(key)
	return nil
}

func (f *Fake) dropRoute(key planner.RouteKey) {
	delete(f.state.Routes, key)
	delete(f.state.Marked, key)
}

// dropRoutesOf takes away what cannot outlive deleted IPv4 addresses, as fib_del_ifaddr does: routes of main that prefer
// them as source, and without a word all routes through a link whose last address has gone.
func (f *Fake) dropRoutesOf(device string, deleted []planner.AddressKey) {
	if !deleted[0].Prefix.Addr().Is4() {
		return
	}
	for key, v := range f.state.Routes {
		for _, a := range deleted {
			if key.Table == mainTable && v.Source == a.Prefix.Addr() && !f.local(v.Source) {
				f.dropRoute(key)
			}
		}
	}
	if !slices.ContainsFunc(f.state.Links[device].Addresses, func(p netip.Prefix) bool { return p.Addr().Is4() }) {
		f.dropRoutesThrough(device, true)
	}
}

// dropRoutesThrough takes away, without a word, the routes of one family through a link and no other.
func (f *Fake) dropRoutesThrough(device string, ipv4 bool) {
	for key, v := range f.state.Routes {
		if onlyThrough(v, device) && key.Destination.Addr().Is4() == ipv4 {
			f.dropRoute(key)
		}
	}
}

// onlyThrough tells whether all ways of a route lead through a link: with others left, the kernel only marks a way dead.
func onlyThrough(v planner.Route, device string) bool {
	for h := range v.NextHops.All() {
		if h.Device != device {
			return false
		}
	}
	return v.Through(device)
}
