package enforcer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"runtime"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"ha/checks"
	"ha/checks/bfd"
	"ha/enforcer/control"
	"ha/enforcer/kernel"
	"ha/enforcer/notify"
	"ha/planner"
)

// Kernel is what the enforcer needs of the machine. The fake in kernel/kerneltest is held to the same suite as the
// real one.
type Kernel interface {
	Read(ctx context.Context, q kernel.Query) (planner.State, error)
	ReadIPVS(ctx context.Context) (planner.State, error)
	ReadFilters(ctx context.Context) (planner.State, error)
	ReadSysctls(ctx context.Context, keys []planner.SysctlKey) (map[planner.SysctlKey]planner.Sysctl, error)
	Renew(ctx context.Context, keys []planner.AddressKey, values map[planner.AddressKey]planner.Address, lifetime time.Duration) []error
	Apply(ctx context.Context, c planner.Change) error
	ApplyBatch(ctx context.Context, changes []planner.Change) []error
	FlushIPVS(ctx context.Context) error
	Watch(ctx context.Context) (<-chan kernel.Event, error)
	Stats(ctx context.Context) (kernel.Counters, error)
	Rivals() []string // programs that are known to write IPVS, too
	Connections(ctx context.Context, services []planner.VirtualServerKey) (map[planner.RealServerKey]kernel.RealServerStats, error)
}

// Checker runs checks somewhere else and reports their results. It also tells the world what happens here.
type Checker interface {
	Set(list []checks.Config) // replaces the checks; never blocks
	// Channels replaces the ways of telling what happens, and Tell gives an event to some of them; neither blocks.
	Channels(list []planner.Channel)
	Tell(channels []string, e notify.Event)
	Drain(ctx context.Context) // returns when everything is told, or ctx ends
	Pace() checks.Pace         // how it keeps the times of checks
	Wait()                     // returns when the checker has ended with its context
}

// Options are what an enforcer is built from. Kernel and Store are required.
type Options struct {
	Kernel  Kernel
	Store   *Store
	Log     *slog.Logger
	Version string // of the program, for status
	// Realtime is how the thread of the elections is scheduled.
	Realtime Realtime
	// Succession is how this process makes place for another program; without Exec it does not.
	Succession Succession
	// Heritage is what the program before left in this process; nil when there was none.
	Heritage *Heritage
	// StartChecker starts the process that runs checks; it ends with ctx. known is what is known of checks already.
	// Nil runs none: servers stay unknown.
	StartChecker func(ctx context.Context, known map[string]checks.Health, report func(checks.Result), told func(notify.Outcome)) Checker
}

// Enforcer is the resident core. It implements [control.Core].
type Enforcer struct {
	options   Options
	started   time.Time
	events    *eventLog
	inbox     *inbox
	elections *elections
	bfd       *bfdSessions
	checks    *verdicts
	checker   checkerSlot
	resting   map[string]bool // checks, by key, of pools that are elsewhere; only the loop touches it
	restedAt  uint64          // how often VIPs had moved when that was found out
	crier     *crier
	work      context.Context // of what goes on until the last VIP is released; set by Run
	reading   *reader
	writer    writer     // only the loop touches it
	applied   Generation // without intents
	shelf     shelf      // its intents
	trial     trial
	direct    bool // one apply without elections and checks
	keeper    *keeper
	tidier    *tidier
	clocks    clocks        // only the loop touches it
	tending   *time.Timer   // until servers that stand otherwise than configured need a look; only the loop touches it
	departed  bool          // another process goes on: nothing is taken away any more
	ended     chan struct{} // closed when the loop takes no more commands

	countingNow bool // connections are being counted; only the loop touches it

	restarting sync.Mutex // held while a hand-over is tried
}

// New builds an enforcer; Run makes it work.
func New(o Options) *Enforcer {
	e := &Enforcer{options: o, started: time.Now(), events: newEventLog(o.Log), inbox: newInbox(), checks: newVerdicts(), clocks: clocks{read: readClocks}, ended: make(chan struct{})}
	e.crier = newCrier(e.events)
	e.crier.send = e.checker.tell
	e.elections = newElections(e.events, e.inbox)
	e.elections.crier = e.crier
	e.elections.engine.realtime = o.Realtime
	e.bfd = newBFD(e.events, e.bfdSaid)
	e.writer = writer{kernel: o.Kernel, events: e.events, installed: e.elections.installed, urgent: e.inbox.takeActivity, countedSince: e.started}
	e.writer.overlap = overlap(e.inbox)
	e.reading = newReader(o.Kernel, e.inbox, &e.writer.silent)
	return e
}

// Run enforces the applied plan until ctx ends; then it lets the VIPs go (priority 0, addresses removed) and returns
// nil. Virtual and real servers stay: established connections outlive a restart.
func (e *Enforcer) Run(ctx context.Context) error {
	logging, stopLogging := context.WithCancel(context.WithoutCancel(ctx))
	logged := make(chan struct{})
	go func() { defer close(logged); e.events.run(logging) }()
	defer func() { stopLogging(); <-logged }()
	defer close(e.ended)
	ctx, leave := context.WithCancel(ctx)
	defer leave()
	e.tidier = newTidier()
	defer e.tidier.stop()
	watch, err := e.begin(ctx)
	if err != nil {
		e.elections.stop() // what was taken up must not go on without a writer
		return err
	}

	work, stopWork := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWork()
	tasks, work := errgroup.WithContext(work)
	e.work = work
	e.startChecker(e.presumed())
	defer e.checker.wait()
	vote, stopVote := context.WithCancel(work)
	defer stopVote()
	voted := make(chan struct{})
	tasks.Go(func() error { defer close(voted); e.elections.run(vote); return nil })
	tasks.Go(func() error { e.bfd.run(work); return nil }) // says goodbye after the VIPs have left
	tasks.Go(func() error { e.forward(ctx, watch); return nil })
	e.elections.judged(e.writer.facts.Verdicts, nil)
	e.elections.recounted(e.writer.headcounts())
	e.crier.counted(e.writer.headcounts())
	e.elections.adopt(&e.applied.Config, "the enforcer starts")
	e.bfd.set(e.applied.Config.BFD, vipsOf(e.applied.Config.Instances))
	e.keeper = startKeeper(work, e)
	e.tidier.again()
	e.loop(ctx)
	leave()

	e.keeper.stop()
	goodbye := e.farewell()
	stopVote() // priority 0 goes out and every VIP is released
	<-voted
	farewell, cancel := context.WithTimeout(work, longestGoodbye+5*time.Second)
	defer cancel()
	e.linger(farewell, goodbye)
	e.finish(farewell)
	stopWork()
	return tasks.Wait()
}

// finish takes away what was ours, unless another process goes on with it, and waits until everybody is told.
func (e *Enforcer) finish(ctx context.Context) {
	if !e.departed {
		e.handle(ctx, e.inbox.take())
		e.writer.letGo(ctx)
		e.endTable(ctx)
		e.events.info("state", "enforcer", "stopped; VIPs are released")
		e.crier.ends()
	}
	e.keeper.wait(ctx)
	e.checker.drain(farewellTime)
}

// begin makes the kernel equal to what is applied and to the facts that were taken over, and watches it from then on.
func (e *Enforcer) begin(ctx context.Context) (<-chan kernel.Event, error) {
	if err := e.inbox.bell.open(); err != nil {
		return nil, err
	}
	if err := e.boot(ctx); err != nil {
		return nil, err
	}
	watch, err := e.options.Kernel.Watch(ctx)
	if err != nil {
		return nil, fmt.Errorf("watching the kernel: %w", err)
	}
	if err := e.writer.reread(ctx); err != nil {
		return nil, err
	}
	e.writer.settle(ctx, byStart)
	e.writer.renew(ctx) // of the VIPs that were taken over, nobody knows how long ago they were
	return watch, nil
}

// damagedState is the problem of a state file that could not be used; the next apply ends it.
const damagedState = "state directory"

// boot loads the applied plan. What an unfinished apply may have made is on record as ours, so that settling on the
// last good plan takes it away.
func (e *Enforcer) boot(ctx context.Context) error {
	applied, remarks, err := e.options.Store.Latest()
	if err != nil {
		return err
	}
	for _, r := range remarks {
		e.writer.problem(damagedState, r)
	}
	journal, open, err := e.options.Store.Journal()
	if err != nil {
		e.events.error("state", "journal", fmt.Sprintf("the journal cannot be used (%v): it was torn before anything was changed", err))
	}
	if applied, err = e.resumeTrial(applied); err != nil {
		return err
	}
	if e.shelf, err = shelve(applied.Config.Plan.Intents); err != nil {
		return err
	}
	e.applied = applied.light()
	e.writer.adopt(&e.applied)
	if !e.direct {
		e.inherit()
	}
	if open {
		e.events.warn("state", "journal", fmt.Sprintf("the apply of generation %d by %s was not finished; generation %d is enforced and what was begun is undone",
			journal.Number, journal.AppliedBy, applied.Number))
		e.writer.claimAlso(journal)
	}
	e.beginTable(ctx)
	if err := e.writer.reread(ctx); err != nil {
		return err
	}
	e.writer.presume()
	e.recall()
	e.recallWeights()
	e.recallAsides()
	e.writer.facts = Foresee(e.writer.facts, nil, &e.applied.Config, e.writer.live)
	e.writer.recount()
	e.writer.riseFirst()
	if open {
		e.writer.settle(ctx, byStart)
		if err := e.options.Store.CloseJournal(); err != nil {
			return err
		}
	}
	if applied.Number == 0 {
		e.events.info("state", "enforcer", "nothing is applied yet: waiting for ha apply")
		return nil
	}
	e.events.info("state", "enforcer", fmt.Sprintf("enforcing generation %d of node %s, applied %s by %s",
		applied.Number, applied.Config.Plan.Node, applied.AppliedAt.Format(time.RFC3339), applied.AppliedBy))
	return nil
}

// forward leaves the kernel's events in the inbox. When they end although nobody asked for it, news comes from
// reading everything at intervals until they can be had again.
func (e *Enforcer) forward(ctx context.Context, watch <-chan kernel.Event) {
	for {
		for event := range watch {
			e.inbox.put(func(m *mail) { m.events = append(m.events, event) })
		}
		if ctx.Err() != nil {
			return
		}
		e.events.error("problem", "kernel", "its events ended; watching anew")
		var err error
		for {
			if watch, err = e.options.Kernel.Watch(ctx); err == nil {
				e.inbox.put(func(m *mail) { m.events = append(m.events, kernel.Overflow{}) })
				break
			}
			select {
			case <-ctx.Done():
				return
			case <-time.After(time.Second):
				e.inbox.put(func(m *mail) { m.events = append(m.events, kernel.Overflow{}) })
			}
		}
	}
}

// loop is the only writer: it takes the news and makes the kernel equal to what follows from it. It has a thread of its own,
// because news of a takeover must not wait for one (see bell).
func (e *Enforcer) loop(ctx context.Context) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer context.AfterFunc(ctx, e.inbox.bell.ring)()
	retry := time.AfterFunc(time.Hour, func() { e.inbox.put(func(m *mail) { m.due.retry = true }) })
	defer retry.Stop()
	go e.remind(ctx)
	for {
		e.reading.schedule(e.applied.Config.Plan.Settings, e.applied.Number > 0)
		if e.writer.unsettled() {
			retry.Reset(e.writer.backOff())
		}
		e.clocks.rest()
		if err := e.inbox.bell.wait(); err != nil {
			e.events.error("problem", "enforcer", "it stops, because it cannot hear its news: "+err.Error())
			return
		}
		if ctx.Err() != nil {
			return
		}
		e.awake(ctx)
		if e.handle(ctx, e.inbox.take()); e.departed {
			return
		}
	}
}

// remind says every second that lifetimes must be looked at.
func (e *Enforcer) remind(ctx context.Context) {
	tick := time.NewTicker(renewEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			e.inbox.put(func(m *mail) { m.due.renew = true })
		}
	}
}

// handle carries out what the mail asks for.
func (e *Enforcer) handle(ctx context.Context, m mail) {
	if len(m.active) >= manyVIPs {
		e.tidier.again()
	}
	e.writer.activity(ctx, m.active)
	if len(m.events) > 0 {
		if fell(m.events) {
			e.elections.linksFell()
			e.writer.activity(ctx, e.inbox.takeActivity())
		}
		if e.writer.observe(ctx, m.events) {
			e.elections.linksMoved()
		}
	}
	maps.DeleteFunc(m.verdicts, func(key string, _ checks.Result) bool { return e.resting[key] }) // said before it heard that it rests
	if len(m.verdicts) > 0 {
		changed := e.learn(m.verdicts)
		pools := e.writer.hear(changed, e.writer.weigh(m.verdicts))
		e.writer.rise(time.Now(), pools...)
		turned := e.writer.turned(pools...)
		e.elections.judged(changed, valuesOf(m.verdicts)) // before long work on pools
		e.elections.counted(turned)
		e.writer.judge(ctx, pools)
		e.crier.judged(changed, e.writer.facts, e.reasonOf)
		e.crier.counted(turned)
	}
	if m.readBack != nil {
		if e.writer.readBack(ctx, *m.readBack) {
			e.reading.confirm(ctx)
		} else {
			e.reading.finished(m.readBack.took)
		}
	}
	if m.connections != nil {
		e.hearCount(ctx, *m.connections)
	}
	for _, run := range m.commands {
		run()
	}
	e.restOrWake()
	e.keep(ctx, m.due)
	e.tend(ctx)
}

// keep does what the time has come for.
func (e *Enforcer) keep(ctx context.Context, d due) {
	if d.retry {
		e.writer.retry(ctx)
	}
	if d.renew {
		e.writer.renewAging(ctx, time.Now())
	}
	if d.trial {
		e.trialDue(ctx)
	}
	if d.turn {
		e.writer.endTurn(ctx)
	}
	if d.readBack {
		e.reading.start(ctx, e.writer.query.Sysctls, e.writer.filtering())
	}
}

// learn notes results and tells of verdicts that changed.
func (e *Enforcer) learn(results map[string]checks.Result) map[string]planner.Verdict {
	changed := map[string]planner.Verdict{}
	for key, r := range results {
		before, verdict := e.checks.learn(r), verdictOf(r.Verdict)
		if e.writer.facts.Verdicts[key] == verdict {
			continue
		}
		changed[key] = verdict
		if e.isSession(key) {
			continue // it tells of itself
		}
		text := fmt.Sprintf("%v -> %v", before, verdict)
		if r.Err != "" {
			text += ": " + r.Err
		}
		if r.Err != "" && r.Streak > 0 { // BFD counts nothing
			text += fmt.Sprintf(" (%d in a row)", r.Streak)
		}
		e.events.info("check", nameOf(key, e.applied.Config.Checks), text)
	}
	return changed
}

// isSession tells whether a verdict is that of a BFD session.
func (e *Enforcer) isSession(key string) bool {
	return slices.ContainsFunc(e.applied.Config.BFD, func(c bfd.Config) bool { return c.Name == key })
}

// reasonOf is what a check said last.
func (e *Enforcer) reasonOf(key string) string {
	r, _ := e.checks.of(key)
	text := nameOf(key, e.applied.Config.Checks)
	if r.Err != "" {
		return text + ": " + r.Err
	}
	return text + " passes"
}

// presumed is what the worker starts from: a server that takes connections is up until its check fails as often as
// configured, not at the first probe after a restart.
func (e *Enforcer) presumed() map[string]checks.Health {
	known := map[string]checks.Health{}
	for key, v := range e.writer.facts.Verdicts {
		if v == planner.Up {
			known[key] = checks.Health{Verdict: checks.Up, Passing: true, Streak: 1}
		}
	}
	maps.Copy(known, e.healths())
	return known
}

// startChecker starts the checks of what is applied.
func (e *Enforcer) startChecker(known map[string]checks.Health) {
	e.checker.channels(e.crier.arrange(&e.applied.Config.Plan, e.writer.facts))
	e.checker.start(e.work, e.options, known, e.inbox.result, e.crier.told, e.rested(&e.applied.Config))
}

// verdictOf converts what checks say to what the planner reads.
func verdictOf(v checks.Verdict) planner.Verdict {
	switch v {
	case checks.Up:
		return planner.Up
	case checks.Down:
		return planner.Down
	case checks.Unknown:
	}
	return planner.Unknown
}

// do runs fn in the loop and waits for it: the state of the node belongs to the loop alone.
func (e *Enforcer) do(ctx context.Context, fn func()) error {
	done := make(chan struct{})
	e.inbox.put(func(m *mail) {
		m.commands = append(m.commands, func() { defer close(done); fn() })
	})
	select {
	case <-done:
		return nil
	case <-e.ended:
		return errors.New("the enforcer is stopping")
	case <-ctx.Done():
		return errors.New("the enforcer did not answer in time")
	}
}

// Events implements [control.Core].
func (e *Enforcer) Events(since uint64) ([]control.Event, <-chan struct{}) {
	return e.events.since(since)
}

// pid is the process that status names.
func pid() int { return os.Getpid() }
