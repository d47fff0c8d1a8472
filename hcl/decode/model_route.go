package decode

import (
	"net/netip"
	"time"

	"ha/hcl/schema"
)

// Route is a `route` block.
type Route struct {
	Head
	Destination netip.Prefix
	Gateway     Arg[netip.Addr]
	Device      Arg[string]
	Source      Arg[netip.Addr]
	Metric      Arg[int64] // unset: by family
	Table       Arg[int64]
	Scope       Arg[string] // unset: by gateway
	Type        Arg[string]
	OnLink      Arg[bool]
	MTU         Arg[int64]
	Preference  Arg[string]
	Metrics     RouteMetrics
	TOS         Arg[int64]
	From        Arg[netip.Prefix] // unset: any
	Realms      Arg[int64]        // FROM<<16 | TO
	NextHops    []NextHop
	Encap       *Encap // nil: packets are not wrapped
}

// NextHop is a `next_hop` block.
type NextHop struct {
	Head
	Gateway        Arg[netip.Addr]
	Device         Arg[string]
	Weight, Realms Arg[int64]
	OnLink         Arg[bool]
	Encap          *Encap
}

// Encap is an `encap` block.
type Encap struct {
	Head
	Kind                string // mpls, ip, seg6
	Labels              []Arg[int64]
	TTL, ID, TOS        Arg[int64]
	Source, Destination Arg[netip.Addr]
	Flags               []Arg[string]
	Mode                Arg[string]
	Segments            []Arg[netip.Addr]
}

func bindNextHops(o *Object) []NextHop {
	var hops []NextHop
	for _, k := range o.Blocks("next_hop") {
		hops = append(hops, NextHop{
			Head: headOf(k), Gateway: get[netip.Addr](k, "gateway"), Device: get[string](k, "device"), Weight: get[int64](k, "weight"),
			Realms: get[int64](k, "realms"), OnLink: get[bool](k, "onlink"), Encap: bindEncap(k),
		})
	}
	return hops
}

func bindEncap(o *Object) *Encap {
	for _, k := range o.Blocks("encap") {
		return &Encap{
			Head: headOf(k), Kind: headOf(k).Name, Labels: list[int64](k, "labels"), TTL: get[int64](k, "ttl"), ID: get[int64](k, "id"),
			TOS: get[int64](k, "tos"), Source: get[netip.Addr](k, "source"), Destination: get[netip.Addr](k, "destination"),
			Flags: list[string](k, "flags"), Mode: get[string](k, "mode"), Segments: list[netip.Addr](k, "segments"),
		}
	}
	return nil
}

// RouteMetrics are the arguments of a `route` block about the path. Zero is unset.
type RouteMetrics struct {
	AdvMSS, Window, SSThresh, CWND, InitCWND, InitRWND, Reordering, HopLimit int64
	RTT, RTTVar, RTOMin                                                      time.Duration
	QuickAck, FastOpenNoCookie, ECN                                          bool
	Congestion                                                               string
	Lock                                                                     []Arg[string]
}

func bindMetrics(k *Object) RouteMetrics {
	return RouteMetrics{
		AdvMSS: get[int64](k, "advmss").Val, Window: get[int64](k, "window").Val,
		SSThresh: get[int64](k, "ssthresh").Val, CWND: get[int64](k, "cwnd").Val,
		InitCWND: get[int64](k, "initcwnd").Val, InitRWND: get[int64](k, "initrwnd").Val,
		Reordering: get[int64](k, "reordering").Val, HopLimit: get[int64](k, "hoplimit").Val,
		RTT: get[time.Duration](k, "rtt").Val, RTTVar: get[time.Duration](k, "rttvar").Val, RTOMin: get[time.Duration](k, "rto_min").Val,
		QuickAck: get[bool](k, "quickack").Val, FastOpenNoCookie: get[bool](k, "fastopen_no_cookie").Val,
		ECN:        get[bool](k, "ecn").Val,
		Congestion: get[string](k, "congctl").Val, Lock: list[string](k, "lock"),
	}
}

// bindRoutes reads the `route` blocks of a VIP or a static block.
func bindRoutes(o *Object) []Route {
	var routes []Route
	for _, k := range o.Blocks("route") {
		if len(k.LabelVals) == 0 {
			continue
		}
		destination, ok := k.LabelVals[0].(netip.Prefix)
		if !ok {
			continue
		}
		routes = append(routes, Route{
			Head: headOf(k), Destination: destination, Gateway: get[netip.Addr](k, "gateway"), Device: get[string](k, "device"),
			Source: get[netip.Addr](k, "source"), Metric: get[int64](k, "metric"), Table: get[int64](k, "table"),
			Scope: get[string](k, "scope"), Type: get[string](k, "type"), OnLink: get[bool](k, "onlink"), MTU: get[int64](k, "mtu"),
			Preference: get[string](k, "preference"), Metrics: bindMetrics(k), TOS: get[int64](k, "tos"), From: get[netip.Prefix](k, "from"),
			Realms: get[int64](k, "realms"), NextHops: bindNextHops(k), Encap: bindEncap(k),
		})
	}
	return routes
}

// Rule is a `rule` block.
type Rule struct {
	Head
	Priority       Arg[int64]
	Not            Arg[bool]
	From, To       Arg[netip.Prefix] // unset: any
	IIF, OIF       Arg[string]
	Mark, Mask     Arg[int64] // mask unset: all bits of a mark
	TOS, Protocol  Arg[int64]
	SPort, DPort   Arg[schema.SpanRange]
	UIDs           Arg[schema.SpanRange]
	TunnelID       Arg[int64]
	Action         Arg[string]
	Table, Goto    Arg[int64]
	SuppressLength Arg[int64]
	SuppressGroup  Arg[int64]
	Realms         Arg[int64]  // FROM<<16 | TO
	family         Arg[string] // see IPv6
}

// IPv6 tells the family: as written, or that of the addresses; IPv4 without either.
func (r *Rule) IPv6() bool {
	switch {
	case r.family.Set:
		return r.family.Val == "ipv6"
	case r.From.Set:
		return r.From.Val.Addr().Is6()
	}
	return r.To.Set && r.To.Val.Addr().Is6()
}

// bindRules reads the `rule` blocks of a VIP or a static block.
func bindRules(o *Object) []Rule {
	var list []Rule
	for _, k := range o.Blocks("rule") {
		list = append(list, bindRule(k))
	}
	return list
}

func bindRule(k *Object) Rule {
	return Rule{
		Head: headOf(k), Priority: get[int64](k, "priority"), family: get[string](k, "family"), Not: get[bool](k, "not"),
		From: get[netip.Prefix](k, "from"), To: get[netip.Prefix](k, "to"), IIF: get[string](k, "iif"), OIF: get[string](k, "oif"),
		Mark: get[int64](k, "mark"), Mask: get[int64](k, "mask"), TOS: get[int64](k, "tos"), Protocol: get[int64](k, "protocol"),
		SPort: get[schema.SpanRange](k, "sport"), DPort: get[schema.SpanRange](k, "dport"), UIDs: get[schema.SpanRange](k, "uids"),
		TunnelID: get[int64](k, "tunnel_id"), Action: get[string](k, "action"), Table: get[int64](k, "table"), Goto: get[int64](k, "goto"),
		SuppressLength: get[int64](k, "suppress_prefixlength"), SuppressGroup: get[int64](k, "suppress_ifgroup"),
		Realms: get[int64](k, "realms"),
	}
}
