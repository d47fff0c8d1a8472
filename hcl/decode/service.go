package decode

import (
	"net/netip"

	"ha/hcl/schema"
)

// Service is what IPVS sees of a pool: what clients connect to, and how they are spread.
type Service struct {
	Listen    []Arg[netip.AddrPort] // ranges written out; port 0 is every port
	Marks     []Arg[int64]
	Family    Arg[string] // of the marks, as written; see [Pool.MarksIPv6]
	Flags     []Arg[string]
	OnePacket Arg[bool]
	Prefix4   Arg[int64]
	Prefix6   Arg[int64]
	Engine    Arg[string]
	Tunnel    *Tunnel // nil: as it is without a block
}

// Delivery is how packets get to one server.
type Delivery struct {
	Forwarding Arg[string] // unset: as in the pool; see [Pool.Way]
	Tunnel     *Tunnel     // nil: as in the pool
	Upper      Arg[int64]
	Lower      Arg[int64]
}

// Tunnel is a `tunnel` block of a pool or server.
type Tunnel struct {
	Head
	Type     Arg[string]
	Port     Arg[int64]
	Checksum Arg[string]
}

func serviceIn(o *Object) Service {
	return Service{
		Listen: listeners(o), Marks: list[int64](o, "fwmark"), Family: get[string](o, "fwmark_family"), Flags: list[string](o, "scheduler_flags"),
		OnePacket: get[bool](o, "one_packet"), Prefix4: get[int64](o, "persistence_prefix_ipv4"), Prefix6: get[int64](o, "persistence_prefix_ipv6"),
		Engine: get[string](o, "persistence_engine"), Tunnel: tunnelIn(o),
	}
}

func deliveryIn(o *Object) Delivery {
	return Delivery{
		Forwarding: get[string](o, "forwarding"), Tunnel: tunnelIn(o), Upper: get[int64](o, "upper_threshold"), Lower: get[int64](o, "lower_threshold"),
	}
}

// listeners writes out the ranges of `listen`; all of one have its place.
func listeners(o *Object) []Arg[netip.AddrPort] {
	texts := list[schema.Listeners](o, "listen")
	if len(texts) == 0 {
		return nil
	}
	out := make([]Arg[netip.AddrPort], 0, len(texts))
	for _, l := range texts {
		for a := range l.Val.All() {
			out = append(out, Arg[netip.AddrPort]{Val: a, Set: l.Set, At: l.At})
		}
	}
	return out
}

func tunnelIn(o *Object) *Tunnel {
	for _, k := range o.Blocks("tunnel") {
		return &Tunnel{Head: headOf(k), Type: get[string](k, "type"), Port: get[int64](k, "port"), Checksum: get[string](k, "checksum")}
	}
	return nil
}

// Way is how packets reach a server of the pool: its own word, or that of the pool. The tunnel is nil where nothing is said of
// it, or where there is none.
func (p *Pool) Way(s *Server) (Arg[string], *Tunnel) {
	forwarding, tunnel := p.Forwarding, p.Tunnel
	if s.Forwarding.Set {
		forwarding = s.Forwarding
	}
	if s.Delivery.Tunnel != nil {
		tunnel = s.Delivery.Tunnel
	}
	if forwarding.Val != "tunnel" {
		tunnel = nil
	}
	return forwarding, tunnel
}

// Goes tells whether packets go to any server of the pool in that way; a pool without servers says what it would do.
func (p *Pool) Goes(forwarding string) bool {
	for _, s := range p.Servers {
		if way, _ := p.Way(s); way.Val == forwarding {
			return true
		}
	}
	return len(p.Servers) == 0 && p.Forwarding.Val == forwarding
}

// MarksIPv6 tells whether the marks of the pool are of IPv6 packets: as it says, or else as its servers are.
func (p *Pool) MarksIPv6() bool {
	if p.Family.Set {
		return p.Family.Val == "ipv6"
	}
	return len(p.Servers) > 0 && p.Servers[0].Addr.Val.Addr().Is6()
}
