package checks

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// bell is a check that a test wakes; its probe takes as long as the test says.
type bell struct {
	rings  chan struct{}
	starts chan time.Duration // since the start of the test
	takes  time.Duration
	began  time.Time
	deaf   int // how often it cannot watch
	ended  chan struct{}
}

func (b *bell) Probe(ctx context.Context) error {
	b.starts <- time.Since(b.began)
	select {
	case <-time.After(b.takes):
	case <-ctx.Done():
	}
	return nil
}

func (b *bell) Watch(ctx context.Context, wake func()) error {
	if b.deaf--; b.deaf >= 0 {
		return errors.New("no more watches")
	}
	for {
		select {
		case <-b.rings:
			wake()
		case <-ctx.Done():
			b.ended <- struct{}{}
			return ctx.Err()
		}
	}
}

// ringing runs fn in a bubble with a scheduler of one bell, whose first probe is over.
func ringing(t *testing.T, takes time.Duration, deaf int, fn func(*testing.T, *bell, *Scheduler)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := &bell{
			rings: make(chan struct{}), starts: make(chan time.Duration, 1000), takes: takes, began: time.Now(), deaf: deaf,
			ended: make(chan struct{}, 10),
		}
		s := NewScheduler(func(Result) {}, Options{New: func(Config) (Check, error) { return b, nil }})
		if err := s.Set([]Config{{Key: "k", Interval: time.Minute, Timeout: 10 * time.Second, Rise: 1, Fall: 1}}, nil); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		go s.Run(ctx)
		<-b.starts
		<-time.After(takes)
		synctest.Wait()
		fn(t, b, s)
		cancel()
		synctest.Wait()
	})
}

// A ring starts a probe at once; the interval counts from there on.
func TestARingMakesAProbeDue(t *testing.T) {
	ringing(t, time.Second, 0, func(t *testing.T, b *bell, _ *Scheduler) {
		at := time.Since(b.began)
		b.rings <- struct{}{}
		if got := <-b.starts; got != at {
			t.Errorf("started after %v, rung after %v", got, at)
		}
		if got := <-b.starts; got != at+time.Minute {
			t.Errorf("the next started after %v, want %v", got, at+time.Minute)
		}
	})
}

// Rings while a probe runs start one more, when it is over: it may have looked before the change.
func TestARingDuringAProbe(t *testing.T) {
	ringing(t, time.Second, 0, func(t *testing.T, b *bell, _ *Scheduler) {
		at := time.Since(b.began)
		for range 3 {
			b.rings <- struct{}{}
			synctest.Wait()
		}
		for _, want := range []time.Duration{at, at + time.Second, at + time.Second + time.Minute} {
			if got := <-b.starts; got != want {
				t.Errorf("started after %v, want %v", got, want)
			}
		}
	})
}

// Whoever rings without end gets a probe each wakePace.
func TestRingsWithoutEnd(t *testing.T) {
	ringing(t, 0, 0, func(t *testing.T, b *bell, _ *Scheduler) {
		for range 1000 {
			b.rings <- struct{}{}
			<-time.After(time.Millisecond)
			synctest.Wait()
		}
		if n := len(b.starts); n < 90 || n > 101 {
			t.Errorf("%d probes in a second, want about 100", n)
		}
	})
}

// A check that cannot watch is asked each interval, and tries to watch again; one that leaves the set watches no longer.
func TestAWatchThatFails(t *testing.T) {
	ringing(t, 0, 2, func(t *testing.T, b *bell, s *Scheduler) {
		<-b.starts // by the interval
		b.rings <- struct{}{}
		<-b.starts
		if got := time.Since(b.began); got < 2*time.Minute {
			t.Errorf("watched again after %v", got)
		}
		if err := s.Set(nil, nil); err != nil {
			t.Fatal(err)
		}
		<-b.ended
	})
}
