package enforcer

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"time"

	"ha/checks"
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
	s.Facts = CountConnections(ctx, e.options.Kernel, &applied.Plan, s.Facts)
	whole, err := packed.whole(applied)
	if err != nil {
		return s, err
	}
	s.Config, err = json.Marshal(whole)
	return s, err
}

// Status implements [control.Core].
func (e *Enforcer) Status(ctx context.Context) control.Status {
	return e.report(ctx, func(checks.Config) bool { return true })
}

// Report implements [control.Core].
func (e *Enforcer) Report(ctx context.Context) control.Status {
	return e.report(ctx, func(c checks.Config) bool { return !c.Target.IsValid() })
}

// report is the status with the checks that are wanted: there may be as many of them as there are servers.
func (e *Enforcer) report(ctx context.Context, wanted func(checks.Config) bool) control.Status {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	counters, _ := e.options.Kernel.Stats(ctx) // without IPVS there are none, and problems say so
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
		if e.trial.running() {
			t := e.trial.Trial
			s.Trial = &t
		}
		s.Corrections, s.CountedSince = w.corrections, w.countedSince
		for _, object := range slices.Sorted(maps.Keys(w.problems)) {
			s.Problems = append(s.Problems, w.problems[object])
		}
		s.Problems = append(s.Problems, refused...)
		for i := range g.Config.Plan.VIPs {
			s.VIPs = append(s.VIPs, vipStatus(&g.Config.Plan.VIPs[i], w.live, instances))
		}
		s.Pools = newPoolReport(e, counters).pools()
		for _, c := range g.Config.Checks {
			if !wanted(c) {
				continue
			}
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
