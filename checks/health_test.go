package checks

import (
	"testing"

	"pgregory.net/rapid"
)

func TestHealth(t *testing.T) {
	tests := []struct {
		name       string
		results    string // + and -
		rise, fall int
		verdicts   string // after each: u(p) d(own)
		streak     int    // at the end
	}{
		{"the first success decides at once", "+", 3, 3, "u", 1},
		{"the first failure decides at once", "-", 3, 3, "d", 1},
		{"fall failures in a row turn it down", "+---", 1, 3, "uuud", 3},
		{"one success between starts the count anew", "+--+--+", 1, 3, "uuuuuuu", 1},
		{"rise successes in a row turn it up", "-+++", 3, 1, "dddu", 3},
		{"one failure between starts the count anew", "-++-++-", 3, 1, "ddddddd", 1},
		{"rise and fall of one follow every result", "+-+-", 1, 1, "udud", 1},
		{"the first result counts towards the next turn", "--", 1, 2, "dd", 2},
		{"nonsense counts as one", "+-+", 0, -4, "udu", 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var h Health
			var verdicts []byte
			for _, r := range test.results {
				h = h.After(r == '+', test.rise, test.fall)
				verdicts = append(verdicts, h.Verdict.String()[0])
			}
			if string(verdicts) != test.verdicts || h.Streak != test.streak {
				t.Errorf("got %s and a streak of %d, want %s and %d", verdicts, h.Streak, test.verdicts, test.streak)
			}
		})
	}
}

// judge says by looking at the whole history what Health should say after counting.
func judge(history []bool, rise, fall int) Health {
	if len(history) == 0 {
		return Health{}
	}
	last := history[len(history)-1]
	streak := 0
	for i := len(history) - 1; i >= 0 && history[i] == last; i-- {
		streak++
	}
	verdict := Down
	if history[0] {
		verdict = Up
	}
	for i := range history { // the last run of equal results that was long enough decides
		if run(history[:i+1], true) >= rise {
			verdict = Up
		}
		if run(history[:i+1], false) >= fall {
			verdict = Down
		}
	}
	return Health{Verdict: verdict, Passing: last, Streak: streak}
}

// run is the number of results at the end that equal what.
func run(history []bool, what bool) int {
	n := 0
	for i := len(history) - 1; i >= 0 && history[i] == what; i-- {
		n++
	}
	return n
}

func TestHealthLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		history := rapid.SliceOfN(rapid.Bool(), 0, 60).Draw(t, "history")
		rise, fall := rapid.IntRange(1, 8).Draw(t, "rise"), rapid.IntRange(1, 8).Draw(t, "fall")
		var h Health
		for i, passed := range history {
			before := h
			h = h.After(passed, rise, fall)
			if want := judge(history[:i+1], rise, fall); h != want {
				t.Fatalf("after %v: got %+v, want %+v", history[:i+1], h, want)
			}
			if h.Verdict == Unknown {
				t.Fatalf("unknown after a result")
			}
			if before.Verdict != Unknown && h.Verdict != before.Verdict && (h.Verdict == Up) != passed {
				t.Fatalf("a %v result turned %v into %v", passed, before.Verdict, h.Verdict)
			}
		}
	})
}

func FuzzHealth(f *testing.F) {
	f.Add([]byte{1, 0, 0, 0, 1, 1}, 2, 3)
	f.Add([]byte{0}, 1, 1)
	f.Fuzz(func(t *testing.T, results []byte, rise, fall int) {
		if len(results) > 200 || rise < 1 || fall < 1 {
			return // no history, or one too long to judge
		}
		var h Health
		var history []bool
		for _, r := range results {
			history = append(history, r%2 == 1)
			h = h.After(r%2 == 1, rise, fall)
		}
		if want := judge(history, rise, fall); h != want {
			t.Errorf("%v with rise %d, fall %d: got %+v, want %+v", history, rise, fall, h, want)
		}
	})
}
