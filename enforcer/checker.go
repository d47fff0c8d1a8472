package enforcer

import (
	"context"
	"sync"
	"time"

	"ha/checks"
	"ha/enforcer/notify"
	"ha/planner"
)

// checkerSlot holds the checker, which ends before a hand-over and begins anew when that fails. Safe for concurrent use.
type checkerSlot struct {
	mu      sync.Mutex
	current Checker // nil: none was started
	end     context.CancelFunc
	open    []planner.Channel
	running sync.WaitGroup
}

// start starts a checker of a set, with what is known of it; nothing when none can be started.
func (s *checkerSlot) start(ctx context.Context, o Options, known map[string]checks.Health, report func(checks.Result), told func(notify.Outcome), set []checks.Config) {
	if o.StartChecker == nil {
		return
	}
	ctx, end := context.WithCancel(ctx)
	c := o.StartChecker(ctx, known, report, told)
	c.Set(set)
	s.running.Go(c.Wait)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current, s.end = c, end
	c.Channels(s.open)
}

// set replaces the checks.
func (s *checkerSlot) set(list []checks.Config) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current != nil {
		s.current.Set(list)
	}
}

// retire ends the checker and waits until its last results are in, for a time at most.
func (s *checkerSlot) retire(within time.Duration) {
	s.mu.Lock()
	c, end := s.current, s.end
	s.current = nil
	s.mu.Unlock()
	if c == nil {
		return
	}
	end()
	ended := make(chan struct{})
	go func() { defer close(ended); c.Wait() }()
	select {
	case <-ended:
	case <-time.After(within):
	}
}

// wait returns when every checker has ended.
func (s *checkerSlot) wait() {
	s.mu.Lock()
	if s.end != nil {
		s.end()
	}
	s.mu.Unlock()
	s.running.Wait()
}

// pace is how the checker keeps the times of checks; the zero value while there is none.
func (s *checkerSlot) pace() checks.Pace {
	s.mu.Lock()
	c := s.current
	s.mu.Unlock()
	if c == nil {
		return checks.Pace{}
	}
	return c.Pace()
}
