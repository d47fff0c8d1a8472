package check

import (
	"fmt"
	"net/netip"
	"strings"

	"ha/hcl/decode"
	"ha/hcl/diag"
)

// realServers: with direct routing and tunnels the servers need setting up, which ha does on nodes only.
func realServers(v *view) {
	known := map[netip.Addr]*decode.Node{}
	for _, n := range v.cfg.Nodes {
		known[n.Addr.Val] = n
	}
	eachPool(v, func(pool *decode.Pool, opts []diag.Option) {
		switch pool.Forwarding.Val {
		case "dr":
			v.directServers(pool, known, opts)
		case "tunnel":
			v.tunnelServers(pool, known, opts)
		}
	})
}

func (v *view) directServers(pool *decode.Pool, known map[netip.Addr]*decode.Node, opts []diag.Option) {
	var strangers []string
	first := (*decode.Server)(nil)
	for _, s := range pool.Servers {
		if n := known[s.Addr.Val.Addr()]; n != nil && !n.Director() {
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
	what := fmt.Sprintf("servers %s of %s are no nodes with role \"server\", so ha cannot set them up", several(strangers), pool.Address)
	if len(strangers) == 1 {
		what = fmt.Sprintf("server %q of %s is no node with role \"server\", so ha cannot set it up", first.Name, pool.Address)
	}
	v.warn("HA4011", first.Addr.At, what,
		"With direct routing a server must hold the listeners' addresses on lo and not answer ARP for them (arp_ignore 1, arp_announce 2).",
		fmt.Sprintf("Add a block `node %q` with `address = %q` and `role = \"server\"`, or set the server up yourself.", first.Name, first.Addr.Val.Addr()),
		append(opts, diag.See("forwarding", pool.Forwarding.At))...)
}

func (v *view) tunnelServers(pool *decode.Pool, known map[netip.Addr]*decode.Node, opts []diag.Option) {
	for _, s := range pool.Servers {
		n := known[s.Addr.Val.Addr()]
		if n == nil || n.Director() {
			continue
		}
		v.warn("HA4024", s.Addr.At, fmt.Sprintf("the side of %s in the tunnel of %s is not set up by ha", n.Address, pool.Address),
			"A tunnel ends on a tunl0 or ip6tnl0 interface of the server, which holds the listeners' addresses. ha sets up servers for \"dr\" only.",
			"Set the tunnel up yourself, or use forwarding \"dr\" where servers and directors share a link.",
			append(opts, diag.See("forwarding", pool.Forwarding.At))...)
		return // once per pool
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
