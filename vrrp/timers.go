package vrrp

import "time"

const (
	// owner is the priority of the router whose own addresses the virtual ones are (RFC 9568 section 5.2.4).
	owner = 255
	// Limits of what may be learned from an advert of version 3 (RFC 9568 section 5.2.7).
	minInterval = 10 * time.Millisecond
	maxInterval = 40950 * time.Millisecond
)

// skew is Skew_Time: the higher the priority, the shorter the wait, so the best Backup speaks first. It scales with
// the interval in version 3 (RFC 9568 section 6.1) and is a share of one second in version 2 (RFC 3768 section 6.1).
func (c Config) skew(interval time.Duration) time.Duration { return c.skewOf(c.Priority, interval) }

func (c Config) skewOf(priority uint8, interval time.Duration) time.Duration {
	if c.Version == 2 {
		interval = time.Second
	}
	return interval * time.Duration(256-int(priority)) / 256
}

// activeDown is Active_Down_Interval (RFC 9568 section 6.1): the silence after which a Backup takes over.
func (c Config) activeDown(interval time.Duration) time.Duration {
	return c.silence(interval) + c.skew(interval)
}

// Down is Active_Down_Interval as it is for an election now: with its effective priority and the interval that it has learned.
func (c Config) Down(e Election) time.Duration {
	interval := e.ActiveInterval
	if interval == 0 {
		interval = c.Interval
	}
	return c.weighed(e).activeDown(interval)
}

// silence is how long adverts must be missing, before the skew.
func (c Config) silence(interval time.Duration) time.Duration {
	if c.DownAdverts > 0 {
		return time.Duration(c.DownAdverts) * interval
	}
	return 3 * interval
}

// lost is the age of our last advert at which a Backup may have taken over: the down interval of the quickest one.
func (c Config) lost() time.Duration { return c.silence(c.Interval) + c.skewOf(owner-1, c.Interval) }

// learn is the Active_Adver_Interval after an advert: the sender's in version 3 (RFC 9568 section 6.4.2), always our
// own in version 2, whose routers must agree on it. An impossible value is not learned: it would end the wait at once.
func (c Config) learn(e Election, interval time.Duration) time.Duration {
	if c.Version == 2 {
		return c.Interval
	}
	if interval < minInterval || interval > maxInterval {
		return e.ActiveInterval
	}
	return interval
}

// next is the time after due in a rhythm: on time it keeps the phase, late by a whole period or more it starts
// again from now, because what was missed must not come as a burst.
func next(due, now, period time.Duration) time.Duration {
	if due+period > now {
		return due + period
	}
	return now + period
}
