package check

import (
	"fmt"
	"net/netip"

	"ha/hcl/decode"
	"ha/hcl/diag"
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
	type route struct {
		node          string
		table, metric int64
		to            netip.Prefix
	}
	first := map[route]decode.Route{}
	seen := once{}
	for _, u := range v.carriers() {
		for _, r := range u.routes {
			key := route{node: u.node, table: r.Table.Val, metric: Metric(r), to: r.Destination}
			other, twice := first[key]
			if !twice {
				first[key] = r
				continue
			}
			if !seen.first(other.Address, r.Address) {
				continue
			}
			v.fail("HA4023", r.At, fmt.Sprintf("the route to %s stands twice on %s", r.Destination, u.node),
				"The kernel finds a route by table, destination and metric.", "Remove one of them, or give them different metrics.",
				about(r.Head, diag.OnNode(u.node), diag.See("the first", other.At))...)
		}
	}
}

// Metric is the metric of a route, which the kernel chooses by family where none is set.
func Metric(r decode.Route) int64 {
	if !r.Metric.Set && r.Destination.Addr().Is6() {
		return 1024
	}
	return r.Metric.Val
}
