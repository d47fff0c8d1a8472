package checks

import (
	"context"
	"math/rand/v2"
	"reflect"
	"sync"
	"time"
)

const (
	// DefaultLimit is how many probes run at once unless Options say otherwise.
	DefaultLimit = 1024
	// firstWithin bounds the wait of a new check for its first probe; they spread over it, or over their interval
	// when that is shorter, unless they say otherwise.
	firstWithin = time.Second
	// slowProbe is how long a probe takes that counts as slow.
	slowProbe = time.Second
)

// Options of a scheduler; the zero value has good ones.
type Options struct {
	Limit int                         // probes at once that need a goroutine each; 0 is DefaultLimit
	Open  int                         // connections that are opening at once; 0 is as many as the process may have files, less a reserve
	New   func(Config) (Check, error) // builds checks; nil is New
	Rand  *rand.Rand                  // for jitter and first starts; nil is seeded by chance
}

// Scheduler says when each probe runs. Each check starts anew an interval, give or take its jitter, after its last start, and soon
// after a failure that is to be confirmed, but never while its last probe still runs; a check that hears of changes (Watcher) starts at once when it does. A probe that does not end in time is given up and counts as failed.
type Scheduler struct {
	options Options
	report  func(Result)
	tempo   tempo
	roll    roll
}

// NewScheduler returns a scheduler that hands results to report, one at a time and in order for each check. A slow report delays no
// probe: results of one check that wait for it merge into the newest.
func NewScheduler(report func(Result), o Options) *Scheduler {
	if o.Limit <= 0 {
		o.Limit = DefaultLimit
	}
	if o.Open <= 0 {
		o.Open = openLimit()
	}
	if o.New == nil {
		o.New = New
	}
	if o.Rand == nil {
		o.Rand = rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
	}
	return &Scheduler{options: o, report: report, roll: roll{bell: make(chan struct{}, 1)}}
}

// Set replaces the checks. One that asks the same of the same target keeps its history and, while its timing is the
// same, its time; the others start with what is known of them, by key, or unknown. When a config is wrong or a key is
// there twice, nothing changes. Any goroutine may call it, before and while Run runs.
func (s *Scheduler) Set(configs []Config, known map[string]Health) error {
	return s.roll.set(configs, known, s.options.New)
}

// Run runs probes until ctx ends, and returns when the last one has ended or was given up. It is called once.
func (s *Scheduler) Run(ctx context.Context) {
	out := newOutbox()
	var reporting sync.WaitGroup
	reporting.Go(func() { out.deliver(ctx, s.report) })
	defer reporting.Wait()

	r := newRound(s.options, out, &s.tempo)
	defer r.stop()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		wait := r.start(ctx)
		r.tell()
		timer.Reset(wait)
		select {
		case <-ctx.Done():
			return
		case <-s.roll.bell:
			r.apply(ctx, s.roll.take())
		case e := <-r.ended:
			r.finish(e)
		case events := <-r.opened:
			r.hear(events)
		case e := <-r.woken:
			r.wake(e)
		case <-timer.C:
		}
	}
}

// ring wakes whoever waits for a bell, which holds one ring: who heard it sees all that went before.
func ring(bell chan struct{}) {
	select {
	case bell <- struct{}{}:
	default:
	}
}

// sameProbe reports whether two configs ask the same of the same target, so that results of one hold for the other.
func sameProbe(a, b Config) bool {
	return a.Kind == b.Kind && a.Target == b.Target && a.From == b.From && a.Through == b.Through && samePointed(a.Weight, b.Weight) &&
		(a.Arguments == b.Arguments || reflect.DeepEqual(a.Arguments, b.Arguments)) // the most have none
}

// samePointed reports whether two pointers are nil, or lead to equal values.
func samePointed[T comparable](a, b *T) bool { return a == b || a != nil && b != nil && *a == *b }

// sameTiming reports whether two configs run at the same times.
func sameTiming(a, b Config) bool {
	return a.Interval == b.Interval && a.IntervalDown == b.IntervalDown && a.Jitter == b.Jitter
}
