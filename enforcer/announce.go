package enforcer

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"

	"ha/planner"
	"ha/vrrp"
	"ha/vrrp/socket"
)

// place is an address with the interface on which it stands and must be announced: not always the one on which
// adverts are sent.
type place struct {
	device  string
	addr    netip.Addr
	virtual bool // the device is a virtual interface of ha
}

func (p place) lane() lane { return lane{p.device, p.addr.Is6()} }

// compare orders lanes by device, IPv4 first.
func (l lane) compare(other lane) int {
	if l.device == other.device && l.ipv6 != other.ipv6 {
		if l.ipv6 {
			return 1
		}
		return -1
	}
	return cmp.Compare(l.device, other.device)
}

// places are the addresses that instances answer for, by the name of the instance: those of its VIP in its family. Addresses
// of a family in which the VIP has no instance, because none of them is advertised, belong to its first one.
type places map[string][]place

func placesOf(plan *planner.Plan, instances []vrrp.Instance) places {
	p, of := places{}, map[string][]vrrp.Instance{}
	virtual := map[string]bool{}
	for _, s := range plan.Statics {
		for _, i := range s.Interfaces {
			virtual[string(i.Key)] = true
		}
	}
	for _, i := range instances {
		of[i.VIP] = append(of[i.VIP], i)
	}
	for _, v := range plan.VIPs {
		mine := of[v.Name]
		if len(mine) == 0 {
			continue
		}
		for _, a := range v.Addresses {
			at := place{a.Key.Device, a.Key.Prefix.Addr(), virtual[a.Key.Device]}
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

// block is announcements of one instance, made at one moment, as loads for the lanes.
type block struct {
	station *station
	loads   map[lane]*load
}

// fewVIPs is for how many VIPs that were installed together the first announcements leave at once, from where that was
// found. More would hold up the addresses behind them.
const fewVIPs = 4

// say sends the addresses of a member, or keeps them for installed, which is called from where they can be sent sooner; called with
// the lock.
func (g *group) say(m *member, count int) {
	if m.station == nil {
		return
	}
	left := g.afterOpening(m, count)
	b := block{m.station, g.loads(m, m.places, left)}
	if g.urgent && left == count {
		g.blocks = append(g.blocks, b)
		return
	}
	for _, key := range slices.SortedFunc(maps.Keys(b.loads), lane.compare) {
		g.owner.lanes.add(key, b.loads[key])
	}
}

// sayElsewhere sends the first address of a member on each interface from which no adverts leave; called with the lock.
func (g *group) sayElsewhere(m *member) {
	if m.station == nil {
		return
	}
	seen := map[lane]bool{}
	var list []place
	for _, at := range m.places {
		key := at.lane()
		if at.device == m.speaks() || !at.virtual && !m.instance.Config.Announce.Plain || seen[key] {
			continue
		}
		seen[key] = true
		list = append(list, at)
	}
	for key, ld := range g.loads(m, list, 1) {
		g.owner.lanes.add(key, ld)
	}
}

// speaks is the interface from which the adverts of a member leave.
func (m *member) speaks() string { return cmp.Or(m.instance.Via, m.instance.Interface) }

// loads is what a member announces, by lane, in so many rounds; called with the lock.
func (g *group) loads(m *member, list []place, count int) map[lane]*load {
	all := map[lane]*load{}
	for _, at := range list {
		if key := at.lane(); count > 0 && all[key] == nil {
			all[key] = g.load(m.instance.Name, m.instance.Config.Announce, key, list, count, g.epoch.Load())
		}
	}
	return all
}

// load is what is announced in one lane, of what stands in a list.
func (g *group) load(name string, rules vrrp.Announce, key lane, list []place, count int, epoch uint64) *load {
	ld := &load{name: name, count: count, pace: rules.PaceOf(key.ipv6), current: func() bool { return g.epoch.Load() == epoch }}
	for _, at := range list {
		if at.lane() != key {
			continue
		}
		if key.ipv6 || rules.ARP != vrrp.ARPReply {
			ld.frames = append(ld.frames, socket.Announcement{Address: at.addr})
		}
		if !key.ipv6 && (rules.ARP == vrrp.ARPReply || rules.ARP == vrrp.ARPBoth) {
			ld.frames = append(ld.frames, socket.Announcement{Address: at.addr, Reply: true})
		}
	}
	return ld
}

// installed says that the addresses of a VIP are in place. Clients follow the first announcement, so an urgent one does not
// wait for another goroutine to wake up; those that repeat it do.
func (g *group) installed(vip string, urgent bool) {
	for _, b := range g.install(vip, urgent) {
		for _, key := range slices.SortedFunc(maps.Keys(b.loads), lane.compare) {
			var through announcer
			if key.device == b.station.key.device {
				through = b.station.announcer
			}
			if !g.owner.lanes.hasten(key, b.loads[key], through) {
				g.owner.lanes.add(key, b.loads[key])
			}
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

// introduce announces the address from which a unicast member sends, so that its peers reach it without asking first: their
// entry may be that of a time before a fault.
func (m *member) introduce() error {
	if m.instance.Unicast == nil {
		return nil
	}
	return m.station.announcer.Announce(m.expect.Source)
}
