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
