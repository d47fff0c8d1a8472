package decode

import (
	"fmt"
	"strconv"

	"github.com/hashicorp/hcl/v2"

	"ha/hcl/diag"
)

// VirtualMAC is the `virtual_mac` block of a VIP.
type VirtualMAC struct {
	Head
	Transmit Arg[string] // virtual, base
	Name     Arg[string] // what the names of its interfaces begin with
}

// virtualMACIn is the virtual_mac block of a VIP; nil for none.
func virtualMACIn(o *Object) *VirtualMAC {
	for _, k := range o.Blocks("virtual_mac") {
		return &VirtualMAC{Head: headOf(k), Transmit: get[string](k, "transmit"), Name: get[string](k, "name")}
	}
	return nil
}

// VirtualInterface is the name of the virtual interface of a family; empty when the VIP has no virtual MAC.
func (v *VIP) VirtualInterface(ipv6 bool) string {
	if v.VirtualMAC == nil {
		return ""
	}
	family := ""
	if ipv6 {
		family = "6"
	}
	return v.VirtualMAC.Name.Val + family + "." + strconv.FormatInt(v.VRID.Val, 10)
}

// MAC is the MAC address of the VRID in a family (RFC 9568 section 7.3).
func (v *VIP) MAC(ipv6 bool) string {
	family := 1
	if ipv6 {
		family = 2
	}
	return fmt.Sprintf("00:00:5e:00:%02x:%02x", family, v.VRID.Val)
}

// DeviceOn is the interface on which an address of the VIP is placed on a node; empty when none is known.
func (v *VIP) DeviceOn(n *Node, a Address) string {
	switch {
	case a.Device.Set:
		return a.Device.Val
	case v.VirtualMAC != nil:
		return v.VirtualInterface(a.Prefix.Val.Addr().Is6())
	}
	return v.InterfaceOn(n)
}

// nameLeavesRoom: NAME6.255 is the longest.
func nameLeavesRoom(o *Object, why string) hcl.Diagnostics {
	name := get[string](o, "name")
	if len(name.Val) <= 10 {
		return nil
	}
	return fault(o, "HA2347", "name", fmt.Sprintf("the name %q has %d bytes, and at most 10 leave room for the rest", name.Val, len(name.Val)), why, "Choose a shorter one.")
}

// virtualNeedsMulticast: unicast is routed, and leaves from the interface that has the route.
func virtualNeedsMulticast(o *Object, why string) hcl.Diagnostics {
	for _, u := range o.Blocks("unicast") {
		for _, m := range o.Blocks("virtual_mac") {
			if get[string](m, "transmit").Val == "virtual" {
				return fault(m, "HA2348", "transmit", "unicast adverts cannot come from the virtual MAC", why, `Set transmit = "base"; announcements still come from the virtual one.`, diag.See("unicast", u.NameRange()))
			}
		}
	}
	return nil
}
