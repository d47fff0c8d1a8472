package vrrp

import "time"

// A router that another one relieves keeps its addresses until that one has announced them: it takes a moment to put them in
// place, and nobody would answer meanwhile. No queued announcement of its own leaves any more ([Hush]), and the addresses go
// ([Release]) with the successor's announcement ([Succeeded]), or after [Config.Linger] where that is not heard. In the protocol it
// is a Backup from the advert on.

// lingers tells whether a router that loses to an advert is relieved by one that begins, rather than contradicted by one that has the
// addresses already. before is who was heard until then.
func (c Config) lingers(e Election, before Peer, now time.Duration, ad Received) bool {
	switch {
	case c.Linger <= 0 || !e.Installed:
		return false
	case c.claimed(e, now):
		return false
	case now >= e.Timer+c.Interval: // we were silent, so it may be Active for a while
		return false
	case c.partitioned(e, now, ad):
		return false
	}
	return before.Source != ad.Source || before.Priority == 0 || now-before.Heard > c.lost()
}

// claimed tells whether a successor has announced the addresses already: its announcement overtook its advert.
func (c Config) claimed(e Election, now time.Duration) bool {
	return e.Claimed != 0 && now-e.Claimed <= c.Linger
}

// linger is a Backup that has just lost, and keeps its addresses for a moment.
func (c Config) linger(e Election, now time.Duration, out []Action) (Election, []Action) {
	e.Leaving = now + c.Linger
	return e, append(out, Hush{})
}

// letGo ends the lingering of a Backup; of one that does not linger, nothing.
func (e Election) letGo(out []Action) (Election, []Action) {
	if e.Leaving == 0 {
		return e, out
	}
	e.Leaving = 0
	return e, append(out, Release{})
}

// letGo ends the lingering of the members whose time is over.
func (g Group) letGo(now time.Duration, out []MemberAction) []MemberAction {
	for i := range g {
		if e := g[i].Election; e.Leaving != 0 && now >= e.Leaving {
			var room [1]Action
			var actions []Action
			g[i].Election, actions = e.letGo(room[:0])
			out = tag(i, actions, out)
		}
	}
	return out
}
