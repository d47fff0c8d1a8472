package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"ha/enforcer"
	"ha/enforcer/control"
	"ha/enforcer/kernel"
	"ha/planner"
)

// observed is a node as it is now: what a plan is compared with.
type observed struct {
	generation int
	applied    *enforcer.Config // nil: nothing is applied
	at         time.Time
	via        string
	facts      planner.Facts
	live       planner.State
	claims     planner.Claims
}

// observe asks the enforcer behind client; where none answers and this machine is the node, it reads the kernel
// itself and takes what is known of the past from the state directory.
func (m *machine) observe(ctx context.Context, client *control.Client, state string, plan planner.Plan, local bool) (observed, error) {
	q := kernel.QueryFor(plan, planner.Claims{})
	s, err := client.Snapshot(ctx, control.Query{Tables: q.Tables, Sysctls: q.Sysctls})
	switch {
	case err == nil:
		return fromSnapshot(s, "enforcer")
	case errors.Is(err, control.ErrNoEnforcer) && local:
		return m.readKernel(ctx, state, plan)
	default:
		return observed{}, m.unreachable(err)
	}
}

func fromSnapshot(s control.Snapshot, via string) (observed, error) {
	o := observed{generation: s.Generation, at: s.At, via: via, facts: s.Facts, live: s.Live, claims: s.Claims}
	if len(s.Config) > 0 {
		o.applied = new(enforcer.Config)
		if err := json.Unmarshal(s.Config, o.applied); err != nil {
			return o, fmt.Errorf("the applied plan of the node is not understood: %w", err)
		}
	}
	return o, nil
}

// readKernel looks at this machine without an enforcer. Who is Active and who is up is guessed from what stands.
func (m *machine) readKernel(ctx context.Context, state string, plan planner.Plan) (o observed, err error) {
	o = observed{at: m.now(), via: "kernel, no enforcer runs"}
	g, err := enforcer.ReadLatest(state)
	if err != nil {
		return o, fmt.Errorf("reading what was applied: %w", err)
	}
	if g.Number > 0 {
		o.generation, o.applied, o.claims = g.Number, &g.Config, g.Claims
	}
	k, err := m.openKernel()
	if err != nil {
		return o, fmt.Errorf("opening the kernel (root is needed): %w", err)
	}
	if closer, ok := k.(io.Closer); ok {
		defer func() { err = errors.Join(err, closer.Close()) }()
	}
	query := kernel.QueryFor(plan, o.claims)
	if o.applied != nil {
		past := kernel.QueryFor(o.applied.Plan, o.claims)
		query.Tables = append(query.Tables, past.Tables...)
		query.Sysctls = append(query.Sysctls, past.Sysctls...)
	}
	if o.live, err = k.Read(ctx, query); err != nil {
		return o, fmt.Errorf("reading the kernel: %w", err)
	}
	if o.applied != nil {
		o.facts, err = enforcer.ReadAsides(state, planner.NewIndex(&o.applied.Plan).Presume(o.live))
		if err != nil {
			m.remark("%v\n", err)
		}
		o.facts = enforcer.CountConnections(ctx, k, &o.applied.Plan, o.facts)
	}
	o.claims = enforcer.PresumedClaims(o.plan(), o.live, o.claims)
	return o, nil
}

// plan is the applied plan, nil where there is none.
func (o *observed) plan() *planner.Plan {
	if o.applied == nil {
		return nil
	}
	return &o.applied.Plan
}
