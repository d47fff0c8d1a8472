package checks

import (
	"context"
	"fmt"
	"testing"
	"time"
)

// instant is a check that costs nothing, so that what remains is the scheduler.
type instant struct{}

func (instant) Probe(context.Context) error { return nil }

// many returns n checks of the given interval.
func many(n int, interval time.Duration) []Config {
	all := make([]Config, n)
	for i := range all {
		all[i] = target("tcp", fmt.Sprintf("10.%d.%d.%d:80", i>>16, i>>8&255, i&255))
		all[i].Key, all[i].Interval = fmt.Sprint("tcp ", i), interval
	}
	return all
}

func BenchmarkSet(b *testing.B) {
	all := many(40_000, time.Hour)
	s := NewScheduler(func(Result) {}, Options{})
	b.Run("checks=40000", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := s.Set(all, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkProbe measures what the scheduler adds to a probe, from its start to its report.
func BenchmarkProbe(b *testing.B) {
	b.Run("checks=40000", func(b *testing.B) {
		r := newRound(NewScheduler(nil, Options{}).options, newOutbox(), new(tempo))
		next := map[string]*entry{}
		for _, c := range many(40_000, time.Hour) {
			next[c.Key] = &entry{config: c, check: instant{}}
		}
		r.replace(b.Context(), next)
		b.ReportAllocs()
		for b.Loop() {
			r.agenda[0].due = time.Now()
			r.start(b.Context())
			r.finish(<-r.ended)
		}
	})
}
