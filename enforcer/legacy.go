package enforcer

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"ha/vrrp"
)

// legacy is what a process before this one left to the elections. Guarded by their lock.
type legacy struct {
	record
	alive time.Duration // on the elections' clock: until then the process lived for sure
	owned map[int]bool  // descriptors of kept sockets that no station has taken yet
}

// inherit makes the elections go on where a record ends: on its clock, and each group, once it is set, in its state. Call it
// before set.
func (e *elections) inherit(r record, alive time.Duration, sockets []int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.start = time.Now().Add(r.Clock - boottime())
	e.woke.Store(int64(e.now()))
	e.legacy = &legacy{record: r, alive: max(1, alive-r.Clock), owned: map[int]bool{}}
	for _, fd := range sockets {
		e.legacy.owned[fd] = true
	}
	for key, verdict := range r.Verdicts {
		e.tracking.facts.Verdicts[key] = verdict
	}
	maps.Copy(e.tracking.values, r.Values)
	for pool, state := range r.Quorum {
		e.tracking.quorum[pool] = headcount{state, "as the process before knew"}
	}
}

// bequest is what of a legacy goes to a group; nil is nothing.
type bequest struct {
	members []memberRecord
	deaf    bool
	orderly bool
	alive   time.Duration
	now     time.Duration // when the record was written, on the elections' clock
}

func (l *legacy) of(group string) *bequest {
	if l == nil || len(l.Groups[group]) == 0 {
		return nil
	}
	return &bequest{members: l.Groups[group], deaf: !l.Heard, orderly: l.Orderly, alive: l.alive, now: l.At - l.Clock}
}

// settleLegacy ends the time of the legacy: what waits in the kept sockets is heard, and they are closed. It returns how many
// instances go on in which state. Call it after set.
func (e *elections) settleLegacy() (resumed map[vrrp.State]int, left int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	resumed = map[vrrp.State]int{}
	if e.legacy == nil {
		return resumed, 0
	}
	for _, s := range e.stations {
		s.closeHeirloom()
	}
	for fd := range e.legacy.owned {
		_ = unix.Close(fd) // nobody hears through it any more
	}
	for name, members := range e.legacy.Groups {
		g := e.groups[name]
		if g == nil || !g.wasResumed() {
			left += len(members)
			continue
		}
		resumed[members[0].Member.Election.State] += len(members)
	}
	e.legacy = nil
	return resumed, left
}

// actives are the VIPs whose elections are Active.
func (e *elections) actives() map[string]bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	active := map[string]bool{}
	for _, g := range e.groups {
		g.mu.Lock()
		for i, m := range g.members {
			if g.core[i].Election.State == vrrp.Active {
				active[m.instance.VIP] = true
			}
		}
		g.mu.Unlock()
	}
	return active
}

// begin lets a member take part: where a process before this one ended, or from the start. Called with the lock.
func (g *group) begin(i int) {
	if !g.resume(i) {
		g.step(i, g.startup(i))
	}
}

// resume makes the last member that becomes ready take up, with all others, what the group was.
func (g *group) resume(i int) bool {
	if g.bequest == nil {
		return false
	}
	for j := range g.core {
		if j != i && !g.core[j].Ready {
			return false
		}
	}
	b := g.bequest
	g.bequest = nil
	before := b.forMembers(g.members)
	if before == nil {
		return false
	}
	priorities := make([]uint8, len(g.members))
	for j := range g.members {
		priorities[j] = g.effective(j)
	}
	actions, ok := g.core.Resume(before, g.owner.now(), b.deaf, g.actions[:0])
	if !ok {
		return false
	}
	g.resumed = true
	for j, m := range g.members {
		m.resume(b, b.members[j], g.owner.now())
	}
	for _, a := range actions {
		g.do(g.members[a.Member], a.Action)
	}
	for j, p := range priorities {
		if g.effective(j) != p {
			g.step(j, vrrp.PriorityChanged{Priority: p})
		}
	}
	g.arm()
	return true
}

// forMembers are the elections as they stood at the end, or nil when they are not those of the members. After a crash, all
// that is known of the timer of an Active router is that it was not late when the process was last seen alive; its
// addresses may have been on their way, and clients may not have heard of them.
func (b *bequest) forMembers(members []*member) []vrrp.Member {
	same := slices.EqualFunc(b.members, members, func(r memberRecord, m *member) bool {
		return r.Name == m.instance.Name && r.Place == placeOf(*m.instance)
	})
	if !same {
		return nil
	}
	var list []vrrp.Member
	for _, r := range b.members {
		if e := &r.Member.Election; !b.orderly && e.State == vrrp.Active {
			e.Timer, e.Installed, e.Again, e.Refresh, e.Elsewhere = b.alive, false, 0, 0, 0
		}
		list = append(list, r.Member)
	}
	return list
}

// resume takes up what a member counted. After a crash its sequence number is not known: it is at most ten per interval
// ahead, which is what an election sends at most, and whoever hears it accepts a leap.
func (m *member) resume(b *bequest, r memberRecord, now time.Duration) {
	m.since, m.history, m.received, m.ended = r.Since, r.History, r.Received, ""
	m.outgoing.sent.Store(r.Sent)
	for drop, n := range r.Dropped {
		m.dropped = with(m.dropped, drop, n)
	}
	if k := r.Contests; k != nil {
		m.contest = contest{count: k.Count, rival: k.Rival, at: k.At}
	}
	if m.proof.ah != nil {
		leap := uint32(0)
		if !b.orderly && r.Member.Election.State == vrrp.Active { // a Backup sends nothing, and hears who counts with it
			leap = 16 + uint32(10*max(0, now-b.now)/m.instance.Config.Interval)
		}
		m.proof.ah.Resume(r.AH + leap)
	}
	if m.proof.hmac != nil && r.HMAC != nil {
		m.proof.hmac.Resume(*r.HMAC)
	}
}

func (g *group) wasResumed() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.resumed
}

// goesOn tells whether a member takes part, or is about to go on with what it did in the process before.
func (g *group) goesOn(i int) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.members[i].station != nil || g.bequest != nil
}

// placeOf is where an instance speaks: what makes it the same virtual router on the same wire.
func placeOf(i vrrp.Instance) string {
	t := transportOf(i)
	return fmt.Sprint(i.VIP, " ", i.Interface, " ", t.unicast, t.source, t.ah, t.group, " ", t.class, " ", t.queue, " ", t.hops, t.via)
}
