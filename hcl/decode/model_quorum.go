package decode

import (
	"fmt"
	"net/netip"

	"github.com/hashicorp/hcl/v2"
)

// Quorum is the `quorum` block of a pool.
type Quorum struct {
	Head
	Weight     Arg[int64]
	Hysteresis Arg[int64]
}

// Sorry is the `sorry` block of a pool.
type Sorry struct {
	Head
	Addr       Arg[netip.AddrPort]
	Forwarding Arg[string] // unset: that of the pool
	Inhibit    Arg[bool]
}

func quorumIn(o *Object) *Quorum {
	for _, k := range o.Blocks("quorum") {
		return &Quorum{Head: headOf(k), Weight: get[int64](k, "weight"), Hysteresis: get[int64](k, "hysteresis")}
	}
	return nil
}

func sorryIn(o *Object) *Sorry {
	for _, k := range o.Blocks("sorry") {
		return &Sorry{Head: headOf(k), Addr: get[netip.AddrPort](k, "address"), Forwarding: get[string](k, "forwarding"), Inhibit: get[bool](k, "inhibit")}
	}
	return nil
}

// Inhibited tells whether a server stays in IPVS when it is down.
func (p *Pool) Inhibited(s *Server) bool {
	if s.Inhibit.Set {
		return s.Inhibit.Val
	}
	return p.Inhibit.Val
}

func hysteresisIsBelowTheWeight(o *Object, why string) hcl.Diagnostics {
	weight, hysteresis := get[int64](o, "weight"), get[int64](o, "hysteresis")
	if !weight.Set || hysteresis.Val < weight.Val {
		return nil
	}
	help := fmt.Sprintf("Set it to %d, or less.", weight.Val-1)
	if weight.Val == 1 {
		help = "Set it to 0, or ask for more weight."
	}
	return fault(o, "HA2325", "hysteresis", fmt.Sprintf("hysteresis %d is not below the weight %d", hysteresis.Val, weight.Val), why, help)
}
