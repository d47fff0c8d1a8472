package enforcer

import (
	"context"
	"fmt"
	"time"

	"ha/enforcer/control"
	"ha/planner"
)

// Suspend implements [control.Core].
func (e *Enforcer) Suspend(ctx context.Context, request control.SuspendRequest) (string, error) {
	if err := request.Check(); err != nil {
		return "", err
	}
	return e.setAside(ctx, request.Server, func(p *planner.Pool, s *planner.PoolServer, now time.Time) (string, error) {
		h := planner.Hold{Weight: request.Weight, By: request.By, Reason: request.Reason, Since: now, Until: now.Add(request.For)}
		text := fmt.Sprintf("%v until %s", h, h.Until.Format(time.DateTime))
		if request.Deadline > 0 {
			h.Deadline = now.Add(request.Deadline)
			text += fmt.Sprintf(", connections are given up at %s", h.Deadline.Format(time.DateTime))
		}
		kind := "weight"
		if h.Weight == 0 {
			kind = "drain"
		}
		e.writer.hold(p.Name, s.Name, h)
		e.events.info(kind, p.Name+" server "+s.Name, fmt.Sprintf("%s by %s: %s", text, h.By, h.Reason))
		return fmt.Sprintf("%s server %s: %s", p.Name, s.Name, text), nil
	})
}

// Resume implements [control.Core].
func (e *Enforcer) Resume(ctx context.Context, request control.ResumeRequest) (string, error) {
	return e.setAside(ctx, request.Server, func(p *planner.Pool, s *planner.PoolServer, _ time.Time) (string, error) {
		h, held := e.writer.facts.Hold(p.Name, s.Name)
		if !held {
			return "", fmt.Errorf("nobody has set %s server %s aside", p.Name, s.Name)
		}
		text := fmt.Sprintf("as configured again, by %s; it was set aside by %s (%v, %s)", request.By, h.By, h, h.Reason)
		if request.Reason != "" {
			text += ": " + request.Reason
		}
		e.writer.release(p.Name, s.Name)
		e.events.info("resume", p.Name+" server "+s.Name, text)
		return fmt.Sprintf("%s server %s: as configured again", p.Name, s.Name), nil
	})
}

// setAside lets a person's decision about a server be taken in the loop, and carries it out before it returns. What was decided is on
// disk then, or it was not decided.
func (e *Enforcer) setAside(ctx context.Context, name string, by func(*planner.Pool, *planner.PoolServer, time.Time) (string, error)) (text string, err error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	failure := e.do(ctx, func() {
		w := &e.writer
		p, s := w.named(name)
		if s == nil {
			err = fmt.Errorf("there is no server %q; write POOL/SERVER as `ha status` names them, such as web/web1", name)
			return
		}
		before := w.facts.Holds
		if text, err = by(p, s, time.Now()); err != nil {
			return
		}
		if err = e.saveAsides(); err != nil {
			w.facts.Holds, w.asides.dirty = before, true
			e.events.error("problem", p.Name+" server "+s.Name, "not carried out: "+err.Error())
			return
		}
		e.moved(e.work, []string{p.Name})
	})
	if failure != nil {
		return "", failure
	}
	return text, err
}

// named finds a server by pool and server: pool.web/web1, or web/web1.
func (w *writer) named(name string) (*planner.Pool, *planner.PoolServer) {
	plan := w.index.Plan()
	if plan == nil {
		return nil, nil
	}
	for i := range plan.Pools {
		p := &plan.Pools[i]
		for j := range p.Servers {
			if full := p.Name + "/" + p.Servers[j].Name; full == name || full == "pool."+name {
				return p, &p.Servers[j]
			}
		}
	}
	return nil, nil
}
