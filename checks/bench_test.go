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
		var edits []edit
		for _, c := range many(40_000, time.Hour) {
			edits = append(edits, edit{c.Key, &entry{config: &c, check: instant{}, place: -1}})
		}
		r.apply(b.Context(), edits)
		b.ReportAllocs()
		for b.Loop() {
			r.agenda[0].due = time.Now()
			r.start(b.Context())
			r.finish(<-r.ended)
		}
	})
}

// BenchmarkChange measures what a change of one check among 60,000 costs: beside the loop, and how long the loop, and with it every
// other check, stands still.
func BenchmarkChange(b *testing.B) {
	for _, kind := range []string{"tcp", "http"} {
		b.Run("kind="+kind+"/checks=60000", func(b *testing.B) {
			all := many(60_000, time.Hour)
			s := NewScheduler(nil, Options{New: func(Config) (Check, error) { return instant{}, nil }})
			r := newRound(s.options, newOutbox(), new(tempo))
			next := func(n int) []Config {
				set := make([]Config, 0, len(all)+1)
				for _, c := range all {
					if kind == "http" { // as it comes from the core, nothing is shared
						c.Kind, c.HTTP = kind, &HTTPConfig{Method: "GET", Page: Page{Path: "/health", Status: []StatusRange{{200, 299}}}}
					}
					set = append(set, c)
				}
				return append(set, Config{Key: fmt.Sprint("one ", n), Interval: time.Hour})
			}
			set := func(n int) (worst time.Duration) {
				if err := s.Set(next(n), nil); err != nil {
					b.Fatal(err)
				}
				for len(s.roll.bell) > 0 {
					<-s.roll.bell
					began := time.Now()
					r.apply(b.Context(), s.roll.take())
					worst = max(worst, time.Since(began))
				}
				return worst
			}
			set(0)
			worst, n := time.Duration(0), 0
			for b.Loop() {
				n++
				worst = max(worst, set(n))
			}
			b.ReportMetric(float64(worst.Microseconds())/1000, "pause-ms")
		})
	}
}
