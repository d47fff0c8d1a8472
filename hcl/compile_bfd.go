package hcl

import (
	"net/netip"

	"ha/checks/bfd"
	"ha/hcl/decode"
)

// sessions compiles the BFD sessions of a director.
func (k *compiler) sessions() {
	for _, p := range k.cfg.BFDs {
		if !k.here(p.Nodes) {
			continue
		}
		b := p.On(k.node.Name)
		peer := b.PeerOn(k.node, k.cfg, p.Nodes)
		k.out.BFD = append(k.out.BFD, bfd.Config{
			Name: b.Address, Peer: peer, Source: b.SourceOn(k.node, peer), Interface: b.Interface.Val, Multihop: b.Multihop.Val,
			MinTTL: uint8(b.LeastTTL()), MinTX: b.MinTX.Val, MinRX: b.MinRX.Val, IdleTX: b.IdleTX.Val, Multiplier: uint8(b.Multiplier.Val),
			Passive: b.Passive.Val, AdminDownFails: b.AdminDownFails.Val,
		})
		k.intent(b.Object, b.Address, sessionDefaults(b, k.node, k.cfg, p.Nodes)...)
	}
}

// sessionDefaults are the ends of a session that follow from the nodes.
func sessionDefaults(b *decode.BFD, n *decode.Node, cfg *decode.Config, nodes []string) []computed {
	peer := b.PeerOn(n, cfg, nodes)
	list := []computed{{"source", printAddr(b.SourceOn(n, peer)), n.Addr.At}}
	for _, name := range nodes {
		if other := cfg.Node(name); other != nil && other != n && !b.Peer.Set {
			list = append(list, computed{"peer", printAddr(peer), other.Addr.At})
		}
	}
	return list
}

func printAddr(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

// watches completes the instances of VIPs that watch the other nodes.
func (k *compiler) watches() {
	for _, p := range k.cfg.VIPs {
		for _, w := range p.On(k.node.Name).Watch {
			for i := range k.out.Instances {
				if at := &k.out.Instances[i]; at.VIP == p.Address {
					at.Watch = append(at.Watch, string(w.Val))
				}
			}
		}
	}
}
