package decode

import (
	"net/netip"
	"time"
)

// BFD is a `bfd` block on one node.
type BFD struct {
	Head
	Peer      Arg[netip.Addr] // unset: see PeerOn
	Source    Arg[netip.Addr] // unset: see SourceOn
	Interface Arg[string]
	Multihop  Arg[bool]
	Hops      Arg[int64] // unset: 1
	MinTTL    Arg[int64] // unset: see LeastTTL

	MinTX      Arg[time.Duration]
	MinRX      Arg[time.Duration]
	IdleTX     Arg[time.Duration]
	Multiplier Arg[int64]

	Passive        Arg[bool]
	AdminDownFails Arg[bool]
}

func bindBFD(o *Object) *BFD {
	return &BFD{
		Head: headOf(o), Peer: get[netip.Addr](o, "peer"), Source: get[netip.Addr](o, "source"), Interface: get[string](o, "interface"),
		Multihop: get[bool](o, "multihop"), Hops: get[int64](o, "hops"), MinTTL: get[int64](o, "min_ttl"),
		MinTX: get[time.Duration](o, "min_tx"), MinRX: get[time.Duration](o, "min_rx"), IdleTX: get[time.Duration](o, "idle_tx"),
		Multiplier: get[int64](o, "multiplier"), Passive: get[bool](o, "passive"), AdminDownFails: get[bool](o, "admin_down_fails"),
	}
}

// PeerOn is the other end of the session of a node: that which is set, else the address of the other one of two nodes.
// It is not valid where there is none.
func (b *BFD) PeerOn(n *Node, cfg *Config, nodes []string) netip.Addr {
	if b.Peer.Set || len(nodes) != 2 {
		return b.Peer.Val
	}
	for _, name := range nodes {
		if other := cfg.Node(name); other != nil && name != n.Name {
			return other.Addr.Val
		}
	}
	return netip.Addr{}
}

// SourceOn is the address from which a node sends to a peer; not valid: the one in the peer's network, which the node finds.
func (b *BFD) SourceOn(n *Node, peer netip.Addr) netip.Addr {
	if b.Source.Set {
		return b.Source.Val
	}
	if own := n.Addr.Val; own.IsValid() && own.Is6() == peer.Is6() && (!b.Peer.Set || b.Multihop.Val) {
		return own
	}
	return netip.Addr{}
}

// LeastTTL is the lowest TTL or hop limit of packets that are accepted.
func (b *BFD) LeastTTL() int64 {
	switch {
	case b.Multihop.Val:
		return 255 - max(b.Hops.Val, 1)
	case b.MinTTL.Set:
		return b.MinTTL.Val
	}
	return 255
}
