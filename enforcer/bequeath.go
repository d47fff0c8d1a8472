package enforcer

import (
	"maps"
	"slices"
	"time"

	"ha/planner"
	"ha/vrrp"
)

// note says that a record of the elections is no longer right. It never blocks.
func (e *elections) note() {
	select {
	case e.moves <- struct{}{}:
	default:
	}
}

// still runs fn while no election moves: nothing is sent, nothing that arrives is handled. It holds the locks of all groups,
// so fn has to be short.
func (e *elections) still(fn func() error) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(e.groups)) {
		g := e.groups[name]
		g.mu.Lock()
		defer g.mu.Unlock()
	}
	return fn()
}

// quick is an interval so short that the others' patience is about as long as an exec(2) takes, some 20 ms.
const quick = 50 * time.Millisecond

// lastAdverts sends an advert for each Active instance of an interval up to a limit, as keepalived does before it reloads: the
// others begin to wait anew, and have all of their patience left. Our own timers stay. Called while the elections are still.
func (e *elections) lastAdverts(limit time.Duration) {
	for _, g := range e.groups {
		for i, m := range g.members {
			if c := g.core[i].Config; g.core[i].Election.State == vrrp.Active && c.Interval <= limit {
				g.do(m, vrrp.SendAdvert{Priority: g.effective(i)})
			}
		}
	}
	e.engine.outbox.empty() // the engine may stand in the middle of a turn
}

// bequeath fills a record with what the elections are. Called while they are still.
func (e *elections) bequeath(r *record) {
	e.date(r)
	for name, g := range e.groups {
		r.Groups[name] = g.bequeath()
		g.trackedBy(r)
	}
}

// register begins a record that is filled while the elections go on, and names the groups that belong into it.
func (e *elections) register(r *record) []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.date(r)
	return slices.Sorted(maps.Keys(e.groups))
}

// snapshot is a group at one moment, for a record; nil when it has ended.
func (e *elections) snapshot(name string, r *record) []memberRecord {
	e.mu.Lock()
	defer e.mu.Unlock()
	g := e.groups[name]
	if g == nil {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.trackedBy(r)
	return g.bequeath()
}

// date sets what a record needs to be understood later.
func (e *elections) date(r *record) {
	r.Boot, r.At = e.boot, boottime()
	r.Clock = r.At - e.now()
	r.Groups, r.Verdicts, r.Values = map[string][]memberRecord{}, map[string]planner.Verdict{}, map[string]int64{}
	r.Quorum = map[string]planner.Verdict{}
	for pool, s := range e.tracking.quorum {
		r.Quorum[pool] = s.state
	}
}

// bequeath is what the members are; called with the lock.
func (g *group) bequeath() []memberRecord {
	list := make([]memberRecord, 0, len(g.members))
	for i, m := range g.members {
		r := memberRecord{
			Name: m.instance.Name, Place: placeOf(*m.instance), Member: g.core[i],
			Since: m.since, History: slices.Clone(m.history), Sent: m.outgoing.sent.Load(), Received: m.received,
		}
		if len(m.dropped) > 0 {
			r.Dropped = maps.Clone(m.dropped)
		}
		if k := m.contest; k.count > 0 {
			r.Contests = &contestRecord{k.count, k.rival, k.at}
		}
		if m.proof.ah != nil {
			r.AH = m.proof.ah.Sequence()
		}
		if m.proof.hmac != nil {
			n := m.proof.hmac.Numbers()
			r.HMAC = &n
		}
		list = append(list, r)
	}
	return list
}

// trackedBy notes the verdicts and numbers on which the group depends; called with the locks of group and elections.
func (g *group) trackedBy(r *record) {
	t := &g.owner.tracking
	for _, m := range g.members {
		for _, track := range m.instance.Tracks {
			for _, key := range t.keys(track) {
				if v, known := t.facts.Verdicts[key]; known {
					r.Verdicts[key] = v
				}
				if v, known := t.values[key]; known && track.Factor != 0 {
					r.Values[key] = v
				}
			}
		}
	}
}
