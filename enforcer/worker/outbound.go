package worker

import (
	"context"
	"os"
	"strings"
	"sync"
	"time"

	"ha/checks"
	"ha/enforcer/notify"
)

const (
	// batchEvery is how often results that change nothing are sent: often enough for a live view, rarely enough
	// for the core to sleep in between.
	batchEvery = 200 * time.Millisecond
	// batchSize is how much one frame of results holds, in bytes at worst.
	batchSize = maxToCore / 4
	// maxText is how much of an error's text is sent, in bytes.
	maxText = 1024
)

// outbound is what waits to be sent to the core. It holds one result per check, the newest, so that it stays small
// when the core does not listen.
type outbound struct {
	mu      sync.Mutex
	said    []message
	results map[string]checks.Result
	urgent  chan struct{} // holds one ring: something is there that shall not wait
}

func newOutbound() *outbound {
	return &outbound{results: map[string]checks.Result{}, urgent: make(chan struct{}, 1)}
}

// say sends a message soon.
func (o *outbound) say(m message) {
	o.mu.Lock()
	o.said = append(o.said, m)
	o.mu.Unlock()
	o.ring()
}

// put sends a result: a change soon, others with the next batch.
func (o *outbound) put(r checks.Result) {
	r.Err = shorten(r.Err)
	o.mu.Lock()
	r.Changed = r.Changed || o.results[r.Key].Changed
	o.results[r.Key] = r
	o.mu.Unlock()
	if r.Changed {
		o.ring()
	}
}

// told sends what became of events.
func (o *outbound) told(outcome notify.Outcome) {
	outcome.Err, outcome.Said = shorten(outcome.Err), shorten(outcome.Said)
	o.say(message{Told: []notify.Outcome{outcome}})
}

func (o *outbound) ring() {
	select {
	case o.urgent <- struct{}{}:
	default:
	}
}

// lastWords bounds how long the last results may take to be sent.
const lastWords = 500 * time.Millisecond

// run sends until ctx ends, and then what is left, or until something cannot be sent.
func (o *outbound) run(ctx context.Context, conn *os.File) error {
	tick := time.NewTicker(batchEvery)
	defer tick.Stop()
	for {
		within := time.Duration(0)
		select {
		case <-ctx.Done():
			within = lastWords
		case <-o.urgent:
		case <-tick.C:
		}
		for _, m := range o.take() {
			if err := send(conn, m, maxToCore, within); err != nil {
				return err
			}
		}
		if within > 0 {
			return nil
		}
	}
}

// take returns all that waits, as messages, changes first.
func (o *outbound) take() []message {
	o.mu.Lock()
	defer o.mu.Unlock()
	messages := o.said
	var changed, others []checks.Result
	for _, r := range o.results {
		if r.Changed {
			changed = append(changed, r)
		} else {
			others = append(others, r)
		}
	}
	o.said = nil
	clear(o.results)
	return append(messages, batches(append(changed, others...))...)
}

// batches splits results into messages that fit into frames.
func batches(results []checks.Result) []message {
	var messages []message
	first, size := 0, 0
	for i, r := range results {
		weight := 256 + 6*(len(r.Key)+len(r.Err)) // JSON writes a byte as up to six
		if size += weight; size > batchSize && i > first {
			messages = append(messages, message{Results: results[first:i]})
			first, size = i, weight
		}
	}
	if first < len(results) {
		messages = append(messages, message{Results: results[first:]})
	}
	return messages
}

// shorten cuts a text to what is sent of it, and makes it valid UTF-8.
func shorten(s string) string {
	if len(s) > maxText {
		s = s[:maxText-3] + "..."
	}
	return strings.ToValidUTF8(s, "?")
}
