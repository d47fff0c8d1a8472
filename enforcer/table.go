package enforcer

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"ha/planner"
)

// beginTable empties IPVS's table where the settings say that a beginning is with an empty one. A process that goes on with what
// one before it did begins nothing.
func (e *Enforcer) beginTable(ctx context.Context) {
	if e.applied.Config.Plan.Settings.IPVSAtStart != planner.TableFlush || e.options.Heritage != nil || e.direct {
		return
	}
	e.writer.flush(ctx, "emptied at the start")
}

// endTable takes away of IPVS's table what the settings say. It is the last thing that is written.
func (e *Enforcer) endTable(ctx context.Context) {
	w := &e.writer
	switch e.applied.Config.Plan.Settings.IPVSAtStop {
	case planner.TableKeep:
	case planner.TableRemove:
		w.carry(ctx, w.ownTable(), byApply)
		w.events.info("state", "ipvs", "what is ha's was removed at the end")
	case planner.TableFlush:
		w.carry(ctx, w.ownDaemons(), byApply)
		w.flush(ctx, "emptied at the end")
	}
}

// flush empties the table, whoever filled it.
func (w *writer) flush(ctx context.Context, what string) {
	w.takeTurn(ctx)
	defer w.silent.Unlock()
	w.silent.epoch++
	err := w.kernel.FlushIPVS(ctx)
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		return // there is no table
	case err != nil:
		w.problem("ipvs", fmt.Sprintf("the table was to be %s: %v", what, err))
		return
	}
	w.live.VirtualServers, w.live.RealServers = nil, nil
	w.events.info("state", "ipvs", what)
}

// ownTable are the deletions of all virtual servers of ours, with which their real servers go, and of our daemons.
func (w *writer) ownTable() []planner.Change {
	changes := w.ownDaemons()
	for _, k := range slices.SortedFunc(maps.Keys(w.live.VirtualServers), planner.VirtualServerKey.Compare) {
		if w.claims.Of(k, w.live) == planner.Owned {
			changes = append(changes, planner.Change{Action: planner.Delete, Key: k, Name: k.String(), Before: w.live.VirtualServers[k]})
		}
	}
	return changes
}

// ownDaemons are the deletions of our daemons that synchronise connections.
func (w *writer) ownDaemons() []planner.Change {
	changes, _ := planner.Diff(planner.State{}, w.index.LiveSync(w.live), w.claims, w.index)
	return slices.DeleteFunc(changes, func(c planner.Change) bool { return c.Action != planner.Delete })
}
