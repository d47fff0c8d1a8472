package check

import (
	"fmt"
	"slices"
	"strings"

	"ha/hcl/decode"
	"ha/hcl/diag"
)

// realServers: with direct routing and tunnels the servers need setting up, which ha does on nodes only.
func realServers(v *view) {
	eachPool(v, func(pool *decode.Pool, opts []diag.Option) {
		if pool.Prepared.Val {
			return
		}
		var strangers []string
		first := (*decode.Server)(nil)
		for _, s := range pool.Servers {
			if way, _ := pool.Way(s); way.Val == "nat" {
				continue
			}
			if slices.ContainsFunc(v.cfg.Nodes, func(n *decode.Node) bool { return IsNode(s, n) }) {
				continue
			}
			if kind, _ := special(s.Addr.Val.Addr()); kind != "" {
				continue // reported; no node may have it
			}
			if first == nil {
				first = s
			}
			strangers = append(strangers, s.Name)
		}
		if first == nil {
			return
		}
		what := fmt.Sprintf("servers %s of %s are no nodes of the cluster, so ha cannot set them up", several(strangers), pool.Address)
		if len(strangers) == 1 {
			what = fmt.Sprintf("server %q of %s is no node of the cluster, so ha cannot set it up", first.Name, pool.Address)
		}
		why := "With direct routing a server must hold the listeners' addresses on lo and not answer ARP for them (arp_ignore 1, arp_announce 2)."
		way, _ := pool.Way(first)
		if way.Val == "tunnel" {
			why = "A tunnel ends on an interface of the server, which must hold the listeners' addresses and not answer ARP for them (arp_ignore 1, arp_announce 2)."
		}
		v.warn("HA4011", first.Addr.At, what, why,
			fmt.Sprintf("Add a block `node %q` with `address = %q` and `role = \"server\"`; or set the server up yourself, and write `prepared = true` in the pool.", first.Name, first.Addr.Val.Addr()),
			append(opts, diag.See("forwarding", way.At))...)
	})
}

// ownInterfaces: the dummy that holds a server's addresses is none of the machine's other interfaces.
func ownInterfaces(v *view) {
	for _, n := range v.cfg.Nodes {
		if n.Broken || !n.VIPs.Set || n.VIPs.Val != n.Interface.Val {
			continue
		}
		v.fail("HA4110", n.VIPs.At, fmt.Sprintf("%s is the interface of %s, and cannot be made as a dummy", n.VIPs.Val, n.Address),
			"The interface with the link would answer ARP for the addresses of the pools.",
			"Leave the argument out for lo, or write a name that no interface has.", about(n.Head, diag.See("the interface", n.Interface.At))...)
	}
}

// several lists names, the first few of them.
func several(names []string) string {
	const limit = 4
	if len(names) > limit {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:limit], ", "), len(names)-limit)
	}
	return strings.Join(names, ", ")
}
