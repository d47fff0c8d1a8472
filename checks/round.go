package checks

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// maxPrograms is how many scripts run at once.
	maxPrograms = 256
	// crowd is how many checks there are when some start a little early, together with others.
	crowd = 500
	// together is how much too early that may be. It is less than the usual jitter, and spares the processor the most of its wake-ups.
	together = 8 * time.Millisecond
)

// entry is one check with its history. Only the loop touches it.
type entry struct {
	config  *Config // what it points to never changes
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
	slot    int32              // 1 and its slot in the connector; 0: its connection is not opening
	resting bool               // it is on no agenda, waits for no place and does not run; see Config.Rest
	busy    atomic.Bool        // a probe has not returned, even if it was given up
}

// ended is the news that a probe is over.
type ended struct {
	entry   *entry
	started time.Time
	late    time.Duration
	took    time.Duration
	slow    bool  // it ran on a slow place
	lane    *lane // of that
	value   int64 // of a Measurer
	err     error
}

// round is the state of the loop: every check is on the agenda, waits for a place, or runs.
type round struct {
	options   Options
	folders   folders
	out       *outbox
	tempo     *tempo
	entries   map[string]*entry
	agenda    agenda     // those that are not due yet
	probes    lane       // that have a goroutine each
	programs  lane       // as well, and a process: a machine starts few at once
	opening   lane       // connections
	connector *connector // nil: connections have a goroutine each, too
	ended     chan ended // unbuffered: the loop always listens
	woken     chan *entry
	opened    chan []unix.EpollEvent
	beside    sync.WaitGroup // watches, and the collector
}

// newRound returns the state of a loop that has no checks yet.
func newRound(o Options, out *outbox, t *tempo) *round {
	r := &round{options: o, out: out, tempo: t, entries: map[string]*entry{}, ended: make(chan ended), woken: make(chan *entry), opened: make(chan []unix.EpollEvent)}
	r.probes.limit, r.programs.limit, r.opening.limit = o.Limit, min(o.Limit, maxPrograms), o.Open
	return r
}

// connect makes the connector, once there is a check that opens connections.
func (r *round) connect(ctx context.Context, e *entry) {
	if _, opens := e.check.(opener); !opens || r.connector != nil {
		return
	}
	if c, err := newConnector(); err == nil { // else each connection gets a goroutine
		r.connector = c
		r.beside.Go(func() { c.collect(ctx, r.opened) })
	}
}

// start starts what is due and has a place, and returns how long to wait for the next that becomes due.
func (r *round) start(ctx context.Context) time.Duration {
	r.mature()
	now := time.Now()
	next := r.expire(now)
	soon := now
	if r.crowded() {
		soon = now.Add(together)
	}
	for len(r.agenda) > 0 && !r.agenda[0].due.After(soon) {
		e := heap.Pop(&r.agenda).(*entry)
		r.lane(e).queue(e)
	}
	for _, l := range []*lane{&r.opening, &r.probes, &r.programs} {
		for e := l.next(); e != nil; e = l.next() {
			r.launch(ctx, l, e)
		}
	}
	if len(r.agenda) > 0 && (next.IsZero() || r.agenda[0].due.Before(next)) {
		next = r.agenda[0].due
	}
	if r.connector != nil && len(r.connector.young) > 0 && (next.IsZero() || next.After(soon)) {
		next = soon
	}
	if next.IsZero() {
		return math.MaxInt64
	}
	return next.Sub(now)
}

// lane is where the probes of an entry run.
func (r *round) lane(e *entry) *lane {
	if _, opens := e.check.(opener); opens && r.connector != nil {
		return &r.opening
	}
	if e.config.Kind == "script" {
		return &r.programs
	}
	return &r.probes
}

// launch starts one probe, unless its check was replaced while it waited.
func (r *round) launch(ctx context.Context, l *lane, e *entry) {
	if r.entries[e.config.Key] != e || e.rests() {
		return
	}
	now := time.Now()
	l.enter(e.slow)
	r.tempo.started(now, max(0, now.Sub(e.due)), e.config.Interval)
	e.started, e.again = now, false
	done := ended{entry: e, started: now, late: max(0, now.Sub(e.due)), slow: e.slow, lane: l}
	if l == &r.opening {
		waits, err := r.connector.begin(e.check.(opener), done, e.config.Timeout, r.crowded())
		if !waits {
			done.err, done.took = err, time.Since(now)
			r.finish(done)
		}
		return
	}
	check, timeout := e.check, e.config.Timeout
	ctx, e.cancel = context.WithCancel(ctx)
	go func() {
		done.value, done.err = probe(ctx, check, timeout, &e.busy)
		done.took = time.Since(done.started)
		r.ended <- done
	}()
}

// tell says how much there is to do.
func (r *round) tell() {
	running, waiting := 0, 0
	for _, l := range []*lane{&r.opening, &r.probes, &r.programs} {
		running, waiting = running+l.running, waiting+l.waiting()
	}
	r.tempo.load(len(r.entries), running, waiting)
}

// crowded tells whether there are so many checks that they start in groups.
func (r *round) crowded() bool { return len(r.entries) >= crowd }

// mature finishes the probes of the group before whose connections are over.
func (r *round) mature() {
	if r.connector == nil {
		return
	}
	for _, done := range r.connector.mature() {
		done.took = time.Since(done.started)
		r.finish(done)
	}
}

// hear finishes the probes whose connections opened, or failed to.
func (r *round) hear(events []unix.EpollEvent) {
	for _, event := range events {
		if done, some := r.connector.take(event); some {
			done.took = time.Since(done.started)
			r.finish(done)
		}
	}
}

// expire finishes the probes whose connections did not open in time, and returns when the next one will not have.
func (r *round) expire(now time.Time) time.Time {
	if r.connector == nil {
		return time.Time{}
	}
	for {
		done, timeout, next, some := r.connector.expired(now)
		if !some {
			return next
		}
		done.took = now.Sub(done.started)
		done.err = fmt.Errorf("%w (within %v)", done.entry.check.(opener).opened(context.DeadlineExceeded), timeout)
		r.finish(done)
	}
}

// finish judges a probe that is over and puts its check back on the agenda.
func (r *round) finish(d ended) {
	d.lane.leave(d.slow)
	e := d.entry
	if e.cancel != nil {
		e.cancel()
		e.cancel = nil
	}
	if r.entries[e.config.Key] != e {
		return // replaced meanwhile: nobody asks any more
	}
	if e.rests() {
		return // what it found, it found while nobody should have asked
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

// rests tells whether an entry is to rest, and lets it: the next probe comes when the set says otherwise.
func (e *entry) rests() bool {
	e.resting = e.config.Rest
	return e.resting
}

// stop waits for the probes and watches that run; their context has ended.
func (r *round) stop() {
	if r.connector != nil {
		r.connector.close()
	}
	for r.probes.running+r.programs.running > 0 {
		done := <-r.ended
		done.lane.leave(done.slow)
	}
	r.beside.Wait()
}

// first is how long a new check waits for its first probe.
func (r *round) first(c *Config) time.Duration {
	within := c.Warmup
	if within == 0 {
		within = min(c.Interval, firstWithin)
	}
	return time.Duration(r.options.Rand.Int64N(int64(within)))
}

// jittered is an interval, give or take the jitter of a check.
func (r *round) jittered(c *Config, interval time.Duration) time.Duration {
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
