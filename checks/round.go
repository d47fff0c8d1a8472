package checks

import (
	"container/heap"
	"context"
	"errors"
	"math"
	"sync"
	"sync/atomic"
	"time"
)

// entry is one check with its history. Only the loop touches it.
type entry struct {
	config  Config
	check   Check
	health  Health
	due     time.Time
	slow    bool               // the last probe took long
	cancel  context.CancelFunc // of the probe that runs
	deafen  context.CancelFunc // ends its watch; nil without one
	again   bool               // something changed while the probe ran
	unable  bool               // the last probe could not ask
	value   int64              // of the last probe
	started time.Time          // the last probe
	place   int                // in the agenda; -1 while due or running
	busy    atomic.Bool        // a probe has not returned, even if it was given up
}

// ended is the news that a probe is over.
type ended struct {
	entry   *entry
	started time.Time
	late    time.Duration
	took    time.Duration
	slow    bool  // it ran on a slow place
	value   int64 // of a Measurer
	err     error
}

// round is the state of the loop: every check is on the agenda, waits for a place, or runs.
type round struct {
	options  Options
	out      *outbox
	entries  map[string]*entry
	agenda   agenda      // those that are not due yet
	quick    []*entry    // due; in the order in which they became due
	slow     []*entry    // due, and likely to take long
	running  int         // probes
	slowRun  int         // of them, those of slow checks
	ended    chan ended  // unbuffered: the loop always listens
	woken    chan *entry // as well
	watching sync.WaitGroup
}

// start starts what is due and has a place, and returns how long to wait for the next that becomes due.
func (r *round) start(ctx context.Context) time.Duration {
	now := time.Now()
	for len(r.agenda) > 0 && !r.agenda[0].due.After(now) {
		e := heap.Pop(&r.agenda).(*entry)
		if e.slow {
			r.slow = append(r.slow, e)
		} else {
			r.quick = append(r.quick, e)
		}
	}
	for ; len(r.quick) > 0 && r.running < r.options.Limit; r.quick = r.quick[1:] {
		r.launch(ctx, r.quick[0], now)
	}
	for ; len(r.slow) > 0 && r.running < r.options.Limit && r.slowRun < max(1, r.options.Limit/2); r.slow = r.slow[1:] {
		r.launch(ctx, r.slow[0], now)
	}
	if len(r.agenda) == 0 {
		return math.MaxInt64
	}
	return r.agenda[0].due.Sub(now)
}

// launch starts one probe, unless its check was replaced while it waited.
func (r *round) launch(ctx context.Context, e *entry, now time.Time) {
	if r.entries[e.config.Key] != e {
		return
	}
	r.running++
	if e.slow {
		r.slowRun++
	}
	e.started, e.again = now, false
	done := ended{entry: e, started: now, late: now.Sub(e.due), slow: e.slow}
	check, timeout := e.check, e.config.Timeout
	ctx, e.cancel = context.WithCancel(ctx)
	go func() {
		done.value, done.err = probe(ctx, check, timeout, &e.busy)
		done.took = time.Since(done.started)
		r.ended <- done
	}()
}

// finish judges a probe that is over and puts its check back on the agenda.
func (r *round) finish(d ended) {
	r.running--
	if d.slow {
		r.slowRun--
	}
	e := d.entry
	e.cancel()
	e.cancel = nil
	if r.entries[e.config.Key] != e {
		return // replaced meanwhile: nobody asks any more
	}
	before := e.health.Verdict
	unable := (*Unable)(nil)
	if errors.As(d.err, &unable) {
		d.value = e.value
	} else {
		e.health = e.health.After(d.err == nil, e.config.Rise, e.config.Fall)
	}
	e.unable = unable != nil
	e.slow = d.took >= slowProbe
	result := Result{
		Key: e.config.Key, At: d.started, Took: d.took, Late: d.late,
		Verdict: e.health.Verdict, Streak: e.health.Streak, Value: d.value,
		Changed: e.health.Verdict != before || e.value != d.value, Unable: e.unable,
	}
	if d.err != nil {
		result.Err = d.err.Error()
	}
	e.value = d.value
	r.out.put(result)
	e.due = r.next(e)
	heap.Push(&r.agenda, e)
}

// replace makes next the set of checks, taking over the entries whose history still holds.
func (r *round) replace(ctx context.Context, next map[string]*entry) {
	now := time.Now()
	r.agenda = r.agenda[:0]
	for key, e := range next {
		old := r.entries[key]
		switch {
		case old == nil || !sameProbe(old.config, e.config):
			e.due = now.Add(r.first(e.config))
			r.agenda = append(r.agenda, e)
			r.watch(ctx, e)
			continue
		case old.place >= 0: // not due yet
			if !sameTiming(old.config, e.config) {
				old.due = now.Add(r.first(e.config))
			}
			r.agenda = append(r.agenda, old)
		}
		old.config, old.check = e.config, e.check
		next[key] = old
	}
	for i, e := range r.agenda {
		e.place = i
	}
	heap.Init(&r.agenda)
	for key, old := range r.entries {
		if next[key] == old {
			continue
		}
		for _, end := range []context.CancelFunc{old.cancel, old.deafen} {
			if end != nil {
				end()
			}
		}
	}
	r.entries = next
}

// stop waits for the probes and watches that run; their context has ended.
func (r *round) stop() {
	for ; r.running > 0; r.running-- {
		<-r.ended
	}
	r.watching.Wait()
}

// first is how long a new check waits for its first probe.
func (r *round) first(c Config) time.Duration {
	within := c.Warmup
	if within == 0 {
		within = min(c.Interval, firstWithin)
	}
	return time.Duration(r.options.Rand.Int64N(int64(within)))
}

// jittered is an interval, give or take the jitter of a check.
func (r *round) jittered(c Config, interval time.Duration) time.Duration {
	spread := int64(interval) * int64(c.Jitter) / 100
	return interval - time.Duration(spread) + time.Duration(r.options.Rand.Int64N(2*spread+1))
}

// latest returns the later of two times.
func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// agenda is a heap of entries by the time when they are due.
type agenda []*entry

func (a agenda) Len() int           { return len(a) }
func (a agenda) Less(i, j int) bool { return a[i].due.Before(a[j].due) }

func (a agenda) Swap(i, j int) {
	a[i], a[j] = a[j], a[i]
	a[i].place, a[j].place = i, j
}

func (a *agenda) Push(x any) {
	e := x.(*entry)
	e.place = len(*a)
	*a = append(*a, e)
}

func (a *agenda) Pop() any {
	last := len(*a) - 1
	e := (*a)[last]
	(*a)[last] = nil
	*a = (*a)[:last]
	e.place = -1
	return e
}
