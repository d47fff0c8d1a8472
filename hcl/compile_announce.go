package hcl

import (
	"time"

	"ha/hcl/decode"
	"ha/vrrp"
)

func (k *compiler) settings() *decode.Settings { return k.cfg.Settings.On(k.node.Name) }

// paces are the interfaces of the node that keep a common pace. The virtual interfaces on one of them belong to it.
func (k *compiler) paces() {
	for _, g := range k.settings().Paces {
		out := vrrp.PaceGroup{Name: g.Name, Pace: g.Pace.Val, NAPace: g.Pace.Val}
		if g.NAPace.Set {
			out.NAPace = g.NAPace.Val
		}
		for _, i := range g.Interfaces {
			out.Interfaces = append(out.Interfaces, i.Val)
		}
		k.out.Paces = append(k.out.Paces, out)
	}
}

// paceVirtual adds a virtual interface to the pace group of the one below it.
func (k *compiler) paceVirtual(device, parent string) {
	for i := range k.out.Paces {
		g := &k.out.Paces[i]
		for _, member := range g.Interfaces {
			if member == parent {
				g.Interfaces = append(g.Interfaces, device)
				break
			}
		}
	}
}

// announce is how a VIP is announced on the node. What is as usual is left out.
func (k *compiler) announce(vip *decode.VIP) vrrp.Announce {
	a := vip.Announce.Or(k.settings().Announce)
	out := vrrp.Announce{
		Count: int(a.Count.Val), Delay: a.Delay.Val, Refresh: a.Refresh.Val, Pace: a.Pace.Val, Elsewhere: a.Elsewhere.Val,
		Plain: a.Elsewhere.Val > 0 && a.ElsewhereOn.Val == "all",
	}
	if a.RefreshCount.Val > 1 {
		out.RefreshCount = int(a.RefreshCount.Val)
	}
	if a.ARP.Val != "request" {
		out.ARP = vrrp.ARPForm(a.ARP.Val)
	}
	if a.NAPace.Set && a.NAPace.Val != out.Pace {
		out.NAPace = a.NAPace.Val
		if out.NAPace == 0 {
			out.NAPace = -time.Nanosecond // none, and not as long as the other
		}
	}
	lowerOf(&a, &out)
	return out
}

// lowerOf sets what follows an advert that does not win, if that is not what follows a win.
func lowerOf(a *decode.Announce, out *vrrp.Announce) {
	if !a.LowerCount.Set && !a.LowerDelay.Set {
		return
	}
	out.LowerCount, out.LowerDelay = out.Count, out.Delay
	if a.LowerDelay.Set {
		out.LowerDelay = a.LowerDelay.Val
	}
	if !a.LowerCount.Set {
		return
	}
	if out.LowerCount = int(a.LowerCount.Val); out.LowerCount == 0 {
		out.LowerCount, out.LowerDelay = vrrp.Never, 0
	}
}

// announceDefaults are the arguments of the announce block of a VIP where the settings say something else than the language.
func announceDefaults(s *decode.Settings) []computed {
	o := s.AnnounceObject()
	if o == nil {
		return nil
	}
	var list []computed
	for i := range o.Cells {
		if c := &o.Cells[i]; c.State == decode.Set && c.Val != nil {
			list = append(list, computed{"announce." + o.Arg(i).Name, o.Arg(i).Kind.Print(c.Val), o.At(o.Arg(i).Name)})
		}
	}
	return list
}
