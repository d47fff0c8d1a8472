package enforcer

import (
	"net/netip"
	"sync"
	"time"

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

// places are the addresses that instances answer for, by the name of the instance: those of its VIP in its family. Addresses
// of a family in which the VIP has no instance, because none of them is advertised, belong to its first one.
type places map[string][]place

func placesOf(plan *planner.Plan, instances []vrrp.Instance) places {
	p, of := places{}, map[string][]vrrp.Instance{}
	for _, i := range instances {
		of[i.VIP] = append(of[i.VIP], i)
	}
	for _, v := range plan.VIPs {
		mine := of[v.Name]
		if len(mine) == 0 {
			continue
		}
		for _, a := range v.Addresses {
			at := place{a.Key.Device, a.Key.Prefix.Addr()}
			name := mine[0].Name
			for _, i := range mine {
				if i.Config.IPv6 == at.addr.Is6() {
					name = i.Name
				}
			}
			p[name] = append(p[name], at)
		}
	}
	return p
}

// announce sends count frames for each address, round robin, no faster than the pace of their interfaces, unless the addresses
// were given up meanwhile.
func (g *group) announce(s *station, where []place, count int, pace time.Duration, epoch uint64) {
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
			g.owner.pacer.wait(at.device, pace)
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

// pacer spaces the announcements that leave each interface, of all groups together.
type pacer struct {
	mu   sync.Mutex
	free map[string]time.Time // by interface: when the next frame may leave
}

// wait returns when it is the caller's turn on an interface, and keeps it for a pause from then on.
func (p *pacer) wait(device string, pause time.Duration) {
	if pause <= 0 {
		return
	}
	time.Sleep(p.turn(device, pause, time.Now()))
}

// turn takes the next free moment of an interface and says how far away it is.
func (p *pacer) turn(device string, pause time.Duration, now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.free == nil {
		p.free = map[string]time.Time{}
	}
	mine := p.free[device]
	if mine.Before(now) {
		mine = now
	}
	p.free[device] = mine.Add(pause)
	return mine.Sub(now)
}

// introduce announces the address from which a unicast member sends, so that its peers reach it without asking first: their
// entry may be that of a time before a fault.
func (m *member) introduce() error {
	if m.instance.Unicast == nil {
		return nil
	}
	return m.station.announcer.Announce(m.expect.Source)
}
