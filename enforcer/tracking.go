package enforcer

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"ha/enforcer/control"
	"ha/planner"
	"ha/vrrp"
)

// tracking knows what the elections of a node depend on beyond VRRP itself. The lock of elections guards it.
type tracking struct {
	facts  planner.Facts           // Verdicts only
	values map[string]int64        // the numbers that checks report, by key
	pools  map[string]planner.Pool // those that are tracked, by name
	quorum map[string]headcount    // of pools, by name
}

func newTracking() tracking {
	return tracking{facts: planner.Facts{Verdicts: map[string]planner.Verdict{}}, values: map[string]int64{}, pools: map[string]planner.Pool{}, quorum: map[string]headcount{}}
}

// dependency is how a tracked thing stands, and what that does to an instance.
type dependency struct {
	track  vrrp.Track
	state  planner.Verdict // of the thing itself, before Reverse
	why    string          // interface eth1 has no carrier
	change int             // of the priority
	fault  bool            // keeps the instance out of its election
	since  time.Time       // when it became what it is
}

// String is what an event says of it: -60: vip.web.track.uplink: interface eth1 is down.
func (s dependency) String() string { return fmt.Sprintf("%+d: %s: %s", s.change, s.track.Name, s.why) }

// judged takes verdicts that changed, and the numbers that checks report now; it keeps values. Instances that track them follow soon; the
// caller does not wait.
func (e *elections) judged(changed map[string]planner.Verdict, values map[string]int64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	maps.DeleteFunc(values, func(key string, v int64) bool { return e.tracking.values[key] == v })
	if len(changed)+len(values) == 0 {
		return
	}
	maps.Copy(e.tracking.facts.Verdicts, changed)
	maps.Copy(e.tracking.values, values)
	for _, g := range e.groups {
		if e.tracking.concerns(g, changed, values) {
			e.note()
			e.linksMoved()
			return
		}
	}
}

// concerns tells whether a member of a group depends on one of the checks, directly or by a pool.
func (t *tracking) concerns(g *group, changed map[string]planner.Verdict, values map[string]int64) bool {
	moved := func(check string) bool {
		_, verdict := changed[check]
		_, value := values[check]
		return verdict || value
	}
	for _, m := range g.members {
		for _, track := range m.instance.Tracks {
			if slices.ContainsFunc(t.keys(track), moved) {
				return true
			}
		}
	}
	return false
}

// keys are the checks and sessions on which a tracked thing depends.
func (t *tracking) keys(track vrrp.Track) []string {
	if track.Check != "" {
		return []string{track.Check}
	}
	var keys []string
	for _, server := range t.pools[track.Pool].Servers {
		keys = append(keys, server.Checks...)
	}
	return keys
}

// watch notes the pools of a plan that instances track.
func (t *tracking) watch(instances []vrrp.Instance, pools []planner.Pool) {
	clear(t.pools)
	for _, i := range instances {
		for _, track := range i.Tracks {
			for _, p := range pools {
				if p.Name == track.Pool {
					t.pools[p.Name] = p
				}
			}
		}
	}
}

// judge says how everything stands on which an instance depends. What is not known yet keeps out an instance that does not
// take part so far, as keepalived does at its start; one that takes part goes on, or a check added to a running VIP would
// move it.
func (t *tracking) judge(i vrrp.Instance, takesPart bool, link func(device string, delay vrrp.Debounce) error) []dependency {
	list := make([]dependency, 0, len(i.Tracks))
	for _, track := range i.Tracks {
		s := dependency{track: track}
		switch {
		case track.Interface != "":
			s.state, s.why = planner.Up, fmt.Sprintf("interface %s is up", track.Interface)
			if err := link(track.Interface, track.Debounce); err != nil {
				s.state, s.why = planner.Down, textOf(err)
			}
		case track.Pool != "" && track.AtLeast == 0:
			s.state, s.why = t.quorate(track.Pool)
		case track.Pool != "":
			s.state, s.why = t.enough(track)
		default:
			s.state, s.why = t.passes(track)
		}
		if s.state == planner.Unknown {
			s.fault = !takesPart
		} else {
			s.change, s.fault = track.Effect(s.state == planner.Up, t.values[track.Check])
		}
		list = append(list, s)
	}
	return list
}

// passes is the state of a tracked check.
func (t *tracking) passes(track vrrp.Track) (planner.Verdict, string) {
	verdict := t.facts.Verdicts[track.Check]
	switch {
	case verdict == planner.Unknown:
		return verdict, called(track.Check) + " has no result yet"
	case track.Factor != 0:
		return verdict, fmt.Sprintf("%s reports %d", called(track.Check), t.values[track.Check])
	case verdict == planner.Down:
		return verdict, called(track.Check) + " fails"
	}
	return verdict, called(track.Check) + " passes"
}

// enough is the state of a tracked pool: up as soon as enough servers are, down as soon as too few can be.
func (t *tracking) enough(track vrrp.Track) (planner.Verdict, string) {
	pool := t.pools[track.Pool]
	balance := pool.Balance(t.facts)
	up, unknown, of := balance.Up, balance.Unknown, balance.Of
	why := fmt.Sprintf("%s has %d of %d servers up, %d wanted", track.Pool, up, of, track.AtLeast)
	switch {
	case up >= track.AtLeast:
		return planner.Up, why
	case up+unknown >= track.AtLeast:
		return planner.Unknown, why + fmt.Sprintf("; %d not known yet", unknown)
	}
	return planner.Down, why
}

// faultOf joins what keeps an instance out of its election; nil for nothing.
func faultOf(dependencies []dependency) error {
	var faults []string
	decided := false
	for _, s := range dependencies {
		if s.fault {
			faults = append(faults, s.track.Name+": "+s.why)
			decided = decided || s.state != planner.Unknown
		}
	}
	switch {
	case len(faults) == 0:
		return nil
	case !decided:
		return undecided{notWell(strings.Join(faults, "; "))}
	}
	return notWell(strings.Join(faults, "; "))
}

// undecided is a fault of things that are not known yet: nothing is wrong so far.
type undecided struct{ error }

// Unwrap is the fault.
func (u undecided) Unwrap() error { return u.error }

func isUndecided(err error) bool { _, ok := errors.AsType[undecided](err); return ok }

// effective is the priority that a member goes by now; called with the lock.
func (g *group) effective(i int) uint8 {
	if p := g.core[i].Election.Priority; p != 0 && g.core[i].Config.Priority != 255 {
		return p
	}
	return g.core[i].Config.Priority
}

// weigh makes the priority of a member what follows from how tracked things stand, and tells of those that changed.
func (g *group) weigh(i int, dependencies []dependency) {
	g.mu.Lock()
	defer g.mu.Unlock()
	m := g.members[i]
	g.compare(i, dependencies)
	m.dependencies = dependencies
	var changes []int
	for _, s := range dependencies {
		changes = append(changes, s.change)
	}
	before, after := g.effective(i), vrrp.Effective(m.instance.Config.Priority, changes...)
	if g.stopped || before == after {
		return
	}
	text := fmt.Sprintf("%d -> %d", before, after) + m.weights("; ")
	g.owner.events.info("priority", m.instance.Name, text)
	if i == 0 || g.members[i-1].instance.VIP != m.instance.VIP { // once for both families
		g.owner.crier.happened(m.instance.VIP, planner.PriorityChanged, g.core.State() == vrrp.Active, after, text)
	}
	g.step(i, vrrp.PriorityChanged{Priority: after})
}

// compare finds out since when each thing stands as it does, and tells of what changed, once for all members that depend on it:
// both families of a VIP, and all VIPs of a sync group.
func (g *group) compare(i int, dependencies []dependency) {
	m, now := g.members[i], time.Now()
	for k := range dependencies {
		s := &dependencies[k]
		s.since = now
		before := planner.Unknown
		if at := slices.IndexFunc(m.dependencies, func(b dependency) bool { return b.track.Name == s.track.Name }); at >= 0 {
			b := m.dependencies[at]
			before = b.state
			if b.state == s.state && b.change == s.change && b.fault == s.fault {
				s.since = b.since
				continue
			}
		}
		told := slices.ContainsFunc(g.members[:i], func(other *member) bool { return other.depends(s.track.Name) })
		if told || s.state == planner.Unknown || before == planner.Unknown && s.state == planner.Up && s.change == 0 && !s.fault {
			continue // nothing to tell, or told for another member
		}
		g.owner.events.info("track", s.track.Name, s.tells())
	}
}

// depends tells whether a member tracks the thing of a name.
func (m *member) depends(name string) bool {
	return slices.ContainsFunc(m.instance.Tracks, func(t vrrp.Track) bool { return t.Name == name })
}

// tells says in words how a thing stands and what that does.
func (s dependency) tells() string {
	switch {
	case s.fault:
		return s.why + ": takes no part"
	case s.change != 0:
		return fmt.Sprintf("%s: priority %+d", s.why, s.change)
	}
	return s.why
}

// weights lists what changes the priority of a member, each behind a separator.
func (m *member) weights(separator string) string {
	text := ""
	for _, s := range m.dependencies {
		if s.change != 0 {
			text += separator + s.String()
		}
	}
	return text
}

// startup is the event that lets a member take part. The start delay counts from the start of the enforcer.
func (g *group) startup(i int) vrrp.Startup {
	return vrrp.Startup{Delay: max(0, g.members[i].instance.StartDelay-g.owner.now())}
}

// newcomer is the fault of a member that has not been looked at yet.
const newcomer = "it has just been configured"

// because adds to a transition what tracking has to do with it.
func (m *member) because(before, after vrrp.State) string {
	switch {
	case before == vrrp.Initialize && after != vrrp.Initialize && m.ended != "" && m.ended != newcomer:
		return "; no longer: " + m.ended
	case after == vrrp.Backup && m.weights(" ") != "":
		return fmt.Sprintf("; ours is %d", m.instance.Config.Priority) + m.weights(" ")
	}
	return ""
}

// waits says for how long a Backup holds back on purpose.
func (g *group) waits(e vrrp.Election) string {
	now := g.owner.now()
	switch {
	case e.State != vrrp.Backup:
	case now < e.Deaf:
		return fmt.Sprintf("; hears nothing until the start delay ends in %v", (e.Deaf - now).Round(100*time.Millisecond))
	case now < e.Delay:
		return fmt.Sprintf("; begins to preempt %v in %v", e.Peer.Source, (e.Delay - now).Round(100*time.Millisecond))
	}
	return ""
}

// tracked fills in the part of a status that is about tracked things.
func (m *member) tracked(s *control.InstanceStatus) {
	for _, t := range m.dependencies {
		if t.change != 0 {
			s.Weighed = append(s.Weighed, t.String())
		}
		s.Tracked = append(s.Tracked, control.TrackStatus{
			Name: t.track.Name, State: t.state.String(), Since: t.since, Why: t.why, Change: t.change, Fault: t.fault, Check: t.track.Check,
		})
	}
}
