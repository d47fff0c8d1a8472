package enforcer

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"ha/enforcer/control"
	"ha/planner"
)

// The states of servers that take no new connections on purpose.
const (
	draining = "draining" // and have some
	drained  = "drained"  // and have none
	leaving  = "leaving"  // they are no longer configured
)

// aside fills in why a server is otherwise than configured, where a person or a slow start wants it so. A server that is down is
// down first of all.
func (r *poolReport) aside(row *control.ServerStatus, p *planner.Pool, s *planner.PoolServer) {
	w := &r.enforcer.writer
	if up, cold := w.facts.Warming[p.Name][s.Name]; cold {
		row.WarmsFor = max(up, 1)
		row.Why = joined(row.Why, fmt.Sprintf("starts slowly, for %v", time.Duration(s.SlowStartMS)*time.Millisecond))
	}
	h, held := w.facts.Hold(p.Name, s.Name)
	if !held {
		return
	}
	status := control.HoldStatus(h)
	row.Hold = &status
	row.Why = joined(row.Why, holdText(h))
	if h.Weight > 0 || row.State == planner.Down.String() {
		return
	}
	row.State, row.Since = drained, h.Since
	if row.Active > 0 {
		row.State = draining
	}
}

// holdText says what a person decided: weight 5 until 15:04:05 by root@lb1 (uid 0): new kernel.
func holdText(h planner.Hold) string {
	text := fmt.Sprintf("%v until %s by %s: %s", h, h.Until.Format(time.DateTime), h.By, h.Reason)
	if !h.Deadline.IsZero() && !h.Gone {
		text += fmt.Sprintf("; connections are given up at %s", h.Deadline.Format(time.DateTime))
	}
	return text
}

// leavers adds the servers of a pool that are no longer configured, in the order of their names.
func (r *poolReport) leavers(s *control.PoolStatus, p *planner.Pool) {
	w := &r.enforcer.writer
	rows := map[string]*control.ServerStatus{}
	for k, l := range w.facts.Leaving {
		if of := w.index.PoolOf(k.Service); of == nil || of.Name != p.Name {
			continue
		}
		row := rows[k.Server.String()]
		if row == nil {
			row = &control.ServerStatus{
				Name: l.Name, Address: k.Server.String(), Forwarding: l.Server.Forwarding.String(), State: leaving, Until: l.Until,
				Why: fmt.Sprintf("no longer configured, goes when it has no connections, at %s at the latest", l.Until.Format(time.DateTime)),
			}
			if l.Until.IsZero() {
				row.Why = "no longer configured, goes on until another server is up"
			}
			rows[row.Address] = row
		}
		if now, shown := w.live.RealServers[k]; shown {
			counted := r.counters.Servers[k]
			row.Shown, row.Now = true, now.Weight
			row.Active += counted.Active
			row.Inactive += counted.Inactive
		}
	}
	for _, row := range slices.SortedFunc(maps.Values(rows), func(a, b *control.ServerStatus) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Address, b.Address))
	}) {
		s.Servers = append(s.Servers, *row)
	}
}

func joined(a, b string) string {
	if a == "" {
		return b
	}
	return a + "; " + b
}
