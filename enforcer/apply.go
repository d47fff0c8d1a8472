package enforcer

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"ha/enforcer/control"
	"ha/enforcer/kernel"
	"ha/planner"
)

const (
	verifyTries = 5
	verifyPause = 200 * time.Millisecond
)

// Apply implements [control.Core]: it makes a configuration the one that is enforced, or leaves everything as it was.
func (e *Enforcer) Apply(ctx context.Context, request control.ApplyRequest, report func(control.Progress)) control.ApplyResult {
	next, err := decodeConfig(request.Config)
	if err != nil {
		return refused(e.generation(), "the configuration cannot be run: "+err.Error())
	}
	var result control.ApplyResult
	if err := e.do(ctx, func() { result = e.apply(ctx, next, request, report) }); err != nil {
		return refused(0, err.Error())
	}
	if result.Outcome == control.Applied && result.Trial == nil { // a trial is to be confirmed in time
		e.awaitDrains(ctx, result.Generation, report)
	}
	return result
}

// ApplyOnce applies without a running enforcer: for a node that has none yet. It takes no part in elections and
// runs no checks, so VIPs stay away until `ha enforce` runs.
func (e *Enforcer) ApplyOnce(ctx context.Context, request control.ApplyRequest, report func(control.Progress)) (control.ApplyResult, error) {
	next, err := decodeConfig(request.Config)
	if err != nil {
		return control.ApplyResult{}, fmt.Errorf("the configuration cannot be run: %w", err)
	}
	e.direct = true
	if err := e.boot(ctx); err != nil {
		return control.ApplyResult{}, err
	}
	return e.apply(ctx, next, request, report), nil
}

// decodeConfig reads a compiled configuration. Unknown keys are refused: they would be behaviour that is silently
// left out.
func decodeConfig(raw json.RawMessage) (Config, error) {
	var c Config
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return c, fmt.Errorf("%w (was it compiled by another version of ha?)", err)
	}
	return c, c.Validate()
}

func refused(generation int, lines ...string) control.ApplyResult {
	return control.ApplyResult{Outcome: control.Refused, Generation: generation, Lines: lines}
}

// apply runs in the loop.
func (e *Enforcer) apply(ctx context.Context, next Config, request control.ApplyRequest, report func(control.Progress)) control.ApplyResult {
	number := e.applied.Number
	if number > 0 && next.Plan.Node != e.applied.Config.Plan.Node {
		return refused(number, fmt.Sprintf("this is node %s; the plan is for node %s", e.applied.Config.Plan.Node, next.Plan.Node))
	}
	if pending := e.trial.pending(); pending != "" {
		return refused(number, pending)
	}
	w := &e.writer
	w.alsoRead(kernel.QueryFor(next.Plan, w.claims))
	if err := e.look(ctx); err != nil {
		return refused(number, err.Error())
	}
	w.claims.Prune(w.live) // what is gone and made anew by somebody else is not ours
	applied, err := e.appliedPlan()
	if err != nil {
		return refused(number, err.Error())
	}
	plan := planner.Compare(&next.Plan, applied, Foresee(w.facts, &e.applied.Config, &next, w.live), w.live, w.claims)
	if lines := e.objections(plan, request); len(lines) > 0 {
		return refused(number, lines...)
	}
	generation := Generation{
		Number: number + 1, AppliedAt: time.Now().UTC().Truncate(time.Second), AppliedBy: request.By, PlanID: request.PlanID,
		Config: next, Claims: planner.ClaimsAfter(plan.Kernel, w.live, w.claims), Content: request.Content,
	}
	trial, err := e.record(&generation, request)
	if err != nil {
		return refused(number, err.Error(), "Nothing was changed.")
	}
	a := &application{enforcer: e, before: e.applied, claims: planner.ClaimsAfter(nil, w.live, w.claims), facts: w.facts, report: report}
	if err := a.run(ctx, &generation, plan.Kernel); err != nil {
		if trial != nil {
			defer e.forgetTrial()
		}
		return a.takeBack(ctx, err)
	}
	e.events.info("apply", "enforcer", fmt.Sprintf("generation %d applied by %s: %d kernel objects written", generation.Number, request.By, len(a.done)))
	e.settled(trial, request.Confirm)
	return control.ApplyResult{Outcome: control.Applied, Generation: generation.Number, Changed: len(a.done), Trial: trial}
}

// objections are the reasons to change nothing, all of them.
func (e *Enforcer) objections(plan planner.Comparison, request control.ApplyRequest) []string {
	var lines []string
	for _, c := range plan.Conflicts {
		lines = append(lines, c.Message)
	}
	if request.Node != nil {
		lines = append(lines, e.stale(request.Node)...)
	}
	impact := planner.ImpactNone
	for _, c := range slices.Concat(plan.Behaviour, plan.Kernel) {
		impact = max(impact, c.Impact)
	}
	if impact > request.MaxImpact {
		lines = append(lines, fmt.Sprintf("the impact would be %v now, above the %v that was allowed; look at the plan again, or raise --max-impact",
			impact, request.MaxImpact))
	}
	return lines
}

// appliedPlan is what is enforced, as it was applied; nil before the first apply.
func (e *Enforcer) appliedPlan() (*planner.Plan, error) {
	if e.applied.Number == 0 {
		return nil, nil
	}
	whole, err := e.shelf.whole(e.applied.Config)
	return &whole.Plan, err
}

// application is one apply under way, with what it needs to take it back.
type application struct {
	enforcer *Enforcer
	before   Generation
	claims   planner.Claims
	facts    planner.Facts
	renames  map[string]string // from new names to old ones
	report   func(control.Progress)
	done     []planner.Change // kernel objects written, in order
}

// errUnverified says that all was written and the kernel does not show it.
var errUnverified = errors.New("the kernel does not show what was written")

// run changes, verifies and commits.
func (a *application) run(ctx context.Context, g *Generation, changes []planner.Change) error {
	e, w := a.enforcer, &a.enforcer.writer
	a.renames = planner.Renames(&g.Config.Plan, &e.applied.Config.Plan)
	e.succeed(&g.Config)
	w.facts = planner.Carry(w.facts, a.renames)
	adopted := g.light()
	adopted.Claims = a.claims
	w.adopt(&adopted)
	e.recount()
	split := slices.IndexFunc(changes, func(c planner.Change) bool { return c.Action == planner.Delete })
	if split < 0 {
		split = len(changes)
	}
	total := len(changes)
	if err := a.carry(ctx, changes[:split], 0, total); err != nil {
		return err
	}
	leaving := a.leaving(g)
	e.elections.rename(a.renames, g.Config.Instances)
	e.campaign(g.Config, fmt.Sprintf("generation %d, applied by %s", g.Number, g.AppliedBy)) // a router that leaves says so before its addresses go
	a.awaitSuccessors(ctx, leaving)
	if err := a.carry(ctx, changes[split:], split, total); err != nil {
		return err
	}
	if err := a.bringBack(ctx, total); err != nil {
		return err
	}
	if err := a.verify(ctx); err != nil {
		return err
	}
	g.Claims = planner.ClaimsAfter(nil, w.live, w.claims)
	packed, err := shelve(g.Config.Plan.Intents)
	if err != nil {
		return err
	}
	if err := e.saveAsides(); err != nil { // before the commit: what leaves must not be gone at once after a crash
		return err
	}
	if err := e.options.Store.Commit(*g); err != nil {
		return err
	}
	e.applied, e.shelf = g.light(), packed
	delete(w.problems, damagedState)
	e.checks.keep(g.Config)
	for _, vip := range a.grown() {
		w.installed(vip) // and so announced
	}
	e.riseAll(ctx)
	return nil
}

// grown are the VIPs that are Active here and got an address.
func (a *application) grown() []string {
	w := &a.enforcer.writer
	var vips []string
	for _, c := range a.done {
		_, isAddress := c.Key.(planner.AddressKey)
		if origin, ok := w.index.Origin(c.Key); ok && isAddress && c.After != nil && w.facts.Active[origin.Unit] && !slices.Contains(vips, origin.Unit) {
			vips = append(vips, origin.Unit)
		}
	}
	return vips
}

// campaign makes elections, BFD sessions and checks those of a configuration, because of by.
func (e *Enforcer) campaign(c Config, by string) {
	if e.direct {
		return
	}
	e.checker.channels(e.crier.arrange(&c.Plan, e.writer.facts))
	e.elections.adopt(&c, by)
	e.checker.channels(e.crier.settle())
	e.crier.counted(e.writer.headcounts())
	e.bfd.set(c.BFD, vipsOf(c.Instances))
	e.checker.set(e.rested(&c))
	e.tidier.again()
}

// carry writes changes and reports each as a step; it stops at the first that fails.
func (a *application) carry(ctx context.Context, changes []planner.Change, first, total int) error {
	w := &a.enforcer.writer
	at := first
	for len(changes) > 0 {
		var part []planner.Change
		part, changes = w.portion(changes)
		errs := w.write(ctx, part)
		var failed error
		for i, c := range part {
			at++
			if err := w.judged(c, errs[i]); err != nil {
				if failed == nil {
					failed = fmt.Errorf("%s %s: %w", verb(c.Action), c.Name, err)
				}
				continue
			}
			w.done(c, byApply)
			if c.Action != planner.Adopt && c.Action != planner.Release {
				a.done = append(a.done, c)
			}
			a.report(control.Progress{Step: at, Of: total, Text: verb(c.Action) + " " + c.Name})
		}
		if failed != nil {
			return failed
		}
	}
	return nil
}

// bringBack makes what left with an address that was replaced: routes that have it as their source.
func (a *application) bringBack(ctx context.Context, total int) error {
	w := &a.enforcer.writer
	if !w.stale {
		return nil
	}
	if err := w.reread(ctx); err != nil {
		return err
	}
	left, _ := planner.Diff(w.index.Resolve(w.facts), w.live, w.claims, w.index)
	return a.carry(ctx, left, total, total+len(left))
}

// verify reads back what was asked for. What comes late (another writer, a link) gets a few tries.
func (a *application) verify(ctx context.Context) error {
	w := &a.enforcer.writer
	var left []planner.Change
	for range verifyTries {
		if err := w.reread(ctx); err != nil {
			return err
		}
		left, _ = planner.Diff(w.index.Resolve(w.facts), w.live, w.claims, w.index)
		if len(left) == 0 {
			a.report(control.Progress{Text: fmt.Sprintf("verified: %d objects read back as wanted", len(a.done))})
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(verifyPause):
		}
	}
	names := make([]string, 0, len(left))
	for _, c := range left[:min(len(left), 5)] {
		names = append(names, verb(c.Action)+" "+c.Name)
	}
	return fmt.Errorf("%w: still to do after %d readings: %s", errUnverified, verifyTries, strings.Join(names, "; "))
}

// takeBack undoes what was done, newest first, and reports what became of it.
func (a *application) takeBack(ctx context.Context, cause error) control.ApplyResult {
	e, w := a.enforcer, &a.enforcer.writer
	var stuck []string
	for _, c := range slices.Backward(a.done) {
		undo := planner.Undo(c)
		if err := w.judged(undo, w.write(ctx, []planner.Change{undo})[0]); err != nil {
			stuck = append(stuck, fmt.Sprintf("could not %s %s: %v", verb(undo.Action), undo.Name, err))
		}
	}
	restored := a.before
	restored.Claims = a.claims
	w.adopt(&restored)
	w.facts, w.asides.dirty = a.facts, true
	e.recount()
	e.elections.rename(reversed(a.renames), a.before.Config.Instances)
	e.campaign(a.before.Config, "an apply is taken back")
	w.stale = true
	w.settle(ctx, byStart)
	result := control.ApplyResult{Outcome: control.TakenBack, Generation: a.before.Number, Changed: len(a.done)}
	if errors.Is(cause, errUnverified) {
		result.Outcome = control.Unverified
	}
	result.Lines = append(result.Lines, "failed: "+cause.Error())
	if len(stuck) > 0 || w.unsettled() {
		result.Outcome = control.Incomplete
		result.Lines = append(result.Lines, stuck...)
		result.Lines = append(result.Lines, "The node is between two generations; the enforcer keeps trying to take it back, and the journal stays open.")
		e.events.error("apply", "enforcer", strings.Join(result.Lines, "; "))
		return result
	}
	if err := e.options.Store.CloseJournal(); err != nil {
		result.Lines = append(result.Lines, err.Error())
	}
	state := fmt.Sprintf("generation %d is enforced as before", a.before.Number)
	if a.before.Number == 0 {
		state = "nothing is applied, as before"
	}
	result.Lines = append(result.Lines, fmt.Sprintf("taken back: %d kernel objects", len(a.done)), "now: "+state)
	e.events.error("apply", "enforcer", strings.Join(result.Lines, "; "))
	return result
}

// verb is a change in the imperative.
func verb(a planner.Action) string {
	switch a {
	case planner.Create:
		return "add"
	case planner.Update:
		return "set"
	case planner.Replace:
		return "replace"
	case planner.Delete:
		return "remove"
	case planner.Adopt, planner.Release:
	}
	return string(a)
}
