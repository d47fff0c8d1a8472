package checks

import (
	"container/heap"
	"context"
	"time"
)

// wakePace is the least time between the starts of two probes of a check that events wake: whoever rewrites a file
// without end costs a hundred probes a second, and each of them sees the newest content.
const wakePace = 10 * time.Millisecond

// Watcher is a check that hears of changes by itself, besides being asked each interval; kinds that cannot implement Check alone.
type Watcher interface {
	Check
	// Watch calls wake whenever a probe may find something else than the one before, and once as soon as no change can be
	// missed any more. It returns when ctx ends, or with an error when it cannot watch; it is then called anew after an interval.
	Watch(ctx context.Context, wake func()) error
}

// watch has a check that hears of changes wake its entry, until the entry is replaced or ctx ends.
func (r *round) watch(ctx context.Context, e *entry) {
	w, hears := e.check.(Watcher)
	if !hears {
		return
	}
	if file, shares := w.(interface{ share(with *folders) }); shares {
		file.share(&r.folders)
	}
	interval := e.config.Interval
	ctx, e.deafen = context.WithCancel(ctx)
	wake := func() {
		select {
		case r.woken <- e:
		case <-ctx.Done():
		}
	}
	r.beside.Go(func() {
		again := time.NewTimer(interval)
		defer again.Stop()
		for ctx.Err() == nil {
			_ = w.Watch(ctx, wake) // the probes, which go on each interval, tell what they find
			again.Reset(interval)
			select {
			case <-ctx.Done():
			case <-again.C:
			}
		}
	})
}

// wake makes the next probe of an entry due at once, or soon after the one before.
func (r *round) wake(e *entry) {
	switch {
	case r.entries[e.config.Key] != e: // replaced meanwhile
	case e.cancel != nil: // it runs, and may have looked before the change
		e.again = true
	case e.place >= 0:
		e.due = latest(e.started.Add(wakePace), time.Now())
		heap.Fix(&r.agenda, e.place)
	}
}

// next is when the next probe of an entry is due whose last one is over.
func (r *round) next(e *entry) time.Time {
	now := time.Now()
	if e.again {
		e.again = false
		return latest(e.started.Add(wakePace), now)
	}
	wait := r.jittered(e.config, e.config.intervalAfter(e.health))
	if e.unable { // nothing was found that could be confirmed
		return latest(e.started.Add(wait), now)
	}
	return e.config.pace(e.health, e.started, now, wait)
}
