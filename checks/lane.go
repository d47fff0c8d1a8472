package checks

// lane is where probes of one temper wait for a place and run: those that need a goroutine each, or connections of which the
// kernel keeps thousands. Checks whose last probe was slow share half of the places, so that a rack that went dark cannot hold up
// the checks of those that answer.
type lane struct {
	limit   int      // probes at once
	running int      // probes
	slowRun int      // of them, those of slow checks
	quick   []*entry // due; in the order in which they became due
	slow    []*entry // due, and likely to take long
}

// queue makes an entry wait for a place.
func (l *lane) queue(e *entry) {
	if e.slow {
		l.slow = append(l.slow, e)
		return
	}
	l.quick = append(l.quick, e)
}

// next takes the entry whose turn it is out of the queue; nil when none waits, or has a place.
func (l *lane) next() (e *entry) {
	switch {
	case l.running >= l.limit:
		return nil
	case len(l.quick) > 0:
		e, l.quick = l.quick[0], l.quick[1:]
	case len(l.slow) > 0 && l.slowRun < max(1, l.limit/2):
		e, l.slow = l.slow[0], l.slow[1:]
	}
	return e
}

// waiting is how many entries wait for a place.
func (l *lane) waiting() int { return len(l.quick) + len(l.slow) }

// enter takes a place.
func (l *lane) enter(slow bool) {
	l.running++
	if slow {
		l.slowRun++
	}
}

// leave gives a place back.
func (l *lane) leave(slow bool) {
	l.running--
	if slow {
		l.slowRun--
	}
}
