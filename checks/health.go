package checks

import "time"

// confirmPace is the least time between the starts of two probes of which the second confirms what the first found.
const confirmPace = 10 * time.Millisecond

// Health is what a check knows of its target: the verdict, and the results in a row that may turn it. The zero
// value knows nothing; a verdict without results is an assumption.
type Health struct {
	Verdict Verdict `json:"verdict"`
	Passing bool    `json:"passing"` // the last result
	Streak  int     `json:"streak"`  // results equal to the last one, in a row; 0 before the first
}

// After returns the health after one more result. The first result decides at once; later ones turn the verdict up
// after rise successes in a row, or down after fall failures in a row. Values below 1 count as 1.
func (h Health) After(passed bool, rise, fall int) Health {
	first := h.Streak == 0
	if h.Streak == 0 || passed != h.Passing {
		h.Passing, h.Streak = passed, 0
	}
	h.Streak++
	switch {
	case passed && (first || h.Streak >= rise):
		h.Verdict = Up
	case !passed && (first || h.Streak >= fall):
		h.Verdict = Down
	}
	return h
}

// before returns what holds of a check that was never probed.
func (c Config) before() Health { return Health{Verdict: c.Initial} }

// pace is when the next probe is due after one that ran from started to ended, with the health after it; wait is the jittered
// interval. A target that is up and has failed is asked again soon: chance or not, that is known early.
func (c Config) pace(h Health, started, ended time.Time, wait time.Duration) time.Time {
	due := started.Add(wait)
	if h.Verdict != Up || h.Passing || h.Streak == 0 {
		return latest(due, ended)
	}
	soon := latest(ended.Add(c.RetryDelay), started.Add(confirmPace))
	if soon.After(due) {
		soon = latest(due, ended)
	}
	return soon
}

// intervalAfter is the time from the start of a probe to the start of the next, without jitter.
func (c Config) intervalAfter(h Health) time.Duration {
	if h.Verdict == Down && c.IntervalDown > 0 {
		return c.IntervalDown
	}
	return c.Interval
}

// Health returns what was known after the probe of this result.
func (r Result) Health() Health {
	return Health{Verdict: r.Verdict, Passing: r.Err == "", Streak: r.Streak}
}
