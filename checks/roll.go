package checks

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// atOnce is how many edits the loop takes before it looks at its probes again: a tenth of a millisecond's work, or so.
const atOnce = 256

// edit is one difference between two sets of checks: an entry that comes or takes the place of another, or a key that goes.
type edit struct {
	key   string
	entry *entry // nil: the check goes
}

// roll is the set of checks as it was asked for last, and the edits that the loop has not taken yet. What a new set changes is
// found out here, beside the loop: a change of one among many thousands costs the loop that one.
type roll struct {
	setting sync.Mutex         // one set after the other
	configs map[string]*Config // by key; held by setting

	mu    sync.Mutex
	edits []edit
	bell  chan struct{} // rings when there are edits; holds one ring
}

// set is [Scheduler.Set].
func (l *roll) set(configs []Config, known map[string]Health, build func(Config) (Check, error)) error {
	l.setting.Lock()
	defer l.setting.Unlock()
	next := make(map[string]*Config, len(configs))
	var edits []edit
	var errs []error
	for i := range configs {
		c := &configs[i]
		before := l.configs[c.Key]
		switch {
		case next[c.Key] != nil:
			errs = append(errs, fmt.Errorf("%s: the key %q is there twice", c.Name, c.Key))
		case before != nil && sameConfig(before, c):
			next[c.Key] = before
		default:
			check, err := build(*c)
			if err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", c.Name, err))
				continue
			}
			own := *c // the caller's slice is the caller's
			e := &entry{config: &own, check: check, health: c.before(), place: -1}
			if h, probed := known[c.Key]; probed && h.Streak > 0 {
				e.health = h
			}
			next[c.Key] = e.config
			edits = append(edits, edit{c.Key, e})
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	for key := range l.configs {
		if next[key] == nil {
			edits = append(edits, edit{key, nil})
		}
	}
	l.configs = next
	if len(edits) == 0 {
		return nil
	}
	l.mu.Lock()
	l.edits = append(l.edits, edits...)
	l.mu.Unlock()
	ring(l.bell)
	return nil
}

// take returns the next few edits, in the order in which they were asked for, and rings again when there are more.
func (l *roll) take() []edit {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := min(atOnce, len(l.edits))
	taken := l.edits[:n:n]
	if l.edits = l.edits[n:]; len(l.edits) > 0 {
		ring(l.bell)
	} else {
		l.edits = nil // and its memory
	}
	return taken
}

// sameConfig reports whether two configs are equal.
func sameConfig(a, b *Config) bool {
	if !sameProbe(*a, *b) {
		return false
	}
	one, other := *a, *b
	one.Arguments, one.Weight = other.Arguments, other.Weight // sameProbe has looked at what they point to
	return one == other
}

// apply makes edits, taking over the history of entries that still ask the same.
func (r *round) apply(ctx context.Context, edits []edit) {
	now := time.Now()
	for _, d := range edits {
		old := r.entries[d.key]
		switch {
		case d.entry == nil:
			r.drop(old)
			delete(r.entries, d.key)
		case old != nil && sameProbe(*old.config, *d.entry.config):
			r.update(old, d.entry, now)
		default:
			r.drop(old)
			r.add(ctx, d.entry, now)
		}
	}
}

// add begins with an entry that has no history here.
func (r *round) add(ctx context.Context, e *entry, now time.Time) {
	r.entries[e.config.Key] = e
	if !e.rests() {
		e.due = now.Add(r.first(e.config))
		heap.Push(&r.agenda, e)
	}
	r.connect(ctx, e)
	r.watch(ctx, e)
}

// update lets an entry go on as another says that asks the same.
func (r *round) update(old, e *entry, now time.Time) {
	switch {
	case old.resting:
		if !e.config.Rest {
			old.due, old.resting = now.Add(r.first(e.config)), false
			heap.Push(&r.agenda, old)
		}
	case old.place >= 0 && e.config.Rest: // not due yet, and will not be
		heap.Remove(&r.agenda, old.place)
		old.resting = true
	case old.place >= 0 && !sameTiming(*old.config, *e.config):
		old.due = now.Add(r.first(e.config))
		heap.Fix(&r.agenda, old.place)
	}
	old.config, old.check = e.config, e.check
}

// drop ends what an entry does, of which there may be none. One that waits for a place is passed over when its turn comes.
func (r *round) drop(old *entry) {
	if old == nil {
		return
	}
	if old.place >= 0 {
		heap.Remove(&r.agenda, old.place)
	}
	for _, end := range []context.CancelFunc{old.cancel, old.deafen} {
		if end != nil {
			end()
		}
	}
	if old.slot > 0 {
		done := r.connector.empty(old.slot - 1)
		done.lane.leave(done.slow)
	}
}
