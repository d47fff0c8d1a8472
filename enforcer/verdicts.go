package enforcer

import (
	"sync"
	"time"

	"ha/checks"
)

// verdicts remembers the newest result of every check, for status and for the reasons of events. Safe for concurrent
// use.
type verdicts struct {
	mu    sync.Mutex
	last  map[string]checks.Result
	since map[string]time.Time // when the verdict became what it is
}

func newVerdicts() *verdicts {
	return &verdicts{last: map[string]checks.Result{}, since: map[string]time.Time{}}
}

// learn notes a result and returns the verdict before it.
func (v *verdicts) learn(r checks.Result) checks.Verdict {
	v.mu.Lock()
	defer v.mu.Unlock()
	before, known := v.last[r.Key]
	if !known || before.Verdict != r.Verdict {
		v.since[r.Key] = r.At
	}
	v.last[r.Key] = r
	return before.Verdict
}

// restore takes what a process before this one knew of a check.
func (v *verdicts) restore(key string, c checkRecord) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.last[key], v.since[key] = c.Last, c.Since
}

// of returns the newest result of a check and since when its verdict stands.
func (v *verdicts) of(key string) (checks.Result, time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.last[key], v.since[key]
}

// valuesOf are the numbers that checks report with their results.
func valuesOf(results map[string]checks.Result) map[string]int64 {
	values := map[string]int64{}
	for key, r := range results {
		values[key] = r.Value
	}
	return values
}

// keep forgets checks, and BFD sessions, that are no longer configured.
func (v *verdicts) keep(configured Config) {
	names := map[string]bool{}
	for _, c := range configured.Checks {
		names[c.Key] = true
	}
	for _, s := range configured.BFD {
		names[s.Name] = true
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	for key := range v.last {
		if !names[key] {
			delete(v.last, key)
			delete(v.since, key)
		}
	}
}

// nameOf is the name under which a check was configured, for people.
func nameOf(key string, configured []checks.Config) string {
	for _, c := range configured {
		if c.Key == key {
			return c.String()
		}
	}
	return key
}
