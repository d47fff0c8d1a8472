package check

import (
	"fmt"
	"net/netip"

	"github.com/hashicorp/hcl/v2"

	"ha/hcl/decode"
	"ha/hcl/diag"
)

// authentications: all nodes of a VIP authenticate alike, and know the key with which the others sign.
func authentications(v *view) {
	for _, p := range v.cfg.VIPs {
		nodes := v.directors(p.Nodes)
		for i, name := range nodes[:max(len(nodes)-1, 0)] {
			if a, b := p.On(name), p.On(nodes[i+1]); !a.Broken && !b.Broken && v.authDiffers(a, b, name, nodes[i+1]) {
				break
			}
		}
	}
}

// authDiffers reports the first thing that keeps two nodes apart.
func (v *view) authDiffers(a, b *decode.VIP, nodeA, nodeB string) bool {
	if typeOf(a) != typeOf(b) {
		v.fail("HA4041", authAt(b), fmt.Sprintf("the authentication of %s is %s on %s and %s on %s", a.Address, typeOf(a), nodeA, typeOf(b), nodeB),
			"Nodes that authenticate differently drop each other's adverts, and all become Active.", "Use one type on all nodes.",
			about(b.Head, diag.See(nodeA, authAt(a)))...)
		return true
	}
	if typeOf(a) != `"hmac"` {
		return false
	}
	for _, pair := range [][2]*decode.VIP{{a, b}, {b, a}} {
		signer, other := pair[0].Authentication, pair[1].Authentication
		if signer.Mode.Val != "receive-only" && !other.Has(signer.Signs()) {
			from, to := nodeA, nodeB
			if pair[0] == b {
				from, to = nodeB, nodeA
			}
			v.fail("HA4042", other.At, fmt.Sprintf("%s signs the adverts of %s with key %d, which %s does not have", from, a.Address, signer.Signs(), to),
				"Adverts with an unknown key are dropped.", fmt.Sprintf("Add key %d on %s before it becomes active on %s.", signer.Signs(), to, from),
				about(pair[1].Head, diag.See(from, signer.Active.At))...)
			return true
		}
	}
	return false
}

func typeOf(vip *decode.VIP) string {
	if vip.Authentication == nil {
		return "none"
	}
	return fmt.Sprintf("%q", vip.Authentication.Type.Val)
}

func authAt(vip *decode.VIP) hcl.Range {
	if vip.Authentication == nil {
		return vip.At
	}
	return vip.Authentication.Type.At
}

// unicasts: all nodes of a VIP use one transport, each has somebody to send to, and nobody sends to a VIP.
func unicasts(v *view) {
	vips := map[netip.Addr]string{}
	for _, p := range v.cfg.VIPs {
		for _, a := range p.Base.Addresses {
			vips[a.Prefix.Val.Addr()] = p.Address
		}
	}
	for _, p := range v.cfg.VIPs {
		nodes := v.directors(p.Nodes)
		for _, name := range nodes {
			if vip := p.On(name); !vip.Broken && !v.unicastFits(vip, p.On(nodes[0]), name, nodes, vips) {
				break
			}
		}
	}
}

// unicastFits checks one node against the first one.
func (v *view) unicastFits(vip, first *decode.VIP, name string, nodes []string, vips map[netip.Addr]string) bool {
	if (vip.Unicast == nil) != (first.Unicast == nil) && !first.Broken {
		at := vip.At
		if vip.Unicast != nil {
			at = vip.Unicast.At
		}
		v.fail("HA4043", at, fmt.Sprintf("%s is unicast on one of %s and %s, and multicast on the other", vip.Address, nodes[0], name),
			"Nodes with different transports do not hear each other, and all become Active.", "Move the unicast block out of the overlay.", about(vip.Head)...)
		return false
	}
	if vip.Unicast == nil {
		return true
	}
	for _, peer := range vip.Unicast.Peers {
		if other := vips[peer.Val]; other != "" {
			v.fail("HA4045", peer.At, fmt.Sprintf("the peer %s is an address of %s", peer.Val, other),
				"A VIP is on whichever node is Active; adverts go to the nodes themselves.", "Write the nodes' own addresses.", about(vip.Head)...)
			return false
		}
	}
	for _, six := range families6(vip) {
		if len(nodes) > 1 && len(vip.PeersOn(v.nodes[name], v.cfg, nodes, six)) == 0 {
			family := map[bool]string{false: "IPv4", true: "IPv6"}[six]
			v.fail("HA4044", vip.Unicast.At, fmt.Sprintf("%s has no %s address to send the adverts of %s to", name, family, vip.Address),
				"By default peers are the addresses of the other nodes, which are of another family here.", "Set peers, and source, to "+family+" addresses.",
				about(vip.Head, diag.OnNode(name))...)
			return false
		}
	}
	return true
}

// multicasts: all nodes of a VIP send to the same groups.
func multicasts(v *view) {
	for _, p := range v.cfg.VIPs {
		nodes := v.directors(p.Nodes)
		for i, name := range nodes[:max(len(nodes)-1, 0)] {
			if a, b := p.On(name), p.On(nodes[i+1]); !a.Broken && !b.Broken && v.groupsDiffer(a, b, name, nodes[i+1]) {
				break
			}
		}
	}
}

func (v *view) groupsDiffer(a, b *decode.VIP, nodeA, nodeB string) bool {
	for _, six := range families6(a) {
		groupA, groupB := groupOf(a, six), groupOf(b, six)
		if groupA == groupB {
			continue
		}
		v.fail("HA4046", b.Adverts.At, fmt.Sprintf("%s goes to the group %s on %s and to %s on %s", a.Address, groupA, nodeA, groupB, nodeB),
			"Nodes that send to different groups do not hear each other, and all become Active.", "Move groups out of the overlay.", about(b.Head)...)
		return true
	}
	return false
}

// groupOf is the group of a VIP in words.
func groupOf(vip *decode.VIP, ipv6 bool) string {
	if g := vip.Adverts.Group(ipv6); g.IsValid() {
		return g.String()
	}
	return map[bool]string{false: "224.0.0.18", true: "ff02::12"}[ipv6] + " (the default)"
}

// oldAuthentication tells of AH, once for a VIP.
func oldAuthentication(v *view) {
	for _, p := range v.cfg.VIPs {
		if a := p.Base.Authentication; a != nil && a.Type.Val == "ah" {
			v.warn("HA4047", a.Type.At, "the authentication \"ah\" is for peers that know nothing better",
				"It is HMAC-MD5 with 8 bytes of password, and no standard has it any more.", `Use "hmac" where all nodes know it.`, about(p.Base.Head)...)
		}
	}
}
