package enforcer

import (
	"errors"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/sys/unix"

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

// block is announcements of the addresses of one instance, made at one moment.
type block struct {
	station *station
	places  []place
	count   int           // frames for each address
	pace    time.Duration // between two frames on an interface
	epoch   uint64        // of the addresses being ours
}

// fewVIPs is for how many VIPs that were installed together the first announcements leave at once, from where that was
// found. More would hold up the addresses behind them.
const fewVIPs = 4

// say sends a block, or keeps it for installed, which is called from where it can be sent sooner; called with the lock.
func (g *group) say(m *member, count int) {
	if m.station == nil {
		return
	}
	b := block{m.station, m.places, count, m.instance.Config.Announce.Pace, g.epoch.Load()}
	if g.urgent && b.pace == 0 {
		g.blocks = append(g.blocks, b)
		return
	}
	go g.announce(b)
}

// installed says that the addresses of a VIP are in place. Clients follow the first announcement, so an urgent one does not
// wait for another goroutine to wake up; those that repeat it do.
func (g *group) installed(vip string, urgent bool) {
	for _, b := range g.install(vip, urgent) {
		more := b.count - 1
		b.count = 1
		g.announce(b)
		if b.count = more; more > 0 {
			go g.announce(b)
		}
	}
}

// install steps the members of a VIP whose addresses are in place, and returns what is to be announced at once.
func (g *group) install(vip string, urgent bool) []block {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.urgent = urgent
	for i, m := range g.members {
		if m.instance.VIP == vip {
			g.step(i, vrrp.Installed{})
		}
	}
	blocks := g.blocks
	g.urgent, g.blocks = false, nil
	return blocks
}

// announce sends a block, round robin, no faster than the pace of the interfaces, unless the addresses were given up
// meanwhile.
func (g *group) announce(b block) {
	announcers := map[string]*socket.Announcer{b.station.key.device: b.station.announcer}
	defer func() {
		for _, a := range announcers {
			if a != b.station.announcer {
				_ = a.Close() // opened for this block only; nothing was buffered
			}
		}
	}()
	for range b.count {
		for _, at := range b.places {
			g.owner.pacer.wait(at.device, b.pace)
			if g.epoch.Load() != b.epoch {
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
			switch {
			case errors.Is(err, unix.ENETDOWN):
				return // which is told by itself, and all is announced anew when the interface is back
			case err != nil:
				g.owner.events.warn("problem", g.called(), err.Error())
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
