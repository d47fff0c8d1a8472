package worker

import (
	"context"
	"maps"
	"os"
	"slices"
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
	// unchangedPerSecond bounds the results that change nothing and are sent, so that the core stays quiet however many checks there are.
	unchangedPerSecond = 2000
	// paceEvery is how often is sent how the checks keep their times.
	paceEvery = time.Second
	// maxText is how much of an error's text is sent, in bytes.
	maxText = 1024
)

// outbound is what waits to be sent to the core. It holds one result per check, the newest, so that it stays small
// when the core does not listen.
type outbound struct {
	mu      sync.Mutex
	said    []message
	results map[string]checks.Result // that change nothing
	changed map[string]checks.Result // that do; a key stands in one of the two
	urgent  chan struct{}            // holds one ring: something is there that shall not wait
	calm    time.Time                // until then nothing is sent that changes nothing; only run touches it
	paced   time.Time                // when the pace was told; only run touches it
	pace    func() checks.Pace
}

func newOutbound() *outbound {
	return &outbound{results: map[string]checks.Result{}, changed: map[string]checks.Result{}, urgent: make(chan struct{}, 1)}
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
	if _, waits := o.changed[r.Key]; waits {
		r.Changed = true
	}
	if r.Changed {
		o.changed[r.Key] = r
		delete(o.results, r.Key)
	} else {
		o.results[r.Key] = r
	}
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
		now := time.Now()
		if o.pace != nil && now.Sub(o.paced) >= paceEvery {
			o.paced = now
			pace := o.pace()
			o.say(message{Pace: &pace})
		}
		messages, unchanged := o.take(within > 0 || !now.Before(o.calm))
		if unchanged > 0 {
			o.calm = now.Add(time.Duration(unchanged) * time.Second / unchangedPerSecond)
		}
		for _, m := range messages {
			if err := send(conn, m, maxToCore, within); err != nil {
				return err
			}
		}
		if within > 0 {
			return nil
		}
	}
}

// take returns what waits, as messages, changes first; of what changes nothing only when all is asked for, and how many of them there are.
func (o *outbound) take(all bool) (messages []message, unchanged int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	messages, o.said = o.said, nil
	list := slices.Collect(maps.Values(o.changed))
	clear(o.changed)
	if all {
		unchanged = len(o.results)
		list = slices.AppendSeq(list, maps.Values(o.results))
		clear(o.results)
	}
	return append(messages, batches(list)...), unchanged
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
