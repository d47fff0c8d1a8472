package enforcer

import (
	"context"
	"maps"
	"time"

	"ha/enforcer/kernel"
	"ha/planner"
)

// readBack is one reading of what the kernel tells no changes of: IPVS, filters and sysctls.
type readBack struct {
	state   planner.State // only virtual and real servers, filters, why there are none, and sysctls
	err     error
	epoch   uint64 // of own writes when it was read
	took    time.Duration
	filters bool // filters were read, too
	again   bool // it was made to confirm the one before
}

// reader reads IPVS, filters and sysctls back at intervals, beside the loop: a dump of ten thousand services must not hold up a
// VIP.
type reader struct {
	kernel  Kernel
	inbox   *inbox
	turn    *silentTurn
	timer   *time.Timer
	sysctls []planner.SysctlKey // of the reading under way
	filters bool                // whether it is about filters, too
	armed   bool
	reading bool
	took    time.Duration
}

func newReader(k Kernel, in *inbox, turn *silentTurn) *reader {
	t := time.AfterFunc(time.Hour, func() { in.put(func(m *mail) { m.due.readBack = true }) })
	t.Stop()
	return &reader{kernel: k, inbox: in, turn: turn, timer: t}
}

// busyShare bounds what reading back may cost: at most one part in this many of the time.
const busyShare = 20

// schedule arms the timer for the next reading unless one is armed or under way.
func (r *reader) schedule(s planner.Settings, wanted bool) {
	if !wanted || r.armed || r.reading {
		return
	}
	interval := time.Duration(s.ReadBackMS) * time.Millisecond
	if interval <= 0 {
		interval = 2 * time.Second
	}
	r.timer.Reset(max(interval, busyShare*r.took))
	r.armed = true
}

// start begins a reading of IPVS, of the given sysctls, and of filters where there are any.
func (r *reader) start(ctx context.Context, sysctls []planner.SysctlKey, filters bool) {
	r.armed, r.reading, r.sysctls, r.filters = false, true, sysctls, filters
	go r.read(ctx, sysctls, filters, false)
}

// confirm reads once more, to see whether a difference is still there.
func (r *reader) confirm(ctx context.Context) { go r.read(ctx, r.sysctls, r.filters, true) }

// finished ends a reading that was understood.
func (r *reader) finished(took time.Duration) { r.reading, r.took = false, took }

// read reads once and leaves the result in the inbox.
func (r *reader) read(ctx context.Context, sysctls []planner.SysctlKey, filters, again bool) {
	r.turn.Lock()
	begin := time.Now()
	state, err := r.kernel.ReadIPVS(ctx)
	if err == nil {
		state.Sysctls, err = r.kernel.ReadSysctls(ctx, sysctls)
	}
	if err == nil && filters {
		var s planner.State
		s, err = r.kernel.ReadFilters(ctx)
		state.Filters, state.NoFilters = s.Filters, s.NoFilters
	}
	back := readBack{state: state, err: err, epoch: r.turn.epoch, took: time.Since(begin), filters: filters, again: again}
	r.turn.Unlock()
	r.inbox.put(func(m *mail) { m.readBack = &back })
}

// readBack compares a reading with what is believed, and reports whether it must be confirmed. Drift is believed only
// on a second reading, since a dump that races with deletions can lose entries: what is missing must be missing twice.
func (w *writer) readBack(ctx context.Context, back readBack) (confirm bool) {
	w.undisputed(time.Now())
	w.silent.Lock()
	current := back.epoch == w.silent.epoch
	w.silent.Unlock()
	if !back.filters {
		back.state.Filters, back.state.NoFilters = w.live.Filters, w.live.NoFilters
	}
	switch {
	case !current: // we wrote, or read everything, meanwhile: it shows a world that is gone
		w.suspect = nil
	case back.err != nil:
		w.problem(unreadable, "reading back IPVS, filters and sysctls: "+back.err.Error())
	case sameSilent(back.state, w.live):
		w.suspect = nil
		delete(w.problems, unreadable)
		if w.disputes.due(time.Now()) {
			w.settle(ctx, byKernel)
		}
	case !back.again:
		w.suspect = &back.state
		return true
	default:
		w.believe(back.state)
		w.settle(ctx, byKernel)
	}
	return false
}

// unreadable is the problem of a reading that failed; the next one that succeeds ends it.
const unreadable = "read back"

// believe takes a second reading as what the kernel holds, together with what of IPVS only the first one saw.
func (w *writer) believe(second planner.State) {
	if w.suspect != nil && second.NoIPVS == "" {
		for k, v := range w.suspect.VirtualServers {
			if _, seen := second.VirtualServers[k]; !seen {
				second.VirtualServers = with(second.VirtualServers, k, v)
			}
		}
		for k, v := range w.suspect.RealServers {
			if _, seen := second.RealServers[k]; !seen {
				second.RealServers = with(second.RealServers, k, v)
			}
		}
	}
	w.live.VirtualServers, w.live.RealServers, w.live.NoIPVS = second.VirtualServers, second.RealServers, second.NoIPVS
	w.live.SyncDaemons = second.SyncDaemons
	w.live.Sysctls = second.Sysctls
	w.ipvsStands()
	w.seeFilters(second)
	w.suspect = nil
}

// sameSilent compares what the kernel tells no changes of.
func sameSilent(a, b planner.State) bool {
	return a.NoIPVS == b.NoIPVS && maps.Equal(a.VirtualServers, b.VirtualServers) && maps.Equal(a.RealServers, b.RealServers) &&
		maps.Equal(a.SyncDaemons, b.SyncDaemons) && maps.Equal(a.Sysctls, b.Sysctls) && maps.Equal(a.Filters, b.Filters) && a.NoFilters == b.NoFilters
}

// look reads the kernel because somebody asks. What it finds changed is not hidden from reading back, which compares
// with what is known: it is put right as soon as the question is answered.
func (e *Enforcer) look(ctx context.Context) error {
	before := e.writer.live
	if err := e.writer.reread(ctx); err != nil {
		return err
	}
	if e.applied.Number > 0 && !sameSilent(before, e.writer.live) {
		e.inbox.put(func(m *mail) { m.events = append(m.events, kernel.Overflow{}) })
	}
	return nil
}
