package hcl

import (
	"ha/hcl/check"
	"ha/hcl/decode"
	"ha/planner"
)

// filters places the filters of addresses that accept nothing. They stand whatever the state of the VIP is, so that a takeover
// does not wait for them.
func (k *compiler) filters(vip *decode.VIP) {
	for _, a := range check.Unaccepted(vip) {
		s := &k.out.Plan.Statics[k.static(vip.Address, sourceOf(vip.At))]
		key := planner.AddressKey{Device: vip.DeviceOn(k.node, a), Prefix: a.Prefix.Val}
		s.Filters = append(s.Filters, planner.PlacedFilter{Key: planner.FilterOf(key), Source: sourceOf(vip.Accept.At)})
	}
}
