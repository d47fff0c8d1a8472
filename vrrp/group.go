package vrrp

import "time"

// Group is elections that are in the same state at all times: the members of a sync group, or the two address
// families of one VIP. A group of one behaves exactly like its only election, so a host needs nothing else. The
// rules are those of keepalived's sync groups:
//
//  1. A member whose Active_Down_Timer fires becomes Active only when all others want that too. Otherwise it starts
//     its timer again and remembers that it wants. An advert that restarts the timer makes it forget.
//
//  2. When the last one wants it, all become Active together.
//
//  3. When one loses to a better router, all become Backup at once; the others do not say priority 0. When it keeps its addresses
//     for a moment ([Config.Linger]), all do.
//
//  4. When one shuts down, all go to Initialize; those that were Active say priority 0.
//
//  5. All start together, when the last of them may.
//
//  6. When one announces its addresses again after an advert that does not win, all do.
//
//  7. Two routers may each be better in another member, as with equal priorities and addresses of two families.
//     Then each makes the other let go, and both would come back at the same moment to do it again. keepalived leaves
//     the end to chance; here the router that lost the first member waits one interval longer.
//
// So a takeover takes as long as the slowest member.
type Group []Member

// Member is one election of a group.
type Member struct {
	Config   Config
	Election Election
	Ready    bool          // Startup was stepped, and no Shutdown since: it waits for the others, or runs
	Hold     time.Duration // the group hears nothing and takes over nothing before this time, for [Startup]
	Yield    time.Duration // first member of several: the group takes over no earlier, for rule 7
}

// config is the configuration as it holds now.
func (m Member) config() Config { return m.Config.weighed(m.Election) }

// MemberAction is an action for one member of a group.
type MemberAction struct {
	Member int // its index in the group
	Action Action
}

// NewGroup is a group of new elections.
func NewGroup(configs ...Config) Group {
	g := make(Group, len(configs))
	for i, c := range configs {
		g[i].Config = c
	}
	return g
}

// State is the state that all members are in.
func (g Group) State() State {
	if len(g) == 0 {
		return Initialize
	}
	return g[0].Election.State
}

// Deadline is the earliest deadline of the members and whose it is: for that member [Timeout] must be stepped. It
// is false in Initialize.
func (g Group) Deadline() (at time.Duration, member int, ok bool) {
	for i := range g {
		if d, waits := g[i].Election.Deadline(); waits && (!ok || d < at) {
			at, member, ok = d, i, true
		}
	}
	return at, member, ok
}

// Step tells the group what happened to a member at a time, changes the members, and appends to out what the host
// must do now, in order. Any member may have changed its state afterwards, and its Reason says why. Rules as for
// [Config.Step]; an index outside the group does nothing.
func (g Group) Step(member int, now time.Duration, ev Event, out []MemberAction) []MemberAction {
	if member < 0 || member >= len(g) {
		return out
	}
	m := &g[member]
	switch ev := ev.(type) {
	case Startup:
		m.Ready, m.Hold = true, now+ev.Delay
		return g.start(now, out)
	case Shutdown:
		m.Ready = false
		out = g.step(member, now, ev, out)
		return g.follow(member, now, out)
	case Timeout:
		out = g.letGo(now, out)
		if m.Election.State == Backup && now >= m.Election.Timer {
			return g.takeOver(member, now, out)
		}
		return g.step(member, now, ev, out)
	case Received:
		before, from := m.Election.State, len(out)
		out = g.step(member, now, ev, out)
		if m.Election.State == Active {
			out = g.join(member, now, out, from)
		}
		if ev.Priority == 0 {
			m.Yield = 0 // it leaves for good: there is no quarrel to end
		}
		if m.Election.State != before {
			out = g.follow(member, now, out)
			if member == 0 && len(g) > 1 {
				m.Yield = m.Election.Timer + m.Config.Interval
			}
		}
	case Installed, PriorityChanged, PeerLost, Succeeded:
		return g.step(member, now, ev, out)
	}
	return out
}

// step lets one member act alone.
func (g Group) step(i int, now time.Duration, ev Event, out []MemberAction) []MemberAction {
	var room [4]Action
	e, actions := g[i].Config.Step(g[i].Election, now, ev, room[:0])
	g[i].Election = e
	return tag(i, actions, out)
}

// join lets the other members announce their addresses when one does after an advert that does not win: a router that was
// Active there may have been it for all of them. The actions of the member are those from a place on.
func (g Group) join(member int, now time.Duration, out []MemberAction, from int) []MemberAction {
	for _, a := range out[from:] {
		said, ok := a.Action.(SendAnnouncements)
		if !ok {
			continue
		}
		once, _ := g[member].Config.Announce.lower()
		for i := range g {
			count, delay := g[i].Config.Announce.lower()
			if i == member || !g[i].Election.Installed || count == 0 {
				continue
			}
			if said.Count < once { // it goes on
				count, delay = 1, 0
			}
			if delay > 0 {
				g[i].Election.Again, g[i].Election.Block = now+delay, count
			}
			out = append(out, MemberAction{Member: i, Action: SendAnnouncements{Count: count}})
		}
	}
	return out
}

// tag says whose actions they are.
func tag(i int, actions []Action, out []MemberAction) []MemberAction {
	for _, a := range actions {
		out = append(out, MemberAction{Member: i, Action: a})
	}
	return out
}

// start starts all members when all are ready. Owners begin as Backup where others have to.
func (g Group) start(now time.Duration, out []MemberAction) []MemberAction {
	owners, delay := 0, time.Duration(0)
	for i := range g {
		if !g[i].Ready || g[i].Election.State != Initialize {
			return out
		}
		if g[i].Config.Priority == owner {
			owners++
		}
		delay = max(delay, g[i].Hold-now)
	}
	for i := range g {
		c, e := g[i].config(), g[i].Election
		if owners == 0 || owners == len(g) {
			out = g.step(i, now, Startup{Delay: delay}, out)
			continue
		}
		e.ActiveInterval = c.Interval
		e = c.becomeBackup(e, now, c.because(Started, now))
		e.Timer += delay
		e.Deaf = now + delay
		g[i].Election = e
	}
	return out
}

// takeOver makes all members Active when the others want that too, or notes the wish of this one.
func (g Group) takeOver(member int, now time.Duration, out []MemberAction) []MemberAction {
	e := &g[member].Election
	for i := range g {
		if i != member && !g[i].Election.Wants {
			e.Wants = true
			e.Timer = now + g[member].config().activeDown(e.ActiveInterval)
			return out
		}
	}
	if now < g[0].Yield {
		e.Wants, e.Timer = true, g[0].Yield
		return out
	}
	for i := range g {
		var room [4]Action
		c, e := g[i].config(), g[i].Election
		e, actions := c.becomeActive(e, now, c.takeover(e, now), room[:0])
		g[i].Election = e
		out = tag(i, actions, out)
	}
	return out
}

// follow brings the others into the state that a member has fallen to.
func (g Group) follow(member int, now time.Duration, out []MemberAction) []MemberAction {
	for i := range g {
		c, e := g[i].config(), g[i].Election
		if i == member || e.State == g[member].Election.State {
			continue
		}
		why := c.because(Followed, now)
		why.Member = member
		if g[member].Election.State == Initialize {
			out = g.step(i, now, Shutdown{}, out)
			g[i].Election.Reason = why
			continue
		}
		last := Action(Release{})
		g[i].Election = c.becomeBackup(e, now, why)
		if e.Installed && g[member].Election.Leaving != 0 && !c.claimed(e, now) {
			g[i].Election.Leaving, last = g[member].Election.Leaving, Hush{}
		}
		out = append(out, MemberAction{Member: i, Action: last})
	}
	return out
}
