package check

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"ha/hcl/decode"
	"ha/hcl/diag"
)

type listen = decode.Arg[netip.AddrPort]

func isIPv4(l listen) bool { return l.Val.Addr().Is4() }

// Serving is a pool for which a node is a real server that gets packets as the clients sent them, by direct routing or through a
// tunnel, so that it has to hold the listeners' addresses.
type Serving struct {
	Pool    *decode.Pool     // in the form that first names the node
	Servers []*decode.Server // those of the pool that are the node, without those that are reached by nat
}

// Servings returns the pools that a node is a real server of, each once. A director is one of the pools that another director
// balances: as long as it is the only one, it holds the addresses anyway when connections arrive.
func Servings(cfg *decode.Config, n *decode.Node) []Serving {
	var list []Serving
	for _, p := range cfg.Pools {
		if n.Director() && !slices.ContainsFunc(p.Nodes, func(name string) bool { return name != n.Name }) {
			continue
		}
		for _, x := range p.Variants() {
			s := Serving{Pool: x.Val}
			for _, server := range x.Val.Servers {
				if way, _ := x.Val.Way(server); way.Val != "nat" && IsNode(server, n) {
					s.Servers = append(s.Servers, server)
				}
			}
			if len(s.Servers) > 0 {
				list = append(list, s)
				break
			}
		}
	}
	return list
}

// VIPOf is the VIP that holds an address on a node; empty for none.
func VIPOf(cfg *decode.Config, n *decode.Node, ip netip.Addr) string {
	for _, p := range cfg.VIPs {
		if slices.Contains(p.Nodes, n.Name) &&
			slices.ContainsFunc(p.On(n.Name).Addresses, func(a decode.Address) bool { return a.Prefix.Val.Addr() == ip }) {
			return p.Address
		}
	}
	return ""
}

// directorServers: a director that is a real server of its own pool must be able to tell when it balances.
func directorServers(v *view) {
	seen := once{}
	for _, n := range v.cfg.Nodes {
		if n.Broken || !n.Director() {
			continue
		}
		for _, s := range Servings(v.cfg, n) {
			if s.Pool.Broken || !slices.Contains(v.pools[s.Pool.Address].Nodes, n.Name) {
				continue
			}
			tell := func(at hcl.Range, what string) {
				if !seen.first(s.Pool.Address, what) {
					return
				}
				v.warn("HA4111", at, fmt.Sprintf("%s balances %s, and is also a server of %s", n.Address, what, s.Pool.Address),
					"What another director hands to it, it would balance anew, perhaps back. Where a vip holds the listener's address, its service stands only while that is Active.",
					"Let a vip on this node hold the address, or take the server out of the pool.",
					about(s.Pool.Head, diag.OnNode(n.Name), diag.See("the server", s.Servers[0].Addr.At))...)
			}
			for _, l := range s.Pool.Listen {
				if VIPOf(v.cfg, n, l.Val.Addr()) == "" {
					tell(l.At, l.Val.String())
				}
			}
			for _, m := range s.Pool.Marks {
				tell(m.At, fmt.Sprintf("the mark %d", m.Val))
			}
		}
	}
}

// IsNode tells whether a server of a pool is a node: it says so, or has its address.
func IsNode(s *decode.Server, n *decode.Node) bool {
	if s.Node.Set {
		return string(s.Node.Val) == n.Address
	}
	return n.Addr.Set && s.Addr.Val.Addr() == n.Addr.Val
}

// End is the end of a tunnel on a real server.
type End struct {
	Name  string // of the interface: ha-ipip
	Kind  string // ipip, sit, ip6tnl, gre or ip6gre
	Local netip.Addr
	Pool  decode.Head // the first that needs it
}

// Ends returns the ends of tunnels that a node needs, each once, by name.
func Ends(cfg *decode.Config, n *decode.Node) []End {
	type end struct {
		kind  string
		local netip.Addr
	}
	needed := map[end]decode.Head{}
	for _, s := range Servings(cfg, n) {
		for _, server := range s.Servers {
			for _, l := range s.Pool.Listen {
				e := end{tunnelKind(s.Pool, server, isIPv4(l)), server.Addr.Val.Addr()}
				if _, known := needed[e]; !known && e.kind != "" {
					needed[e] = s.Pool.Head
				}
			}
		}
	}
	list := make([]End, 0, len(needed))
	for e, pool := range needed {
		list = append(list, End{Kind: e.kind, Local: e.local, Pool: pool})
	}
	slices.SortFunc(list, func(a, b End) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), a.Local.Compare(b.Local)) })
	for i := range list {
		list[i].Name = "ha-" + list[i].Kind
		if i > 0 && list[i-1].Kind == list[i].Kind { // another address of the same node
			list[i].Name = fmt.Sprintf("ha-%s-%d", list[i].Kind, i)
		}
	}
	return list
}

// Devices are the interfaces of a node that hold the address of a listener. An IPv4 address stands on the end of its tunnel: the
// kernel drops what comes in through an interface without an address where rp_filter asks for any way back (__fib_validate_source
// of net/ipv4/fib_frontend.c).
func (s Serving) Devices(n *decode.Node, ends []End, ip netip.Addr) []string {
	var list []string
	add := func(device string) {
		if !slices.Contains(list, device) {
			list = append(list, device)
		}
	}
	for _, server := range s.Servers {
		kind := tunnelKind(s.Pool, server, ip.Is4())
		i := slices.IndexFunc(ends, func(e End) bool { return e.Kind == kind && e.Local == server.Addr.Val.Addr() })
		if i < 0 || ip.Is6() {
			add(n.VIPs.Val)
			continue
		}
		add(ends[i].Name)
	}
	return list
}

// tunnelKind is the kind of interface on which packets for a server come out of its tunnel; empty where there is none, or none that
// ha makes.
func tunnelKind(pool *decode.Pool, server *decode.Server, inner4 bool) string {
	outer6 := server.Addr.Val.Addr().Is6()
	switch way, tunnel := pool.Way(server); {
	case way.Val != "tunnel" || ownEnd(tunnel):
		return ""
	case tunnel != nil && tunnel.Type.Val == "gre" && outer6:
		return "ip6gre"
	case tunnel != nil && tunnel.Type.Val == "gre":
		return "gre"
	case outer6:
		return "ip6tnl"
	case inner4:
		return "ipip"
	}
	return "sit"
}

// ownEnd tells whether the end of a tunnel has to be made by other means: GUE, which comes out of a UDP socket of the kernel's, and GRE
// with checksums, of which the end has to know.
func ownEnd(t *decode.Tunnel) bool {
	return t != nil && (t.Type.Val == "gue" || t.Type.Val == "gre" && t.Checksum.Val != "none")
}

// halfServers: of some servers ha sets up a part only.
func halfServers(v *view) {
	eachPool(v, func(pool *decode.Pool, opts []diag.Option) {
		if pool.Prepared.Val {
			return
		}
		for _, s := range pool.Servers {
			i := slices.IndexFunc(v.cfg.Nodes, func(n *decode.Node) bool { return IsNode(s, n) })
			if i < 0 {
				continue // reported
			}
			way, tunnel := pool.Way(s)
			switch {
			case way.Val == "nat":
				continue
			case len(pool.Marks) > 0:
				v.warn("HA4140", s.Addr.At, fmt.Sprintf("ha does not know which addresses %s must hold for the marks of %s", v.cfg.Nodes[i].Address, pool.Address),
					"A mark names no address, and the packets that carry it reach the server as the clients sent them.",
					"Place the addresses on the server with a static block (`device = \"lo\"`, arp_ignore 1, arp_announce 2), and write `prepared = true` in the pool.",
					append(opts, diag.See("forwarding", way.At))...)
				return // once per pool
			case way.Val == "tunnel" && ownEnd(tunnel):
				v.warn("HA4140", s.Addr.At, fmt.Sprintf("ha does not make the end of the tunnel to %s of %s", v.cfg.Nodes[i].Address, pool.Address),
					"It makes those of ipip, and of gre without checksums.",
					"Make it on the server by other means, with the addresses on it, and write `prepared = true` in the pool; or use another type.",
					append(opts, diag.See("tunnel", tunnel.Type.At))...)
				return
			}
		}
	})
}
