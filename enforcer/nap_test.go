package enforcer

import (
	"log/slog"
	"testing"
	"time"

	"ha/vrrp"
)

func TestClocksNoticeAPause(t *testing.T) {
	const ms = time.Millisecond
	boot, ahead, sharp := time.Hour, time.Minute, true
	c := clocks{read: func() (time.Duration, time.Duration, bool) { return boot, ahead, sharp }}
	c.rest()
	if away, waited, slept := c.wake(); away != 0 || waited != 0 || slept != 0 {
		t.Errorf("the first look finds %v, %v, %v", away, waited, slept)
	}
	steps := []struct {
		name                string
		work, wait, suspend time.Duration
		blurred             bool
		away, waited, slept time.Duration
	}{
		{"an ordinary second", 2 * ms, 998 * ms, 0, false, 1000 * ms, 998 * ms, 0},
		{"five seconds of SIGSTOP", 2 * ms, 4998 * ms, 0, false, 5000 * ms, 4998 * ms, 0},
		{"much work", 3000 * ms, 0, 0, false, 3000 * ms, 0, 0},
		{"a machine that slept", 0, time.Hour, 59 * time.Minute, false, time.Hour, time.Hour, 59 * time.Minute},
		{"something between two readings", 0, 500 * ms, 80 * ms, true, 500 * ms, 500 * ms, 0},
		{"is seen at the next", 0, 500 * ms, 0, false, 500 * ms, 500 * ms, 80 * ms},
	}
	for _, s := range steps {
		boot += s.work
		c.rest()
		boot, ahead, sharp = boot+s.wait, ahead+s.suspend, !s.blurred
		if away, waited, slept := c.wake(); away != s.away || waited != s.waited || slept != s.slept {
			t.Errorf("%s: got %v, %v, %v, want %v, %v, %v", s.name, away, waited, slept, s.away, s.waited, s.slept)
		}
	}
	if boot, ahead, sharp := readClocks(); !sharp || boot <= 0 || ahead < 0 {
		t.Errorf("the clocks of this machine: %v, %v ahead, %v", boot, ahead, sharp)
	}
}

// A suspend moves the clock of the elections, and the timer of a Backup with it.
func TestElectionsAfterASuspend(t *testing.T) {
	e := newElections(newEventLog(slog.New(slog.DiscardHandler)), newInbox())
	g := &group{owner: e, core: vrrp.NewGroup(testConfig().Instances[0].Config), stopped: true}
	g.core.Step(0, e.now(), vrrp.Startup{}, nil)
	e.groups["g"] = g
	before, now := g.core[0].Election.Timer, e.now()
	e.slept(8 * time.Hour)
	if passed := e.now() - now; passed < 8*time.Hour || passed > 9*time.Hour {
		t.Errorf("the clock moved by %v", passed)
	}
	if moved := g.core[0].Election.Timer - before; moved != 8*time.Hour {
		t.Errorf("the timer moved by %v", moved)
	}
	if e.catchUp(); g.core.State() != vrrp.Backup {
		t.Errorf("the Backup became %v", g.core.State())
	}
}
