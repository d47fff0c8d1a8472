package check

import (
	"fmt"
	"net/netip"

	"ha/hcl/decode"
	"ha/hcl/diag"
)

// listeners: on one node a listener belongs to one pool.
func listeners(v *view) {
	type listener struct {
		node, protocol string
		addr           netip.AddrPort
	}
	type user struct {
		pool *decode.Pool
		at   int // index into Listen
	}
	first := map[listener]user{}
	seen := once{}
	for _, p := range v.cfg.Pools {
		for _, name := range p.Nodes {
			pool := p.On(name)
			if pool.Broken {
				continue
			}
			for i, l := range pool.Listen {
				key := listener{node: name, protocol: pool.Protocol.Val, addr: l.Val}
				other, twice := first[key]
				if !twice {
					first[key] = user{pool: pool, at: i}
					continue
				}
				if !seen.first(other.pool.Address+l.Val.String(), pool.Address+l.Val.String()) {
					continue
				}
				v.fail("HA4009", l.At, fmt.Sprintf("%s/%s is a listener of %s and of %s", l.Val, pool.Protocol.Val, other.pool.Address, pool.Address),
					"IPVS finds a virtual server by protocol, address and port: there can be one.",
					"Join the pools, or give one another address, port or node.",
					about(pool.Head, diag.OnNode(name), diag.See(other.pool.Address, other.pool.Listen[other.at].At))...)
			}
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
				if held[name][l.Val.Addr()] || !seen.first(p.Address, l.Val.String()) {
					continue
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
		if len(pool.Listen) == 0 || pool.Forwarding.Val == "tunnel" {
			return
		}
		for _, l := range pool.Listen {
			for _, s := range pool.Servers {
				if l.Val.Addr().Is4() == s.Addr.Val.Addr().Is4() {
					continue
				}
				v.fail("HA4012", s.Addr.At,
					fmt.Sprintf("server %q is %s, and the listener %s is %s", s.Name, family(s.Addr.Val.Addr()), l.Val, family(l.Val.Addr())),
					fmt.Sprintf("Every server stands behind every listener, and %s cannot change the family.", pool.Forwarding.Val),
					"Make one pool per family.", append(opts, diag.See("listener", l.At))...)
				return
			}
		}
	})
}

// ports: without rewriting, a packet reaches the server on the listener's port.
func ports(v *view) {
	eachPool(v, func(pool *decode.Pool, opts []diag.Option) {
		if pool.Forwarding.Val == "nat" {
			return
		}
		for _, l := range pool.Listen {
			for _, s := range pool.Servers {
				if l.Val.Port() == s.Addr.Val.Port() {
					continue
				}
				help := fmt.Sprintf("Set the port to %d, or use forwarding \"nat\".", l.Val.Port())
				if len(pool.Listen) > 1 {
					help = "Make one pool per port, or use forwarding \"nat\"."
				}
				v.fail("HA4010", s.Addr.At, fmt.Sprintf("server %q has port %d, and the listener %s has %d", s.Name, s.Addr.Val.Port(), l.Val, l.Val.Port()),
					fmt.Sprintf("With forwarding %q packets are not rewritten: they reach the server on the listener's port.", pool.Forwarding.Val),
					help, append(opts, diag.See("listener", l.At), diag.See("forwarding", pool.Forwarding.At))...)
				return
			}
		}
	})
}

// servers: a server stands once in a pool.
func servers(v *view) {
	eachPool(v, func(pool *decode.Pool, opts []diag.Option) {
		first := make(map[netip.AddrPort]*decode.Server, len(pool.Servers))
		for _, s := range pool.Servers {
			other, twice := first[s.Addr.Val]
			if !twice {
				first[s.Addr.Val] = s
				continue
			}
			v.fail("HA4013", s.Addr.At, fmt.Sprintf("servers %q and %q of %s are both %s", other.Name, s.Name, pool.Address, s.Addr.Val),
				"IPVS finds a real server by address and port.", "Remove one of them and add its weight to the other.",
				append(opts, diag.See("the first", other.Addr.At))...)
		}
	})
}

// loops: a server is no listener of its own pool.
func loops(v *view) {
	seen := once{}
	eachPool(v, func(pool *decode.Pool, opts []diag.Option) {
		for _, s := range pool.Servers {
			for _, l := range pool.Listen {
				if l.Val != s.Addr.Val || !seen.first(s.Address, place(s.Addr.At)+l.Val.String()) {
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
