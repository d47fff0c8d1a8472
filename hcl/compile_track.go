package hcl

import (
	"ha/hcl/decode"
	"ha/vrrp"
)

// tracks compiles what a VIP depends on, of its own and of its sync group, and adds the checks that it tracks.
func (k *compiler) tracks(vip *decode.VIP) []vrrp.Track {
	list := vip.Tracks
	for _, g := range k.cfg.SyncGroups {
		if g.Address == k.groups[vip.Address] {
			list = append(list[:len(list):len(list)], g.Tracks...)
		}
	}
	var out []vrrp.Track
	for _, t := range list {
		track := vrrp.Track{Name: t.Address, Interface: t.Interface.Val, Weight: uint8(t.Weight.Val)}
		if c := k.shared[string(t.Check.Val)]; c != nil {
			track.Check = k.check(c, c.Address, t.Target.Val)
		}
		if t.BFD.Set {
			track.Check = string(t.BFD.Val) // sessions have verdicts, too
		}
		out = append(out, track)
	}
	return out
}

// downAdverts leaves out the number of the standard, so that plans that mean the same are equal.
func downAdverts(vip *decode.VIP) int {
	if n := int(vip.DownAdverts.Val); n != 3 {
		return n
	}
	return 0
}
