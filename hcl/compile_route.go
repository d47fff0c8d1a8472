package hcl

import (
	"net/netip"

	"ha/hcl/check"
	"ha/hcl/decode"
	"ha/planner"
)

func placeRoutes(list []decode.Route) []planner.PlacedRoute {
	var out []planner.PlacedRoute
	for _, r := range list {
		out = append(out, placeRoute(r))
	}
	return out
}

func placeRoute(r decode.Route) planner.PlacedRoute {
	v := planner.Route{
		Gateway: r.Gateway.Val, Device: r.Device.Val, Source: r.Source.Val, Scope: routeScope(r), Type: planner.RouteTypeNamed(r.Type.Val),
		OnLink: r.OnLink.Val, MTU: uint32(r.MTU.Val), Metrics: metricsOf(r.Metrics), Preference: preferenceOf(r.Preference.Val),
		Realms: planner.Realms(r.Realms.Val), Encap: encapOf(r.Encap),
	}
	hops := make([]planner.NextHop, len(r.NextHops))
	for i, h := range r.NextHops {
		hops[i] = planner.NextHop{
			Gateway: h.Gateway.Val, Device: h.Device.Val, Weight: uint16(h.Weight.Val), OnLink: h.OnLink.Val,
			Realms: planner.Realms(h.Realms.Val), Encap: encapOf(h.Encap),
		}
	}
	if len(hops) == 1 { // the kernel knows no difference
		v.Gateway, v.Device, v.OnLink, v.Realms, v.Encap = hops[0].Gateway, hops[0].Device, hops[0].OnLink, hops[0].Realms, hops[0].Encap
	} else {
		v.NextHops = planner.ListOf(hops...)
	}
	return planner.PlacedRoute{Key: check.RouteKey(r), Value: v, Source: sourceOf(r.Def)}
}

// routeScope is the scope that ip-route(8) would choose: a unicast IPv4 route without a gateway ends on the link, one of
// local addresses on the node.
func routeScope(r decode.Route) planner.Scope {
	switch kind := planner.RouteTypeNamed(r.Type.Val); {
	case r.Scope.Set:
		return scopeOf(r.Scope.Val)
	case r.Destination.Addr().Is6():
		return planner.ScopeGlobal
	case kind == planner.Local:
		return planner.ScopeHost
	case kind == planner.Broadcast, kind == planner.Anycast, kind == planner.Multicast && !gatewayed(r), kind == planner.Unicast && !gatewayed(r) && len(r.NextHops) < 2:
		return planner.ScopeLink
	}
	return planner.ScopeGlobal
}

// gatewayed tells whether a router stands in the way.
func gatewayed(r decode.Route) bool {
	for _, h := range r.NextHops {
		if h.Gateway.Set {
			return true
		}
	}
	return r.Gateway.Set
}

func encapOf(e *decode.Encap) planner.Encap {
	if e == nil {
		return planner.Encap{}
	}
	out := planner.Encap{TTL: uint8(e.TTL.Val)}
	switch e.Kind {
	case "mpls":
		out.Kind = planner.EncapMPLS
		var labels []uint32
		for _, l := range e.Labels {
			labels = append(labels, uint32(l.Val))
		}
		out.Labels = planner.ListOf(labels...)
	case "ip":
		out.Kind = planner.EncapIP
		if e.Destination.Val.Is6() {
			out.Kind = planner.EncapIP6
		}
		out.ID, out.Source, out.Destination, out.TOS = uint64(e.ID.Val), e.Source.Val, e.Destination.Val, uint8(e.TOS.Val)
		for _, f := range e.Flags {
			out.Flags |= planner.TunnelFlagNamed(f.Val)
		}
	case "seg6":
		out.Kind, out.Mode = planner.EncapSegments, planner.SegmentModeNamed(e.Mode.Val)
		var segments []netip.Addr
		for _, s := range e.Segments {
			segments = append(segments, s.Val)
		}
		out.Segments = planner.ListOf(segments...)
	}
	return out
}

func metricsOf(m decode.RouteMetrics) planner.Metrics {
	out := planner.Metrics{
		AdvMSS: uint32(m.AdvMSS), Window: uint32(m.Window), SSThresh: uint32(m.SSThresh), CWND: uint32(m.CWND),
		InitCWND: uint32(m.InitCWND), InitRWND: uint32(m.InitRWND), Reordering: uint32(m.Reordering), HopLimit: uint32(m.HopLimit),
		RTTMS: uint32(m.RTT.Milliseconds()), RTTVarMS: uint32(m.RTTVar.Milliseconds()), RTOMinMS: uint32(m.RTOMin.Milliseconds()),
		QuickAck: m.QuickAck, FastOpenNoCookie: m.FastOpenNoCookie, ECN: m.ECN, Congestion: m.Congestion,
	}
	if m.RTOMin > 0 {
		out.Locked = planner.LockRTOMin // the kernel heeds it only then (tcp_rto_min in net/ipv4/tcp_output.c)
	}
	for _, word := range m.Lock {
		out.Locked |= planner.MetricNamed(word.Val)
	}
	return out
}

func preferenceOf(word string) planner.Preference {
	switch word {
	case "high":
		return planner.PreferenceHigh
	case "low":
		return planner.PreferenceLow
	}
	return planner.PreferenceMedium
}
