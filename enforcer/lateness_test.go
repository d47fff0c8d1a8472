package enforcer

import (
	"testing"
	"time"

	"ha/enforcer/control"
)

func TestLateness(t *testing.T) {
	var l lateness
	if got := l.status(); got != (control.TimerStatus{}) {
		t.Errorf("of nothing: %+v", got)
	}
	for range 98 {
		l.add(50 * time.Microsecond)
	}
	l.add(-time.Second) // early
	l.add(3 * time.Millisecond)
	want := control.TimerStatus{Count: 100, Late50: 64 * time.Microsecond, Late99: 64 * time.Microsecond, LateMax: 3 * time.Millisecond}
	if got := l.status(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	l.add(time.Hour) // above all classes
	if got := l.below(1); got > time.Hour || l.max != time.Hour {
		t.Errorf("all are below %v, the maximum is %v", got, l.max)
	}
}

// Timers that are late are told of, but not each of them.
func TestTardyTimersAreToldOfNowAndThen(t *testing.T) {
	var d tardy
	for _, step := range []struct {
		at   time.Duration
		tell bool
		more int
	}{{1, true, 0}, {2, false, 0}, {tardyEvery, false, 0}, {tardyEvery + 2, true, 2}, {3 * tardyEvery, true, 0}} {
		if more, tell := d.late(step.at); tell != step.tell || more != step.more {
			t.Errorf("at %v: %v, %d more", step.at, tell, more)
		}
	}
}
