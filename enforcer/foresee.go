package enforcer

import (
	"maps"

	"ha/checks"
	"ha/planner"
)

// Foresee returns the facts with what may be said of checks that a next configuration has and nobody has probed yet, so that
// applying it takes no server away before anything is known against it. A check of which only the judgement differs takes over
// the verdict of the former one. A new one begins as it is configured; where that leaves it open it is taken as passed by servers
// that take connections now. Servers that it no longer has drain, as they were configured to. Facts are not changed.
func Foresee(facts planner.Facts, applied, next *Config, live planner.State) planner.Facts {
	var before []checks.Config
	if applied != nil {
		before = applied.Checks
	}
	heirs := checks.Heirs(before, next.Checks)
	ix := planner.NewIndex(&next.Plan)
	presumption := ix.Presume(live)
	presumed := presumption.Verdicts
	verdicts := maps.Clone(facts.Verdicts)
	for _, c := range next.Checks {
		if verdicts[c.Key] != planner.Unknown {
			continue
		}
		v := verdicts[heirs[c.Key]]
		if v == planner.Unknown {
			v = verdictOf(c.Initial)
		}
		if v == planner.Unknown {
			v = presumed[c.Key]
		}
		if v != planner.Unknown {
			verdicts = with(verdicts, c.Key, v)
		}
	}
	facts.Verdicts, facts.Values = verdicts, inheritValues(facts.Values, heirs)
	facts.Quorum = maps.Clone(facts.Quorum)
	for pool, quorum := range presumption.Quorum {
		if facts.Quorum[pool] == planner.Unknown {
			facts.Quorum = with(facts.Quorum, pool, quorum)
		}
	}
	var from *planner.Plan
	if applied != nil {
		from = &applied.Plan
	}
	return planner.Departing(facts, from, ix, live)
}

// succeed hands what was known of checks to those that go on under another key.
func (e *Enforcer) succeed(next *Config) {
	w := &e.writer
	before := w.facts.Verdicts
	w.facts, w.asides.dirty = Foresee(w.facts, &e.applied.Config, next, w.live), true
	changed, values := map[string]planner.Verdict{}, map[string]int64{}
	for _, c := range next.Checks {
		if v := w.facts.Verdicts[c.Key]; v != before[c.Key] {
			changed[c.Key] = v
		}
	}
	for key, former := range checks.Heirs(e.applied.Config.Checks, next.Checks) {
		if r, probed := e.checks.bequeath(former, key); probed {
			values[key] = r.Value
		}
	}
	e.elections.judged(changed, values)
}

// bequeath lets a check go on under another key. It returns its newest result, if there is one.
func (v *verdicts) bequeath(former, key string) (last checks.Result, probed bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	last, probed = v.last[former]
	if probed {
		last.Key = key
		v.last[key], v.since[key] = last, v.since[former]
	}
	return last, probed
}
