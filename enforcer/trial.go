package enforcer

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"ha/enforcer/control"
	"ha/planner"
)

// trialRetry is how long after a failure a trial that is over is taken back again.
const trialRetry = 10 * time.Second

// trial is the generation that is on trial; the zero value is none. Only the loop touches it.
type trial struct {
	control.Trial
	timer *time.Timer
	due   time.Time // when it is over, by a clock that nobody sets
	over  string    // why it is to be taken back; empty while it goes on
}

// running tells whether a generation is on trial.
func (t *trial) running() bool { return t.ID != "" }

// Trial implements [control.Core].
func (e *Enforcer) Trial(ctx context.Context, request control.TrialRequest) control.ApplyResult {
	var result control.ApplyResult
	if err := e.do(ctx, func() { result = e.decide(ctx, request) }); err != nil {
		return refused(0, err.Error())
	}
	return result
}

// decide does with the trial what was asked for.
func (e *Enforcer) decide(ctx context.Context, request control.TrialRequest) control.ApplyResult {
	t, number := &e.trial, e.applied.Number
	switch {
	case !t.running():
		return refused(number, fmt.Sprintf("no generation is on trial; generation %d stands", number))
	case request.ID != "" && request.ID != t.ID:
		return refused(number, fmt.Sprintf("on trial is %s, not %s", t.ID, request.ID))
	}
	switch request.Action {
	case control.Confirm:
		return e.confirm(request.By)
	case control.Cancel:
		return e.endTrial(ctx, "cancelled by "+request.By, request.By)
	case control.Extend:
		return e.extend(request)
	}
	return refused(number, fmt.Sprintf("%q is not confirm, cancel or extend", request.Action))
}

// confirm lets the generation on trial stand.
func (e *Enforcer) confirm(by string) control.ApplyResult {
	t := &e.trial
	if err := e.options.Store.closeTrial(); err != nil {
		return refused(t.Generation, err.Error(), "The trial goes on.")
	}
	result := control.ApplyResult{Outcome: control.Applied, Generation: t.Generation}
	if err := e.options.Store.Annotate(t.Generation, fmt.Sprintf("confirmed by %s %s", by, time.Now().UTC().Format(time.RFC3339))); err != nil {
		result.Lines = append(result.Lines, "confirmed, but the history does not tell: "+err.Error())
	}
	e.events.info("apply", "enforcer", fmt.Sprintf("trial %s: confirmed by %s", t.ID, by))
	t.stop()
	return result
}

func (e *Enforcer) extend(request control.TrialRequest) control.ApplyResult {
	t := &e.trial
	if request.Extend < control.MinTrial || request.Extend > control.MaxTrial {
		return refused(t.Generation, fmt.Sprintf("a trial lasts from %v to %v, not %v", control.MinTrial, control.MaxTrial, request.Extend))
	}
	longer := t.Trial
	longer.Until = time.Now().Add(request.Extend).UTC().Truncate(time.Millisecond)
	if err := e.options.Store.saveTrial(longer); err != nil {
		return refused(t.Generation, err.Error(), "The trial goes on as before.")
	}
	e.arm(longer, request.Extend)
	e.events.info("apply", "enforcer", fmt.Sprintf("trial %s: goes on for %v, says %s", t.ID, request.Extend, request.By))
	return control.ApplyResult{Outcome: control.Applied, Generation: t.Generation, Trial: &longer}
}

// stop ends the trial; what becomes of its generation others have decided.
func (t *trial) stop() {
	if t.timer != nil {
		t.timer.Stop()
	}
	*t = trial{}
}

// record writes what is about to be done, before anything is.
func (e *Enforcer) record(g *Generation, request control.ApplyRequest) (*control.Trial, error) {
	t, err := e.announceTrial(*g, request)
	if err != nil {
		return nil, err
	}
	if t != nil {
		g.Note = "on trial until " + t.Until.Format(time.RFC3339)
	}
	if err = e.options.Store.OpenJournal(*g); err != nil && t != nil {
		e.forgetTrial()
	}
	return t, err
}

// announceTrial puts a generation on trial before anything of it is written, so that a crash in the middle finds it.
func (e *Enforcer) announceTrial(g Generation, request control.ApplyRequest) (*control.Trial, error) {
	if request.Confirm == 0 {
		return nil, nil
	}
	if request.Confirm < control.MinTrial || request.Confirm > control.MaxTrial {
		return nil, fmt.Errorf("a trial lasts from %v to %v, not %v", control.MinTrial, control.MaxTrial, request.Confirm)
	}
	sum := sha256.Sum256(request.Config)
	t := control.Trial{
		ID: fmt.Sprintf("%d-%s", g.Number, hex.EncodeToString(sum[:2])), Generation: g.Number, Base: e.applied.Number, By: request.By,
		Until: time.Now().Add(request.Confirm).UTC().Truncate(time.Millisecond),
	}
	return &t, e.options.Store.saveTrial(t)
}

// arm begins to wait for a confirmation.
func (e *Enforcer) arm(t control.Trial, within time.Duration) {
	e.trial.stop()
	e.trial.Trial, e.trial.due = t, time.Now().Add(within)
	e.trial.timer = time.AfterFunc(within, func() { e.inbox.put(func(m *mail) { m.due.trial = true }) })
}

// trialDue takes a trial back whose time is over.
func (e *Enforcer) trialDue(ctx context.Context) {
	t := &e.trial
	if !t.running() || t.over == "" && time.Now().Before(t.due) {
		return // it was confirmed or extended while the news was on its way
	}
	e.endTrial(ctx, "not confirmed in time", "enforcer")
}

// endTrial makes the generation before the trial the one that is enforced, under a new number: history only grows. A failure is told
// and tried again.
func (e *Enforcer) endTrial(ctx context.Context, why, by string) control.ApplyResult {
	t := e.trial
	base, err := e.options.Store.baseOf(t.Trial, e.applied.Config)
	var result control.ApplyResult
	if err != nil {
		result = refused(t.Generation, err.Error())
	} else {
		e.trial.over = why
		result = e.apply(ctx, base, control.ApplyRequest{By: by, MaxImpact: planner.ImpactOutage, Content: t.Base}, func(control.Progress) {})
	}
	if result.Outcome != control.Applied {
		e.events.error("apply", "enforcer", fmt.Sprintf("trial %s: %s, and generation %d could not be put back; it is tried again: %v", t.ID, why, t.Base, result.Lines))
		e.trial.over = why
		e.trial.timer.Reset(trialRetry)
		return result
	}
	note := fmt.Sprintf("trial %s of generation %d: %s", t.ID, t.Generation, why)
	err = errors.Join(
		e.options.Store.Annotate(t.Generation, "taken back: "+why),
		e.options.Store.Annotate(result.Generation, fmt.Sprintf("puts back generation %d: %s", t.Base, why)),
		e.options.Store.closeTrial(),
	)
	if err != nil {
		e.events.error("apply", "enforcer", err.Error())
	}
	e.trial.stop()
	e.events.error("apply", "enforcer", fmt.Sprintf("%s; taken back: generation %d has the content of generation %d", note, result.Generation, t.Base))
	result.Lines = append(result.Lines, fmt.Sprintf("taken back: generation %d has the content of generation %d", result.Generation, t.Base))
	return result
}

// settled ends what was on record of a trial, now that another generation is applied, which may be on trial itself.
func (e *Enforcer) settled(next *control.Trial, within time.Duration) {
	e.trial.stop()
	if next != nil {
		e.arm(*next, within)
		e.events.info("apply", "enforcer", fmt.Sprintf("trial %s: taken back at %s unless it is confirmed", next.ID, next.Until.Format(time.RFC3339)))
		return
	}
	e.forgetTrial()
}

// forgetTrial removes the record of a trial that is over, or whose generation was not reached.
func (e *Enforcer) forgetTrial() {
	if err := e.options.Store.closeTrial(); err != nil {
		e.events.error("apply", "enforcer", err.Error())
	}
}

// pending is why nothing else may be applied now; empty when it may.
func (t *trial) pending() string {
	if !t.running() || t.over != "" {
		return ""
	}
	return fmt.Sprintf("generation %d, applied by %s, is on trial until %s: `ha confirm %s` lets it stand, `ha cancel %s` takes it back",
		t.Generation, t.By, t.Until.Local().Format("15:04:05"), t.ID, t.ID)
}

// resumeTrial looks for a trial that a process before this one began. One that took its place goes on with it; a restart or a crash in
// the middle is no confirmation: what is enforced then is the generation before.
func (e *Enforcer) resumeTrial(applied Generation) (Generation, error) {
	t, err := e.options.Store.openTrial()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return applied, nil
	case err != nil:
		e.events.error("state", "trial", fmt.Sprintf("the record of a trial cannot be used (%v); generation %d stands", err, applied.Number))
		return applied, e.options.Store.closeTrial()
	case t.Generation != applied.Number: // it was never reached, or was taken back
		return applied, e.options.Store.closeTrial()
	case e.options.Heritage.words() != nil && !e.direct:
		e.arm(t, max(time.Until(t.Until), 0))
		return applied, nil
	}
	base, err := e.options.Store.baseOf(t, applied.Config)
	if err != nil {
		e.events.error("state", "trial", fmt.Sprintf("generation %d was not confirmed, and cannot be taken back: %v; it stands", t.Generation, err))
		return applied, e.options.Store.closeTrial()
	}
	const why = "the enforcer started anew before it was confirmed"
	back := Generation{
		Number: applied.Number + 1, AppliedAt: time.Now().UTC().Truncate(time.Second), AppliedBy: "enforcer", Config: base, Claims: applied.Claims,
		Content: t.Base, Note: fmt.Sprintf("puts back generation %d: %s", t.Base, why),
	}
	if err := errors.Join(e.options.Store.Annotate(t.Generation, "taken back: "+why), e.options.Store.Commit(back), e.options.Store.closeTrial()); err != nil {
		return applied, err
	}
	e.events.error("apply", "enforcer", fmt.Sprintf("trial %s of generation %d: %s; taken back: generation %d has the content of generation %d",
		t.ID, t.Generation, why, back.Number, t.Base))
	return back, nil
}

// baseOf is what comes back after a trial: a generation, or nothing at all where nothing was applied before.
func (s *Store) baseOf(t control.Trial, present Config) (Config, error) {
	if t.Base == 0 {
		return Config{Plan: planner.Plan{Cluster: present.Plan.Cluster, Node: present.Plan.Node, Role: present.Plan.Role, Settings: present.Plan.Settings}}, nil
	}
	g, err := s.Load(t.Base)
	if err != nil {
		return Config{}, fmt.Errorf("reading generation %d: %w", t.Base, err)
	}
	return g.Config, nil
}

func (s *Store) trialPath() string { return filepath.Join(s.dir, "trial.json") }

func (s *Store) saveTrial(t control.Trial) error {
	if err := writeSealed(s.trialPath(), t); err != nil {
		return fmt.Errorf("writing the trial: %w", err)
	}
	return nil
}

// openTrial returns the trial that is on record; the error wraps fs.ErrNotExist when there is none.
func (s *Store) openTrial() (control.Trial, error) {
	var t control.Trial
	return t, readSealed(s.trialPath(), &t)
}

// closeTrial says that nothing is on trial.
func (s *Store) closeTrial() error {
	if err := os.Remove(s.trialPath()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("closing the trial: %w", err)
	}
	return syncDir(s.dir)
}
