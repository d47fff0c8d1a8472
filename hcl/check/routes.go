package check

import (
	"fmt"
	"net/netip"

	"ha/hcl/decode"
	"ha/hcl/diag"
	"ha/planner"
)

// carrier is a block with routes and rules, as it is on one node.
type carrier struct {
	node   string
	routes []decode.Route
	rules  []decode.Rule
}

// carriers are the static blocks and VIPs that were understood, on each of their nodes.
func (v *view) carriers() []carrier {
	var list []carrier
	for _, p := range v.cfg.Statics {
		for _, name := range p.Nodes {
			if s := p.On(name); !s.Broken {
				list = append(list, carrier{name, s.Routes, s.Rules})
			}
		}
	}
	for _, p := range v.cfg.VIPs {
		for _, name := range v.directors(p.Nodes) {
			if vip := p.On(name); !vip.Broken {
				list = append(list, carrier{name, vip.Routes, vip.Rules})
			}
		}
	}
	return list
}

// routes: on one node a route stands in one block.
func routes(v *view) {
	type placed struct {
		node string
		key  planner.RouteKey
	}
	first := map[placed]decode.Route{}
	seen := once{}
	for _, u := range v.carriers() {
		for _, r := range u.routes {
			key := placed{node: u.node, key: RouteKey(r)}
			other, twice := first[key]
			if !twice {
				first[key] = r
				continue
			}
			if !seen.first(other.Address+" "+other.Def.String(), r.Address+" "+r.Def.String()) {
				continue
			}
			v.fail("HA4023", r.At, fmt.Sprintf("the route to %s stands twice on %s", r.Destination, u.node),
				"The kernel finds a route by table, destination and metric, and by tos in IPv4 and from in IPv6.", "Remove one of them, or give them different metrics.",
				about(r.Head, diag.OnNode(u.node), diag.See("the first", other.At))...)
		}
	}
}

// RouteKey is what the kernel finds a route by. The metric depends on the family where none is set, the table on the type.
func RouteKey(r decode.Route) planner.RouteKey {
	k := planner.RouteKey{
		Table: uint32(r.Table.Val), Destination: r.Destination, Metric: uint32(r.Metric.Val), TOS: uint8(r.TOS.Val), From: r.From.Val,
	}
	if k.From.IsValid() && k.From.Bits() == 0 {
		k.From = netip.Prefix{}
	}
	if k.Metric == 0 && r.Destination.Addr().Is6() {
		k.Metric = 1024 // what the kernel makes of 0
	}
	if !r.Table.Set {
		k.Table = 254
		if t := planner.RouteTypeNamed(r.Type.Val); t == planner.Local || t == planner.Broadcast || t == planner.Anycast {
			k.Table = 255
		}
	}
	return k
}
