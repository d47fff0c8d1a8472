package enforcer

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"ha/enforcer/kernel"
	"ha/planner"
)

// asideRecord is what is kept of servers that stand otherwise than configured: it outlives a restart, a crash and the machine.
type asideRecord struct {
	Holds   map[string]map[string]planner.Hold        `json:"holds,omitempty"`
	Leaving map[planner.RealServerKey]planner.Leaving `json:"leaving,omitempty"`
}

// keepAsides writes which servers stand otherwise than configured.
func (s *Store) keepAsides(r asideRecord) error {
	if err := writeSealed(s.asides(), r); err != nil {
		return fmt.Errorf("writing which servers are set aside: %w", err)
	}
	return nil
}

// loadAsides returns what keepAsides wrote; nothing where there is none.
func (s *Store) loadAsides() (asideRecord, error) {
	var r asideRecord
	err := readSealed(s.asides(), &r)
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err != nil {
		return asideRecord{}, fmt.Errorf("what is on record of servers that are set aside or leave cannot be used (%w): they are as configured", err)
	}
	return r, nil
}

func (s *Store) asides() string { return filepath.Join(s.dir, "aside.json") }

// ReadAsides adds to facts which servers stand otherwise than configured, from a state directory that nobody has taken.
func ReadAsides(dir string, f planner.Facts) (planner.Facts, error) {
	r, err := (&Store{dir: dir}).loadAsides()
	f.Holds, f.Leaving = r.Holds, r.Leaving
	return f, err
}

// recallAsides takes into the facts what the process before kept.
func (e *Enforcer) recallAsides() {
	r, err := e.options.Store.loadAsides()
	if err != nil {
		e.writer.problem("asides", err.Error())
	}
	e.writer.facts.Holds, e.writer.facts.Leaving = r.Holds, r.Leaving
}

// saveAsides writes what is not on disk as it is.
func (e *Enforcer) saveAsides() error {
	w := &e.writer
	if !w.asides.dirty {
		return nil
	}
	if err := e.options.Store.keepAsides(asideRecord{Holds: w.facts.Holds, Leaving: w.facts.Leaving}); err != nil {
		return err
	}
	w.asides.dirty = false
	return nil
}

// tend does what the time has come for with servers that stand otherwise than configured, and says when it must be called again.
func (e *Enforcer) tend(ctx context.Context) {
	w := &e.writer
	if e.tending == nil {
		e.tending = time.AfterFunc(time.Hour, func() { e.inbox.put(func(m *mail) { m.due.tend = true }) })
	}
	e.moved(ctx, w.lapse(time.Now()))
	if err := e.saveAsides(); err != nil {
		w.problem("asides", err.Error())
	} else {
		delete(w.problems, "asides")
	}
	if services := w.draining(); len(services) > 0 && !e.countingNow && time.Since(w.asides.counted) >= countEvery {
		e.countingNow = true
		go e.count(ctx, services)
	}
	next := w.next()
	switch {
	case e.countingNow && !next.IsZero(): // the count itself rings
		e.tending.Reset(max(time.Until(next), countEvery))
	case !next.IsZero():
		e.tending.Reset(max(time.Until(next), time.Millisecond))
	default:
		e.tending.Stop()
	}
}

// count reads how many connections the servers of services have, beside the loop, and leaves it in the inbox.
func (e *Enforcer) count(ctx context.Context, services []planner.VirtualServerKey) {
	counted, err := e.options.Kernel.Connections(ctx, services)
	e.inbox.put(func(m *mail) { m.connections = &connectionCount{counted: counted, err: err} })
}

// connectionCount is one count of connections.
type connectionCount struct {
	counted map[planner.RealServerKey]kernel.RealServerStats
	err     error
}

// hearCount takes a count.
func (e *Enforcer) hearCount(ctx context.Context, c connectionCount) {
	e.countingNow, e.writer.asides.counted = false, time.Now()
	if c.err != nil {
		if ctx.Err() == nil && e.writer.live.NoIPVS == "" {
			e.writer.problem(notCounted, "counting the connections of draining servers: "+c.err.Error())
		}
		return
	}
	delete(e.writer.problems, notCounted)
	e.moved(ctx, e.writer.heed(time.Now(), c.counted))
}

// notCounted is the problem of a count that failed; the next one that succeeds ends it.
const notCounted = "connections"

// moved makes the kernel, the elections and the notifications follow what has changed of some pools.
func (e *Enforcer) moved(ctx context.Context, pools []string) {
	if len(pools) == 0 {
		return
	}
	e.writer.rise(time.Now(), pools...)
	turned := e.writer.turned(pools...)
	e.elections.counted(turned)
	e.writer.judge(ctx, pools)
	e.crier.counted(turned)
}

// riseAll looks at all pools after another plan was adopted: servers that came with it start slowly, those of a first plan do not.
func (e *Enforcer) riseAll(ctx context.Context) {
	w := &e.writer
	plan := w.index.Plan()
	if plan == nil {
		return
	}
	before := maps.Clone(w.facts.Warming)
	var changed []string
	for i := range plan.Pools {
		name := plan.Pools[i].Name
		if w.rise(time.Now(), name); !maps.Equal(before[name], w.facts.Warming[name]) {
			changed = append(changed, name)
		}
	}
	slices.Sort(changed)
	e.moved(ctx, changed)
}
