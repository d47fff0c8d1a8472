package enforcer

import (
	"fmt"
	"net/netip"
	"time"

	"ha/planner"
	"ha/vrrp"
)

// contest is a time in which another router was Active as well as this one: after a partition, a pause, or with a filter in
// between. The protocol ends it; people must hear of it, because for that time two routers answered for the same addresses. The
// lock of the group guards it.
type contest struct {
	count    uint64     // contests so far
	rival    netip.Addr // of the last one
	priority uint8      // that it said last
	open     bool
	adverts  int           // heard in the open one
	since    time.Duration // when its first advert was heard, on the clock of the elections
	heard    time.Duration // and the last
	at       time.Time     // the same on the wall clock
}

// crossing is the part of the interval for which an advert of the router that we have just relieved may still be on its way, or
// wait here: many VIPs move at once. One that goes on is heard again an interval later.
const crossing = 2

// standing is what a router was when an advert came in.
type standing struct {
	state  vrrp.State
	since  time.Time
	silent time.Duration // since its own last advert was due at the latest
}

func (g *group) standing(i int) standing {
	e := g.core[i].Election
	return standing{state: e.State, since: g.members[i].since, silent: g.owner.now() - e.Timer}
}

// contested notes an advert that came in while the member was Active: of a router that has to yield, or to which it yielded
// after a pause in which that one took over. A better router that arrives and preempts is no contest. Called with the lock.
func (g *group) contested(i int, was standing, ad vrrp.Received) {
	m, c := g.members[i], g.core[i]
	if was.state != vrrp.Active || ad.Priority == 0 || ad.Source == c.Config.Source {
		return
	}
	now := g.owner.now()
	stays := c.Election.State == vrrp.Active
	paused := was.silent > 2*c.Config.Interval
	if !stays && !paused && !m.contest.open || stays && !m.contest.open && now-c.Election.Reason.At < c.Config.Interval/crossing {
		return
	}
	k := &m.contest
	k.at, k.heard, k.priority = time.Now(), now, ad.Priority
	if k.open {
		k.adverts++ // whoever it is: a flood from many addresses is told once
	} else {
		k.count++
		k.since, k.adverts = now, 1
	}
	k.rival = ad.Source
	if k.open && stays {
		return
	}
	k.open = stays
	g.owner.disputed.Store(true)
	text := fmt.Sprintf("contested: %v (priority %d) is Active as well as we, %v (priority %d), who are since %s",
		ad.Source, ad.Priority, c.Config.Source, g.effective(i), was.since.Format("15:04:05.000"))
	if paused {
		text += fmt.Sprintf("; it took over while we said nothing, for %v more than our interval", was.silent.Round(time.Millisecond))
	}
	if stays {
		text += "; by the rules it yields: it was told, and the addresses are announced again"
	} else {
		text += "; by the rules we yield"
	}
	g.owner.events.warn("contest", m.instance.Name, text)
	if stays {
		g.owner.crier.happened(m.instance.VIP, planner.HeardLower, true, g.effective(i), text)
	}
}

// settleContests tells of contests that are over: the rival is no longer heard. And of addresses that others have, too. It looks at
// thousands of elections, so it does nothing as long as there is no dispute.
func (e *elections) settleContests() {
	if !e.disputed.Swap(false) {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, g := range e.groups {
		g.mu.Lock()
		for i, m := range g.members {
			g.tellClaims(i, time.Now())
			if m.contest.open || len(m.claims.rival) > 0 {
				e.disputed.Store(true)
			}
			k, now := &m.contest, e.now()
			if !k.open || now-k.heard <= 4*g.core[i].Config.Interval {
				continue
			}
			k.open = false
			e.events.info("contest", m.instance.Name, fmt.Sprintf("no longer contested: %v is not heard any more; %d adverts of it came within %v",
				k.rival, k.adverts, (k.heard-k.since).Round(time.Millisecond)))
		}
		g.mu.Unlock()
	}
}
