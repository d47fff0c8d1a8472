package check

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"ha/hcl/decode"
	"ha/hcl/diag"
)

// addressLists: all nodes of a VIP hold the same addresses.
func addressLists(v *view) {
	for _, p := range v.cfg.VIPs {
		variants := healthy(p)
		if len(variants) < 2 {
			continue
		}
		first := variants[0]
		for _, other := range variants[1:] {
			missing, surplus := difference(first.Val.Addresses, other.Val.Addresses)
			if len(missing)+len(surplus) == 0 {
				continue
			}
			var parts []string
			if len(surplus) > 0 {
				parts = append(parts, fmt.Sprintf("%s is only on %s", strings.Join(surplus, ", "), other.Node))
			}
			if len(missing) > 0 {
				parts = append(parts, fmt.Sprintf("%s only on %s", strings.Join(missing, ", "), first.Node))
			}
			v.fail("HA4004", other.Val.Object.At("addresses"), fmt.Sprintf("%s has different addresses on %s and %s", p.Address, first.Node, other.Node),
				"After a takeover some addresses would answer nowhere: "+strings.Join(parts, ", ")+".",
				"Set the addresses once, in the vip itself.",
				about(p.Head, diag.OnNode(other.Node), diag.See("on "+first.Node, first.Val.Object.At("addresses")))...)
		}
	}
}

// difference tells which addresses are only in a and only in b.
func difference(a, b []decode.Address) (onlyA, onlyB []string) {
	in := func(list []decode.Address, ip netip.Addr) bool {
		for _, x := range list {
			if x.Prefix.Val.Addr() == ip {
				return true
			}
		}
		return false
	}
	for _, x := range a {
		if !in(b, x.Prefix.Val.Addr()) {
			onlyA = append(onlyA, x.Prefix.Val.Addr().String())
		}
	}
	for _, x := range b {
		if !in(a, x.Prefix.Val.Addr()) {
			onlyB = append(onlyB, x.Prefix.Val.Addr().String())
		}
	}
	return onlyA, onlyB
}

// addressTwice: on one node an address belongs to one VIP or static block. Link-local addresses count per interface.
func addressTwice(v *view) {
	type spot struct {
		node, device string // device only for link-local addresses
		ip           netip.Addr
	}
	type holder struct {
		address string
		at      hcl.Range
	}
	first := map[spot]holder{}
	seen := once{}
	claim := func(h decode.Head, node, device string, a decode.Address) {
		ip := a.Prefix.Val.Addr()
		s := spot{node: node, ip: ip}
		if ip.IsLinkLocalUnicast() {
			s.device = device
		}
		other, twice := first[s]
		if !twice {
			first[s] = holder{address: h.Address, at: a.Prefix.At}
			return
		}
		if other.address == h.Address && other.at == a.Prefix.At || !seen.first(place(other.at)+other.address, place(a.Prefix.At)+h.Address) {
			return
		}
		v.fail("HA4005", a.Prefix.At, fmt.Sprintf("%s is in %s and in %s on %s", ip, other.address, h.Address, node),
			"An address belongs to one block: when that lets go of it, the other would have lost it, too.",
			"Remove it from one of them.", about(h, diag.OnNode(node), diag.See(other.address, other.at))...)
	}
	for _, p := range v.cfg.VIPs {
		for _, name := range v.directors(p.Nodes) {
			vip := p.On(name)
			if vip.Broken {
				continue
			}
			for _, a := range vip.Addresses {
				claim(vip.Head, name, vip.DeviceOn(v.nodes[name], a), a)
			}
		}
	}
	for _, p := range v.cfg.Statics {
		for _, name := range p.Nodes {
			s := p.On(name)
			if s.Broken {
				continue
			}
			for _, a := range s.Addresses {
				claim(s.Head, name, a.Device.Val, a)
			}
		}
	}
}

// ownAddresses: a VIP is not the own address of a node, unless that node owns it.
func ownAddresses(v *view) {
	own := map[netip.Addr]*decode.Node{}
	for _, n := range v.cfg.Nodes {
		if n.Addr.Set {
			own[n.Addr.Val] = n
		}
	}
	for _, p := range v.cfg.VIPs {
		for _, x := range healthy(p) {
			for _, a := range x.Val.Addresses {
				n := own[a.Prefix.Val.Addr()]
				if n == nil || n.Director() && p.On(n.Name).Priority.Val == owner {
					continue
				}
				help := "Choose another address."
				if n.Director() {
					help = fmt.Sprintf("Choose another address, or make the node its owner: `node %q { priority = 255 }` inside the vip.", n.Name)
				}
				v.fail("HA4029", a.Prefix.At, fmt.Sprintf("%s of %s is the own address of %s", a.Prefix.Val.Addr(), p.Address, n.Address),
					"The node answers for it whether or not it is Active.", help, about(p.Head, diag.OnNode(n.Name), diag.See(n.Address, n.Addr.At))...)
			}
			break // the lists of all nodes agree, or were reported
		}
	}
}

// labels: the label of an address begins with the name of its device, which may differ from node to node.
func labels(v *view) {
	for _, p := range v.cfg.VIPs {
		for _, name := range v.directors(p.Nodes) {
			vip := p.On(name)
			if vip.Broken {
				continue
			}
			for _, a := range vip.Addresses {
				device := vip.DeviceOn(v.nodes[name], a)
				if !a.Label.Set || a.Device.Set || device == "" || decode.LabelFits(a.Label.Val, device) {
					continue
				}
				v.fail("HA4019", a.Label.At, fmt.Sprintf("label %q does not begin with the interface %q of %s", a.Label.Val, device, name),
					"Labels begin with the name of the device (ip-address(8)).",
					fmt.Sprintf("Write for example %q, in an overlay if the nodes differ.", device+":vip"), about(p.Head, diag.OnNode(name))...)
			}
		}
	}
}

// linkLocal: the first address of an IPv6 virtual router should be link-local.
func linkLocal(v *view) {
	for _, p := range v.cfg.VIPs {
		variants := healthy(p)
		if len(variants) == 0 {
			continue
		}
		six, local := (*decode.Address)(nil), false
		for i, a := range variants[0].Val.Addresses {
			if !a.Prefix.Val.Addr().Is6() {
				continue
			}
			if six == nil {
				six = &variants[0].Val.Addresses[i]
			}
			local = local || a.Prefix.Val.Addr().IsLinkLocalUnicast()
		}
		if six == nil || local {
			continue
		}
		v.warn("HA4020", six.Prefix.At, p.Address+" has IPv6 addresses and none of them is link-local",
			"The first address of an IPv6 virtual router is link-local (RFC 9568 section 5.2.9); hosts that use the router as their gateway need it. "+
				"ha and keepalived accept adverts without it, other implementations may not.",
			fmt.Sprintf("Add for example \"fe80::%x/64\" to the addresses.", variants[0].Val.VRID.Val), about(p.Head)...)
	}
}
