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

// BenchmarkChange measures how long all checks stand still when the set of them changes by one.
func BenchmarkChange(b *testing.B) {
	for _, kind := range []string{"tcp", "http"} {
		b.Run("kind="+kind+"/checks=60000", func(b *testing.B) {
			all := many(60_000, time.Hour)
			if kind == "http" {
				for i := range all {
					all[i].Kind, all[i].HTTP = kind, &HTTPConfig{Method: "GET", Page: Page{Path: "/health", Status: []StatusRange{{200, 299}}}}
				}
			}
			r := newRound(NewScheduler(nil, Options{}).options, newOutbox(), new(tempo))
			next := func(n int) map[string]*entry {
				set := make(map[string]*entry, len(all))
				for _, c := range all {
					if c.HTTP != nil {
						copied := *c.HTTP // as it comes from the core
						c.HTTP = &copied
					}
					set[c.Key] = &entry{config: c, check: instant{}}
				}
				set[fmt.Sprint("one ", n)] = &entry{config: Config{Key: fmt.Sprint("one ", n), Interval: time.Hour}, check: instant{}}
				return set
			}
			r.replace(b.Context(), next(0))
			worst, n := time.Duration(0), 0
			for b.Loop() {
				b.StopTimer()
				n++
				set := next(n)
				b.StartTimer()
				began := time.Now()
				r.replace(b.Context(), set)
				worst = max(worst, time.Since(began))
			}
			b.ReportMetric(float64(worst.Microseconds())/1000, "pause-ms")
		})
	}
}
