package enforcer

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"ha/enforcer/control"
)

// keepEvents is how many events the node remembers: all that a link with 250 VIPs does when it goes down and comes back. The log
// has older ones, those of one cause in a line.
const keepEvents = 5000

// keepUnwritten is how many events wait for a log that does not take them; what comes then is only in the ring.
const keepUnwritten = 10000

// eventLog is what the node did and why: a ring for the API, and in the log a line for each cause. Safe for concurrent use.
// Who adds an event never waits for the log: an election must not hang on a pipe that nobody reads.
type eventLog struct {
	log *slog.Logger

	mu        sync.Mutex
	list      []control.Event
	unwritten []line
	writing   bool // some are on their way
	seq       uint64
	latest    time.Time     // when the last one was added
	newer     chan struct{} // closed at the next event; nil: nobody waits for it
	hurry     chan struct{} // rings when the log is not to wait for more; holds one ring
}

func newEventLog(log *slog.Logger) *eventLog {
	return &eventLog{log: log, hurry: make(chan struct{}, 1)}
}

// add tells of something that happened. kind is the event's type, object the thing it happened to.
func (l *eventLog) add(level slog.Level, kind, object, message string) {
	l.put(level, control.Event{At: time.Now(), Type: kind, Object: object, Message: message})
}

// transition tells of an election that changed its state.
func (l *eventLog) transition(object string, t control.Transition) {
	l.put(slog.LevelInfo, control.Event{
		At: t.At, Type: "transition", Object: object, Message: fmt.Sprintf("%s -> %s: %s", t.From, t.To, t.Why), Transition: &t,
	})
}

// put numbers an event and keeps it.
func (l *eventLog) put(level slog.Level, e control.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seq++
	l.latest = time.Now()
	e.Seq, e.Level = l.seq, levelName(level)
	l.list = append(l.list, e)
	if len(l.list) > 2*keepEvents {
		l.list = append([]control.Event(nil), l.list[len(l.list)-keepEvents:]...)
	}
	if len(l.unwritten) < keepUnwritten {
		l.unwritten = append(l.unwritten, line{level, e, gistOf(e)})
	}
	if l.newer != nil {
		close(l.newer)
		l.newer = nil
	}
}

// next is closed at the next event. Called with the lock.
func (l *eventLog) next() <-chan struct{} {
	if l.newer == nil {
		l.newer = make(chan struct{})
	}
	return l.newer
}

// restore puts the events of a process before this one in front.
func (l *eventLog) restore(list []control.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(list) == 0 {
		return
	}
	last := list[len(list)-1].Seq
	for i := range l.list {
		l.list[i].Seq += last
	}
	for i := range l.unwritten {
		l.unwritten[i].Seq += last
	}
	l.seq += last
	l.list = append(slices.Clone(list), l.list...)
}

// flush waits until everything is in the log, for a time at most.
func (l *eventLog) flush(within time.Duration) {
	select {
	case l.hurry <- struct{}{}:
	default:
	}
	for end := time.Now().Add(within); time.Now().Before(end); time.Sleep(time.Millisecond) {
		l.mu.Lock()
		done := len(l.unwritten) == 0 && !l.writing
		l.mu.Unlock()
		if done {
			return
		}
	}
}

// run writes the log until ctx ends, and then what is left.
func (l *eventLog) run(ctx context.Context) {
	for ctx.Err() == nil {
		l.mu.Lock()
		var newer <-chan struct{}
		if len(l.unwritten) == 0 {
			newer = l.next()
		}
		l.mu.Unlock()
		if newer != nil {
			select {
			case <-newer:
			case <-ctx.Done():
			}
			continue
		}
		l.gather(ctx)
		l.write(ctx)
	}
	l.write(ctx)
}

// gather waits until nothing more happens, for a while at most. Nobody wakes it: thousands of events at once would do that as often.
func (l *eventLog) gather(ctx context.Context) {
	end := time.NewTimer(gatherAtMost)
	defer end.Stop()
	for {
		l.mu.Lock()
		quiet := time.Until(l.latest.Add(gatherFor))
		l.mu.Unlock()
		if quiet <= 0 {
			return
		}
		pause := time.NewTimer(quiet)
		select {
		case <-pause.C:
			continue
		case <-end.C:
		case <-l.hurry:
		case <-ctx.Done():
		}
		pause.Stop()
		return
	}
}

// write writes what waits.
func (l *eventLog) write(ctx context.Context) {
	l.mu.Lock()
	lines := l.unwritten
	l.unwritten, l.writing = nil, true
	l.mu.Unlock()
	for _, e := range digest(lines) {
		if h := l.log.Handler(); h.Enabled(ctx, e.level) {
			_ = h.Handle(ctx, e.record()) // a log that cannot be written has no other place to say so
		}
	}
	l.mu.Lock()
	l.writing = false
	l.mu.Unlock()
}

func (l *eventLog) info(kind, object, message string) { l.add(slog.LevelInfo, kind, object, message) }

func (l *eventLog) warn(kind, object, message string) { l.add(slog.LevelWarn, kind, object, message) }

func (l *eventLog) error(kind, object, message string) { l.add(slog.LevelError, kind, object, message) }

// since returns the events after a sequence number and a channel that is closed when there are newer ones.
func (l *eventLog) since(seq uint64) ([]control.Event, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var list []control.Event
	for _, e := range l.list {
		if e.Seq > seq {
			list = append(list, e)
		}
	}
	return list, l.next()
}

// tail returns the newest n events, oldest first.
func (l *eventLog) tail(n int) []control.Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]control.Event(nil), l.list[max(0, len(l.list)-n):]...)
}

func levelName(level slog.Level) string {
	switch {
	case level >= slog.LevelError:
		return "error"
	case level >= slog.LevelWarn:
		return "warning"
	default:
		return "info"
	}
}
