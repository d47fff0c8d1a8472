package enforcer

import (
	"errors"
	"time"

	"ha/vrrp"
)

// virtualFault is what is wrong with the virtual interface of an instance whose own interface works.
type virtualFault struct{ error }

// Unwrap is the error with its text.
func (f virtualFault) Unwrap() error { return f.error }

// isVirtual tells whether all that is wrong is the virtual interface.
func isVirtual(err error) bool { _, ok := errors.AsType[virtualFault](err); return ok }

// gap is a time in which an instance is without its virtual interface. The enforcer makes that again as soon as it hears that it is
// gone, but the election may hear it first: what it does must not depend on who did. Its zero value: there is none.
type gap struct{ since time.Duration }

// bridged tells whether an instance goes on without its interface, and when to look again if so. It does for as long as nobody
// misses it: the other routers wait for three adverts, the last of which left at most an interval ago (RFC 9568 section 6.1).
func (v *gap) bridged(c vrrp.Config, now time.Duration) (again time.Duration, ok bool) {
	if v.since == 0 {
		v.since = now
	}
	again = v.since + 2*c.Interval
	return again, now < again
}

// bridge corrects where an instance can take part while its virtual interface is not there; called with the lock.
func (g *group) bridge(i int, at spot) spot {
	m, now := g.members[i], g.owner.now()
	if m.station == nil || !isVirtual(at.fault) {
		m.gap = gap{}
		return at
	}
	again, ok := m.gap.bridged(g.core[i].Config, now)
	if !ok {
		return at
	}
	time.AfterFunc(again-now, g.owner.linksMoved)
	return spot{station: m.station, source: m.expect.Source}
}
