package enforcer

import (
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"ha/enforcer/control"
	"ha/vrrp"
	"ha/vrrp/packet"
)

// group runs a vrrp.Group: instances that move together, or one alone. Its state is guarded by one lock that is
// never held across anything slow: a step sends adverts and leaves news.
type group struct {
	owner *elections
	name  string
	timer task // due at armed

	mu      sync.Mutex
	core    vrrp.Group
	members []*member
	armed   time.Duration // when the timer is due; 0: it is not set
	actions []vrrp.MemberAction
	stopped bool
	bequest *bequest      // what a process before this one left; nil: nothing, or it was taken up
	resumed bool          // it was
	epoch   atomic.Uint64 // of the addresses being ours: announcements of an earlier one are forgotten
	urgent  bool          // the addresses are in place right now: see say
	blocks  []block       // to be announced at once
}

// member is one instance with its place on the wire.
type member struct {
	instance     *vrrp.Instance // a part of the configuration: nobody changes it
	places       []place        // where its addresses stand
	station      *station       // nil while the interface cannot be used
	proof        proof
	unproven     error         // why the secrets cannot be had; guarded by the lock of elections
	peers        []netip.Addr  // unicast: to whom adverts go
	fault        string        // why it takes no part; empty when it does
	cause        control.Cause // the kind of the fault
	ended        string        // the fault before
	history      []control.Transition
	dependencies []dependency // of what it tracks
	expect       packet.Expect
	heard        packet.Advert // reused
	advert       packet.Advert // reused
	rendered     rendered
	outgoing     outgoing
	opening      atomic.Pointer[opening] // see opening
	opened       atomic.Uint64           // the epoch whose opening was sent; 0: none
	received     uint64
	dropped      map[packet.Drop]uint64 // this one and the next are nil for most of thousands
	remarked     map[remark]bool
	quarrels     quarrels
	leader       leader
	claims       claims
	late         time.Duration
	contest      contest
	gap          gap // of its virtual interface
	since        time.Time
}

func newGroup(owner *elections, name string, instances []*vrrp.Instance, where places, secrets map[string]resolved) *group {
	g := &group{owner: owner, name: name}
	g.timer.do = g.fire
	configs := make([]vrrp.Config, len(instances))
	for i, instance := range instances {
		configs[i] = instance.Config
		configs[i].Linger = lingerOf(*instance, where[instance.Name])
		m := &member{since: time.Now(), fault: newcomer}
		m.outgoing.events = owner.events
		m.take(instance, where)
		g.remarks(m, m.prove(secrets[instance.Name]))
		g.members = append(g.members, m)
	}
	g.core = vrrp.NewGroup(configs...)
	return g
}

// take sets everything that follows from the configuration.
func (m *member) take(i *vrrp.Instance, where places) {
	source := m.expect.Source
	m.instance, m.places = i, where[i.Name]
	m.outgoing.name.Store(&i.Name)
	m.expect = packet.Expect{
		Version: i.Config.Version, IPv6: i.Config.IPv6, VRID: i.Config.VRID, Owner: i.Config.Priority == 255,
		Interval: i.Config.Interval, Source: source, Addresses: i.Addresses,
	}
	m.advert = packet.Advert{
		Version: i.Config.Version, VRID: i.Config.VRID, Interval: i.Config.Interval, Addresses: i.Addresses,
	}
	m.aim()
	m.rendered = rendered{}
}

// remarks tells of what is odd about secrets.
func (g *group) remarks(m *member, list []string) {
	for _, text := range list {
		g.owner.events.warn("secret", m.instance.Name, text)
	}
}

// canBecome tells whether instances are the same virtual routers, so that their state can be kept.
func (g *group) canBecome(instances []*vrrp.Instance) bool {
	return slices.EqualFunc(g.members, instances, func(m *member, i *vrrp.Instance) bool {
		a, b := *m.instance, *i
		return a.Name == b.Name && a.VIP == b.VIP && sameRouter(a, b)
	})
}

// sameRouter tells whether two instances are the same for everybody on the wire.
func sameRouter(a, b vrrp.Instance) bool {
	return a.Interface == b.Interface &&
		a.Config.VRID == b.Config.VRID && a.Config.IPv6 == b.Config.IPv6 && a.Config.Version == b.Config.Version &&
		transportOf(a) == transportOf(b)
}

// update takes new arguments for the same virtual routers, because of by: see [vrrp.Group.Reconfigure].
func (g *group) update(instances []*vrrp.Instance, where places, secrets map[string]resolved, by string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	configs := make([]vrrp.Config, len(instances))
	for i, m := range g.members {
		configs[i] = instances[i].Config
		configs[i].Source, configs[i].Linger = g.core[i].Config.Source, lingerOf(*instances[i], where[instances[i].Name])
		clear(m.remarked) // what was odd may be as it should now
		m.quarrels.clear()
		m.take(instances[i], where)
		if m.station != nil {
			m.station.solicit(m.places)
		}
		g.remarks(m, m.prove(secrets[m.instance.Name]))
	}
	if g.core.Reconfigure(configs, g.owner.now()) {
		for _, m := range g.members {
			g.owner.events.info("configuration", m.instance.Name, "has new arguments, and waits anew as Backup: "+by)
		}
	}
	g.owner.note()
	g.arm()
}

// attend brings one member into line with its interface: with a station and a source it takes part, with an error
// it does not.
func (g *group) attend(i int, s *station, source netip.Addr, fault error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	m := g.members[i]
	if g.stopped {
		return
	}
	if fault != nil {
		if text := fault.Error(); text != m.fault {
			m.fault, m.cause = text, causeOf(fault)
			g.owner.events.warn("problem", m.instance.Name, text)
		}
		if m.cause == control.CauseInterface {
			g.cut(m.instance.Interface)
		}
		g.bequest = nil
		g.detach(i)
		if !isVirtual(fault) && !isUndecided(fault) {
			g.absent(m)
		}
		return
	}
	m.outgoing.cut.Store(false)
	if m.station == s && m.expect.Source == source {
		return
	}
	if m.station != nil && s.replaces(m.station) && m.expect.Source == source {
		m.station.leave(m.instance.Config.VRID, hearer{g, i})
		m.station = s
		s.join(m.instance.Config.VRID, hearer{g, i})
		s.solicit(m.places)
		return
	}
	g.detach(i) // the socket or the address is another one: the others must learn it from the start
	m.ended = m.fault
	m.fault, m.station, m.expect.Source = "", s, source
	m.aim()
	g.core[i].Config.Source = source
	s.join(m.instance.Config.VRID, hearer{g, i})
	s.solicit(m.places)
	if err := m.introduce(); err != nil {
		g.owner.events.warn("problem", m.instance.Name, err.Error())
	}
	g.begin(i)
}

// cut notes that an interface does not work, for all members on it: one that leaves takes the others along. Called with the lock.
func (g *group) cut(device string) {
	for _, m := range g.members {
		if m.instance.Interface == device {
			m.outgoing.cut.Store(true)
		}
	}
}

// detach takes a member out of the election; called with the lock.
func (g *group) detach(i int) {
	m := g.members[i]
	if m.station == nil {
		return
	}
	g.step(i, vrrp.Shutdown{})
	m.station.leave(m.instance.Config.VRID, hearer{g, i})
	m.station = nil
}

func (g *group) ready(i int) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.members[i].station != nil
}

// stop ends the elections of the group.
func (g *group) stop(cause control.Cause, why string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for i, m := range g.members {
		m.fault, m.cause = why, cause
		g.detach(i)
	}
	g.stopped = true
	g.owner.engine.cancel(&g.timer)
}

// fire is called by the engine when the timer is due. The engine has heard what was there before its turn.
func (g *group) fire() {
	if due, ok := g.decisive(); ok {
		g.drain(due)
	}
	g.timeouts()
}

// decisive tells whether a packet that waits must go before what is due, and when that was: before a takeover, and before
// anything that an Active router does which was away so long that others may have taken over.
func (g *group) decisive() (due time.Duration, ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	at, i, ok := g.core.Deadline()
	late := g.owner.now() - at
	return at, ok && late >= 0 && (g.core.State() == vrrp.Backup || late > g.core[i].Config.Interval)
}

// arm sets the timer to the next deadline; called with the lock. One that is due too early costs less than setting it
// with every advert that is heard, so it is only moved when it would be late.
func (g *group) arm() {
	at, i, ok := g.core.Deadline()
	if !ok || g.stopped || g.armed != 0 && g.armed <= at {
		return
	}
	g.armed = at
	g.owner.engine.after(&g.timer, at-g.owner.now(), g.slack(i))
}

// slack is for how long what is due next may wait for other groups: adverts that leave together cost much less. An advert
// may, for a small part of its interval, since the others wait for three; a takeover may not. Called with the lock.
func (g *group) slack(i int) time.Duration {
	if g.core.State() != vrrp.Active {
		return 0
	}
	return min(g.core[i].Config.Interval/32, 5*time.Millisecond)
}

// drain hears what came before a deadline.
func (g *group) drain(due time.Duration) {
	g.mu.Lock()
	var stations []*station
	for _, m := range g.members {
		if m.station != nil && !slices.Contains(stations, m.station) {
			stations = append(stations, m.station)
		}
	}
	g.mu.Unlock()
	for _, s := range stations {
		s.drain(due, g.owner.now())
	}
}

func (g *group) timeouts() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.armed = 0
	defer g.arm()
	for range 4 * len(g.members) { // each member has few timers; one that stays due waits for the next turn
		at, i, ok := g.core.Deadline()
		now := g.owner.now()
		if !ok || now < at {
			return
		}
		late := max(0, now-max(at, time.Duration(g.owner.woke.Load()))-g.slack(i))
		g.members[i].late = max(g.members[i].late, late)
		g.owner.engine.timed(g.members[i].instance.Name, late, g.core[i].Config.Interval)
		g.step(i, vrrp.Timeout{})
	}
}

// step tells the core of an event and does what it asks for; called with the lock.
func (g *group) step(i int, ev vrrp.Event) {
	if g.owner.departed {
		return
	}
	before := g.core.State()
	g.actions = g.core.Step(i, g.owner.now(), ev, g.actions[:0])
	for _, a := range g.actions {
		g.do(g.members[a.Member], a.Action)
	}
	if after := g.core.State(); after != before {
		g.moved(before, after)
	}
	g.arm()
}

func (g *group) do(m *member, action vrrp.Action) {
	switch a := action.(type) {
	case vrrp.SendAdvert:
		if m.station == nil {
			return
		}
		m.advert.Priority = a.Priority
		g.send(m)
	case vrrp.Acquire:
		clear(m.claims.announced)
		g.owner.engine.outbox.hurry()
		g.epoch.Add(1)
		g.prepare(m)
		g.owner.inbox.activity(m.instance.VIP, true)
	case vrrp.Hush:
		g.epoch.Add(1)
	case vrrp.Release:
		g.epoch.Add(1)
		if !g.lingers(m.instance.VIP) {
			g.owner.inbox.activity(m.instance.VIP, false)
		}
	case vrrp.SendAnnouncements:
		g.say(m, a.Count)
	case vrrp.AnnounceElsewhere:
		g.sayElsewhere(m)
	}
}

// lingers tells whether a family of a VIP still keeps its addresses; those of the VIP go together. Called with the lock.
func (g *group) lingers(vip string) bool {
	for i, m := range g.members {
		if m.instance.VIP == vip && g.core[i].Election.Leaving != 0 {
			return true
		}
	}
	return false
}

// status adds the group's instances to all, under the names of their VIPs.
func (g *group) status(all map[string][]control.InstanceStatus) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for i, m := range g.members {
		e, c := g.core[i].Election, g.core[i].Config
		s := control.InstanceStatus{
			Name: m.instance.Name, Interface: m.instance.Interface, VRID: c.VRID, Version: c.Version, Family: "ipv4",
			Priority: g.effective(i), Configured: c.Priority, Interval: c.Interval, State: e.State.String(), Since: m.since, Why: e.Reason.String(),
			History: slices.Clone(m.history), Down: c.Down(e), Preempt: c.Preempt || c.Priority == 255,
			Sent: m.outgoing.sent.Load(), Received: m.received, Late: m.late, HeardAt: g.owner.at(e.Peer.Heard), PeerPrio: e.Peer.Priority,
		}
		if c.IPv6 {
			s.Family = "ipv6"
		}
		if m.fault != "" {
			s.Why = m.fault
		}
		s.Why += g.waits(e)
		s.Quarrels, s.Duplicates = m.quarrels.status(time.Now()), m.claims.status()
		m.leader.status(&s)
		if k := m.contest; k.count > 0 {
			s.Contested, s.ContestedAt, s.ContestedBy, s.ContestedNow = k.count, k.at, k.rival.String(), k.open
		}
		m.tracked(&s)
		s.Watches = m.instance.Watch
		if e.Peer.Source.IsValid() {
			s.Peer = e.Peer.Source.String()
		}
		if c.Source.IsValid() {
			s.Source = c.Source.String()
		}
		for drop, n := range m.dropped {
			if s.Dropped == nil {
				s.Dropped = map[string]uint64{}
			}
			s.Dropped[drop.String()] = n
		}
		all[m.instance.VIP] = append(all[m.instance.VIP], s)
	}
}
