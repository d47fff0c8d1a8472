package enforcer

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// napLimit is a pause of the loop, which has something to do every second, that only a process has which was stopped,
	// starved, or on a machine that slept. It is below the shortest lifetime of an address: whoever wakes earlier finds all
	// in place.
	napLimit = 500*time.Millisecond + renewEvery
	// sleepLimit is a difference between the clocks that is a suspend of the machine.
	sleepLimit = 500 * time.Millisecond
	// sharp is how long it may take to read two clocks, to compare them.
	sharp = 5 * time.Millisecond
)

// clocks notices that time passed without this process.
type clocks struct {
	read  func() (boot, ahead time.Duration, sharp bool) // see readClocks
	turn  time.Duration                                  // CLOCK_BOOTTIME when the last turn of the loop began
	idle  time.Duration                                  // and when it ended; 0: not looked at yet
	ahead time.Duration                                  // by which it was before CLOCK_MONOTONIC then
}

// readClocks returns CLOCK_BOOTTIME and by how much it is ahead of CLOCK_MONOTONIC, which is the time for which the machine
// was suspended since its start (clock_gettime(2)); not sharp when something came between.
func readClocks() (boot, ahead time.Duration, isSharp bool) {
	for range 3 {
		before := monotonic()
		boot = boottime()
		if after := monotonic(); after-before < sharp {
			return boot, boot - before, true
		}
	}
	return boot, 0, false
}

func monotonic() time.Duration {
	var at unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &at); err != nil {
		return 0 // as in boottime
	}
	return time.Duration(at.Nano())
}

// rest is called before the loop waits.
func (c *clocks) rest() { c.idle, _, _ = c.read() }

// wake is called when it goes on. It returns how long the last turn is ago, how much of that was waiting, and for how long the
// machine slept.
func (c *clocks) wake() (away, waited, slept time.Duration) {
	boot, ahead, isSharp := c.read()
	if !isSharp {
		ahead = c.ahead // the next turn sees it
	}
	if c.turn != 0 {
		away, waited, slept = boot-c.turn, boot-c.idle, ahead-c.ahead
	}
	c.turn, c.ahead = boot, ahead
	return away, waited, slept
}

// awake is called at every turn of the loop, before anything else. After a pause in which another router may have taken over,
// and in which the kernel may have taken addresses away, nothing that was believed before is acted upon: first the elections
// hear what waits in their sockets, and say who is Active; then the kernel is read.
func (e *Enforcer) awake(ctx context.Context) {
	away, waited, slept := e.clocks.wake()
	if slept > sleepLimit {
		e.elections.slept(slept)
	} else if away < napLimit {
		return
	}
	// A turn that was long because there was much to do is no pause to tell of, but the world moved on as well.
	switch {
	case slept > sleepLimit:
		e.events.warn("state", "enforcer", fmt.Sprintf("the machine slept for %v: listening before anything else", slept.Round(time.Millisecond)))
	case waited > napLimit:
		e.events.warn("state", "enforcer", fmt.Sprintf("this process did not run for %v (stopped or starved): listening before anything else", waited.Round(time.Millisecond)))
	}
	e.elections.catchUp()
	e.writer.activity(ctx, e.inbox.takeActivity())
	e.writer.stale = true
	e.writer.settle(ctx, byStart)
}

// slept moves the elections' clock on by a time that CLOCK_MONOTONIC, on which they run, did not see pass.
func (e *elections) slept(d time.Duration) {
	_ = e.still(func() error {
		e.missed.Add(int64(d))
		for _, g := range e.groups {
			g.core.Slept(d)
		}
		return nil
	})
}

// catchUp lets every election hear what waits for it, and then act upon what is due.
func (e *elections) catchUp() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, g := range e.groups {
		g.drain(e.now())
		g.timeouts()
	}
}
