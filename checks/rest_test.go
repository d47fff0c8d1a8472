package checks

import (
	"context"
	"errors"
	"testing"
	"time"
)

// TestChecksRest: a check that rests is not asked, keeps what it knew, and goes on from there when it wakes.
func TestChecksRest(t *testing.T) {
	onBench(t, Options{}, func(b *bench) {
		awake := Config{Key: "a", Interval: 5 * time.Second, RetryDelay: 3 * time.Second, Timeout: time.Second, Rise: 1, Fall: 3}
		resting := awake
		resting.Rest = true
		b.set(awake)
		pass(10 * time.Second)
		if got := b.of("a"); len(got) == 0 || got[len(got)-1].Verdict != Up {
			t.Fatalf("got %v before it rests", got)
		}
		b.set(resting)
		pass(time.Second)
		b.mu.Lock()
		b.probes["a"] = func(context.Context) error { return errors.New("away") }
		b.mu.Unlock()
		before := len(b.of("a"))
		b.set(resting) // a new set for another reason
		pass(time.Minute)
		if got := len(b.of("a")); got != before {
			t.Errorf("%d probes while it rests", got-before)
		}
		b.set(awake)
		pass(time.Second) // the first one comes soon
		got := b.of("a")
		if len(got) != before+1 || got[before].Verdict != Up || got[before].Streak != 1 {
			t.Errorf("got %v after it woke, want one failure that does not convince yet", got[before:])
		}
		pass(10 * time.Second)
		if got := b.of("a"); got[len(got)-1].Verdict != Down {
			t.Errorf("got %v in the end", got[len(got)-1])
		}
	})
}

// TestProbesOfRestCountNothing: what runs when a check is sent to rest is not heard, and a check that begins at rest starts when it wakes.
func TestProbesOfRestCountNothing(t *testing.T) {
	onBench(t, Options{}, func(b *bench) {
		config := Config{Key: "a", Interval: time.Second, Timeout: 10 * time.Second, Rise: 1, Fall: 1, Rest: true}
		b.probes["a"] = func(ctx context.Context) error {
			select {
			case <-time.After(3 * time.Second):
			case <-ctx.Done():
			}
			return errors.New("late")
		}
		b.set(config)
		pass(time.Minute)
		if got := len(b.starts["a"]); got != 0 {
			t.Fatalf("%d probes of a check that begins at rest", got)
		}
		config.Rest = false
		b.set(config)
		pass(2 * time.Second) // one runs
		config.Rest = true
		b.set(config)
		pass(time.Minute)
		if starts, got := len(b.starts["a"]), b.of("a"); starts != 1 || len(got) != 0 {
			t.Errorf("%d probes, and %v was heard", starts, got)
		}
		config.Rest = false
		b.set(config)
		pass(10 * time.Second)
		if got := b.of("a"); len(got) == 0 || got[0].Verdict != Down {
			t.Errorf("got %v after it woke", got)
		}
	})
}

// TestRestInAQueue: a check that waits for a place when it is sent to rest gives it up, and takes part again later.
func TestRestInAQueue(t *testing.T) {
	onBench(t, Options{Limit: 1}, func(b *bench) {
		block := make(chan struct{})
		b.probes["first"] = func(ctx context.Context) error { <-block; return nil }
		first := Config{Key: "first", Interval: time.Hour, Timeout: time.Minute, Rise: 1, Fall: 1, Warmup: time.Nanosecond}
		second := Config{Key: "second", Interval: time.Second, Timeout: time.Second, Rise: 1, Fall: 1}
		b.set(first)
		pass(time.Second)
		b.set(first, second)
		pass(2 * time.Second) // it waits
		second.Rest = true
		b.set(first, second)
		close(block)
		pass(10 * time.Second)
		if got := len(b.starts["second"]); got != 0 {
			t.Errorf("%d probes while it rests", got)
		}
		second.Rest = false
		b.set(first, second)
		pass(10 * time.Second)
		if got := b.of("second"); len(got) == 0 {
			t.Error("it never woke")
		}
	})
}
