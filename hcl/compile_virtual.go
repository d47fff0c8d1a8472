package hcl

import (
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
		s.Interfaces = append(s.Interfaces, planner.PlacedInterface{
			Key:    planner.InterfaceKey(vip.VirtualInterface(ipv6)),
			Value:  planner.Interface{Parent: device, MAC: vip.MAC(ipv6), IPv6: ipv6, Up: true},
			Source: at,
		})
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
