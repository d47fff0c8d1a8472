package enforcer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"ha/enforcer/control"
	"ha/enforcer/kernel"
	"ha/planner"
)

// askTimeout is how long a question may wait for the loop.
const askTimeout = 5 * time.Second

// generation is the number of what is enforced, as far as the loop can tell in time.
func (e *Enforcer) generation() int {
	n := 0
	ctx, cancel := context.WithTimeout(context.Background(), askTimeout)
	defer cancel()
	_ = e.do(ctx, func() { n = e.applied.Number }) // 0 is the answer of a loop that does not answer
	return n
}

// Snapshot implements [control.Core].
func (e *Enforcer) Snapshot(ctx context.Context, q control.Query) (control.Snapshot, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	var s control.Snapshot
	var applied Config
	var packed shelf
	var failure error
	err := e.do(ctx, func() {
		e.writer.alsoRead(kernel.Query{Tables: q.Tables, Sysctls: q.Sysctls})
		if failure = e.look(ctx); failure != nil {
			return
		}
		s = control.Snapshot{
			Node: e.applied.Config.Plan.Node, Generation: e.applied.Number, At: time.Now(),
			Facts: e.writer.snapshotFacts(),
			Live:  e.writer.live.Clone(), Claims: planner.ClaimsAfter(nil, planner.State{}, e.writer.claims),
		}
		s.Live.Links = maps.Clone(e.writer.live.Links)
		applied, packed = e.applied.Config, e.shelf // never changed, only replaced
	})
	if err = errors.Join(err, failure); err != nil || s.Generation == 0 {
		return s, err
	}
	whole, err := packed.whole(applied)
	if err != nil {
		return s, err
	}
	s.Config, err = json.Marshal(whole)
	return s, err
}

// Status implements [control.Core].
func (e *Enforcer) Status(ctx context.Context) control.Status {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	stats, _ := e.options.Kernel.Stats(ctx) // without IPVS there are none, and problems say so
	s := control.Status{
		Version: e.options.Version, PID: pid(), StartedAt: e.started, Now: time.Now(),
		BFD: e.bfd.status(), BFDDropped: e.bfd.lost(),
		VIPs: []control.VIPStatus{}, Pools: []control.PoolStatus{}, Checks: []control.CheckStatus{}, Events: e.events.tail(20),
	}
	s.Probes = control.ProbesStatus(e.checker.pace())
	var refused []string
	s.Timers, refused = e.elections.engine.status()
	err := e.do(ctx, func() {
		g, w := &e.applied, &e.writer
		instances := e.elections.status() // after those of the process before were taken up
		s.Cluster, s.Node = g.Config.Plan.Cluster, g.Config.Plan.Node
		s.Generation, s.AppliedAt, s.AppliedBy = g.Number, g.AppliedAt, g.AppliedBy
		s.Corrections, s.CountedSince = w.corrections, w.countedSince
		for _, object := range slices.Sorted(maps.Keys(w.problems)) {
			s.Problems = append(s.Problems, w.problems[object])
		}
		s.Problems = append(s.Problems, refused...)
		for i := range g.Config.Plan.VIPs {
			s.VIPs = append(s.VIPs, vipStatus(&g.Config.Plan.VIPs[i], w.live, instances))
		}
		for i := range g.Config.Plan.Pools {
			s.Pools = append(s.Pools, e.poolStatus(&g.Config.Plan.Pools[i], w.live, stats))
		}
		for _, c := range g.Config.Checks {
			last, since := e.checks.of(c.Key)
			s.Checks = append(s.Checks, control.CheckStatus{
				Key: c.Key, Name: c.Name, Kind: c.Kind, Target: c.Where(), Verdict: w.facts.Verdicts[c.Key].String(), Since: since,
				At: last.At, Took: last.Took, Late: last.Late, Streak: last.Streak, Value: last.Value, Error: last.Err,
			})
		}
	})
	if err != nil {
		s.Problems = append(s.Problems, err.Error())
	}
	return s
}

func vipStatus(v *planner.VIP, live planner.State, instances map[string][]control.InstanceStatus) control.VIPStatus {
	s := control.VIPStatus{Name: v.Name, State: "Initialize", Why: "no election runs", Instances: instances[v.Name]}
	if len(s.Instances) > 0 {
		first := s.Instances[0]
		s.State, s.Since, s.Why = first.State, first.Since, first.Why
	}
	for _, a := range v.Addresses {
		_, stands := live.Addresses[a.Key]
		s.Addresses = append(s.Addresses, control.AddressStatus{Address: a.Key.Prefix.String(), Device: a.Key.Device, Installed: stands})
	}
	return s
}

func (e *Enforcer) poolStatus(p *planner.Pool, live planner.State, stats map[planner.RealServerKey]kernel.RealServerStats) control.PoolStatus {
	s := control.PoolStatus{Name: p.Name}
	for _, l := range p.Listeners {
		_, installed := live.VirtualServers[l.Key]
		s.Listeners = append(s.Listeners, control.ListenerStatus{
			Address:   fmt.Sprintf("%v %v", l.Key.Protocol, l.Key.Addr),
			Scheduler: l.Value.Scheduler, Persistence: l.Value.Persistence, Installed: installed,
		})
	}
	for i := range p.Servers {
		row := serverStatus(p, &p.Servers[i], live, stats)
		row.State, row.Since, row.Why = e.judgement(&p.Servers[i])
		s.Servers = append(s.Servers, row)
	}
	e.balanceStatus(&s, p, live, stats)
	return s
}

// serverStatus is what IPVS shows of a server of a pool.
func serverStatus(p *planner.Pool, server *planner.PoolServer, live planner.State, stats map[planner.RealServerKey]kernel.RealServerStats) control.ServerStatus {
	row := control.ServerStatus{
		Name: server.Name, Address: server.Address.String(), Forwarding: server.Forwarding.String(), Weight: server.Weight,
	}
	for _, l := range p.Listeners {
		k := planner.RealServerKey{Service: l.Key, Server: server.Address}
		if now, ok := live.RealServers[k]; ok {
			row.Shown, row.Now = true, now.Weight
			row.Active += stats[k].Active
			row.Inactive += stats[k].Inactive
		}
	}
	return row
}

// judgement is what the checks of a server say together: one that is down decides, then one that is unknown.
func (e *Enforcer) judgement(server *planner.PoolServer) (state string, since time.Time, why string) {
	verdict := planner.Up
	for _, key := range server.Checks {
		v := e.writer.facts.Verdicts[key]
		last, at := e.checks.of(key)
		name := nameOf(key, e.applied.Config.Checks)
		switch {
		case v == planner.Down && verdict != planner.Down:
			verdict, since, why = v, at, name+": "+last.Err
		case v == planner.Unknown && verdict == planner.Up:
			verdict, why = v, name+" has not finished a probe yet"
		case v == planner.Up && verdict == planner.Up && at.After(since):
			since = at
			if last.Err != "" {
				why = fmt.Sprintf("%s: %s (%d in a row)", name, last.Err, last.Streak)
			}
		}
	}
	return verdict.String(), since, why
}
