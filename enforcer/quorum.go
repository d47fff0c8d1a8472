package enforcer

import (
	"fmt"
	"maps"
	"slices"

	"ha/planner"
)

// headcount is whether a pool has quorum, and why in words.
type headcount struct {
	state planner.Verdict
	why   string
}

// headcountOf is how a pool stands by the facts.
func headcountOf(p *planner.Pool, f planner.Facts) headcount {
	b := p.Balance(f)
	return headcount{b.Quorum, weighs(p, b)}
}

// weighs says what a pool has and what it needs: 1 of 3 servers up, with a weight of 10, 20 wanted and 30 to have it again.
func weighs(p *planner.Pool, b planner.Balance) string {
	text := fmt.Sprintf("%d of %d servers up", b.Up, b.Of)
	if p.Quorum != (planner.Quorum{}) {
		text += fmt.Sprintf(", with a weight of %d", b.Weight)
		switch kept, gained := p.Quorum.Kept(), p.Quorum.Gained(); {
		case b.Quorum == planner.Up, kept == gained:
			text += fmt.Sprintf(", %d wanted", kept)
		default:
			text += fmt.Sprintf(", %d wanted to have it again", gained)
		}
	}
	if b.Quorum == planner.Unknown {
		text += fmt.Sprintf("; %d not known yet", b.Unknown)
	}
	return text
}

// turned takes into the facts which pools have gained or lost their quorum, tells of it, and returns them. Nothing is written.
func (w *writer) turned(pools ...string) map[string]headcount {
	changed := map[string]headcount{}
	turned := w.index.Turned(w.facts, pools...)
	for _, name := range slices.Sorted(maps.Keys(turned)) {
		before, pool := w.facts.Quorum[name], w.index.Pool(name)
		w.facts.Quorum = with(w.facts.Quorum, name, turned[name])
		now := headcountOf(pool, w.facts)
		changed[name] = now
		if text := turn(pool, before, now); text != "" {
			w.events.info("quorum", name, text)
		}
	}
	return changed
}

// turn is what an event says of a pool whose quorum has changed; empty where that is nothing to tell: a pool that needs no more
// than one server has it from the start.
func turn(p *planner.Pool, before planner.Verdict, now headcount) string {
	sorry := ""
	if p.Sorry != nil {
		sorry = "; the sorry server " + p.Sorry.Address.String()
	}
	switch plain := p.Quorum == (planner.Quorum{}) && p.Sorry == nil; {
	case now.state == planner.Down:
		if sorry != "" {
			sorry += " takes the connections"
		}
		return "quorum lost: " + now.why + sorry
	case now.state == planner.Unknown, plain && before == planner.Unknown:
		return ""
	case before == planner.Down && sorry != "":
		sorry += " has done its part"
	default:
		sorry = ""
	}
	return "quorum gained: " + now.why + sorry
}

// recount takes into the facts how the pools of a plan that has just been adopted stand, and forgets those of the plan before.
func (w *writer) recount() {
	plan, quorum := w.index.Plan(), map[string]planner.Verdict{}
	var pools []string
	if plan != nil {
		for i := range plan.Pools {
			name := plan.Pools[i].Name
			pools = append(pools, name)
			if v, known := w.facts.Quorum[name]; known {
				quorum[name] = v
			}
		}
	}
	w.facts.Quorum = quorum // a map of its own: an apply that is taken back has the one before
	w.turned(pools...)
}

// headcounts are how all pools stand whose quorum is known.
func (w *writer) headcounts() map[string]headcount {
	all := map[string]headcount{}
	for name := range w.facts.Quorum {
		if p := w.index.Pool(name); p != nil {
			all[name] = headcountOf(p, w.facts)
		}
	}
	return all
}

// recount lets everybody know how the pools stand after another plan was adopted.
func (e *Enforcer) recount() {
	e.writer.recount()
	e.elections.recounted(e.writer.headcounts())
}

// recounted takes how all pools stand: others are not there any more.
func (e *elections) recounted(pools map[string]headcount) {
	e.mu.Lock()
	clear(e.tracking.quorum)
	e.mu.Unlock()
	e.counted(pools)
}

// counted takes how pools stand that have gained or lost their quorum. Instances that track them follow soon; the caller does not
// wait.
func (e *elections) counted(pools map[string]headcount) {
	if len(pools) == 0 {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	maps.Copy(e.tracking.quorum, pools)
	e.note()
	for _, g := range e.groups {
		for _, m := range g.members {
			for _, track := range m.instance.Tracks {
				if _, moved := pools[track.Pool]; moved && track.AtLeast == 0 {
					e.linksMoved()
					return
				}
			}
		}
	}
}

// quorate is the state of a pool that must have its quorum.
func (t *tracking) quorate(track string) (planner.Verdict, string) {
	s, known := t.quorum[track]
	switch {
	case !known, s.state == planner.Unknown:
		return planner.Unknown, track + " may have its quorum, which is not known yet"
	case s.state == planner.Down:
		return s.state, track + " has no quorum: " + s.why
	}
	return s.state, track + " has its quorum: " + s.why
}
