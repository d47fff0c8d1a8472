package check

import (
	"fmt"

	"ha/hcl/decode"
	"ha/hcl/diag"
)

// tracking: what a VIP tracks must be able to move it, and must leave somebody to answer.
func tracking(v *view) {
	told := map[string]bool{} // blocks of a group concern each of its members
	for _, p := range v.cfg.VIPs {
		if p.Broken {
			continue
		}
		field := contenders(v, p)
		v.ownLinks(p, field)
		v.memberWeights(p)
		v.idleWeights(p, field, told)
		v.clampedWeights(p, field, told)
		v.commonFaults(p, field, told)
	}
}

// contender is a node in the election of a VIP with all on which its place depends.
type contender struct {
	node   string
	vip    *decode.VIP
	stakes []Stake
}

func contenders(v *view, p *decode.PerNode[decode.VIP]) []contender {
	var list []contender
	for _, name := range v.directors(p.Nodes) {
		if vip := p.On(name); !vip.Broken {
			list = append(list, contender{name, vip, v.stakes(p, name)})
		}
	}
	return list
}

// ownLinks: the interface of the VIP is tracked without being named.
func (v *view) ownLinks(p *decode.PerNode[decode.VIP], field []contender) {
	told := map[string]bool{}
	for _, c := range field {
		for _, s := range c.stakes {
			if s.Shared || s.Track.Interface == "" || s.Track.Interface != c.vip.InterfaceOn(v.nodes[c.node]) || told[s.Track.Name] {
				continue
			}
			told[s.Track.Name] = true
			at, help := s.At, "Remove it."
			if s.Block != nil {
				at, help = s.Block.Interface.At, "Remove the block."
			}
			v.warn("HA4084", at, fmt.Sprintf("%s is the interface of %s itself on %s", s.Track.Interface, p.Address, c.node),
				"A node whose interface of the VIP fails takes no part anyway, whatever the weight.", help, about(p.Head, diag.OnNode(c.node))...)
		}
	}
}

// memberWeights: a group moves only when all members want that, so the priority of one of them moves nothing.
func (v *view) memberWeights(p *decode.PerNode[decode.VIP]) {
	g := v.groupOf(p.Address)
	if g == nil {
		return
	}
	told := map[string]bool{}
	for _, x := range healthy(p) {
		for _, t := range x.Val.Tracks {
			if t.Condition() || told[t.Address] {
				continue
			}
			told[t.Address] = true
			v.fail("HA4083", t.Weighs().At, fmt.Sprintf("%s is in %s, and weighs for itself alone", p.Address, g.Address),
				"A sync group moves only when all members want to: a lower priority of one of them moves nothing.",
				fmt.Sprintf("Move the block into %s, or remove the weight.", g.Address), about(p.Head, diag.See(g.Address, g.At))...)
		}
	}
}

// idleWeights: for every set of failed things, does the failure of one more ever change who wins? Two nodes at a time
// are enough, since every other one may be gone.
func (v *view) idleWeights(p *decode.PerNode[decode.VIP], field []contender, told map[string]bool) {
	if len(field) < 2 {
		return
	}
	type idle struct {
		at contender
		s  Stake
	}
	var order []idle
	moves := map[string]bool{}
	for _, c := range field {
		for i, s := range c.stakes {
			if s.Track.Condition() {
				continue
			}
			order = append(order, idle{c, s})
			moves[s.Track.Name] = moves[s.Track.Name] || matters(c, i, field)
		}
	}
	for _, x := range order {
		name := x.s.Track.Name
		if moves[name] || told[name] {
			continue
		}
		told[name] = true
		why, help := whyIdle(x.at, x.s, field)
		v.warn("HA4080", x.s.At, fmt.Sprintf("%s can never move %s", x.s.Label, p.Address), why, help, about(p.Head, diag.OnNode(x.at.node))...)
	}
}

// whyIdle says in numbers why a weight moves nothing, and what would.
func whyIdle(c contender, s Stake, field []contender) (why, help string) {
	normal := normally(c)
	worse := cut(normal + step(s))
	var near *contender // the best of those that are worse
	preempts := false
	for i, other := range field {
		preempts = preempts || other.vip.Preempt.Val
		if theirs := normally(other); theirs < normal && (near == nil || theirs > normally(*near)) {
			near = &field[i]
		}
	}
	switch {
	case !preempts:
		return "No other node preempts, so none takes over from a lower priority.", "Set preempt on the others, or remove the weight: then the node gives the VIP up."
	case near == nil:
		return fmt.Sprintf("%s has the priority %d, the lowest: it is Active only when no other node is there.", c.node, normal), "Remove the block, or give the others something to track."
	}
	if s.Track.Raise > 0 || s.Track.Reverse {
		return fmt.Sprintf("%s has the priority %d, and %d when it has failed; the priority of no other node lies between, whatever has failed there.", c.node, normal, worse),
			"Use a greater number, bring the priorities closer together, or remove the block."
	}
	theirs := normally(*near)
	why = fmt.Sprintf("%s has the priority %d; less %d it is %d, and that is not below the %d of %s.", c.node, normal, -step(s), worse, theirs, near.node)
	if least := normal - theirs + 1; least <= 253 && cut(normal-least) < theirs {
		return why, fmt.Sprintf("Set the weight to at least %d, or remove it: then the node gives the VIP up.", least)
	}
	return why, fmt.Sprintf("Raise the priority of %s above 1, or remove the weight.", near.node)
}

// clampedWeights: priorities end at 1 and at 254, so more does not count there.
func (v *view) clampedWeights(p *decode.PerNode[decode.VIP], field []contender, told map[string]bool) {
	for _, c := range field {
		base, least, most := c.vip.Priority.Val, c.vip.Priority.Val, c.vip.Priority.Val
		var last, first Stake
		for _, s := range c.stakes {
			if lower := min(effect(s, true), effect(s, false)); lower < 0 {
				least, last = least+lower, s
			}
			if higher := max(effect(s, true), effect(s, false)); higher > 0 {
				most, first = most+higher, s
			}
		}
		if base == owner {
			continue
		}
		clamp := func(s Stake, what, why string) {
			if told["clamp "+s.Track.Name] {
				return
			}
			told["clamp "+s.Track.Name] = true
			v.warn("HA4081", s.At, what, why, "Use smaller weights, or "+map[bool]string{true: "higher", false: "lower"}[least < 1]+" priorities.", about(p.Head, diag.OnNode(c.node))...)
		}
		switch {
		case least < 1:
			clamp(last, fmt.Sprintf("weights of %d on %s, which has the priority %d", base-least, c.node, base),
				"The priority never falls below 1: nodes that have lost that much are equal, and the greater address decides between them.")
		case most > owner-1:
			clamp(first, fmt.Sprintf("weights that raise the priority %d of %s by %d", base, c.node, most-base),
				"The priority never rises above 254: nodes that have gained that much are equal, and the greater address decides between them.")
		}
	}
}

// commonFaults: a check of one target without a weight on every node takes the VIP from all of them at once.
func (v *view) commonFaults(p *decode.PerNode[decode.VIP], field []contender, told map[string]bool) {
	if len(field) < 2 {
		return
	}
	for _, s := range field[0].stakes {
		what := conditionOf(s)
		if what == "" || told["common "+s.Track.Name] {
			continue
		}
		everywhere := true
		for _, c := range field[1:] {
			everywhere = everywhere && requires(c, what)
		}
		if !everywhere {
			continue
		}
		told["common "+s.Track.Name] = true
		v.warn("HA4082", s.Block.Check.At, fmt.Sprintf("no node can hold %s while %s fails", p.Address, what),
			"All nodes track it without a weight. When the target itself fails, each takes no part, and nobody answers.",
			"Set a weight, or use prefer: then the VIP stays on the node that is left with the highest priority. If nobody is to answer, say so with require.", about(p.Head)...)
	}
}

// conditionOf names the check and target that a track block makes a condition; empty for others. Who writes require has
// read what it means.
func conditionOf(s Stake) string {
	if s.Block == nil || !s.Track.Condition() || s.Check == "" || !s.Target.IsValid() {
		return ""
	}
	return s.Thing()
}

func requires(c contender, what string) bool {
	for _, s := range c.stakes {
		if conditionOf(s) == what {
			return true
		}
	}
	return false
}
