package enforcer

import (
	"net/netip"

	"ha/planner"
	"ha/vrrp"
	"ha/vrrp/socket"
)

// place is an address with the interface on which it stands and must be announced: not always the one on which
// adverts are sent.
type place struct {
	device string
	addr   netip.Addr
}

// places are the addresses of VIPs by the name of the VIP.
type places map[string][]place

func placesOf(plan *planner.Plan) places {
	p := places{}
	for _, v := range plan.VIPs {
		for _, a := range v.Addresses {
			p[v.Name] = append(p[v.Name], place{a.Key.Device, a.Key.Prefix.Addr()})
		}
	}
	return p
}

// of are the addresses that an instance answers for: those of its VIP in its family.
func (p places) of(i vrrp.Instance) []place {
	var mine []place
	for _, at := range p[i.VIP] {
		if at.addr.Is6() == i.Config.IPv6 {
			mine = append(mine, at)
		}
	}
	return mine
}

// announce sends count frames for each address, round robin, unless the addresses were given up meanwhile.
func (g *group) announce(s *station, where []place, count int, epoch uint64) {
	announcers := map[string]*socket.Announcer{s.key.device: s.announcer}
	defer func() {
		for _, a := range announcers {
			if a != s.announcer {
				_ = a.Close() // opened for this block only; nothing was buffered
			}
		}
	}()
	for range count {
		for _, at := range where {
			if g.epoch.Load() != epoch {
				return
			}
			a, err := announcers[at.device], error(nil)
			if a == nil {
				if a, err = socket.OpenAnnouncer(at.device); err == nil {
					announcers[at.device] = a
				}
			}
			if err == nil {
				err = a.Announce(at.addr)
			}
			if err != nil {
				g.owner.events.warn("problem", g.name, err.Error())
				return
			}
		}
	}
}
