package checks

import (
	"math/bits"
	"sync"
	"time"
)

// paceWindow is how long lateness is remembered at least; twice as long at most.
const paceWindow = time.Minute

// Pace is how a scheduler kept its times in the last minute or two: how late its probes started, in classes that double. A probe
// is tardy that started late by more than a tenth of its interval.
type Pace struct {
	Checks  int           `json:"checks"`  // asked for
	Running int           `json:"running"` // probes at this moment
	Waiting int           `json:"waiting"` // probes whose time has come, and that have no place yet
	Count   uint64        `json:"count"`   // of probes that started
	Late50  time.Duration `json:"late_p50"`
	Late99  time.Duration `json:"late_p99"`
	LateMax time.Duration `json:"late_max"`
	Tardy   uint64        `json:"tardy"`
}

// tempo counts what [Pace] reports. Its zero value is empty; one goroutine adds, any reads.
type tempo struct {
	mu            sync.Mutex
	now, before   lateCount // this window and the one before
	turned        time.Time // when this window began
	checks        int
	running, wait int
}

// lateCount counts late starts: class i is below 2^i µs.
type lateCount struct {
	classes [27]uint64
	probes  uint64
	tardy   uint64
	max     time.Duration
}

// started notes that a probe started, late by a time.
func (t *tempo) started(at time.Time, late, interval time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if at.Sub(t.turned) >= paceWindow {
		t.before = t.now
		if at.Sub(t.turned) >= 2*paceWindow {
			t.before = lateCount{}
		}
		t.now, t.turned = lateCount{}, at
	}
	c := &t.now
	c.classes[min(bits.Len64(uint64(late/time.Microsecond)), len(c.classes)-1)]++
	c.probes++
	c.max = max(c.max, late)
	if late > interval/10 {
		c.tardy++
	}
}

// load notes how much there is to do.
func (t *tempo) load(checks, running, waiting int) {
	t.mu.Lock()
	t.checks, t.running, t.wait = checks, running, waiting
	t.mu.Unlock()
}

// pace reports both windows together.
func (t *tempo) pace() Pace {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := t.now
	for i, n := range t.before.classes {
		all.classes[i] += n
	}
	all.probes, all.tardy, all.max = all.probes+t.before.probes, all.tardy+t.before.tardy, max(all.max, t.before.max)
	return Pace{
		Checks: t.checks, Running: t.running, Waiting: t.wait, Count: all.probes, Tardy: all.tardy,
		Late50: all.below(0.5), Late99: all.below(0.99), LateMax: all.max,
	}
}

// below is the end of the class in which a share of the probes has been counted.
func (c *lateCount) below(share float64) time.Duration {
	seen := uint64(0)
	for class, n := range c.classes {
		if seen += n; n > 0 && float64(seen) >= share*float64(c.probes) {
			return min(time.Microsecond<<class, c.max)
		}
	}
	return c.max
}

// Pace returns how the scheduler keeps its times. Any goroutine may call it.
func (s *Scheduler) Pace() Pace { return s.tempo.pace() }
