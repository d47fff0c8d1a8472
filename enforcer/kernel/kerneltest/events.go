package kerneltest

import (
	"context"
	"slices"
	"sync"

	"ha/enforcer/kernel"
	"ha/planner"
)

// watcher is a queue of news for one consumer. It has no end, so that a test decides when news is lost.
type watcher struct {
	mu    sync.Mutex
	queue []kernel.Event
	more  chan struct{} // holds a token while the queue may not be empty
}

func (w *watcher) tell(e kernel.Event) {
	w.mu.Lock()
	w.queue = append(w.queue, e)
	w.mu.Unlock()
	select {
	case w.more <- struct{}{}:
	default:
	}
}

func (w *watcher) take() []kernel.Event {
	w.mu.Lock()
	defer w.mu.Unlock()
	news := w.queue
	w.queue = nil
	return news
}

// Watch tells what changes from now on, until ctx ends.
func (f *Fake) Watch(ctx context.Context) (<-chan kernel.Event, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	w := &watcher{more: make(chan struct{}, 1)}
	f.mu.Lock()
	f.watchers[w] = true
	f.mu.Unlock()
	events := make(chan kernel.Event)
	go func() {
		defer close(events)
		defer func() {
			f.mu.Lock()
			delete(f.watchers, w)
			f.mu.Unlock()
		}()
		for {
			select {
			case <-ctx.Done():
				return
			case <-w.more:
			}
			for _, e := range w.take() {
				select {
				case <-ctx.Done():
					return
				case events <- e:
				}
			}
		}
	}()
	return events, nil
}

// Overflow loses all news that nobody has taken yet, as a full receive buffer does, and says so.
func (f *Fake) Overflow() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for w := range f.watchers {
		w.take()
		w.tell(kernel.Overflow{})
	}
}

// tell passes an event on to all who watch. The lock is held.
func (f *Fake) tell(e kernel.Event) {
	for w := range f.watchers {
		w.tell(e)
	}
}

// changed notes who an object belongs to and tells that it exists.
func (f *Fake) changed(key planner.Key, v any, ours bool) {
	delete(f.state.Marked, key)
	if ours {
		f.state.Marked[key] = true
	}
	f.tell(kernel.Changed{Key: key, Value: v, Marked: ours})
}

// gone tells that an object does not exist.
func (f *Fake) gone(key planner.Key) {
	delete(f.state.Marked, key)
	f.tell(kernel.Gone{Key: key})
}

// link tells a link's state.
func (f *Fake) link(name string) {
	l := f.state.Links[name]
	l.Addresses = nil
	f.tell(kernel.LinkChanged{Name: name, Link: l})
}

// sorted lists a map's keys in an order that is the same in every run.
func sorted[K interface {
	comparable
	Compare(K) int
}, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, K.Compare)
	return keys
}
