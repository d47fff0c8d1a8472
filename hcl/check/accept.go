package check

import (
	"fmt"
	"net/netip"
	"slices"

	"ha/hcl/decode"
	"ha/hcl/diag"
)

// Unaccepted are the addresses of a VIP at which a node accepts nothing: all of them or, on the owner, none (RFC 5798 section 6.1).
func Unaccepted(vip *decode.VIP) []decode.Address {
	if vip.Accept.Val || vip.Priority.Val == owner {
		return nil
	}
	return vip.Addresses
}

// unaccepted: IPVS takes packets where the node accepts them, so a pool behind an address that accepts nothing gets none.
func unaccepted(v *view) {
	seen := once{}
	for _, p := range v.cfg.VIPs {
		for _, node := range v.directors(p.Nodes) {
			vip := p.On(node)
			if vip.Broken {
				continue
			}
			closed := map[netip.Addr]bool{}
			for _, a := range Unaccepted(vip) {
				closed[a.Prefix.Val.Addr()] = true
			}
			if len(closed) == 0 {
				continue
			}
			v.listensInVain(vip, node, closed, seen)
		}
	}
}

// listensInVain tells of listeners of a node's pools on addresses that accept nothing.
func (v *view) listensInVain(vip *decode.VIP, node string, closed map[netip.Addr]bool, seen once) {
	for _, p := range v.cfg.Pools {
		pool := p.On(node)
		if !slices.Contains(p.Nodes, node) || pool.Broken {
			continue
		}
		for _, l := range pool.Listen {
			if !closed[l.Val.Addr()] || !seen.first(vip.Address, pool.Address) {
				continue
			}
			v.fail("HA4056", l.At, fmt.Sprintf("%s listens on %s, at which %s accepts nothing", pool.Address, l.Val.Addr(), vip.Address),
				"IPVS takes packets where the node itself would accept them, so this listener would never get one.",
				fmt.Sprintf("Remove `accept = false` from %s, or listen on an address of another vip.", vip.Address),
				about(pool.Head, diag.OnNode(node), diag.See(vip.Address, vip.Accept.At))...)
		}
	}
}

// ownersAccept: on the owner accept has no meaning, so it is of no use where there is nobody else.
func ownersAccept(v *view) {
	for _, p := range v.cfg.VIPs {
		var closed *decode.VIP
		filtered := false
		for _, node := range v.directors(p.Nodes) {
			vip := p.On(node)
			if vip.Broken || vip.Accept.Val {
				continue
			}
			closed, filtered = vip, filtered || len(Unaccepted(vip)) > 0
		}
		if closed == nil || filtered {
			continue
		}
		v.warn("HA4057", closed.Accept.At, fmt.Sprintf("%s is to accept nothing, and the only node that is told so owns its addresses", p.Address),
			"The owner, whose priority is 255, accepts what is sent to its own addresses, whatever accept says (RFC 5798 section 6.1).",
			"Remove `accept = false`, or give the node a priority from 1 to 254.", about(p.Head)...)
	}
}
