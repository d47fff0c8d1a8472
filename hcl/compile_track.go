package hcl

import (
	"ha/checks/path"
	"ha/hcl/check"
	"ha/hcl/decode"
	"ha/vrrp"
)

// tracks compiles what a VIP depends on, of its own and of its sync group, and adds the checks that it tracks.
func (k *compiler) tracks(p *decode.PerNode[decode.VIP]) []vrrp.Track {
	var out []vrrp.Track
	for _, s := range k.tracking.Stakes(p, k.node.Name) {
		out = append(out, k.track(s))
	}
	return out
}

func (k *compiler) track(s check.Stake) vrrp.Track {
	t := s.Track
	t.Pool = string(s.Pool)
	if t.Interface != "" {
		t.Debounce = k.debounce(t.Interface)
	}
	if c := k.shared[string(s.Check)]; c != nil {
		t.Check = k.check(c, c.Address, s.Target, path.Through{})
	}
	if s.BFD != "" {
		t.Check = string(s.BFD) // sessions have verdicts, too
	}
	return t
}

// downAdverts leaves out the number of the standard, so that plans that mean the same are equal.
func downAdverts(vip *decode.VIP) int {
	if n := int(vip.DownAdverts.Val); n != 3 {
		return n
	}
	return 0
}

// debounce is how patient the node is with an interface.
func (k *compiler) debounce(device string) vrrp.Debounce {
	l := k.cfg.Settings.On(k.node.Name).Link(device)
	if l == nil {
		return vrrp.Debounce{}
	}
	return vrrp.Debounce{Up: l.Up.Val, Down: l.Down.Val}
}
