package enforcer

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"ha/enforcer/control"
)

// keepEvents is how many events the node remembers; older ones are in the log.
const keepEvents = 2000

// eventLog is what the node did and why: a ring for the API, and a line each in the log. Safe for concurrent use.
type eventLog struct {
	log *slog.Logger

	mu    sync.Mutex
	list  []control.Event
	seq   uint64
	newer chan struct{} // closed at the next event
}

func newEventLog(log *slog.Logger) *eventLog {
	return &eventLog{log: log, newer: make(chan struct{})}
}

// add tells of something that happened. kind is the event's type, object the thing it happened to.
func (l *eventLog) add(level slog.Level, kind, object, message string) {
	l.log.Log(context.Background(), level, message, "type", kind, "object", object)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seq++
	l.list = append(l.list, control.Event{
		Seq: l.seq, At: time.Now(), Level: levelName(level), Type: kind, Object: object, Message: message,
	})
	if len(l.list) > 2*keepEvents {
		l.list = append([]control.Event(nil), l.list[len(l.list)-keepEvents:]...)
	}
	close(l.newer)
	l.newer = make(chan struct{})
}

func (l *eventLog) info(kind, object, message string)  { l.add(slog.LevelInfo, kind, object, message) }
func (l *eventLog) warn(kind, object, message string)  { l.add(slog.LevelWarn, kind, object, message) }
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
	return list, l.newer
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
