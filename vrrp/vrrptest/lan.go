// Package vrrptest simulates a LAN of VRRP routers in virtual time: loss, delay, duplicates, reordering, partitions,
// crashes and stalls, all from one seed. It drives the same functions as the daemon does and keeps the duties that
// package vrrp asks of its host, so a law that fails here fails there.
package vrrptest

import (
	"math/rand/v2"
	"slices"
	"time"

	"ha/vrrp"
)

// LAN is routers that hear each other. Change its exported fields between runs only.
type LAN struct {
	Loss      float64       // share of deliveries that are lost, 0 to 1
	Duplicate float64       // share of deliveries that arrive twice, 0 to 1
	Delay     time.Duration // longest delivery; each takes a random part of it, so frames overtake each other
	Install   time.Duration // how long a router takes to put its addresses in place

	Now time.Duration // virtual time

	// Counters, which the caller may set back to zero at any time.
	Frames        int           // adverts sent; one multicast counts once
	Announcements int           // announcements sent, counted per address
	Changes       int           // elections that changed their state
	Splits        int           // moments at which the members of one group were in different states
	Overlap       time.Duration // how long any virtual router had more than one Active router
	Vacant        time.Duration // how long any virtual router had none
	Doubled       time.Duration // how long two routers answered for one although the last to begin had announced itself
	Unanswered    time.Duration // how long nobody answered for one
	Storm         bool          // Run gave up, because routers excited each other without end

	rng      *rand.Rand
	routers  []router
	inflight []delivery
	begun    int // how often addresses were put in place
	actions  []vrrp.MemberAction
}

// router is one machine: a group whose member i takes part in virtual router i of the LAN.
type router struct {
	group  vrrp.Group
	holds  []int         // by member: since when its addresses are in place, as a number that grows; 0: they are not
	said   []bool        // by member: they were announced since
	side   int           // of the partition
	down   bool          // crashed, or not started yet
	asleep time.Duration // not scheduled before this time
}

// delivery is something that reaches a router at a time: an advert, or the news that its addresses are in place.
type delivery struct {
	at     time.Duration
	to     int
	member int
	event  vrrp.Event
}

// NewLAN is a LAN without faults, at time 0, of at least one router; none is started. Member i of every group is the same
// virtual router.
func NewLAN(seed uint64, routers ...vrrp.Group) *LAN {
	l := &LAN{rng: rand.New(rand.NewPCG(seed, 112)), Install: time.Millisecond}
	for _, g := range routers {
		l.routers = append(l.routers, router{group: g, holds: make([]int, len(g)), said: make([]bool, len(g)), down: true})
	}
	return l
}

// Group is the group of a router as it stands, for reading.
func (l *LAN) Group(router int) vrrp.Group { return l.routers[router].group }

// StartAll starts every router.
func (l *LAN) StartAll() {
	for i := range l.routers {
		l.Start(i)
	}
}

// Start starts a router that is new, stopped or crashed; a crashed one has forgotten everything.
func (l *LAN) Start(router int) {
	r := &l.routers[router]
	r.down = false
	for m := range r.group {
		l.step(router, m, vrrp.Startup{})
	}
}

// Stop shuts a router down in an orderly way.
func (l *LAN) Stop(router int) {
	for m := range l.routers[router].group {
		l.step(router, m, vrrp.Shutdown{})
	}
	l.routers[router].down = true
}

// Crash ends a router without a word; its addresses are gone with it.
func (l *LAN) Crash(router int) {
	r := &l.routers[router]
	r.down = true
	for m := range r.group {
		r.group[m] = vrrp.Member{Config: r.group[m].Config}
		r.holds[m] = 0
		l.forget(router, m)
	}
}

// Restart replaces the process of a router by a new one, which takes up the elections after a time. deaf: the sockets
// were closed meanwhile, and the process before ended without a word, so the new one knows of its timers only that they
// were not late. It reports whether the elections went on; else they were started anew.
func (l *LAN) Restart(router int, gap time.Duration, deaf bool) bool {
	r := &l.routers[router]
	before, ended := slices.Clone(r.group), l.Now
	l.Stall(router, gap)
	l.Run(l.Now + gap)
	configs := make([]vrrp.Config, len(before))
	for m := range before {
		configs[m] = before[m].Config
		if deaf && before[m].Election.State == vrrp.Active {
			before[m].Election.Timer, before[m].Election.Installed = ended, false
		}
	}
	if deaf {
		l.inflight = slices.DeleteFunc(l.inflight, func(d delivery) bool { return d.to == router && d.at <= l.Now })
	}
	r.group = vrrp.NewGroup(configs...)
	actions, resumed := r.group.Resume(before, l.Now, deaf, nil)
	l.carryOut(router, actions)
	if !resumed {
		l.Start(router)
	}
	return resumed
}

// Stall keeps a router from being scheduled for a while; what arrives meanwhile waits in its socket.
func (l *LAN) Stall(router int, d time.Duration) { l.routers[router].asleep = l.Now + d }

// Weigh gives a router another effective priority, as tracking does.
func (l *LAN) Weigh(router int, priority uint8) {
	for m := range l.routers[router].group {
		l.step(router, m, vrrp.PriorityChanged{Priority: priority})
	}
}

// Cut separates routers from all others; they still hear each other.
func (l *LAN) Cut(routers ...int) {
	for _, i := range routers {
		l.routers[i].side = 1
	}
}

// Heal ends the partition.
func (l *LAN) Heal() {
	for i := range l.routers {
		l.routers[i].side = 0
	}
}

// Active lists the routers that are Active, in ascending order.
func (l *LAN) Active() []int {
	var active []int
	for i := range l.routers {
		if l.isActive(i, 0) {
			active = append(active, i)
		}
	}
	return active
}

// isActive tells whether a router is Active for a virtual router.
func (l *LAN) isActive(router, member int) bool {
	r := &l.routers[router]
	return !r.down && member < len(r.group) && r.group[member].Election.State == vrrp.Active
}

// Holders lists the routers that answer for the first virtual router, in ascending order.
func (l *LAN) Holders() []int {
	var list []int
	for i, r := range l.routers {
		if !r.down && r.holds[0] > 0 {
			list = append(list, i)
		}
	}
	return list
}

// answers tells how many routers answer for a virtual router, and whether that is one too many: all know the one that has
// them for the shortest time once it has announced itself.
func (l *LAN) answers(member int) (n int, doubled bool) {
	newest := 0
	for _, r := range l.routers {
		if r.down || member >= len(r.holds) || r.holds[member] == 0 {
			continue
		}
		n++
		if r.holds[member] > newest {
			newest, doubled = r.holds[member], r.said[member]
		}
	}
	return n, doubled && n > 1
}

// Reset sets the counters back.
func (l *LAN) Reset() {
	l.Doubled, l.Unanswered = 0, 0
	l.Frames, l.Announcements, l.Changes, l.Splits, l.Overlap, l.Vacant, l.Storm = 0, 0, 0, 0, 0, 0, false
}

// stormy is more events in a simulated second than any sane LAN of a few routers sees.
const stormy = 100_000

// Run lets time pass until the given one; it does not go back.
func (l *LAN) Run(until time.Duration) {
	until = max(until, l.Now)
	for range stormy * int(1+(until-l.Now)/time.Second) {
		at, deliver, timer := until, -1, -1
		for i, r := range l.routers {
			if due, _, ok := r.group.Deadline(); ok && !r.down {
				if due = max(due, r.asleep, l.Now); due < at {
					at, timer = due, i
				}
			}
		}
		for i, d := range l.inflight {
			// What arrives at the very moment of a deadline goes first, as the host drains its socket.
			due := max(d.at, l.routers[d.to].asleep)
			if due < until && (due < at || due == at && deliver < 0) {
				at, deliver = due, i
			}
		}
		l.pass(at)
		switch {
		case deliver >= 0:
			d := l.inflight[deliver]
			l.inflight = append(l.inflight[:deliver], l.inflight[deliver+1:]...)
			l.step(d.to, d.member, d.event)
		case timer >= 0:
			_, member, _ := l.routers[timer].group.Deadline()
			l.step(timer, member, vrrp.Timeout{})
		default:
			return
		}
	}
	l.Storm = true
	l.pass(until)
}

// pass moves the clock and accounts for who was Active meanwhile.
func (l *LAN) pass(at time.Duration) {
	passed := at - l.Now
	l.Now = max(l.Now, at)
	if passed <= 0 {
		return
	}
	overlap, vacant, doubled, unanswered := false, false, false, false
	for m := range l.routers[0].group {
		answering, twice := l.answers(m)
		doubled, unanswered = doubled || twice, unanswered || answering == 0
		n := 0
		for i := range l.routers {
			if l.isActive(i, m) {
				n++
			}
		}
		overlap, vacant = overlap || n > 1, vacant || n == 0
	}
	if overlap {
		l.Overlap += passed
	}
	if vacant {
		l.Vacant += passed
	}
	if doubled {
		l.Doubled += passed
	}
	if unanswered {
		l.Unanswered += passed
	}
}

// step tells a router something and carries out what it answers.
func (l *LAN) step(i, member int, ev vrrp.Event) {
	r := &l.routers[i]
	if r.down {
		return
	}
	if _, installed := ev.(vrrp.Installed); installed {
		l.begun++
		r.holds[member], r.said[member] = l.begun, false
	}
	before := r.group.State()
	l.actions = r.group.Step(member, l.Now, ev, l.actions[:0])
	for m := range r.group {
		state := r.group[m].Election.State
		if state != before {
			l.Changes++
		}
		if state != r.group.State() {
			l.Splits++
		}
	}
	l.carryOut(i, l.actions)
}

// carryOut does what a router's elections ask for.
func (l *LAN) carryOut(i int, actions []vrrp.MemberAction) {
	for _, a := range actions {
		switch action := a.Action.(type) {
		case vrrp.SendAdvert:
			l.send(i, a.Member, action.Priority)
		case vrrp.Acquire:
			l.inflight = append(l.inflight, delivery{l.Now + l.Install, i, a.Member, vrrp.Installed{}})
		case vrrp.Hush:
			// No announcement is ever queued here.
		case vrrp.Release:
			l.forget(i, a.Member)
			l.routers[i].holds[a.Member] = 0
		case vrrp.SendAnnouncements:
			l.Announcements += action.Count
			l.announce(i, a.Member)
		case vrrp.AnnounceElsewhere:
			l.Announcements++
		}
	}
}

// forget ends an installation that is under way.
func (l *LAN) forget(router, member int) {
	kept := l.inflight[:0]
	for _, d := range l.inflight {
		if _, installed := d.event.(vrrp.Installed); !installed || d.to != router || d.member != member {
			kept = append(kept, d)
		}
	}
	l.inflight = kept
}

// announce tells all others that a router has the addresses of a member.
func (l *LAN) announce(from, member int) {
	l.routers[from].said[member] = true
	l.spread(from, member, vrrp.Succeeded{})
}

// send multicasts an advert.
func (l *LAN) send(from, member int, priority uint8) {
	l.Frames++
	c := l.routers[from].group[member].Config
	l.spread(from, member, vrrp.Received{Priority: priority, Interval: c.Interval, Source: c.Source})
}

// spread delivers what a router sends, with the faults of the LAN.
func (l *LAN) spread(from, member int, ev vrrp.Event) {
	for to := range l.routers {
		r := &l.routers[to]
		if to == from || r.side != l.routers[from].side || member >= len(r.group) || l.rng.Float64() < l.Loss {
			continue
		}
		copies := 1
		if l.rng.Float64() < l.Duplicate {
			copies = 2
		}
		for range copies {
			at := l.Now
			if l.Delay > 0 {
				at += time.Duration(l.rng.Int64N(int64(l.Delay)))
			}
			l.inflight = append(l.inflight, delivery{at, to, member, ev})
		}
	}
}
