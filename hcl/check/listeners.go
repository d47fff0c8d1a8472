package check

import (
	"fmt"
	"net/netip"

	"github.com/hashicorp/hcl/v2"

	"ha/hcl/decode"
	"ha/hcl/diag"
	"ha/hcl/schema"
)

// listener is what IPVS finds a virtual server by, on a node.
type listener struct {
	node, protocol string
	addr           netip.AddrPort
	mark           int64
	ipv6           bool // of the mark
}

// String is the listener in a sentence.
func (l listener) String() string {
	switch {
	case l.mark == 0:
		return l.addr.String() + "/" + l.protocol
	case l.ipv6:
		return fmt.Sprintf("firewall mark %d (IPv6)", l.mark)
	}
	return fmt.Sprintf("firewall mark %d", l.mark)
}

// listenersOn are the listeners of a pool on a node with their places.
func listenersOn(node string, pool *decode.Pool, visit func(listener, hcl.Range)) {
	for _, l := range pool.Listen {
		visit(listener{node: node, protocol: pool.Protocol.Val, addr: l.Val}, l.At)
	}
	for _, m := range pool.Marks {
		visit(listener{node: node, mark: m.Val, ipv6: pool.MarksIPv6()}, m.At)
	}
}

// listeners: on one node a listener belongs to one pool, and once.
func listeners(v *view) {
	type user struct {
		pool *decode.Pool
		at   hcl.Range
	}
	first := map[listener]user{}
	seen := once{}
	for _, p := range v.cfg.Pools {
		for _, name := range p.Nodes {
			pool := p.On(name)
			if pool.Broken {
				continue
			}
			listenersOn(name, pool, func(l listener, at hcl.Range) {
				other, twice := first[l]
				if !twice {
					first[l] = user{pool, at}
					return
				}
				if !seen.first(other.pool.Address+place(other.at), pool.Address+place(at)) {
					return // of a range the first says it all
				}
				what := fmt.Sprintf("%s is a listener of %s and of %s", l, other.pool.Address, pool.Address)
				help := "Join the pools, or give one another address, port or node."
				if other.pool == pool {
					what, help = fmt.Sprintf("%s is a listener of %s twice", l, pool.Address), "Let the ranges begin and end where others do not."
				}
				v.fail("HA4009", at, what, "IPVS finds a virtual server by protocol, address and port, or by a firewall mark: there can be one.", help,
					about(pool.Head, diag.OnNode(name), diag.See(other.pool.Address, other.at))...)
			})
		}
	}
}

// covered: the address of a listener should be held by a VIP or a static block of the node.
func covered(v *view) {
	held := map[string]map[netip.Addr]bool{}
	for _, n := range v.cfg.Nodes {
		held[n.Name] = map[netip.Addr]bool{n.Addr.Val: true}
	}
	for _, p := range v.cfg.VIPs {
		for _, name := range p.Nodes {
			for _, a := range p.On(name).Addresses {
				held[name][a.Prefix.Val.Addr()] = true
			}
		}
	}
	for _, p := range v.cfg.Statics {
		for _, name := range p.Nodes {
			for _, a := range p.On(name).Addresses {
				held[name][a.Prefix.Val.Addr()] = true
			}
		}
	}
	seen := once{}
	for _, p := range v.cfg.Pools {
		for _, name := range p.Nodes {
			for _, l := range p.On(name).Listen {
				if kind, _ := special(l.Val.Addr()); kind != "" {
					continue // reported; no VIP may hold it
				}
				if held[name][l.Val.Addr()] || !seen.first(p.Address, l.At.String()) {
					continue // of a range the first says it all
				}
				v.warn("HA4008", l.At, fmt.Sprintf("nothing on %s holds %s, which %s listens on", name, l.Val.Addr(), p.Address),
					"IPVS answers for an address only where the node holds it, through a vip or a static block.",
					fmt.Sprintf("Add %q to a vip on this node, or correct the listener.", netip.PrefixFrom(l.Val.Addr(), l.Val.Addr().BitLen())),
					about(p.Head, diag.OnNode(name))...)
			}
		}
	}
}

// families: listeners and servers are of one family, except through a tunnel.
func families(v *view) {
	eachPool(v, func(pool *decode.Pool, opts []diag.Option) {
		for _, l := range pool.Listen {
			for _, s := range pool.Servers {
				way, _ := pool.Way(s)
				if way.Val == "tunnel" || l.Val.Addr().Is4() == s.Addr.Val.Addr().Is4() {
					continue
				}
				v.fail("HA4012", s.Addr.At,
					fmt.Sprintf("server %q is %s, and the listener %s is %s", s.Name, family(s.Addr.Val.Addr()), l.Val, family(l.Val.Addr())),
					fmt.Sprintf("Every server stands behind every listener, and %s cannot change the family.", way.Val),
					"Make one pool per family.", append(opts, diag.See("listener", l.At))...)
				return
			}
		}
	})
}

// ports: without rewriting, a packet reaches the server on the listener's port; and so it does where the listener has all.
func ports(v *view) {
	eachPool(v, func(pool *decode.Pool, opts []diag.Option) {
		for _, l := range pool.Listen {
			for _, s := range pool.Servers {
				way, _ := pool.Way(s)
				port := s.Addr.Val.Port()
				if port == 0 || port == l.Val.Port() || way.Val == "nat" && l.Val.Port() != 0 {
					continue
				}
				alone := schema.HostPort{}.Print(netip.AddrPortFrom(s.Addr.Val.Addr(), 0))
				if l.Val.Port() == 0 {
					v.fail("HA4010", s.Addr.At, fmt.Sprintf("server %q has port %d, and the listener %s is for every port", s.Name, port, l.Val),
						"Connections reach the server on the port that the client chose.", fmt.Sprintf("Write the address alone: %q.", alone),
						append(opts, diag.See("listener", l.At))...)
					return
				}
				help := fmt.Sprintf("Set the port to %d, or use forwarding \"nat\".", l.Val.Port())
				if len(pool.Listen) > 1 {
					help = fmt.Sprintf("Write the address alone, %q, or use forwarding \"nat\".", alone)
				}
				v.fail("HA4010", s.Addr.At, fmt.Sprintf("server %q has port %d, and the listener %s has %d", s.Name, port, l.Val, l.Val.Port()),
					fmt.Sprintf("With forwarding %q packets are not rewritten: they reach the server on the listener's port.", way.Val),
					help, append(opts, diag.See("listener", l.At), diag.See("forwarding", way.At))...)
				return
			}
		}
	})
}

// servers: a server stands once in a pool.
func servers(v *view) {
	eachPool(v, func(pool *decode.Pool, opts []diag.Option) {
		first := make(map[netip.AddrPort]*decode.Server, len(pool.Servers))
		twice := func(other, s *decode.Server, at netip.AddrPort) {
			v.fail("HA4013", s.Addr.At, fmt.Sprintf("servers %q and %q of %s are both %s", other.Name, s.Name, pool.Address, schema.HostPort{}.Print(at)),
				"IPVS finds a real server by address and port.", "Remove one of them and add its weight to the other.",
				append(opts, diag.See("the first", other.Addr.At))...)
		}
		portless := false
		for _, s := range pool.Servers {
			portless = portless || s.Addr.Val.Port() == 0
			if other := first[s.Addr.Val]; other != nil {
				twice(other, s, s.Addr.Val)
				return
			}
			first[s.Addr.Val] = s
		}
		if !portless {
			return
		}
		for _, l := range pool.Listen { // one without a port may meet one that has the listener's
			clear(first)
			for _, s := range pool.Servers {
				at := behind(s, l.Val)
				if other := first[at]; other != nil {
					twice(other, s, at)
					return
				}
				first[at] = s
			}
		}
	})
}

// loops: a server is no listener of its own pool.
func loops(v *view) {
	seen := once{}
	eachPool(v, func(pool *decode.Pool, opts []diag.Option) {
		for _, s := range pool.Servers {
			for _, l := range pool.Listen {
				if l.Val != behind(s, l.Val) || !seen.first(s.Address, place(s.Addr.At)+l.Val.String()) {
					continue
				}
				v.fail("HA4051", s.Addr.At, fmt.Sprintf("server %q of %s is %s, which the pool itself listens on", s.Name, pool.Address, l.Val),
					"The director would hand connections back to itself, without end.",
					"Write the server's own address, or another port.", append(opts, diag.See("listener", l.At))...)
				break
			}
		}
	})
}

// emptyPools: a pool without servers refuses everybody.
func emptyPools(v *view) {
	eachPool(v, func(pool *decode.Pool, opts []diag.Option) {
		if len(pool.Servers) == 0 {
			v.warn("HA4027", pool.At, pool.Address+" has no servers", "Its listeners refuse every connection.",
				"Add `server \"web1\" { address = \"192.0.2.31:80\" }`, or look whether a dynamic block came out empty.", opts...)
		}
	})
}

// eachPool visits every form of every pool of which everything was understood.
func eachPool(v *view, visit func(pool *decode.Pool, opts []diag.Option)) {
	for _, p := range v.cfg.Pools {
		variants := p.Variants()
		if len(p.Nodes) == 0 {
			variants = []decode.Variant[decode.Pool]{{Val: p.Base}}
		}
		for _, x := range variants {
			if x.Val.Broken {
				continue
			}
			opts := about(x.Val.Head)
			if x.Own {
				opts = append(opts, diag.OnNode(x.Node))
			}
			visit(x.Val, opts[:len(opts):len(opts)])
		}
	}
}
