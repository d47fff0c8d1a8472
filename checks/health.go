package checks

// Health is what a check knows of its target: the verdict, and the results in a row that may turn it. The zero
// value knows nothing.
type Health struct {
	Verdict Verdict `json:"verdict"`
	Passing bool    `json:"passing"` // the last result
	Streak  int     `json:"streak"`  // results equal to the last one, in a row; 0 before the first
}

// After returns the health after one more result. The first result decides at once; later ones turn the verdict up
// after rise successes in a row, or down after fall failures in a row. Values below 1 count as 1.
func (h Health) After(passed bool, rise, fall int) Health {
	if h.Streak == 0 || passed != h.Passing {
		h.Passing, h.Streak = passed, 0
	}
	h.Streak++
	switch {
	case passed && (h.Verdict == Unknown || h.Streak >= rise):
		h.Verdict = Up
	case !passed && (h.Verdict == Unknown || h.Streak >= fall):
		h.Verdict = Down
	}
	return h
}

// Health returns what was known after the probe of this result.
func (r Result) Health() Health {
	return Health{Verdict: r.Verdict, Passing: r.Err == "", Streak: r.Streak}
}
