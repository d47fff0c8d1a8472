package check

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"

	"ha/hcl/decode"
	"ha/hcl/diag"
)

type listen = decode.Arg[netip.AddrPort]

func isIPv4(l listen) bool { return l.Val.Addr().Is4() }

// Serving is a pool for which a node is a real server that gets packets as the clients sent them, by direct routing or through a
// tunnel, so that it has to hold the listeners' addresses.
type Serving struct {
	Pool    *decode.Pool     // in the form that first names the node
	Servers []*decode.Server // those of the pool that are the node
	Tunnel  bool
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
					s.Servers, s.Tunnel = append(s.Servers, server), s.Tunnel || way.Val == "tunnel"
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
			for _, l := range s.Pool.Listen {
				if VIPOf(v.cfg, n, l.Val.Addr()) != "" || !seen.first(s.Pool.Address, l.Val.String()) {
					continue
				}
				v.warn("HA4111", l.At, fmt.Sprintf("%s balances %s, and is also a server of %s", n.Address, l.Val, s.Pool.Address),
					"What another director hands to it, it would balance anew, perhaps back. Where a vip holds the address, its service stands only while that is Active.",
					fmt.Sprintf("Let a vip on this node hold %s, or take the server out of the pool.", l.Val.Addr()),
					about(s.Pool.Head, diag.OnNode(n.Name), diag.See("the server", s.Servers[0].Addr.At))...)
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
	Kind  string // ipip, sit or ip6tnl
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
		if !s.Tunnel {
			continue
		}
		for _, server := range s.Servers {
			for _, l := range s.Pool.Listen {
				e := end{tunnelKind(server.Addr.Val.Addr(), isIPv4(l)), server.Addr.Val.Addr()}
				if _, known := needed[e]; !known {
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
	if !s.Tunnel || ip.Is6() {
		return []string{n.VIPs.Val}
	}
	var list []string
	for _, e := range ends {
		if slices.ContainsFunc(s.Servers, func(server *decode.Server) bool {
			local := server.Addr.Val.Addr()
			return e.Local == local && e.Kind == tunnelKind(local, true)
		}) {
			list = append(list, e.Name)
		}
	}
	return list
}

// tunnelKind is the kind of interface on which packets come out of a tunnel.
func tunnelKind(outer netip.Addr, inner4 bool) string {
	switch {
	case outer.Is6():
		return "ip6tnl"
	case inner4:
		return "ipip"
	}
	return "sit"
}
