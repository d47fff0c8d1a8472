package checks

import (
	"fmt"
	"testing"
	"time"
)

func TestPace(t *testing.T) {
	var p tempo
	if got := p.pace(); got != (Pace{}) {
		t.Errorf("of nothing: got %+v", got)
	}
	begin := time.Now()
	for i := range 100 {
		late := 100 * time.Microsecond
		if i >= 98 {
			late = 200 * time.Millisecond
		}
		p.started(begin.Add(time.Duration(i)*time.Millisecond), late, time.Second)
	}
	p.load(7, 2, 1)
	want := Pace{
		Checks: 7, Running: 2, Waiting: 1, Count: 100, Tardy: 2,
		Late50: 128 * time.Microsecond, Late99: 200 * time.Millisecond, LateMax: 200 * time.Millisecond,
	}
	if got := p.pace(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	p.started(begin.Add(paceWindow+time.Second), 0, time.Second)
	if got := p.pace(); got.Count != 101 || got.Tardy != 2 {
		t.Errorf("got %+v, want the window before, too", got)
	}
	p.started(begin.Add(2*paceWindow+2*time.Second), 0, time.Second)
	if got := p.pace(); got.Count != 2 || got.Tardy != 0 || got.LateMax != 0 {
		t.Errorf("got %+v, want the last two windows only", got)
	}
	p.started(begin.Add(10*paceWindow), 0, time.Second)
	if got := p.pace(); got.Count != 1 {
		t.Errorf("got %+v after a long silence", got)
	}
}

func TestPaceOfALimitedScheduler(t *testing.T) {
	onBench(t, Options{Limit: 1}, func(b *bench) {
		var all []Config
		for i := range 10 {
			c := config(fmt.Sprint(i))
			b.failing(c.Key, true)
			all = append(all, c)
		}
		b.set(all...)
		pass(5500 * time.Millisecond)
		got := b.Pace()
		if got.Checks != 10 || got.Running != 1 || got.Waiting != 9 || got.Count < 5 || got.Tardy == 0 || got.LateMax < time.Second {
			b.t.Errorf("got %+v, want 10 checks that wait for one place", got)
		}
	})
}
