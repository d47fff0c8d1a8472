package check

import (
	"fmt"
	"net/netip"
	"slices"

	"ha/hcl/decode"
	"ha/hcl/diag"
)

// delivery: what is said about the way to a server fits the way.
func delivery(v *view) {
	eachPool(v, func(pool *decode.Pool, opts []diag.Option) {
		v.marks(pool, opts)
		if t := pool.Tunnel; t != nil && !pool.Goes("tunnel") {
			v.fail("HA4112", t.At, fmt.Sprintf("%s has a tunnel, and no server of it is reached through one", pool.Address),
				fmt.Sprintf("With forwarding %q packets are not wrapped.", pool.Forwarding.Val),
				"Set `forwarding = \"tunnel\"` in the pool or in a server, or remove the block.", append(opts, diag.See("forwarding", pool.Forwarding.At))...)
		}
		for _, s := range pool.Servers {
			if way, _ := pool.Way(s); s.Delivery.Tunnel != nil && way.Val != "tunnel" {
				v.fail("HA4112", s.Delivery.Tunnel.At, fmt.Sprintf("server %q of %s has a tunnel, and its forwarding is %q", s.Name, pool.Address, way.Val),
					"Packets are wrapped with forwarding \"tunnel\" only.", "Set `forwarding = \"tunnel\"` in the server, or remove the block.",
					append(opts, diag.See("forwarding", way.At))...)
			}
		}
	})
}

// marks: the family of a firewall mark is that of the servers, if they are of one.
func (v *view) marks(pool *decode.Pool, opts []diag.Option) {
	if len(pool.Marks) == 0 {
		if pool.Family.Set {
			v.fail("HA4114", pool.Family.At, pool.Address+" has no marks whose family fwmark_family could be", "Listeners are of the family of their address.",
				"Remove fwmark_family, or add for example `fwmark = [7]`.", opts...)
		}
		return
	}
	var other *decode.Server
	for _, s := range pool.Servers {
		way, _ := pool.Way(s)
		switch six := s.Addr.Val.Addr().Is6(); {
		case six == pool.MarksIPv6():
		case pool.Family.Set && way.Val != "tunnel":
			v.fail("HA4012", s.Addr.At, fmt.Sprintf("server %q is %s, and the marks of %s are %s", s.Name, family(s.Addr.Val.Addr()), pool.Address, pool.Family.Val),
				fmt.Sprintf("Every server stands behind every mark, and %s cannot change the family.", way.Val),
				"Make one pool per family; each can have the same marks.", append(opts, diag.See("fwmark_family", pool.Family.At))...)
			return
		case !pool.Family.Set && other == nil:
			other = s
		}
	}
	if other != nil {
		v.fail("HA4114", pool.Marks[0].At, fmt.Sprintf("the family of the marks of %s is not known: its servers are of both", pool.Address),
			"A service with a firewall mark takes packets of one family.", "Add `fwmark_family = \"ipv4\"` or `fwmark_family = \"ipv6\"`.",
			append(opts, diag.See(pool.Servers[0].Name, pool.Servers[0].Addr.At), diag.See(other.Name, other.Addr.At))...)
	}
}

// probePorts: a check needs a port where its server has none.
func probePorts(v *view) {
	eachPool(v, func(pool *decode.Pool, opts []diag.Option) {
		for _, s := range pool.Servers {
			port := ProbePort(pool, s)
			for _, c := range v.checksOf(pool, s) {
				if c.DataPath.Val && !slices.ContainsFunc(pool.Listen, everyPort) || !c.DataPath.Val && port != 0 || c.Broken || c.Local() || c.Kind == "ping" || c.Port.Val != 0 {
					continue
				}
				at, see := s.Addr.At, c.At
				v.fail("HA4113", at, fmt.Sprintf("check %q has no port to probe on server %q of %s", c.Kind, s.Name, pool.Address),
					"The server has no port of its own, and the listeners of the pool have not one port all of them; or the check is of a listener for every port.",
					"Write the port in the check: `port = 80`; or in the address of the server.", append(opts, diag.See("check", see))...)
				return // once per pool
			}
		}
	})
}

// ProbePort is the port at which checks probe a server that say no other: its own, or the one that all listeners have. 0: none.
func ProbePort(pool *decode.Pool, s *decode.Server) uint16 {
	if port := s.Addr.Val.Port(); port != 0 || len(pool.Listen) == 0 || len(pool.Marks) > 0 {
		return port
	}
	for _, l := range pool.Listen {
		if l.Val.Port() != pool.Listen[0].Val.Port() {
			return 0
		}
	}
	return pool.Listen[0].Val.Port()
}

func everyPort(l listen) bool { return l.Val.Port() == 0 }

// behind is the address of a server behind a listener: one without a port has the listener's.
func behind(s *decode.Server, l netip.AddrPort) netip.AddrPort {
	if s.Addr.Val.Port() == 0 {
		return netip.AddrPortFrom(s.Addr.Val.Addr(), l.Port())
	}
	return s.Addr.Val
}
