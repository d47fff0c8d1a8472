package enforcer

import (
	"runtime/debug"
	"sync"
	"time"
)

const (
	// tidyAfter is how long after a plan was taken up, or many VIPs moved, what that left is cleared away: elections have begun by then.
	tidyAfter = 3 * time.Second
	// restingGC lets the heap of an enforcer at rest grow by a quarter only before it is collected: it is small, and lives long.
	restingGC = 25
	// busyGC lets it grow by more while much happens: clients wait for that, and collecting takes processors from it.
	busyGC = 300
	// manyVIPs is how many VIPs move together for that to be much.
	manyVIPs = 100
)

// tidier gives memory back that reading a plan took, or a takeover of thousands: a heap at rest would keep it for minutes. The
// nil tidier does nothing.
type tidier struct {
	timer *time.Timer

	mu   sync.Mutex
	busy bool

	setting sync.Mutex // held while the collector is told, which waits for it
}

// newTidier begins busy.
func newTidier() *tidier {
	t := &tidier{}
	t.timer = time.AfterFunc(tidyAfter, t.rest)
	t.again()
	return t
}

// again says that much happens. It never waits.
func (t *tidier) again() {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.timer.Reset(tidyAfter)
	if !t.busy {
		t.busy = true
		go t.tell()
	}
}

// rest clears away.
func (t *tidier) rest() {
	t.mu.Lock()
	t.busy = false
	t.mu.Unlock()
	t.tell()
	debug.FreeOSMemory()
}

// tell tells the collector what holds now.
func (t *tidier) tell() {
	t.setting.Lock()
	defer t.setting.Unlock()
	t.mu.Lock()
	percent := restingGC
	if t.busy {
		percent = busyGC
	}
	t.mu.Unlock()
	debug.SetGCPercent(percent)
}

func (t *tidier) stop() { t.timer.Stop() }
