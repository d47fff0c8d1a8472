package enforcer

import (
	"fmt"
	"time"

	"ha/enforcer/control"
	"ha/enforcer/kernel"
	"ha/enforcer/kernel/ipvs"
	"ha/planner"
)

// poolReport tells how the pools stand. It is made in the loop, for one question: what it looks up by key it looks up once.
type poolReport struct {
	enforcer *Enforcer
	counters kernel.Counters
	names    map[string]string // of checks, by key
}

func newPoolReport(e *Enforcer, counters kernel.Counters) *poolReport {
	r := &poolReport{enforcer: e, counters: counters, names: make(map[string]string, len(e.applied.Config.Checks))}
	for _, c := range e.applied.Config.Checks {
		r.names[c.Key] = c.String()
	}
	return r
}

func (r *poolReport) pools() []control.PoolStatus {
	pools := r.enforcer.applied.Config.Plan.Pools
	list := make([]control.PoolStatus, 0, len(pools))
	for i := range pools {
		list = append(list, r.pool(&pools[i]))
	}
	return list
}

func (r *poolReport) pool(p *planner.Pool) control.PoolStatus {
	live := &r.enforcer.writer.live
	s := control.PoolStatus{
		Name: p.Name, Listeners: make([]control.ListenerStatus, 0, len(p.Listeners)), Servers: make([]control.ServerStatus, 0, len(p.Servers)),
	}
	for _, l := range p.Listeners {
		_, installed := live.VirtualServers[l.Key]
		s.Listeners = append(s.Listeners, control.ListenerStatus{
			Address:   l.Key.Words(),
			Scheduler: l.Value.Scheduler, Persistence: l.Value.Persistence, Installed: installed,
			Counters: control.Counters(r.counters.Services[l.Key]),
		})
	}
	for i := range p.Servers {
		row := r.server(p, &p.Servers[i])
		row.State, row.Since, row.Why = r.judgement(&p.Servers[i])
		r.aside(&row, p, &p.Servers[i])
		s.Servers = append(s.Servers, row)
	}
	r.balance(&s, p)
	r.leavers(&s, p)
	return s
}

// server is what IPVS shows of a server behind all listeners of its pool together.
func (r *poolReport) server(p *planner.Pool, server *planner.PoolServer) control.ServerStatus {
	row := control.ServerStatus{
		Name: server.Name, Address: server.Address.String(), Forwarding: server.Forwarding.String(), Weight: server.Weight,
	}
	var totals ipvs.Stats
	for _, l := range p.Listeners {
		k := server.On(l.Key)
		now, shown := r.enforcer.writer.live.RealServers[k]
		if !shown {
			continue
		}
		row.Shown, row.Now = true, now.Weight
		counted := r.counters.Servers[k]
		row.Active += counted.Active
		row.Inactive += counted.Inactive
		row.Persistent += counted.Persistent
		totals = totals.Plus(counted.Totals)
	}
	row.Counters = control.Counters(totals)
	return row
}

// judgement is what the checks of a server say together: one that is down decides, then one that is unknown, then the one of
// which the verdict is the newest.
func (r *poolReport) judgement(server *planner.PoolServer) (state string, since time.Time, why string) {
	verdict := planner.Up
	for _, key := range server.Checks {
		v := r.enforcer.writer.facts.Verdicts[key]
		last, at := r.enforcer.checks.of(key)
		switch {
		case v == planner.Down && verdict != planner.Down:
			verdict, since, why = v, at, r.names[key]+": "+last.Err
		case v == planner.Unknown && verdict == planner.Up:
			verdict, since, why = v, time.Time{}, r.names[key]+" has not finished a probe yet"
		case v != planner.Up || verdict != planner.Up || at.Before(since):
		case last.Err != "": // not often enough to convince
			since, why = at, fmt.Sprintf("%s: %s (%d in a row)", r.names[key], last.Err, last.Streak)
		case !last.At.IsZero():
			since, why = at, fmt.Sprintf("%s passed in %v", r.names[key], last.Took.Round(10*time.Microsecond))
		}
	}
	return verdict.String(), since, why
}
