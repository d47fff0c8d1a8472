package hcl

import (
	"net/netip"

	"ha/hcl/decode"
	"ha/planner"
)

// virtualInterfaces places the interfaces of a VIP with a virtual MAC, which stand whatever its state is, and lets its adverts
// leave through them.
func (k *compiler) virtualInterfaces(vip *decode.VIP, device string) {
	if vip.VirtualMAC == nil {
		return
	}
	placed := map[bool]bool{}
	for _, a := range vip.Addresses {
		ipv6 := a.Prefix.Val.Addr().Is6()
		if placed[ipv6] {
			continue
		}
		placed[ipv6] = true
		at := sourceOf(vip.VirtualMAC.At)
		s := &k.out.Plan.Statics[k.static(vip.Address, at)]
		k.paceVirtual(vip.VirtualInterface(ipv6), device)
		m, name := vip.VirtualMAC, vip.VirtualInterface(ipv6)
		s.Interfaces = append(s.Interfaces, planner.PlacedInterface{
			Key: planner.InterfaceKey(name),
			Value: planner.Interface{
				Parent: device, MAC: vip.MAC(ipv6), IPVLAN: m.IPVLAN, IPv6: ipv6, Up: true, Group: uint32(m.Group.Val), OwnGroup: m.Group.Set,
			},
			Source: at,
		})
		if own := m.Own(ipv6); own.Set {
			s.Addresses = append(s.Addresses, placeAddress(decode.Address{Prefix: own}, name))
			k.speakFrom(vip, ipv6, own.Val.Addr(), name)
		}
	}
	if vip.VirtualMAC.Transmit.Val == "base" {
		return
	}
	for i := range k.out.Instances {
		if at := &k.out.Instances[i]; at.VIP == vip.Address {
			at.Via = vip.VirtualInterface(at.Config.IPv6)
		}
	}
}

// speakFrom lets the adverts of a VIP in a family come from the node's own address on a virtual interface.
func (k *compiler) speakFrom(vip *decode.VIP, ipv6 bool, source netip.Addr, device string) {
	for i := range k.out.Instances {
		if at := &k.out.Instances[i]; at.VIP == vip.Address && at.Config.IPv6 == ipv6 {
			at.Via, at.Wire.Source = device, source
		}
	}
}
