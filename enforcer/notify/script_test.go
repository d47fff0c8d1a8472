package notify

import (
	"context"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"ha/planner"
)

// ledger keeps outcomes, and lets a test wait for them.
type ledger struct {
	mu   sync.Mutex
	list []Outcome
	more chan struct{}
}

func newLedger() *ledger { return &ledger{more: make(chan struct{}, 1)} }

func (l *ledger) report(o Outcome) {
	l.mu.Lock()
	l.list = append(l.list, o)
	l.mu.Unlock()
	ring(l.more)
}

// until waits for an outcome that fits.
func (l *ledger) until(t *testing.T, what string, fits func(Outcome) bool) Outcome {
	t.Helper()
	deadline := time.After(time.Minute)
	for {
		l.mu.Lock()
		list := l.list
		l.mu.Unlock()
		for _, o := range list {
			if fits(o) {
				return o
			}
		}
		select {
		case <-l.more:
		case <-deadline:
			t.Fatalf("no outcome %s; there are %+v", what, list)
		}
	}
}

// place is a folder in which whoever the programs of a test run as may write, and that user.
func place(t *testing.T) (folder, as string) {
	t.Helper()
	folder = t.TempDir()
	if os.Geteuid() != 0 {
		return folder, fmt.Sprint(os.Geteuid())
	}
	for f := folder; f != os.TempDir() && f != "/"; f = filepath.Dir(f) {
		if err := os.Chmod(f, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	u, err := user.Lookup("nobody")
	if err != nil {
		t.Fatal(err)
	}
	return folder, u.Uid
}

// shell writes a program for the shell into a folder.
func shell(t *testing.T, folder, text string) string {
	t.Helper()
	path := filepath.Join(folder, "notify.sh")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// teller is a teller with one channel, and what becomes of its events.
func teller(t *testing.T, c planner.Channel) (*Teller, *ledger) {
	t.Helper()
	l := newLedger()
	teller := New(l.report)
	t.Cleanup(teller.Close)
	if err := teller.Set([]planner.Channel{c}); err != nil {
		t.Fatal(err)
	}
	return teller, l
}

func scriptChannel(as string, command ...string) planner.Channel {
	return planner.Channel{Name: "notify.ops/script", Script: &planner.NotifyScript{Command: command, User: as, TimeoutMS: 60_000, Arguments: true}}
}

func drain(t *testing.T, teller *Teller) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	teller.Drain(ctx)
	if ctx.Err() != nil {
		t.Fatal("events were still not told after a minute")
	}
}

func TestAScriptIsToldWhatHappened(t *testing.T) {
	folder, as := place(t)
	path := shell(t, folder, `echo "$@ $HA_OBJECT $HA_EVENT $HA_NODE $HA_STATE: $HA_WHY"; exit 3`)
	teller, l := teller(t, scriptChannel(as, path, "a b"))
	teller.Tell([]string{"notify.ops/script"}, vipEvent(1, "web", planner.BecameActive))
	o := l.until(t, "of the script", func(Outcome) bool { return true })
	if want := "a b INSTANCE web MASTER 100 vip.web active lb1 MASTER: its own priority 100 is the highest"; o.Said != want {
		t.Errorf("the script said %q, want %q", o.Said, want)
	}
	if o.Status != 3 || o.Err != "notify.sh: exit status 3" || o.Object != "vip.web" || o.What != planner.BecameActive {
		t.Errorf("outcome %+v", o)
	}
}

// Events of one object are told one after the other, although each script takes its time; another object does not wait.
func TestEventsOfAnObjectAreToldInOrder(t *testing.T) {
	folder, as := place(t)
	path := shell(t, folder, `
if [ "$2" = slow ]; then while ! test -e `+folder+`/go; do sleep 0.01; done; fi
echo "$2 $3" >>`+folder+`/log; test "$2" = slow || touch `+folder+`/go`)
	teller, _ := teller(t, scriptChannel(as, path))
	channel := []string{"notify.ops/script"}
	states := []planner.Happening{planner.BecameBackup, planner.BecameActive, planner.Faulted, planner.BecameBackup, planner.BecameActive}
	for i, what := range states {
		teller.Tell(channel, vipEvent(uint64(i+1), "slow", what))
	}
	teller.Tell(channel, vipEvent(9, "quick", planner.BecameActive)) // without it, nobody goes on
	drain(t, teller)
	log, err := os.ReadFile(filepath.Join(folder, "log"))
	if want := "quick MASTER\nslow BACKUP\nslow MASTER\nslow FAULT\nslow BACKUP\nslow MASTER\n"; string(log) != want {
		t.Errorf("told %q, %v, want %q", log, err, want)
	}
}

func TestAScriptThatHangsIsEnded(t *testing.T) {
	folder, as := place(t)
	c := scriptChannel(as, shell(t, folder, `if [ "$3" = MASTER ]; then sleep 600 & wait; fi; echo next`))
	c.Script.TimeoutMS = 200
	teller, l := teller(t, c)
	teller.Tell([]string{c.Name}, vipEvent(1, "web", planner.BecameActive))
	o := l.until(t, "of the script that hangs", func(o Outcome) bool { return o.What == planner.BecameActive })
	if !strings.Contains(o.Err, "it did not end, and was killed after 200ms") {
		t.Errorf("outcome %+v", o)
	}
}

// What a script started and left running stays: people start daemons that way.
func TestADaemonOfAScriptStays(t *testing.T) {
	folder, as := place(t)
	c := scriptChannel(as, shell(t, folder, `(while ! test -e `+folder+`/end; do sleep 0.01; done; touch `+folder+`/lived) >/dev/null 2>&1 </dev/null & exit 0`))
	teller, l := teller(t, c)
	teller.Tell([]string{c.Name}, vipEvent(1, "web", planner.BecameActive))
	l.until(t, "of the script", func(o Outcome) bool { return o.Err == "" })
	if err := os.WriteFile(filepath.Join(folder, "end"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	deadline := time.After(time.Minute)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		if _, err := os.Stat(filepath.Join(folder, "lived")); err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("the daemon was killed")
		}
	}
}

func TestEventsThatWaitForAScriptAreBounded(t *testing.T) {
	l := newLedger()
	s := newScripts("notify.ops/script", planner.NotifyScript{}, l.report)
	for i := range uint64(maxWaiting + 11) { // nobody runs it
		s.tell(vipEvent(i+1, "web", planner.BecameActive))
	}
	if list := s.lanes["vip.web"]; len(list) != maxWaiting+1 || list[0].Seq != 1 || list[1].Seq != 12 || list[maxWaiting].Seq != maxWaiting+11 {
		t.Errorf("%d wait, from %d, %d to %d", len(list), list[0].Seq, list[1].Seq, list[len(list)-1].Seq)
	}
	if len(l.list) != 10 || l.list[0].Dropped != 1 || !strings.Contains(l.list[0].Err, "wait for their script already") {
		t.Errorf("outcomes %+v", l.list)
	}
}

// A change of the channels lets the old ones finish, with what they were.
func TestAChannelThatLeavesTellsWhatItHas(t *testing.T) {
	folder, as := place(t)
	old := scriptChannel(as, shell(t, folder, `while ! test -e `+folder+`/go; do sleep 0.01; done; echo "$1 $3" >>`+folder+`/log`), "old")
	teller, _ := teller(t, old)
	teller.Tell([]string{old.Name}, vipEvent(1, "web", planner.BecameActive))
	teller.Tell([]string{old.Name}, vipEvent(2, "web", planner.BecameBackup))
	changed := scriptChannel(as, old.Script.Command[0], "new")
	if err := teller.Set([]planner.Channel{changed}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "go"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	drain(t, teller)
	teller.Tell([]string{old.Name}, vipEvent(3, "web", planner.Faulted))
	drain(t, teller)
	log, err := os.ReadFile(filepath.Join(folder, "log"))
	if want := "old web\nold web\nnew web\n"; string(log) != want {
		t.Errorf("told %q, %v, want %q", log, err, want)
	}
}

// eventually waits until something holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.After(time.Minute)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("still not: %s", what)
		}
	}
}
