package checks

import (
	"context"
	"sync"
)

// outbox carries results from the loop, which never waits, to a reader that may be slow. Of each check it holds at
// most one result, the newest.
type outbox struct {
	mu      sync.Mutex
	results map[string]Result
	order   []string // keys of results, in the order of their first arrival
	bell    chan struct{}
}

func newOutbox() *outbox {
	return &outbox{results: map[string]Result{}, bell: make(chan struct{}, 1)}
}

// put leaves a result for the reader. It takes the place of one of the same check that still waits, but a change that
// nobody heard of yet stays a change.
func (o *outbox) put(r Result) {
	o.mu.Lock()
	if earlier, waits := o.results[r.Key]; waits {
		r.Changed = r.Changed || earlier.Changed
	} else {
		o.order = append(o.order, r.Key)
	}
	o.results[r.Key] = r
	o.mu.Unlock()
	ring(o.bell)
}

// take empties the outbox.
func (o *outbox) take() []Result {
	o.mu.Lock()
	defer o.mu.Unlock()
	list := make([]Result, len(o.order))
	for i, key := range o.order {
		list[i] = o.results[key]
	}
	clear(o.results)
	o.order = o.order[:0]
	return list
}

// deliver hands results to report until ctx ends.
func (o *outbox) deliver(ctx context.Context, report func(Result)) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-o.bell:
		}
		for _, r := range o.take() {
			if ctx.Err() != nil {
				return
			}
			report(r)
		}
	}
}
