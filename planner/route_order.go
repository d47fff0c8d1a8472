package planner

import (
	"net/netip"
	"slices"
)

// tableMain is RT_TABLE_MAIN of linux/rtnetlink.h.
const tableMain = 254

// byDependency puts a route behind those that its gateways are reached through: the kernel refuses a gateway that it
// cannot reach (fib_check_nh in net/ipv4/fib_semantics.c, ip6_route_check_nh in net/ipv6/route.c). Otherwise the
// order stays. Only routes of the same table and of main are asked, as the kernel does.
func byDependency(keys []RouteKey, routes map[RouteKey]Route) []RouteKey {
	o := routeOrder{routes: routes, to: make(map[netip.Prefix][]RouteKey), seen: make(map[RouteKey]bool), out: make([]RouteKey, 0, len(keys))}
	for _, k := range keys {
		o.to[k.Destination] = append(o.to[k.Destination], k)
	}
	for _, k := range keys {
		o.place(k)
	}
	return o.out
}

// byDependents is the order for taking away: who depends goes first. Otherwise the order stays.
func byDependents(keys []RouteKey, routes map[RouteKey]Route) []RouteKey {
	slices.Reverse(keys)
	keys = byDependency(keys, routes)
	slices.Reverse(keys)
	return keys
}

// routeOrder is a search in depth.
type routeOrder struct {
	routes map[RouteKey]Route
	to     map[netip.Prefix][]RouteKey // those to be ordered
	seen   map[RouteKey]bool           // placed, or about to be: routes that lead to each other come as they are
	out    []RouteKey
}

func (o *routeOrder) place(k RouteKey) {
	if o.seen[k] {
		return
	}
	o.seen[k] = true
	r := o.routes[k]
	o.before(k, r.Gateway)
	for h := range r.NextHops.All() {
		o.before(k, h.Gateway)
	}
	o.out = append(o.out, k)
}

// before places what leads to a gateway.
func (o *routeOrder) before(k RouteKey, gateway netip.Addr) {
	if !gateway.IsValid() || gateway.IsLinkLocalUnicast() {
		return
	}
	for bits := gateway.BitLen(); bits >= 0; bits-- {
		network, err := gateway.Prefix(bits)
		if err != nil {
			return
		}
		for _, way := range o.to[network] {
			if way.Table == k.Table || way.Table == tableMain {
				o.place(way)
			}
		}
	}
}
