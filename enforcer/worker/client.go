package worker

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"os"
	"runtime"
	"sync"
	"time"

	"ha/checks"
	"ha/enforcer/notify"
)

// Options say how the worker is started and who hears of it.
type Options struct {
	Exe  string   // the program; empty is this one, even if its file was replaced meanwhile
	Args []string // that make Exe call Main with FD
	Env  []string // nil is this process's

	// OnResult hears every result that is not outdated, from one goroutine. It must not block.
	OnResult func(checks.Result)
	// OnTold hears what became of events that were told, from the same goroutine. It must not block.
	OnTold func(notify.Outcome)
	Log    *slog.Logger // nil is slog.Default
	// Known is what was known of checks before this process started, by key.
	Known map[string]checks.Health
}

// timing holds the waits of a client; tests make them short.
type timing struct {
	ping     time.Duration // between pings
	silence  time.Duration // a worker that is silent for so long hangs
	least    time.Duration // wait before the first restart; it doubles with each
	most     time.Duration // up to this
	stable   time.Duration // a life as long as this makes the next wait the shortest again
	farewell time.Duration // for the worker to end by itself
}

func defaults() timing {
	return timing{
		ping: 5 * time.Second, silence: 20 * time.Second,
		least: 100 * time.Millisecond, most: 10 * time.Second, stable: 30 * time.Second, farewell: time.Second,
	}
}

// Client is the core's side: it keeps a worker alive and tells it what to check.
type Client struct {
	options Options
	timing  timing
	fresh   chan struct{} // rings when the set is new; holds one ring
	tries   chan try      // to be sent
	tried   chan tried    // the answer
	trying  sync.Mutex    // held while one is tried
	done    chan struct{} // closed when everything has ended

	mu     sync.Mutex
	checks []checks.Config
	known  map[string]checks.Health // of the checks in the set
	status Status
	herald herald
}

// Status is how the worker fares.
type Status struct {
	PID      int       `json:"pid"`           // 0 while there is none
	Since    time.Time `json:"since"`         // when it started
	Restarts int       `json:"restarts"`      // deaths survived
	Err      string    `json:"err,omitempty"` // why the last one died, or refused its checks
	// Pace is how it keeps the times of checks; told each second.
	Pace checks.Pace `json:"pace"`
}

// Start starts a worker and keeps one running until ctx ends; then it is stopped, and killed if it does not stop. When
// Start returns, the first one runs, or the reason is in Status and in the log and the next attempt will follow. While
// no worker runs there are no results, and the last ones hold.
func Start(ctx context.Context, o Options) *Client {
	return start(ctx, o, defaults())
}

func start(ctx context.Context, o Options, t timing) *Client {
	if o.Exe == "" {
		o.Exe = "/proc/self/exe"
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.OnResult == nil {
		o.OnResult = func(checks.Result) {}
	}
	if o.OnTold == nil {
		o.OnTold = func(notify.Outcome) {}
	}
	c := &Client{
		options: o, timing: t, fresh: make(chan struct{}, 1), tries: make(chan try), tried: make(chan tried, 1),
		done: make(chan struct{}), known: maps.Clone(o.Known), herald: newHerald(),
	}
	started := make(chan struct{})
	go func() {
		// The worker is killed by the kernel when the thread that started it ends. This one ends with the goroutine.
		runtime.LockOSThread()
		defer close(c.done)
		c.supervise(ctx, sync.OnceFunc(func() { close(started) }))
	}()
	<-started
	return c
}

// Wait returns when, after the end of Start's context, the worker has ended.
func (c *Client) Wait() { <-c.done }

// Set replaces the checks. It does not block; a worker that comes later gets the newest set.
func (c *Client) Set(configs []checks.Config) {
	c.mu.Lock()
	known := make(map[string]checks.Health, len(configs))
	heirs := checks.Heirs(c.checks, configs)
	for _, config := range configs {
		h, ok := c.known[config.Key]
		if !ok {
			h = c.known[heirs[config.Key]]
		}
		known[config.Key] = h
	}
	c.checks, c.known = configs, known
	c.mu.Unlock()
	select {
	case c.fresh <- struct{}{}:
	default:
	}
}

// Pace returns how the worker keeps the times of checks; the zero value while there is none.
func (c *Client) Pace() checks.Pace { return c.Status().Pace }

// Status returns how the worker fares.
func (c *Client) Status() Status {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.status
}

// supervise starts one worker after the other. It calls started once the first attempt is made.
func (c *Client) supervise(ctx context.Context, started func()) {
	defer started()
	for wait := c.timing.least; ; wait = min(2*wait, c.timing.most) {
		begin := time.Now()
		err := c.life(ctx, started)
		started()
		if ctx.Err() != nil {
			c.note(func(s *Status) { *s = Status{Restarts: s.Restarts} })
			return
		}
		if time.Since(begin) >= c.timing.stable {
			wait = c.timing.least
		}
		c.options.Log.Error("worker died; checks pause, their verdicts stay", "err", err, "restart_in", wait)
		c.note(func(s *Status) { *s = Status{Restarts: s.Restarts + 1, Err: err.Error()} })
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

// note changes the status.
func (c *Client) note(change func(*Status)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change(&c.status)
}

// life is one worker from its start to its end. It returns why it ended, never nil.
func (c *Client) life(ctx context.Context, started func()) error {
	p, err := spawn(c.options)
	if err != nil {
		return err
	}
	c.note(func(s *Status) { s.PID, s.Since = p.pid(), time.Now() })
	started()
	hangUp := sync.OnceFunc(func() { _ = p.conn.Close() }) // nothing is buffered
	defer context.AfterFunc(ctx, p.fallSilent)()           // even while something is being sent
	heard := make(chan struct{}, 1)
	broken := make(chan error, 1)
	go func() { broken <- c.listen(p.conn, heard) }()

	err = c.talk(ctx, p.conn, heard, broken)
	if ctx.Err() != nil {
		p.fallSilent()
		select { // its last results
		case err = <-broken:
		case <-time.After(c.timing.farewell):
		}
	}
	hangUp() // ends listen, and a worker that lives
	grace := c.timing.farewell
	if ctx.Err() == nil {
		grace = 0
	}
	return errors.Join(err, p.end(grace))
}

// talk tells a worker its checks and asks whether it lives, until something is wrong or ctx ends.
func (c *Client) talk(ctx context.Context, conn *os.File, heard chan struct{}, broken chan error) error {
	told, err := c.sendSet(conn, nil)
	if err == nil {
		err = c.introduceChannels(conn)
	}
	if err != nil {
		return err
	}
	ping := time.NewTicker(c.timing.ping)
	defer ping.Stop()
	silence := time.NewTimer(c.timing.silence)
	defer silence.Stop()
	for n := uint64(1); ; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err = <-broken:
		case <-heard:
			silence.Reset(c.timing.silence)
		case <-silence.C:
			err = errors.New("no sign of life for " + c.timing.silence.String())
		case <-c.fresh:
			told, err = c.sendSet(conn, told)
		case <-c.herald.news:
			err = c.sendTidings(conn)
		case t := <-c.tries:
			err = send(conn, message{Try: &t}, maxToWorker, c.timing.silence)
		case <-ping.C:
			err = send(conn, message{Ping: n}, maxToWorker, c.timing.silence)
			n++
		}
		if err != nil {
			return err
		}
	}
}

// sendSet sends the set, with what is known of checks that this worker did not hear of in the set before, and returns
// the keys of the set.
func (c *Client) sendSet(conn *os.File, before map[string]bool) (map[string]bool, error) {
	c.mu.Lock()
	s := set{Checks: c.checks, Known: map[string]checks.Health{}}
	keys := make(map[string]bool, len(c.known))
	for _, config := range c.checks {
		keys[config.Key] = true
		if h := c.known[config.Key]; h.Streak > 0 && !before[config.Key] {
			s.Known[config.Key] = h
		}
	}
	c.mu.Unlock()
	return keys, send(conn, message{Set: &s}, maxToWorker, c.timing.silence)
}
