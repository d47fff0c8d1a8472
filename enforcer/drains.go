package enforcer

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"ha/enforcer/control"
	"ha/planner"
)

// CountConnections adds to facts how many connections the servers have that drain, or would if a plan took them away. Without
// IPVS there are none. The applied plan may be nil.
func CountConnections(ctx context.Context, k Kernel, applied *planner.Plan, f planner.Facts) planner.Facts {
	services := drainable(applied, f)
	if len(services) == 0 {
		return f
	}
	counted, _ := k.Connections(ctx, services) // a plan without the numbers is still a plan
	f.Connections = map[planner.RealServerKey]uint32{}
	for key, s := range counted {
		if n := connectionsOf(key, s); n > 0 {
			f.Connections[key] = n
		}
	}
	return f
}

// drainable are the services with servers that drain, or would.
func drainable(applied *planner.Plan, f planner.Facts) []planner.VirtualServerKey {
	services := map[planner.VirtualServerKey]bool{}
	for k := range f.Leaving {
		services[k.Service] = true
	}
	if applied != nil {
		for i := range applied.Pools {
			p := &applied.Pools[i]
			if !slices.ContainsFunc(p.Servers, func(s planner.PoolServer) bool { return s.DrainMS > 0 }) {
				continue
			}
			for _, l := range p.Listeners {
				services[l.Key] = true
			}
		}
	}
	return slices.SortedFunc(maps.Keys(services), planner.VirtualServerKey.Compare)
}

const (
	// lookAtDrains is how often an apply that waits looks at the servers that leave, and tellOfDrains how often it says so.
	lookAtDrains = 200 * time.Millisecond
	tellOfDrains = 5 * time.Second
)

// awaitDrains returns when the servers that left with a generation have drained, or another generation is applied: the last phase
// of an apply, for which the loop does not wait. Whoever does not want to wait may leave; the servers drain all the same.
func (e *Enforcer) awaitDrains(ctx context.Context, generation int, report func(control.Progress)) {
	tick := time.NewTicker(lookAtDrains)
	defer tick.Stop()
	told, last := "", time.Time{}
	for {
		text, over := "", false
		err := e.do(ctx, func() {
			text, over = e.writer.drainText(), e.applied.Number != generation || len(e.writer.facts.Leaving) == 0
		})
		if err != nil || over {
			if told != "" && err == nil {
				report(control.Progress{Text: "drained"})
			}
			return
		}
		if text != told && time.Since(last) >= tellOfDrains {
			report(control.Progress{Text: text})
			told, last = text, time.Now()
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// drainText says who still leaves, and with how many connections.
func (w *writer) drainText() string {
	n, connections := 0, uint32(0)
	name, until := "", time.Time{}
	for _, k := range slices.SortedFunc(maps.Keys(w.facts.Leaving), planner.RealServerKey.Compare) {
		l := w.facts.Leaving[k]
		if n++; n == 1 {
			name = leavingName(k, l)
		}
		if l.Until.After(until) {
			until = l.Until
		}
		connections += w.facts.Connections[k]
	}
	if n > 1 {
		name += fmt.Sprintf(" and %d more", n-1)
	}
	if until.IsZero() {
		return name + ": goes on until another server is up"
	}
	return fmt.Sprintf("draining %s: %d connections, until %s at the latest", name, connections, until.Format(time.TimeOnly))
}
