package hcl

import (
	"ha/hcl/decode"
	"ha/planner"
)

// balance compiles which servers of a pool are shown. What is as it would be anyhow is left out, so that plans that mean the same
// are equal.
func balance(out *planner.Pool, pool *decode.Pool) {
	out.Suspend = pool.Suspend.Val
	if n := pool.TierAtLeast.Val; n > 1 {
		out.TierAtLeast = uint16(n)
	}
	if q := pool.Quorum; q != nil {
		out.Quorum = planner.Quorum{Weight: uint32(q.Weight.Val), Hysteresis: uint32(q.Hysteresis.Val)}
	}
	if s := pool.Sorry; s != nil {
		forwarding := pool.Forwarding.Val
		if s.Forwarding.Set {
			forwarding = s.Forwarding.Val
		}
		out.Sorry = &planner.PoolServer{
			Name: "sorry", Address: s.Addr.Val, Weight: 1, Forwarding: forwardingOf(forwarding), Inhibit: s.Inhibit.Val, Source: sourceOf(s.Def),
		}
		if forwarding == "tunnel" && pool.Tunnel != nil {
			out.Sorry.Tunnel = tunnelOf(pool.Tunnel)
		}
	}
}

// tierOf is the tier of a server; 0 for the first.
func tierOf(s *decode.Server) uint8 {
	if s.Tier.Val > 1 {
		return uint8(s.Tier.Val)
	}
	return 0
}
