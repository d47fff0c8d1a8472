package hcl

import (
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

func placeRules(list []decode.Rule) []planner.PlacedRule {
	var out []planner.PlacedRule
	for _, r := range list {
		out = append(out, planner.PlacedRule{Key: check.RuleKey(&r), Source: sourceOf(r.Def)})
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
