package check

import (
	"fmt"
	"net/netip"

	"ha/hcl/decode"
	"ha/hcl/diag"
)

// routes: on one node a route stands in one static block.
func routes(v *view) {
	type route struct {
		node          string
		table, metric int64
		to            netip.Prefix
	}
	first := map[route]decode.Route{}
	seen := once{}
	for _, p := range v.cfg.Statics {
		for _, name := range p.Nodes {
			s := p.On(name)
			if s.Broken {
				continue
			}
			for _, r := range s.Routes {
				key := route{node: name, table: r.Table.Val, metric: Metric(r), to: r.Destination}
				other, twice := first[key]
				if !twice {
					first[key] = r
					continue
				}
				if !seen.first(other.Address, r.Address) {
					continue
				}
				v.fail("HA4023", r.At, fmt.Sprintf("the route to %s stands twice on %s", r.Destination, name),
					"The kernel finds a route by table, destination and metric.", "Remove one of them, or give them different metrics.",
					about(r.Head, diag.OnNode(name), diag.See("the first", other.At))...)
			}
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
