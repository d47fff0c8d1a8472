package enforcer

import (
	"runtime/debug"
	"time"
)

// tidyAfter is how long after a plan was taken up its reading is cleared away: its elections have begun by then.
const tidyAfter = 3 * time.Second

// tidier gives memory back that reading a plan took, once: a heap at rest would keep it for minutes.
type tidier struct{ timer *time.Timer }

func newTidier() *tidier { return &tidier{time.AfterFunc(tidyAfter, debug.FreeOSMemory)} }

// again says that a plan was read. A nil tidier does nothing.
func (t *tidier) again() {
	if t != nil {
		t.timer.Reset(tidyAfter)
	}
}

func (t *tidier) stop() { t.timer.Stop() }
