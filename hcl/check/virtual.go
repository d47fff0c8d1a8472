package check

import (
	"fmt"

	"ha/hcl/decode"
	"ha/hcl/diag"
)

// virtualInterfaces: the name of an interface belongs to one VIP of a node.
func virtualInterfaces(v *view) {
	type use struct{ node, name string }
	first := map[use]*decode.VIP{}
	seen := once{}
	for _, p := range v.cfg.VIPs {
		for _, node := range v.directors(p.Nodes) {
			vip := p.On(node)
			if vip.Broken || vip.VirtualMAC == nil {
				continue
			}
			for _, six := range families6(vip) {
				u := use{node, vip.VirtualInterface(six)}
				other, taken := first[u]
				if !taken {
					first[u] = vip
					continue
				}
				if !seen.first(vip.Address, other.Address) {
					continue
				}
				v.fail("HA4048", vip.VirtualMAC.At, fmt.Sprintf("%s and %s both make the interface %s on %s", other.Address, vip.Address, u.name, node),
					"A name belongs to one interface; by default it follows from the VRID, and these two have the same one.",
					"Give one of them another name: virtual_mac { name = \"web\" }.",
					about(vip.Head, diag.OnNode(node), diag.See(other.Address, other.VirtualMAC.At))...)
			}
		}
	}
}

// virtualParents: interfaces of two VIPs on one parent are of one kind, and have different MAC addresses.
func virtualParents(v *view) {
	type parent struct{ node, device string }
	type use struct {
		parent
		mac string
	}
	kinds, macs, seen, told := map[parent]*decode.VIP{}, map[use]*decode.VIP{}, once{}, once{}
	for _, p := range v.cfg.VIPs {
		for _, node := range v.directors(p.Nodes) {
			vip := p.On(node)
			if vip.Broken || vip.VirtualMAC == nil {
				continue
			}
			at := parent{node, vip.InterfaceOn(v.cfg.Node(node))}
			if other, known := kinds[at]; known && (other.VirtualMAC.IPVLAN == "") != (vip.VirtualMAC.IPVLAN == "") && seen.first(vip.Address, other.Address) {
				v.fail("HA4076", vip.VirtualMAC.At, fmt.Sprintf("%s has a virtual interface on %s of %s, and %s one of the other kind", vip.Address, at.device, node, other.Address),
					"The kernel lets macvlans or ipvlans hear first on an interface, not both.", "Use virtual_mac in both, or ipvlan in both.",
					about(vip.Head, diag.OnNode(node), diag.See(other.Address, other.VirtualMAC.At))...)
			} else if !known {
				kinds[at] = vip
			}
			for _, six := range families6(vip) {
				u := use{at, vip.MAC(six)}
				other, taken := macs[u]
				switch {
				case u.mac == "":
				case !taken:
					macs[u] = vip
				case told.first(vip.Address, other.Address):
					v.fail("HA4077", vip.VirtualMAC.At, fmt.Sprintf("%s and %s have the MAC address %s on %s of %s", other.Address, vip.Address, u.mac, at.device, node),
						"A MAC address is that of one interface on a link.", "Give one of them another address, or write five bytes, to which the VRID is added.",
						about(vip.Head, diag.OnNode(node), diag.See(other.Address, other.VirtualMAC.At))...)
				}
			}
		}
	}
}
