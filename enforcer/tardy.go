package enforcer

import (
	"fmt"
	"time"
)

// tardyEvery is the least time between two events that tell of late timers: a machine that is too slow has thousands.
const tardyEvery = 10 * time.Second

// tardy decides when late timers are told of.
type tardy struct {
	told time.Duration // 0: never
	more int           // late ones since then
}

// late notes a late timer. It says whether to tell of it, with the number of those that nobody was told of.
func (d *tardy) late(now time.Duration) (more int, tell bool) {
	if d.told != 0 && now-d.told < tardyEvery {
		d.more++
		return 0, false
	}
	more, d.told, d.more = d.more, now, 0
	return more, true
}

// timed notes how late an instance's timer was. More than a tenth of the interval is told: the others wait for three.
func (e *engine) timed(instance string, late, interval time.Duration) {
	e.mu.Lock()
	e.lateness.add(late)
	var more int
	var tell bool
	if late > interval/10 {
		more, tell = e.tardy.late(e.now())
	}
	e.mu.Unlock()
	if !tell {
		return
	}
	text := fmt.Sprintf("its timer was %v late, more than a tenth of its interval of %v: the machine is busy or slept; see ha enforce --help on --realtime",
		late.Round(10*time.Microsecond), interval)
	if more > 0 {
		text += fmt.Sprintf(" (%d timers of all instances since the last such event)", more)
	}
	e.events.warn("late", instance, text)
}
