package notify

import (
	"context"
	"fmt"
	"sync"
	"time"
)

const (
	// maxPosted is how many events wait to be sent; older ones are dropped.
	maxPosted = 1000
	// maxTogether is how many events go out in one piece.
	maxTogether = 100
	// sendTime is how long one attempt to send may take.
	sendTime = 30 * time.Second
	// firstRetry and lastRetry bound the wait after a failed attempt, which doubles.
	firstRetry, lastRetry = time.Second, 5 * time.Minute
	// keepFor is how long an event is tried to be sent. What happened an hour ago wakes nobody up.
	keepFor = time.Hour
)

// sender sends events somewhere, all or none.
type sender interface {
	// send returns what the other side said. An error that is worth another attempt wraps nothing permanent, see hopeless.
	send(ctx context.Context, events []Event, dropped int) (said string, status int, err error)
}

// hopeless is an error that another attempt would meet as well: a wrong password, an address that does not exist.
type hopeless struct{ error }

func (h hopeless) Unwrap() error { return h.error }

// post sends events in the order in which they came, those that come within the digest together, and tries again when that
// fails.
type post struct {
	pending
	name   string
	digest time.Duration
	sender sender
	report func(Outcome)
	bell   chan struct{}

	mu      sync.Mutex
	waiting []posted
	dropped int // since the last that was sent
}

// posted is an event and when it was told.
type posted struct {
	Event
	told time.Time
}

func newPost(name string, digest time.Duration, s sender, report func(Outcome)) *post {
	return &post{name: name, digest: digest, sender: s, report: report, bell: make(chan struct{}, 1)}
}

// digestOf is a time in milliseconds as a duration.
func digestOf(ms int64) time.Duration { return time.Duration(ms) * time.Millisecond }

func (p *post) tell(e Event) {
	p.add(1)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting = append(p.waiting, posted{e, time.Now()})
	if len(p.waiting) > maxPosted {
		p.waiting = p.waiting[1:]
		p.dropped++
		p.add(-1)
	}
	ring(p.bell)
}

func (p *post) run(ctx context.Context) {
	retry := firstRetry
	for {
		if !p.someWait() {
			select {
			case <-ctx.Done():
				return
			case <-p.bell:
			}
			continue
		}
		if !sleep(ctx, p.digest) {
			return
		}
		if p.once(ctx) {
			retry = firstRetry
			continue
		}
		if !sleep(ctx, retry) {
			return
		}
		retry = min(2*retry, lastRetry)
	}
}

func (p *post) someWait() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.waiting) > 0
}

// once tries to send what waits, and reports whether that is off the list now, sent or given up.
func (p *post) once(ctx context.Context) bool {
	p.mu.Lock()
	list := p.waiting[:min(len(p.waiting), maxTogether)]
	events := make([]Event, len(list))
	for i, e := range list {
		events[i] = e.Event
	}
	oldest, dropped := list[0].told, p.dropped
	p.mu.Unlock()

	limited, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	began := time.Now()
	said, status, err := p.sender.send(limited, events, dropped)
	if ctx.Err() != nil && err != nil {
		return false // it is over
	}
	o := Outcome{
		Channel: p.name, Object: events[0].Object, What: events[0].What, Events: len(events), Took: time.Since(began),
		Said: said, Status: status,
	}
	_, isHopeless := err.(hopeless) //nolint:errorlint // send says so itself, nobody wraps it
	done := err == nil || isHopeless || time.Since(oldest) > keepFor
	switch {
	case err == nil:
	case done:
		o.Dropped, o.Err = len(events), err.Error()
	default:
		o.Err = fmt.Sprintf("%v; tried again later", err)
	}
	if done {
		p.sent(events, dropped, err == nil)
	}
	p.report(o)
	return done
}

// sent takes events off the list; some may have been dropped from it meanwhile.
func (p *post) sent(events []Event, dropped int, told bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	last, n := events[len(events)-1].Seq, 0
	for n < len(p.waiting) && n < len(events) && p.waiting[n].Seq <= last {
		n++
	}
	p.waiting = p.waiting[n:]
	if told {
		p.dropped -= dropped
	} else {
		p.dropped += n
	}
	p.add(-n)
}

// sleep waits, and reports false when ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
