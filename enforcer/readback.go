package enforcer

import (
	"context"
	"maps"
	"time"

	"ha/planner"
)

// readBack is one reading of IPVS, which has no events.
type readBack struct {
	state planner.State
	err   error
	epoch uint64 // of own writes when it was read
	took  time.Duration
	again bool // it was made to confirm the one before
}

// reader reads IPVS back at intervals, beside the loop: a dump of ten thousand services must not hold up a VIP.
type reader struct {
	kernel  Kernel
	inbox   *inbox
	turn    *ipvsTurn
	timer   *time.Timer
	armed   bool
	reading bool
	took    time.Duration
}

func newReader(k Kernel, in *inbox, turn *ipvsTurn) *reader {
	t := time.NewTimer(time.Hour)
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

func (r *reader) due() <-chan time.Time { return r.timer.C }

// start begins a reading.
func (r *reader) start(ctx context.Context) {
	r.armed, r.reading = false, true
	go r.read(ctx, false)
}

// confirm reads once more, to see whether a difference is still there.
func (r *reader) confirm(ctx context.Context) { go r.read(ctx, true) }

// finished ends a reading that was understood.
func (r *reader) finished(took time.Duration) { r.reading, r.took = false, took }

// read reads once and leaves the result in the inbox.
func (r *reader) read(ctx context.Context, again bool) {
	r.turn.Lock()
	begin := time.Now()
	state, err := r.kernel.ReadIPVS(ctx)
	back := readBack{state: state, err: err, epoch: r.turn.epoch, took: time.Since(begin), again: again}
	r.turn.Unlock()
	r.inbox.put(func(m *mail) { m.readBack = &back })
}

// readBack compares a reading with what is believed, and reports whether it must be confirmed. Drift is believed only
// on a second reading, since a dump that races with deletions can lose entries: what is missing must be missing twice.
func (w *writer) readBack(ctx context.Context, back readBack) (confirm bool) {
	w.ipvs.Lock()
	current := back.epoch == w.ipvs.epoch
	w.ipvs.Unlock()
	switch {
	case !current: // we wrote meanwhile: it shows a world that is gone
		w.suspect = nil
	case back.err != nil:
		w.problem("ipvs", "reading IPVS: "+back.err.Error())
	case sameIPVS(back.state, w.live):
		w.suspect = nil
		delete(w.problems, "ipvs")
	case !back.again:
		w.suspect = &back.state
		return true
	default:
		w.believe(back.state)
		w.settle(ctx, byKernel)
	}
	return false
}

// believe takes a second reading as what IPVS holds, together with what only the first one saw.
func (w *writer) believe(second planner.State) {
	if w.suspect != nil {
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
	w.suspect = nil
}

func sameIPVS(a, b planner.State) bool {
	return a.NoIPVS == b.NoIPVS && maps.Equal(a.VirtualServers, b.VirtualServers) && maps.Equal(a.RealServers, b.RealServers)
}
