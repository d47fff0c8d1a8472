package hcl

import (
	"maps"
	"slices"

	"ha/hcl/check"
	"ha/hcl/decode"
	"ha/planner"
)

// statics compiles the static blocks of the node.
func (k *compiler) statics() {
	for _, p := range k.cfg.Statics {
		if !k.here(p.Nodes) {
			continue
		}
		s := p.On(k.node.Name)
		out := planner.Static{Name: s.Address, Source: sourceOf(p.Def)}
		for _, a := range s.Addresses {
			out.Addresses = append(out.Addresses, placeAddress(a, a.Device.Val))
		}
		out.Routes, out.Rules = placeRoutes(s.Routes), placeRules(s.Rules)
		for _, name := range slices.Sorted(maps.Keys(s.Sysctls)) {
			out.Sysctls = append(out.Sysctls, planner.PlacedSysctl{
				Key: planner.SysctlKey(name), Value: planner.Sysctl(s.Sysctls[name].Val), Source: sourceOf(s.Sysctls[name].At),
			})
		}
		k.out.Plan.Statics = append(k.out.Plan.Statics, out)
		k.intent(s.Object, s.Address)
	}
}

func placeRoute(r decode.Route) planner.PlacedRoute {
	return planner.PlacedRoute{
		Key: planner.RouteKey{Table: uint32(r.Table.Val), Destination: r.Destination, Metric: uint32(check.Metric(r))},
		Value: planner.Route{
			Gateway: r.Gateway.Val, Device: r.Device.Val, Source: r.Source.Val, Scope: routeScope(r), Type: routeType(r.Type.Val),
			OnLink: r.OnLink.Val, MTU: uint32(r.MTU.Val), Metrics: metricsOf(r.Metrics), Preference: preferenceOf(r.Preference.Val),
		},
		Source: sourceOf(r.Def),
	}
}

// routeScope is the scope that ip-route(8) would choose: a unicast IPv4 route without a gateway ends on the link.
func routeScope(r decode.Route) planner.Scope {
	if r.Scope.Set {
		return scopeOf(r.Scope.Val)
	}
	if r.Destination.Addr().Is4() && r.Type.Val == "unicast" && !r.Gateway.Set {
		return planner.ScopeLink
	}
	return planner.ScopeGlobal
}

func routeType(word string) planner.RouteType {
	switch word {
	case "blackhole":
		return planner.Blackhole
	case "unreachable":
		return planner.Unreachable
	case "prohibit":
		return planner.Prohibit
	case "throw":
		return planner.Throw
	}
	return planner.Unicast
}
