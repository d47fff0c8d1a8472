package planner

import (
	"testing"

	"pgregory.net/rapid"
)

func TestWeightsFollowWhatChecksReport(t *testing.T) {
	const all = 65535
	for _, test := range []struct {
		name   string
		weight uint16
		weighs []Weigh
		values map[string]int64
		want   uint16
	}{
		{"nothing weighs", 10, nil, map[string]int64{"a": 3}, 10},
		{"nothing was reported", 10, []Weigh{{"a", WeighValue, 0, 0, all}}, nil, 10},
		{"the number is the weight", 10, []Weigh{{"a", WeighValue, 0, 0, all}}, map[string]int64{"a": 300}, 300},
		{"within its bounds", 10, []Weigh{{"a", WeighValue, 0, 5, 20}}, map[string]int64{"a": 300}, 20},
		{"not below them", 10, []Weigh{{"a", WeighValue, 0, 5, 20}}, map[string]int64{"a": 0}, 5},
		{"a share", 10, []Weigh{{"a", WeighPercent, 0, 0, all}}, map[string]int64{"a": 75}, 8},
		{"a small share is not none", 1, []Weigh{{"a", WeighPercent, 0, 0, all}}, map[string]int64{"a": 1}, 1},
		{"no share", 10, []Weigh{{"a", WeighPercent, 0, 0, all}}, map[string]int64{"a": 0}, 0},
		{"status 0 leaves the weight", 10, []Weigh{{"a", WeighExit, 0, 0, all}}, map[string]int64{"a": 0}, 10},
		{"status 2 is none", 10, []Weigh{{"a", WeighExit, 0, 0, all}}, map[string]int64{"a": 2}, 0},
		{"status 255 is 253", 10, []Weigh{{"a", WeighExit, 0, 0, all}}, map[string]int64{"a": 255}, 253},
		{"a file adds", 10, []Weigh{{"a", WeighAdd, 2, 0, all}}, map[string]int64{"a": 7}, 24},
		{"a file takes away, to none at most", 10, []Weigh{{"a", WeighAdd, -1, 0, all}}, map[string]int64{"a": 50}, 0},
		{"several add up", 10, []Weigh{{"a", WeighValue, 0, 0, all}, {"b", WeighAdd, 1, 0, all}}, map[string]int64{"a": 4, "b": 3}, 7},
		{"who takes none on purpose stays so", 0, []Weigh{{"a", WeighValue, 0, 5, all}}, map[string]int64{"a": 300}, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := PoolServer{Weight: test.weight, Weighs: test.weighs, Checks: []string{"a", "b"}}
			facts := Facts{Verdicts: map[string]Verdict{"a": Up, "b": Up}, Values: test.values}
			pool := Pool{Servers: []PoolServer{s}}
			balance := pool.Balance(facts)
			if got, want := balance.Share(&s), (Share{Shown: true, Weight: test.want}); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
			facts.Verdicts["b"] = Unknown
			if got := balance.Share(&s); got != (Share{Shown: true}) {
				t.Errorf("got %+v while a check is unknown, want weight 0", got)
			}
		})
	}
}

// TestWeightsStayWithinBounds: whatever a check reports, the weight that it alone gives is within its bounds.
func TestWeightsStayWithinBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		least := rapid.Uint16().Draw(t, "least")
		w := Weigh{
			Check: "a", By: rapid.SampledFrom([]WeighBy{WeighValue, WeighPercent, WeighExit, WeighAdd}).Draw(t, "by"),
			Factor: rapid.Int64().Draw(t, "factor"), Least: least, Most: rapid.Uint16Min(least).Draw(t, "most"),
		}
		s := PoolServer{Weight: rapid.Uint16Min(1).Draw(t, "weight"), Weighs: []Weigh{w}}
		got := s.weighed(Facts{Values: map[string]int64{"a": rapid.Int64().Draw(t, "value")}})
		if got < w.Least || got > w.Most {
			t.Errorf("got %d from %+v", got, w)
		}
	})
}
