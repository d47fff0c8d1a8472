package planner

import (
	"fmt"
	"slices"
	"strconv"
)

// Rival is another node that takes part in the election of a VIP, as it is configured.
type Rival struct {
	Node     string `json:"node"`
	Priority uint8  `json:"priority"`
	Preempt  bool   `json:"preempt,omitempty"` // it takes over from an Active node of lower priority
}

// String returns lb2 (priority 150).
func (r Rival) String() string { return fmt.Sprintf("%s (priority %d)", r.Node, r.Priority) }

// owner is the priority that always preempts (RFC 9568 section 6.1).
const owner = 255

// standing is the place of this node in the election of a VIP, as far as one configuration decides it.
type standing struct {
	priority uint8
	preempt  bool
	rivals   []Rival // by priority, the highest first
}

func standingOf(vip *VIP, args []Arg) standing {
	var s standing
	if vip != nil {
		s.rivals = vip.Rivals
	}
	for _, a := range args {
		switch a.Path {
		case "priority":
			n, _ := strconv.ParseUint(a.Value, 10, 8) // 0, as nobody has it, where it is no number
			s.priority = uint8(n)
		case "preempt":
			s.preempt = a.Value == "true"
		}
	}
	return s
}

// leads tells whether the node takes the VIP from whoever else has it.
func (s standing) leads() bool {
	return s.priority == owner || s.preempt && len(s.rivals) > 0 && s.priority > s.rivals[0].Priority
}

// yields is who takes the VIP from the node while that is Active.
func (s standing) yields() (Rival, bool) {
	i := slices.IndexFunc(s.rivals, func(r Rival) bool { return r.Priority > s.priority && (r.Preempt || r.Priority == owner) })
	if i < 0 {
		return Rival{}, false
	}
	return s.rivals[i], true
}

// contended is a changed VIP whose priority or preemption is another one: it costs clients a move only where the VIP moves for it,
// away from this node or to it, and says which.
func (c *comparer) contended(change Change, former string, before, after []Arg) Change {
	if !c.isVIP(change.Name) {
		return change
	}
	was, is := standingOf(c.before.VIP(former), before), standingOf(c.ix.VIP(change.Name), after)
	if len(is.rivals) == 0 {
		return change
	}
	moves := ""
	switch to, yields := is.yields(); {
	case c.active(change.Name) && yields && is.priority < was.priority:
		moves = "moves to " + to.String()
	case !c.active(change.Name) && is.leads() && !was.leads():
		moves = "takes over from " + is.rivals[0].String()
	}
	touched := false
	for i := range change.Fields {
		if f := &change.Fields[i]; f.Path == "priority" || f.Path == "preempt" {
			touched, f.Impact = true, ImpactNone
			if moves != "" {
				f.Impact = ImpactFailover
			}
		}
	}
	if !touched {
		return change
	}
	if moves != "" {
		change.Effects = append(change.Effects, moves)
	}
	change.Impact = ImpactNone
	for _, f := range change.Fields {
		change.Impact = max(change.Impact, f.Impact)
	}
	return change
}

// renamed frees fields that only call members differently, since a new name costs nothing.
func (c *comparer) renamed(fields []Field) []Field {
	if len(c.renames) == 0 {
		return fields
	}
	now := make(map[string]string, len(c.renames))
	for name, former := range c.renames {
		now[former] = name
	}
	for i := range fields {
		f := &fields[i]
		before, isList := elements(f.Before)
		after, stillList := elements(f.After)
		if !isList || !stillList {
			before, after = []string{f.Before}, []string{f.After}
		}
		for k, name := range before {
			if called, ok := now[name]; ok {
				before[k] = called
			}
		}
		slices.Sort(before)
		slices.Sort(after)
		if slices.Equal(before, after) {
			f.Impact = ImpactNone
		}
	}
	return fields
}
