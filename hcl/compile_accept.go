package hcl

import (
	"ha/hcl/check"
	"ha/hcl/decode"
	"ha/planner"
)

// filters places what does not get through: packets for addresses that accept nothing, and what the kernel says by itself with the
// virtual MAC address of IPv6. Filters stand whatever the state of the VIP is, so that a takeover does not wait for them.
func (k *compiler) filters(vip *decode.VIP) {
	var list []planner.PlacedFilter
	if m := vip.VirtualMAC; m != nil && m.IPVLAN == "" && vip.ElectsIPv6() {
		key := planner.FilterKey{Device: vip.VirtualInterface(true)}
		list = append(list, planner.PlacedFilter{Key: key, Source: sourceOf(vip.VirtualMAC.At)})
	}
	for _, a := range check.Unaccepted(vip) {
		key := planner.AddressKey{Device: vip.DeviceOn(k.node, a), Prefix: a.Prefix.Val}
		list = append(list, planner.PlacedFilter{Key: planner.FilterOf(key), Source: sourceOf(vip.Accept.At)})
	}
	if len(list) == 0 {
		return
	}
	s := &k.out.Plan.Statics[k.static(vip.Address, sourceOf(vip.At))]
	s.Filters = append(s.Filters, list...)
}
