package decode

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"ha/hcl/diag"
)

// VirtualMAC is the `virtual_mac` or the `ipvlan` block of a VIP.
type VirtualMAC struct {
	Head
	Transmit  Arg[string] // virtual, base
	Name      Arg[string] // what the names of its interfaces begin with
	Group     Arg[int64]  // unset: that of the interface below
	Address   Arg[string] // unset: that of the VRID; five bytes, or six
	Address6  Arg[string]
	IPVLAN    string              // bridge, private, vepa; empty: it is a virtual MAC
	Addresses []Arg[netip.Prefix] // of an ipvlan, from which adverts come
}

// virtualMACIn is the virtual_mac or ipvlan block of a VIP; nil for none.
func virtualMACIn(o *Object) *VirtualMAC {
	for _, k := range o.Blocks("virtual_mac") {
		return &VirtualMAC{
			Head: headOf(k), Transmit: get[string](k, "transmit"), Name: get[string](k, "name"), Group: get[int64](k, "group"),
			Address: get[string](k, "address"), Address6: get[string](k, "address6"),
		}
	}
	for _, k := range o.Blocks("ipvlan") {
		return &VirtualMAC{
			Head: headOf(k), Transmit: Arg[string]{Val: "base"}, Name: get[string](k, "name"), Group: get[int64](k, "group"),
			IPVLAN: get[string](k, "mode").Val, Addresses: list[netip.Prefix](k, "addresses"),
		}
	}
	return nil
}

// Own is the address of the node on its ipvlan of a family; not valid when it has none.
func (m *VirtualMAC) Own(ipv6 bool) Arg[netip.Prefix] {
	for _, a := range m.Addresses {
		if a.Val.Addr().Is6() == ipv6 {
			return a
		}
	}
	return Arg[netip.Prefix]{}
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

// ElectsIPv6 tells whether a VIP has an election over IPv6: an address of that family that is advertised.
func (v *VIP) ElectsIPv6() bool {
	for _, a := range v.Addresses {
		if a.Prefix.Val.Addr().Is6() && !a.Silent {
			return true
		}
	}
	return false
}

// MAC is the MAC address of the VIP in a family: one of its own choice, or that of the VRID (RFC 9568 section 7.3). Empty where
// it has that of the interface below.
func (v *VIP) MAC(ipv6 bool) string {
	family, own := 1, v.VirtualMAC.Address
	if ipv6 {
		family, own = 2, v.VirtualMAC.Address6
	}
	switch {
	case v.VirtualMAC.IPVLAN != "":
		return ""
	case own.Set:
		text := own.Val
		if strings.Count(text, ":") == 4 {
			text += fmt.Sprintf(":%02x", v.VRID.Val)
		}
		mac, err := net.ParseMAC(text)
		if err == nil {
			return mac.String()
		}
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

// oneKindOfVirtual: one block or the other.
func oneKindOfVirtual(o *Object, why string) hcl.Diagnostics {
	for _, m := range o.Blocks("virtual_mac") {
		for _, i := range o.Blocks("ipvlan") {
			at := i.NameRange()
			return hcl.Diagnostics{diag.Error("HA2373", &at, o.Header()+" has a virtual_mac and an ipvlan", why,
				o.where().options(diag.Help("Remove one of the two blocks."), diag.See("virtual_mac", m.NameRange()))...)}
		}
	}
	return nil
}

// oneAddressOfAFamily: else nobody knows which one sends.
func oneAddressOfAFamily(o *Object, why string) hcl.Diagnostics {
	seen := map[bool]Arg[netip.Prefix]{}
	for _, a := range list[netip.Prefix](o, "addresses") {
		six := a.Val.Addr().Is6()
		if other, taken := seen[six]; taken {
			at := a.At
			return hcl.Diagnostics{diag.Error("HA2374", &at, fmt.Sprintf("%v and %v are of one family", other.Val, a.Val), why,
				o.where().options(diag.Help("Remove one of them."))...)}
		}
		seen[six] = a
	}
	return nil
}

// virtualNeedsMulticast: unicast is routed, and leaves from the interface that has the route.
func virtualNeedsMulticast(o *Object, why string) hcl.Diagnostics {
	for _, u := range o.Blocks("unicast") {
		for _, i := range o.Blocks("ipvlan") {
			if own := list[netip.Prefix](i, "addresses"); len(own) > 0 {
				return fault(i, "HA2348", "addresses", "unicast adverts cannot come from the ipvlan", why, "Remove addresses; the source of unicast stands in its own block.", diag.See("unicast", u.NameRange()))
			}
		}
		for _, m := range o.Blocks("virtual_mac") {
			if get[string](m, "transmit").Val == "virtual" {
				return fault(m, "HA2348", "transmit", "unicast adverts cannot come from the virtual MAC", why, `Set transmit = "base"; announcements still come from the virtual one.`, diag.See("unicast", u.NameRange()))
			}
		}
	}
	return nil
}
