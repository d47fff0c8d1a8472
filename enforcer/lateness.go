package enforcer

import (
	"math/bits"
	"time"

	"ha/enforcer/control"
)

// lateness counts how late timers were: in classes that double, from below a microsecond to above half a minute, so that
// it is small and costs nothing. The zero value is empty.
type lateness struct {
	classes [26]uint64 // class i is below 2^i µs
	count   uint64
	max     time.Duration
}

// add notes a timer that was late by d; one that was early was not late.
func (l *lateness) add(d time.Duration) {
	d = max(d, 0)
	class := bits.Len64(uint64(d / time.Microsecond))
	l.classes[min(class, len(l.classes)-1)]++
	l.count++
	l.max = max(l.max, d)
}

// below is the end of the class in which a share of the timers (0 to 1) has been counted: they were less late than that,
// and never later than the maximum.
func (l *lateness) below(share float64) time.Duration {
	if l.count == 0 {
		return 0
	}
	wanted, seen := uint64(share*float64(l.count)), uint64(0)
	for class, n := range l.classes {
		if seen += n; seen >= max(wanted, 1) {
			return min(time.Microsecond<<class, l.max)
		}
	}
	return l.max
}

// status is what a person sees of it.
func (l *lateness) status() control.TimerStatus {
	return control.TimerStatus{Count: l.count, Late50: l.below(0.5), Late99: l.below(0.99), LateMax: l.max}
}
