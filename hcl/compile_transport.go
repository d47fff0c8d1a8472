package hcl

import (
	"net/netip"
	"strings"

	"ha/hcl/decode"
	"ha/vrrp"
)

// authenticationOf is the authentication of a VIP; nil for none. References stay references.
func authenticationOf(a *decode.Authentication) *vrrp.Authentication {
	if a == nil {
		return nil
	}
	out := &vrrp.Authentication{
		Type: vrrp.AuthType(a.Type.Val), Key: string(a.Key.Val), Mode: vrrp.AuthMode(a.Mode.Val), Replay: vrrp.Replay(a.Replay.Val), Window: a.Window.Val,
	}
	for _, key := range a.Keys {
		out.Keys = append(out.Keys, vrrp.AuthKey{ID: key.ID, Secret: string(key.Secret)})
	}
	if len(out.Keys) > 0 {
		out.Active = a.Signs()
	}
	return out
}

// transport completes the instances of a VIP.
func (k *compiler) transport(vip *decode.VIP, nodes []string) {
	for i := range k.out.Instances {
		if at := &k.out.Instances[i]; at.VIP == vip.Address {
			at.Authentication, at.Unicast = authenticationOf(vip.Authentication), k.unicast(vip, nodes, at.Config.IPv6)
			at.Wire = wireOf(&vip.Adverts, at.Config.IPv6)
		}
	}
}

// unicast is how a VIP is advertised in one family; nil for multicast.
func (k *compiler) unicast(vip *decode.VIP, nodes []string, ipv6 bool) *vrrp.Unicast {
	if vip.Unicast == nil {
		return nil
	}
	u := &vrrp.Unicast{
		Source: vip.SourceOn(k.node, ipv6), Peers: vip.PeersOn(k.node, k.cfg, nodes, ipv6), MinTTL: uint8(vip.Unicast.MinTTL.Val),
		MaxTTL: uint8(vip.Unicast.MaxTTL.Val),
	}
	if vip.Unicast.TTL.Set {
		u.TTL = uint8(vip.Unicast.TTL.Val)
	}
	return u
}

// wireOf is how the adverts of one family look. What is as usual is left out.
func wireOf(a *decode.Adverts, ipv6 bool) vrrp.Wire {
	w := vrrp.Wire{Group: a.Group(ipv6), Source: a.Source(ipv6), DropMismatch: a.Mismatch.Val == "drop"}
	if c := vrrp.Checksum(a.Checksum.Val); c != vrrp.ChecksumPseudo && !ipv6 {
		w.Checksum = c
	}
	if a.DSCP.Set {
		w.DSCP = uint8(a.DSCP.Val)
	}
	if a.QueuePriority.Set {
		w.Priority = uint8(a.QueuePriority.Val)
	}
	return w
}

// peers are the arguments of the unicast block that follow from the nodes, so that a plan shows when they move.
func (k *compiler) peers(vip *decode.VIP, nodes []string) []computed {
	if vip.Unicast == nil {
		return nil
	}
	var peers []string
	var source netip.Addr
	for _, ipv6 := range []bool{false, true} {
		for _, a := range vip.PeersOn(k.node, k.cfg, nodes, ipv6) {
			peers = append(peers, `"`+a.String()+`"`)
		}
		if !source.IsValid() {
			source = vip.SourceOn(k.node, ipv6)
		}
	}
	list := []computed{{"unicast.peers", "[" + strings.Join(peers, ", ") + "]", vip.Unicast.At}}
	if source.IsValid() {
		list = append(list, computed{"unicast.source", source.String(), k.node.Addr.At})
	}
	return list
}
