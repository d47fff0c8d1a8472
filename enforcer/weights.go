package enforcer

import (
	"maps"

	"ha/checks"
	"ha/planner"
)

// weigh notes the numbers that weights of servers follow, as probes that passed report them, and returns the checks whose
// number differs from the one before. A probe that failed says nothing of how much a server can take.
func (w *writer) weigh(results map[string]checks.Result) []string {
	var changed []string
	for key, r := range results {
		if r.Err != "" || r.Unable || !w.index.Weighs(key) {
			continue
		}
		if before, known := w.facts.Values[key]; known && before == r.Value {
			continue
		}
		w.facts.Values = with(w.facts.Values, key, r.Value)
		changed = append(changed, key)
	}
	return changed
}

// recallWeights takes the numbers that a process before this one was told into the facts.
func (e *Enforcer) recallWeights() {
	e.checks.mu.Lock()
	last := maps.Clone(e.checks.last)
	e.checks.mu.Unlock()
	e.writer.weigh(last)
}

// inheritValues gives checks that go on under another key the numbers of the former ones.
func inheritValues(values map[string]int64, heirs map[string]string) map[string]int64 {
	values = maps.Clone(values)
	for key, former := range heirs {
		if value, known := values[former]; known {
			values = with(values, key, value)
		}
	}
	return values
}

// snapshotFacts is a copy of what is known, on which a plan made now builds.
func (w *writer) snapshotFacts() planner.Facts {
	return planner.Facts{
		Active: maps.Clone(w.facts.Active), Verdicts: maps.Clone(w.facts.Verdicts), Values: maps.Clone(w.facts.Values),
		Quorum: maps.Clone(w.facts.Quorum), Turning: maps.Clone(w.facts.Turning), Disputed: maps.Clone(w.facts.Disputed),
		// These are replaced and never changed.
		Holds: w.facts.Holds, Warming: w.facts.Warming, Leaving: w.facts.Leaving, Connections: w.facts.Connections,
	}
}
