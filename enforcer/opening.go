package enforcer

import "ha/vrrp"

// opening is the first announcement of addresses that a member has just acquired. Clients follow it, so whoever has put them in
// place sends it himself, without the lock of the group: an election that tells of its transition may hold that for longer than
// all the rest takes.
type opening struct {
	vip     string
	name    string
	station *station
	places  []place
	rules   vrrp.Announce
	epoch   uint64
}

// prepare makes the opening of a member ready; called with the lock, when it acquires. What stands on several interfaces has none,
// and is announced with everything else.
func (g *group) prepare(m *member) {
	m.opened.Store(0)
	m.opening.Store(nil)
	if m.station == nil || len(m.places) == 0 {
		return
	}
	for _, at := range m.places {
		if at.lane() != m.places[0].lane() {
			return
		}
	}
	m.opening.Store(&opening{m.instance.VIP, m.instance.Name, m.station, m.places, m.instance.Config.Announce, g.epoch.Load()})
}

// open sends the openings of a VIP whose addresses are in place. Where other announcements wait, or a pace is kept, it sends none.
func (g *group) open(vip string) {
	for _, m := range g.members {
		o := m.opening.Load()
		if o == nil || o.vip != vip || !m.opening.CompareAndSwap(o, nil) || g.epoch.Load() != o.epoch {
			continue
		}
		key := o.places[0].lane()
		var through announcer
		if key.device == o.station.key.device {
			through = o.station.announcer
		}
		if g.owner.lanes.hasten(key, g.load(o.name, o.rules, key, o.places, 1, o.epoch), through) {
			m.opened.Store(o.epoch)
		}
	}
}

// afterOpening is how many rounds are left of a block; called with the lock.
func (g *group) afterOpening(m *member, count int) int {
	if epoch := m.opened.Swap(0); epoch != 0 && epoch == g.epoch.Load() {
		return count - 1
	}
	m.opening.Store(nil) // too late for it
	return count
}
