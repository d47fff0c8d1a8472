package enforcer

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"ha/enforcer/control"
	"ha/vrrp"
	"ha/vrrp/socket"
)

// keepTransitions is how many transitions of an instance are remembered, however many events came after them.
const keepTransitions = 8

// obstacle is why an instance takes no part, with the kind of thing that is in its way.
type obstacle struct {
	cause control.Cause
	text  string
}

func (o obstacle) Error() string { return "takes no part in the election: " + o.text }

// noLink is an obstacle of an interface.
func noLink(format string, args ...any) error {
	return obstacle{control.CauseInterface, fmt.Sprintf(format, args...)}
}

// noSecret is an obstacle of authentication.
func noSecret(format string, args ...any) error {
	return obstacle{control.CauseSecret, fmt.Sprintf(format, args...)}
}

// notWell is an obstacle of what an instance tracks.
func notWell(text string) error { return obstacle{control.CauseTracking, text} }

// textOf is what is in the way, without the words that every obstacle begins with.
func textOf(err error) string {
	var o obstacle
	if errors.As(err, &o) {
		return o.text
	}
	return err.Error()
}

// causeOf is the kind of thing that keeps an instance out.
func causeOf(err error) control.Cause {
	var o obstacle
	switch {
	case errors.As(err, &o):
		return o.cause
	case errors.Is(err, socket.ErrNoSource):
		return control.CauseSource
	}
	return control.CauseSocket
}

// moved tells of a transition of the group, for each member with its cause. Called with the lock.
func (g *group) moved(before, after vrrp.State) {
	g.owner.note()
	for i, m := range g.members {
		m.since = time.Now()
		clear(m.remarked)
		m.leads(after, g.core[i].Election.Reason)
		t := g.transition(i, before, after)
		m.history = append(m.history, t)
		if n := len(m.history); n > keepTransitions {
			m.history = slices.Delete(m.history, 0, n-keepTransitions)
		}
		g.owner.events.transition(m.instance.Name, t)
		g.owner.crier.moved(m.instance.VIP, t)
	}
	if first := g.members[0]; isSyncGroup(first.instance.Group) {
		g.owner.crier.moved(first.instance.Group, first.history[len(first.history)-1])
	}
}

// isSyncGroup tells a sync group from the group that the families of one VIP are.
func isSyncGroup(group string) bool { return strings.HasPrefix(group, "sync_group.") }

// absent tells that a member takes no part from the start: there is no transition that would. Called with the lock.
func (g *group) absent(m *member) {
	if g.core.State() != vrrp.Initialize {
		return
	}
	t := control.Transition{At: time.Now(), To: vrrp.Initialize.String(), Cause: m.cause, Why: m.fault, Priority: m.instance.Config.Priority}
	g.owner.crier.moved(m.instance.VIP, t)
	if isSyncGroup(m.instance.Group) {
		g.owner.crier.moved(m.instance.Group, t)
	}
}

// transition is what a member has just gone through.
func (g *group) transition(i int, before, after vrrp.State) control.Transition {
	m, reason := g.members[i], g.core[i].Election.Reason
	t := control.Transition{
		At: m.since, From: before.String(), To: after.String(), Cause: control.Cause(reason.Cause.String()), Why: reason.String(), Priority: reason.Own,
	}
	if reason.Source.IsValid() {
		t.Source = reason.Source.String()
	}
	if reason.Cause == vrrp.Followed && reason.Member < len(g.members) {
		first := g.members[reason.Member]
		t.With = first.instance.Name
		t.Cause, t.Why = control.Cause(g.core[reason.Member].Election.Reason.Cause.String()), fmt.Sprintf("moved with %s: %v", t.With, g.core[reason.Member].Election.Reason)
		if after == vrrp.Initialize && first.fault != "" {
			t.Cause, t.Why = first.cause, fmt.Sprintf("moved with %s: %s", t.With, first.fault)
		}
		reason = g.core[reason.Member].Election.Reason
	}
	if p := reason.Peer; p.Source.IsValid() {
		t.Peer, t.PeerPriority = p.Source.String(), p.Priority
		if reason.Cause == vrrp.Silence || reason.Cause == vrrp.Lost {
			t.Silence = reason.At - p.Heard
		}
	}
	if after == vrrp.Initialize && m.fault != "" {
		t.Cause, t.Why = m.cause, m.fault
	}
	t.Why += m.because(before, after)
	return t
}
