package decode

import (
	"net/netip"
	"time"

	"ha/hcl/schema"
)

// Pool is a `pool` block on one node.
type Pool struct {
	Head
	Service
	Protocol    Arg[string]
	Scheduler   Arg[string]
	Forwarding  Arg[string]
	Persistence Arg[time.Duration]
	Checks      []Arg[schema.Address]
	Inline      []*Check // check blocks
	Servers     []*Server
	Notify      []Arg[schema.Address] // nil: as in settings
	DownAtStop  Arg[bool]
	Quorum      *Quorum // nil: any server is enough
	Sorry       *Sorry  // nil: none
	Inhibit     Arg[bool]
	TierAtLeast Arg[int64]
	Suspend     Arg[bool]
	Prepared    Arg[bool] // somebody else sets up servers that are no nodes
	Drain       Arg[time.Duration]
	SlowStart   Arg[time.Duration]
}

// Server is a `server` block of a pool.
type Server struct {
	Head
	Delivery
	Addr   Arg[netip.AddrPort] // port 0: that of the listener
	Node   Arg[schema.Address] // unset: the one that has the address
	Weight Arg[int64]
	Tier   Arg[int64]
	Checks []Arg[schema.Address]
	Inline []*Check
	BFD    Arg[schema.Address]
	Notify []Arg[schema.Address] // nil: as in the pool

	Inhibit          Arg[bool]          // unset: as in the pool
	Drain, SlowStart Arg[time.Duration] // unset: as in the pool
}

func bindPool(o *Object) *Pool {
	p := &Pool{
		Head: headOf(o), Service: serviceIn(o), Protocol: get[string](o, "protocol"),
		Scheduler: get[string](o, "scheduler"), Forwarding: get[string](o, "forwarding"),
		Persistence: get[time.Duration](o, "persistence"), Checks: Refs(o, "checks"), Inline: inline(o), Notify: Refs(o, "notify"), DownAtStop: get[bool](o, "down_at_stop"),
		Prepared: get[bool](o, "prepared"), Drain: get[time.Duration](o, "drain"), SlowStart: get[time.Duration](o, "slow_start"),
	}
	p.Quorum, p.Sorry = quorumIn(o), sorryIn(o)
	p.Inhibit, p.TierAtLeast, p.Suspend = get[bool](o, "inhibit"), get[int64](o, "tier_at_least"), get[bool](o, "suspend")
	for _, k := range o.Blocks("server") {
		p.Servers = append(p.Servers, &Server{
			Head: headOf(k), Delivery: deliveryIn(k), Addr: get[netip.AddrPort](k, "address"), Node: get[schema.Address](k, "node"), Weight: get[int64](k, "weight"), Checks: Refs(k, "checks"),
			Inline: inline(k), BFD: get[schema.Address](k, "bfd"), Notify: Refs(k, "notify"),
			Tier: get[int64](k, "tier"), Inhibit: get[bool](k, "inhibit"),
			Drain: get[time.Duration](k, "drain"), SlowStart: get[time.Duration](k, "slow_start"),
		})
	}
	return p
}

// inline are the check blocks inside a block.
func inline(o *Object) []*Check {
	var out []*Check
	for _, k := range o.Kids {
		if k.Schema.Type == "check" {
			out = append(out, bindCheck(k))
		}
	}
	return out
}
