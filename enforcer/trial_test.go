package enforcer

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ha/enforcer/control"
	"ha/planner"
)

// try applies a configuration on trial.
func (r *rig) try(c Config, within time.Duration) control.ApplyResult {
	r.t.Helper()
	raw, err := json.Marshal(c)
	if err != nil {
		r.t.Fatal(err)
	}
	request := control.ApplyRequest{Config: raw, By: "test", MaxImpact: planner.ImpactOutage, Confirm: within}
	return r.Apply(r.t.Context(), request, func(control.Progress) {})
}

// mustTry applies a configuration on trial and returns the trial.
func (r *rig) mustTry(c Config, within time.Duration) control.Trial {
	r.t.Helper()
	result := r.try(c, within)
	if result.Outcome != control.Applied || result.Trial == nil {
		r.t.Fatalf("got %+v, want applied on trial", result)
	}
	return *result.Trial
}

// decide asks for something to become of a trial.
func (r *rig) ask(action control.TrialAction, id string) control.ApplyResult {
	r.t.Helper()
	return r.Trial(r.t.Context(), control.TrialRequest{Action: action, ID: id, By: "anna", Extend: time.Hour})
}

// notes are what the history tells of each generation.
func (r *rig) notes() string {
	r.t.Helper()
	list, err := ReadHistory(r.dir)
	if err != nil {
		r.t.Fatal(err)
	}
	text := ""
	for _, p := range list {
		note, _, _ := strings.Cut(p.Note, " 2") // without the time
		text += fmt.Sprintf("%d of %d by %s: %s\n", p.Number, p.Content, p.AppliedBy, note)
	}
	return text
}

func (r *rig) asBefore(what string, before planner.State) {
	r.t.Helper()
	r.eventually(what, func(s planner.State) bool { return fmt.Sprintf("%+v", before) == fmt.Sprintf("%+v", s) })
	r.settled()
}

func TestATrialThatNobodyConfirmsIsTakenBack(t *testing.T) {
	r := startFake(t)
	r.mustApply(testConfig())
	before := r.live()
	r.mustTry(next(), control.MinTrial)
	r.asBefore("the base comes back", before)
	r.eventually("the trial is over", func(planner.State) bool { return r.Status(t.Context()).Trial == nil })
	if s := r.Status(t.Context()); s.Generation != 3 {
		t.Errorf("generation %d is enforced, want 3 with the content of 1", s.Generation)
	}
	if diff := cmp.Diff("1 of 0 by test: \n2 of 0 by test: taken back: not confirmed in time\n3 of 1 by enforcer: puts back generation 1: not confirmed in time\n", r.notes()); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
	r.mustApply(next()) // nothing is in the way any more
}

func TestATrialThatIsConfirmedStands(t *testing.T) {
	r := startFake(t)
	r.mustApply(testConfig())
	trial := r.mustTry(next(), time.Hour)
	during := r.live()
	if s := r.Status(t.Context()); s.Trial == nil || *s.Trial != trial || s.Generation != 2 {
		t.Errorf("status says %+v", s.Trial)
	}
	if result := r.apply(testConfig()); result.Outcome != control.Refused || !strings.Contains(result.Lines[0], "ha confirm "+trial.ID) {
		t.Errorf("another apply: %+v", result)
	}
	for _, id := range []string{"2-ffffff", "1" + trial.ID[1:]} {
		if result := r.ask(control.Confirm, id); result.Outcome != control.Refused || !strings.Contains(result.Lines[0], trial.ID) {
			t.Errorf("confirming %s: %+v", id, result)
		}
	}
	if result := r.ask("forget", ""); result.Outcome != control.Refused {
		t.Errorf("nonsense: %+v", result)
	}
	if result := r.ask(control.Extend, trial.ID); result.Outcome != control.Applied || !result.Trial.Until.After(trial.Until.Add(-time.Minute)) {
		t.Errorf("extended: %+v", result)
	}
	if result := r.ask(control.Confirm, trial.ID); result.Outcome != control.Applied || result.Generation != 2 {
		t.Fatalf("confirmed: %+v", result)
	}
	if result := r.ask(control.Cancel, ""); result.Outcome != control.Refused || result.Lines[0] != "no generation is on trial; generation 2 stands" {
		t.Errorf("a cancel too late: %+v", result)
	}
	if diff := cmp.Diff(fmt.Sprintf("%+v", during), fmt.Sprintf("%+v", r.live())); diff != "" {
		t.Errorf("confirming changed the kernel:\n%s", diff)
	}
	r.stop()
	again := start(t, r.fake, r.fake, r.dir)
	if s := again.Status(t.Context()); s.Generation != 2 || s.Trial != nil {
		t.Errorf("after a restart generation %d, trial %+v", s.Generation, s.Trial)
	}
	if want := "1 of 0 by test: \n2 of 0 by test: confirmed by anna\n"; again.notes() != want {
		t.Errorf("history:\n%swant\n%s", again.notes(), want)
	}
}

func TestACancelledTrialIsTakenBackAtOnce(t *testing.T) {
	r := startFake(t)
	before := r.live()
	trial := r.mustTry(next(), time.Hour) // the first that is ever applied: nothing comes back
	if trial.Base != 0 {
		t.Errorf("base %d", trial.Base)
	}
	result := r.ask(control.Cancel, trial.ID)
	if result.Outcome != control.Applied || result.Generation != 2 {
		t.Fatalf("%+v", result)
	}
	r.asBefore("nothing is left", before)
}

// A restart in the middle is no confirmation: the node comes up with the generation before, and what the trial made goes.
func TestARestartEndsATrial(t *testing.T) {
	r := startFake(t)
	r.mustApply(testConfig())
	before := r.live()
	r.mustTry(next(), time.Hour)
	r.stop()
	again := start(t, r.fake, r.fake, r.dir)
	again.asBefore("the base comes back", before)
	if s := again.Status(t.Context()); s.Generation != 3 || s.Trial != nil {
		t.Errorf("generation %d, trial %+v", s.Generation, s.Trial)
	}
	again.mustApply(next())
}

// Whatever step of an apply on trial fails, no trial is left that would later take back something else.
func TestAFailedApplyLeavesNoTrial(t *testing.T) {
	for step := range 8 {
		fake := newFake()
		k := &brittle{Fake: fake, left: step}
		r := start(t, k, fake, t.TempDir())
		r.mustApply(testConfig())
		if err := r.do(t.Context(), func() { k.armed = true }); err != nil {
			t.Fatal(err)
		}
		if result := r.try(next(), time.Hour); result.Outcome == control.Applied {
			break
		}
		if _, err := r.options.Store.openTrial(); err == nil {
			t.Errorf("step %d: the trial is still on record", step)
		}
		r.mustApply(next())
		r.stop()
		again := start(t, fake, fake, r.dir)
		if s := again.Status(t.Context()); s.Generation != 2 {
			t.Errorf("step %d: after a restart generation %d is enforced, want 2", step, s.Generation)
		}
		again.stop()
	}
}

func TestATrialHasBounds(t *testing.T) {
	r := startFake(t)
	for _, within := range []time.Duration{-time.Second, time.Millisecond, 25 * time.Hour} {
		if result := r.try(testConfig(), within); result.Outcome != control.Refused {
			t.Errorf("%v: %+v", within, result)
		}
	}
	if s := r.Status(t.Context()); s.Generation != 0 {
		t.Errorf("generation %d", s.Generation)
	}
}
