package enforcer

import (
	"fmt"
	"net/netip"
	"time"

	"ha/enforcer/control"
	"ha/vrrp"
)

// leader is the Active router as a Backup knows it. When another one takes its place, the Backup has no transition, and people
// want to know of it all the same. The lock of the group guards it.
type leader struct {
	addr     netip.Addr // invalid: none was heard
	priority uint8      // that it said last
	since    time.Time
	heard    time.Duration // on the clock of the elections
	left     bool          // it said priority 0
	before   netip.Addr    // the one before
	rival    netip.Addr    // another one spoke, and the leader has not spoken since
}

// led notes an advert that a Backup has heard. A router that speaks for the first time is the leader when the one before has left or
// fallen silent; else when it speaks twice in a row, because for a moment two may be Active. Called with the lock.
func (g *group) led(i int, ad vrrp.Received) {
	m, e := g.members[i], g.core[i].Election
	if e.State != vrrp.Backup || ad.Source == g.core[i].Config.Source {
		return
	}
	now, l := g.owner.now(), &m.leader
	silent := now-l.heard > e.ActiveInterval*3/2
	switch {
	case ad.Priority == 0:
		l.left = l.left || ad.Source == l.addr
	case ad.Source == l.addr:
		l.priority, l.heard, l.left, l.rival = ad.Priority, now, false, netip.Addr{}
	case !l.addr.IsValid():
		m.follows(ad, now)
	case !l.left && !silent && l.rival != ad.Source:
		l.rival = ad.Source
	default:
		was, why := *l, "was relieved by it"
		switch {
		case was.left:
			why = "left"
		case silent:
			why = "fell silent"
		}
		m.follows(ad, now)
		l.before = was.addr
		g.owner.events.info("active", m.instance.Name, fmt.Sprintf("%v (priority %d) is the Active router now; %v (priority %d), which was, %s",
			l.addr, l.priority, was.addr, was.priority, why))
	}
}

// follows makes the sender of an advert the leader.
func (m *member) follows(ad vrrp.Received, now time.Duration) {
	m.leader = leader{addr: ad.Source, priority: ad.Priority, since: time.Now(), heard: now, before: m.leader.before}
}

// leads forgets the leader after a transition, but for the router that has just won against us. Called with the lock.
func (m *member) leads(after vrrp.State, r vrrp.Reason) {
	m.leader = leader{}
	if after == vrrp.Backup && r.Cause == vrrp.Outranked && r.Peer.Source.IsValid() {
		m.follows(vrrp.Received{Source: r.Peer.Source, Priority: r.Peer.Priority}, r.At)
	}
}

// status fills in the part of a status that is about the leader.
func (l leader) status(s *control.InstanceStatus) {
	if !l.addr.IsValid() {
		return
	}
	s.Follows, s.FollowsSince = l.addr.String(), l.since
	if l.before.IsValid() {
		s.Followed = l.before.String()
	}
}
