package checks

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

// giveUp is how long a probe may take to return after its time is over, to say in its own words what it waited for.
const giveUp = 100 * time.Millisecond

// probe runs one probe within its timeout. It returns in time even if the probe does not; such a probe keeps busy set, and
// the next one of its check fails at once rather than run beside it.
func probe(ctx context.Context, check Check, timeout time.Duration, busy *atomic.Bool) (value int64, err error) {
	if !busy.CompareAndSwap(false, true) {
		return 0, errors.New("an earlier probe still has not returned")
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	type answer struct {
		value int64
		err   error
	}
	done := make(chan answer, 1) // so that a probe that was given up can end
	go func() {
		value, err := guarded(ctx, check)
		busy.Store(false)
		done <- answer{value, err}
	}()
	var a answer
	select {
	case a = <-done:
	case <-ctx.Done():
		late := time.NewTimer(giveUp)
		defer late.Stop()
		select {
		case a = <-done:
		case <-late.C:
			return 0, fmt.Errorf("the probe did not return within its %v", timeout)
		}
	}
	switch {
	case !errors.Is(ctx.Err(), context.DeadlineExceeded):
		return a.value, a.err
	case a.err == nil:
		return a.value, fmt.Errorf("succeeded only after its %v", timeout)
	}
	return a.value, fmt.Errorf("%w (within %v)", a.err, timeout)
}

// guarded runs a probe; one that panics has failed, and takes no other check with it.
func guarded(ctx context.Context, check Check) (value int64, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the check itself failed: panic: %v", r)
		}
	}()
	if m, measures := check.(Measurer); measures {
		return m.Measure(ctx)
	}
	return 0, check.Probe(ctx)
}
