package notify

import (
	"context"
	"fmt"
	"reflect"
	"sync"

	"ha/planner"
)

// outlet tells the events of one channel. Its methods may be called from any goroutine; tell never blocks.
type outlet interface {
	tell(e Event)
	// run tells until ctx ends. What it cannot tell in time it gives up.
	run(ctx context.Context)
	// idle returns a channel that is closed once everything told so far is told or given up.
	idle() <-chan struct{}
}

// Teller owns the channels. Safe for concurrent use.
type Teller struct {
	report func(Outcome)
	ctx    context.Context
	end    context.CancelFunc
	tasks  sync.WaitGroup

	mu      sync.Mutex
	outlets map[string]*running
	leaving []*running // no longer configured, with something left to tell
}

// running is an outlet with what it was made from.
type running struct {
	channel planner.Channel
	outlet  outlet
	end     context.CancelFunc
}

// New returns a teller without channels. It hands what becomes of events to report, from several goroutines. Close ends it.
func New(report func(Outcome)) *Teller {
	ctx, end := context.WithCancel(context.Background())
	return &Teller{report: report, ctx: ctx, end: end, outlets: map[string]*running{}}
}

// Set replaces the channels. One that did not change goes on with what it has to tell; one that changed or left tells what it
// has, before it ends. The error names channels that cannot work, which tell nothing.
func (t *Teller) Set(channels []planner.Channel) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	next := map[string]*running{}
	var wrong error
	for _, c := range channels {
		c.On, c.About, c.Source = nil, nil, planner.Source{} // the core decides what is told
		if r, known := t.outlets[c.Name]; known && reflect.DeepEqual(r.channel, c) {
			next[c.Name] = r
			delete(t.outlets, c.Name)
			continue
		}
		if err := c.Validate(); err != nil {
			wrong = err
			continue
		}
		next[c.Name] = &running{channel: c}
	}
	for _, r := range t.outlets {
		t.retire(r)
	}
	for _, r := range next {
		if r.outlet == nil {
			t.start(r)
		}
	}
	t.outlets = next
	return wrong
}

// start makes an outlet and lets it run. Called with the lock.
func (t *Teller) start(r *running) {
	switch c := r.channel; {
	case c.Script != nil:
		r.outlet = newScripts(c.Name, *c.Script, t.report)
	case c.FIFO != nil:
		r.outlet = newPipe(c.Name, *c.FIFO, t.report)
	case c.Mail != nil:
		r.outlet = newPost(c.Name, digestOf(c.Mail.DigestMS), mailer{*c.Mail}, t.report)
	case c.Webhook != nil:
		r.outlet = newPost(c.Name, digestOf(c.Webhook.DigestMS), newHook(*c.Webhook), t.report)
	}
	ctx, end := context.WithCancel(t.ctx)
	r.end = end
	t.tasks.Go(func() { r.outlet.run(ctx) })
}

// retire lets an outlet tell what it has and then ends it. Called with the lock.
func (t *Teller) retire(r *running) {
	t.leaving = append(t.leaving, r)
	t.tasks.Go(func() {
		select {
		case <-r.outlet.idle():
		case <-t.ctx.Done():
		}
		r.end()
		t.mu.Lock()
		defer t.mu.Unlock()
		for i, l := range t.leaving {
			if l == r {
				t.leaving = append(t.leaving[:i], t.leaving[i+1:]...)
				break
			}
		}
	})
}

// Tell gives an event to channels. It does not block.
func (t *Teller) Tell(channels []string, e Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, name := range channels {
		if r, ok := t.outlets[name]; ok {
			r.outlet.tell(e)
			continue
		}
		t.report(Outcome{Channel: name, Object: e.Object, What: e.What, Events: 1, Dropped: 1, Err: fmt.Sprintf("no channel %s", name)})
	}
}

// Drain waits until everything told so far is told or given up, or ctx ends.
func (t *Teller) Drain(ctx context.Context) {
	t.mu.Lock()
	var waits []<-chan struct{}
	for _, r := range t.outlets {
		waits = append(waits, r.outlet.idle())
	}
	for _, r := range t.leaving {
		waits = append(waits, r.outlet.idle())
	}
	t.mu.Unlock()
	for _, w := range waits {
		select {
		case <-w:
		case <-ctx.Done():
			return
		}
	}
}

// Close ends every channel at once, with the scripts that run, and returns when they have ended.
func (t *Teller) Close() {
	t.end()
	t.tasks.Wait()
}
