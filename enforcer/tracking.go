package enforcer

import (
	"fmt"
	"maps"
	"strings"
	"time"

	"ha/planner"
	"ha/vrrp"
)

// tracking knows what the elections of a node depend on beyond VRRP itself. The lock of elections guards it.
type tracking struct {
	verdicts map[string]planner.Verdict // by key of the check
}

// lowering is a tracked thing that has failed, and by how much that lowers a priority.
type lowering struct {
	weight uint8
	why    string
}

func (l lowering) String() string { return fmt.Sprintf("-%d: %s", l.weight, l.why) }

// judged takes verdicts that changed. Instances that track their checks follow soon; the caller does not wait.
func (e *elections) judged(changed map[string]planner.Verdict) {
	if len(changed) == 0 {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	maps.Copy(e.tracking.verdicts, changed)
	for _, g := range e.groups {
		if g.tracks(changed) {
			e.note()
			e.linksMoved()
			return
		}
	}
}

// tracks tells whether a member depends on one of the checks.
func (g *group) tracks(checks map[string]planner.Verdict) bool {
	for _, m := range g.members {
		for _, t := range m.instance.Tracks {
			if _, moved := checks[t.Check]; moved && t.Check != "" {
				return true
			}
		}
	}
	return false
}

// judge says what has failed of that on which an instance depends: what lowers its priority, and what keeps it out of
// the election. A check without a result yet keeps out an instance that does not take part so far, as keepalived does
// at its start; one that takes part goes on, or a check added to a running VIP would move it.
func (t *tracking) judge(i vrrp.Instance, takesPart bool, link func(device string) error) (lowered []lowering, fault error) {
	var faults []string
	failed := func(track vrrp.Track, why string) {
		why = track.Name + ": " + why
		if track.Weight > 0 {
			lowered = append(lowered, lowering{track.Weight, why})
			return
		}
		faults = append(faults, why)
	}
	for _, track := range i.Tracks {
		verdict := t.verdicts[track.Check]
		switch {
		case track.Interface != "":
			err := link(track.Interface)
			if err == nil {
				continue
			}
			failed(track, strings.TrimPrefix(err.Error(), errNoLink.Error()+": "))
		case verdict == planner.Unknown && !takesPart:
			faults = append(faults, fmt.Sprintf("%s: %s has no result yet", track.Name, called(track.Check)))
		case verdict == planner.Down:
			failed(track, called(track.Check)+" fails")
		}
	}
	if len(faults) > 0 {
		fault = noLink("%s", strings.Join(faults, "; "))
	}
	return lowered, fault
}

// effective is the priority that a member goes by now; called with the lock.
func (g *group) effective(i int) uint8 {
	if p := g.core[i].Election.Priority; p != 0 && g.core[i].Config.Priority != 255 {
		return p
	}
	return g.core[i].Config.Priority
}

// weigh makes the priority of a member what follows from the tracked things that have failed.
func (g *group) weigh(i int, lowered []lowering) {
	g.mu.Lock()
	defer g.mu.Unlock()
	m := g.members[i]
	m.lowered = lowered
	var weights []uint8
	for _, l := range lowered {
		weights = append(weights, l.weight)
	}
	before, after := g.effective(i), vrrp.Effective(m.instance.Config.Priority, weights...)
	if g.stopped || before == after {
		return
	}
	text := fmt.Sprintf("%d -> %d", before, after)
	for _, l := range lowered {
		text += "; " + l.String()
	}
	g.owner.events.info("priority", m.instance.Name, text)
	g.step(i, vrrp.PriorityChanged{Priority: after})
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
	case after == vrrp.Backup && len(m.lowered) > 0:
		text := fmt.Sprintf("; ours is %d", m.instance.Config.Priority)
		for _, l := range m.lowered {
			text += " " + l.String()
		}
		return text
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
