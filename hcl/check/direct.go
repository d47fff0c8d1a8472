package check

import (
	"net/netip"

	"ha/hcl/decode"
)

type listen = decode.Arg[netip.AddrPort]

func isIPv4(l listen) bool { return l.Val.Addr().Is4() }

// DirectPools returns the pools with direct routing for which a node is a real server, each once, in the form that
// first names it.
func DirectPools(cfg *decode.Config, n *decode.Node) []*decode.Pool {
	if n.Director() {
		return nil
	}
	var list []*decode.Pool
	for _, p := range cfg.Pools {
		for _, x := range p.Variants() {
			if x.Val.Forwarding.Val == "dr" && serves(x.Val, n.Addr.Val) {
				list = append(list, x.Val)
				break
			}
		}
	}
	return list
}

// serves tells whether a server of a pool has the address.
func serves(p *decode.Pool, ip netip.Addr) bool {
	for _, s := range p.Servers {
		if s.Addr.Val.Addr() == ip {
			return true
		}
	}
	return false
}
