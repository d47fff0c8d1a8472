package enforcer

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"ha/planner"
)

// chunk is how many changes are written before urgent news is looked at.
const chunk = 64

// turnPause is the time between two looks whether IPVS may be written.
const turnPause = time.Millisecond

// carry writes changes in their order and reports whether all succeeded. News about VIPs is served in between.
func (w *writer) carry(ctx context.Context, changes []planner.Change, why origin) bool {
	ok, long := true, len(changes) > chunk
	for len(changes) > 0 {
		var part []planner.Change
		part, changes = w.portion(changes)
		errs := w.write(ctx, part)
		for i, c := range part {
			err := w.judged(c, errs[i])
			if err == nil {
				w.done(c, why)
				continue
			}
			ok = false
			if w.orphaned(c, err) {
				continue
			}
			w.problemOf(c.Key.String(), c.Name, fmt.Sprintf("%s %s: %v", verb(c.Action), c.Name, err))
		}
		if long {
			w.activity(ctx, w.urgent())
		}
	}
	if !ok {
		w.failures++
	}
	return ok
}

// orphaned tells whether a real server is refused only because its virtual server was: that is told, and a thousand
// servers have nothing to add.
func (w *writer) orphaned(c planner.Change, err error) bool {
	k, ok := c.Key.(planner.RealServerKey)
	return ok && (errors.Is(err, fs.ErrNotExist) || errors.Is(err, errors.ErrUnsupported)) && w.problems[k.Service.String()] != ""
}

// portion splits off what is written next, without what has been overtaken by news. Changes that may have to wait for their
// turn stand alone: news is served while they do.
func (w *writer) portion(changes []planner.Change) (now, rest []planner.Change) {
	n := 1
	for n < min(chunk, len(changes)) && isSilent(changes[n].Key) == isSilent(changes[0].Key) {
		n++
	}
	return slices.DeleteFunc(slices.Clone(changes[:n]), w.overtaken), changes[n:]
}

// overtaken tells whether a change was found for a VIP that has since become Active, or is it no longer.
func (w *writer) overtaken(c planner.Change) bool {
	origin, ok := w.index.Origin(c.Key)
	if !ok || !origin.VIP {
		return false
	}
	active := w.facts.Active[origin.Unit]
	return c.Action == planner.Create && !active || c.Action == planner.Delete && active
}

// write hands changes to the kernel, those that touch it.
func (w *writer) write(ctx context.Context, changes []planner.Change) []error {
	if slices.ContainsFunc(changes, func(c planner.Change) bool { return isSilent(c.Key) }) {
		w.takeTurn(ctx)
		defer w.silent.Unlock()
		w.silent.epoch++
	}
	errs := make([]error, len(changes))
	var real []planner.Change
	var at []int
	for i, c := range changes {
		if c.Action != planner.Adopt && c.Action != planner.Release {
			real, at = append(real, c), append(at, i)
		}
	}
	if len(real) == 0 {
		return errs
	}
	for i, err := range w.hand(ctx, real) {
		errs[at[i]] = err
	}
	return errs
}

// takeTurn waits until nobody reads what has no events. News about VIPs does not wait with it.
func (w *writer) takeTurn(ctx context.Context) {
	for !w.silent.TryLock() {
		w.activity(ctx, w.urgent())
		time.Sleep(turnPause)
	}
}

// hand gives changes to the kernel in their order. The addresses of a VIP are made with their lifetime, not given it
// afterwards: a process killed in between would leave them for ever.
func (w *writer) hand(ctx context.Context, changes []planner.Change) []error {
	var errs []error
	for len(changes) > 0 {
		lifetime := w.lifetimeOf(changes[0])
		n := 1
		for n < len(changes) && w.lifetimeOf(changes[n]) == lifetime {
			n++
		}
		part := changes[:n]
		changes = changes[n:]
		if lifetime == 0 {
			errs = append(errs, w.kernel.ApplyBatch(ctx, part)...)
			continue
		}
		keys := make([]planner.AddressKey, n)
		values := make(map[planner.AddressKey]planner.Address, n)
		for i, c := range part {
			origin, _ := w.index.Origin(c.Key)
			w.mortal = with(w.mortal, origin.Unit, true)
			keys[i], _ = c.Key.(planner.AddressKey)
			values[keys[i]], _ = c.After.(planner.Address)
		}
		errs = append(errs, w.kernel.Renew(ctx, keys, values, lifetime)...)
	}
	return errs
}

// lifetimeOf is the lifetime with which a change makes an address, or edits it; 0 is for ever, or no such change.
func (w *writer) lifetimeOf(c planner.Change) time.Duration {
	if _, isAddress := c.Key.(planner.AddressKey); !isAddress || c.Action != planner.Create && c.Action != planner.Update {
		return 0
	}
	origin, ok := w.index.Origin(c.Key)
	if !ok || !origin.VIP {
		return 0
	}
	vip := w.index.VIP(origin.Unit)
	if vip == nil {
		return 0
	}
	return time.Duration(vip.LifetimeMS) * time.Millisecond
}

// judged turns an error into what it means: what shall go and is gone is done; what is otherwise not as expected
// means that somebody was faster, and that the kernel has to be read again.
func (w *writer) judged(c planner.Change, err error) error {
	switch {
	case err == nil:
		return nil
	case c.Action == planner.Delete && errors.Is(err, fs.ErrNotExist):
		return nil
	case errors.Is(err, fs.ErrExist) || errors.Is(err, fs.ErrNotExist):
		w.stale = true
	}
	return err
}

// done notes a change that was carried out.
func (w *writer) done(c planner.Change, why origin) {
	w.claims.Record(c, w.live)
	if c.Action != planner.Adopt && c.Action != planner.Release {
		w.echoes.note(c, time.Now())
		if err := planner.Apply(&w.live, c); err != nil {
			w.stale = true // what we believed was there was not
		}
	}
	if _, ok := c.Key.(planner.InterfaceKey); ok {
		w.stale = true // it came with sysctls, or took along what stood on it
	}
	if c.Action == planner.Replace && takesRoutes(w.live, c.Key) {
		w.stale = true
	}
	delete(w.problems, c.Key.String())
	switch why {
	case byKernel:
		w.corrections++
		w.events.warn("correction", c.Name, outside(c.Action))
		if w.disputes.corrected(c.Key, c.Name, time.Now()) {
			w.dispute(c)
		}
	case byLink:
		w.events.info("change", c.Name, pastTense(c.Action)+": the kernel's doing, when a link went down or came back")
	case byFacts, byStart:
		w.events.info("change", c.Name, pastTense(c.Action))
	case byApply: // the apply reports its steps itself
	}
}

// isSilent tells whether the kernel has no events for an object.
func isSilent(k planner.Key) bool {
	switch k.(type) {
	case planner.VirtualServerKey, planner.RealServerKey, planner.SyncDaemonKey, planner.SysctlKey, planner.FilterKey:
		return true
	default:
		return false
	}
}

// outside says what somebody else has done to an object, and what was done about it.
func outside(a planner.Action) string {
	switch a {
	case planner.Create:
		return "was removed outside ha: added again"
	case planner.Delete:
		return "was added outside ha: removed"
	case planner.Update, planner.Replace, planner.Adopt, planner.Release:
	}
	return "was changed outside ha: " + pastTense(a)
}

func pastTense(a planner.Action) string {
	switch a {
	case planner.Create:
		return "added"
	case planner.Update:
		return "set"
	case planner.Replace:
		return "replaced"
	case planner.Delete:
		return "removed"
	case planner.Adopt:
		return "adopted"
	case planner.Release:
		return "released, left in place"
	}
	return string(a)
}
