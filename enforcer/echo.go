package enforcer

import (
	"time"

	"ha/enforcer/kernel"
	"ha/planner"
)

// echoLife is for how long the kernel's news may be older than a write of ours: far longer than a queue of thousands takes.
const echoLife = 10 * time.Second

// echoes are the objects that this process made, changed or removed a moment ago. The kernel's news wait in queues, so one
// that speaks of such an object as it was before may have been sent before our write: taken at its word, our own work
// would be put "back", and blamed on somebody else. The zero value is empty.
type echoes struct {
	written map[planner.Key]echo
	swept   time.Time
}

// echo is what we left of an object.
type echo struct {
	value any // nil: it is gone
	at    time.Time
}

// note remembers a change that was written.
func (e *echoes) note(c planner.Change, now time.Time) {
	if isSilent(c.Key) {
		return
	}
	if now.Sub(e.swept) > echoLife {
		e.swept = now
		for k, w := range e.written {
			if now.Sub(w.at) > echoLife {
				delete(e.written, k)
			}
		}
	}
	e.written = with(e.written, c.Key, echo{c.After, now})
}

// doubtful tells whether news may be older than what we wrote: only the kernel can say how things are now.
func (e *echoes) doubtful(event kernel.Event, now time.Time) bool {
	key, value := planner.Key(nil), any(nil)
	switch event := event.(type) {
	case kernel.Changed:
		key, value = event.Key, event.Value
	case kernel.Gone:
		key = event.Key
	case kernel.LinkChanged, kernel.LinkGone, kernel.FiltersChanged, kernel.Overflow:
		return false
	}
	w, ours := e.written[key]
	return ours && now.Sub(w.at) <= echoLife && w.value != value
}
