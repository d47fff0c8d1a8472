package check

import (
	"fmt"
	"strings"

	"ha/hcl/decode"
	"ha/hcl/diag"
)

// tracking: what a VIP tracks must be able to move it, and must leave somebody to answer.
func tracking(v *view) {
	told := map[string]bool{} // blocks of a group concern each of its members
	for _, p := range v.cfg.VIPs {
		shared := v.groupTracks(p.Address)
		if p.Broken {
			continue
		}
		field := contenders(v, p, shared)
		v.ownLinks(p, field)
		v.memberWeights(p)
		v.idleWeights(p, field, told)
		v.clampedWeights(p, field, told)
		v.commonFaults(p, field, told)
	}
}

// groupTracks are the track blocks of the sync group that a VIP is in.
func (v *view) groupTracks(vip string) []decode.Track {
	if g := v.groupOf(vip); g != nil {
		return g.Tracks
	}
	return nil
}

func (v *view) groupOf(vip string) *decode.SyncGroup {
	for _, g := range v.cfg.SyncGroups {
		for _, ref := range g.VIPs {
			if string(ref.Val) == vip {
				return g
			}
		}
	}
	return nil
}

// contender is a node in the election of a VIP with all that it tracks.
type contender struct {
	node   string
	vip    *decode.VIP
	tracks []decode.Track
}

func contenders(v *view, p *decode.PerNode[decode.VIP], shared []decode.Track) []contender {
	var list []contender
	for _, name := range v.directors(p.Nodes) {
		if vip := p.On(name); !vip.Broken {
			list = append(list, contender{name, vip, append(vip.Tracks[:len(vip.Tracks):len(vip.Tracks)], shared...)})
		}
	}
	return list
}

// ownLinks: the interface of the VIP is tracked without being named.
func (v *view) ownLinks(p *decode.PerNode[decode.VIP], field []contender) {
	told := map[string]bool{}
	for _, c := range field {
		for _, t := range c.vip.Tracks {
			if n := v.nodes[c.node]; t.Interface.Val == "" || t.Interface.Val != c.vip.InterfaceOn(n) || told[t.Address] {
				continue
			}
			told[t.Address] = true
			v.warn("HA4084", t.Interface.At, fmt.Sprintf("%s is the interface of %s itself on %s", t.Interface.Val, p.Address, c.node),
				"A node whose interface of the VIP fails takes no part anyway, whatever the weight.", "Remove the block.", about(p.Head, diag.OnNode(c.node))...)
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
			if t.Weight.Set && !told[t.Address] {
				told[t.Address] = true
				v.fail("HA4083", t.Weight.At, fmt.Sprintf("%s is in %s, and weighs for itself alone", p.Address, g.Address),
					"A sync group moves only when all members want to: a lower priority of one of them moves nothing.",
					fmt.Sprintf("Move the block into %s, or remove the weight.", g.Address), about(p.Head, diag.See(g.Address, g.At))...)
			}
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
		t  decode.Track
	}
	var order []idle
	moves := map[string]bool{}
	for _, c := range field {
		for _, t := range c.tracks {
			if t.Weight.Val == 0 {
				continue
			}
			order = append(order, idle{c, t})
			moves[t.Address] = moves[t.Address] || matters(c, t, field)
		}
	}
	for _, x := range order {
		if moves[x.t.Address] || told[x.t.Address] {
			continue
		}
		told[x.t.Address] = true
		why, help := whyIdle(x.at, x.t, field)
		v.warn("HA4080", x.t.Weight.At, fmt.Sprintf("%s can never move %s", x.t.Object.Header(), p.Address), why, help,
			about(p.Head, diag.OnNode(x.at.node))...)
	}
}

// matters tells whether some other node can lie between the priority of c with and without the failure of t.
func matters(c contender, t decode.Track, field []contender) bool {
	for own := range reachable(c, t.Address) {
		for _, other := range field {
			if other.node == c.node || !other.vip.Preempt.Val {
				continue
			}
			for theirs := range reachable(other, "") {
				if lowered(own, t.Weight.Val) < theirs && theirs < own {
					return true
				}
			}
		}
	}
	return false
}

// reachable are the priorities that a node can have, whatever has failed; one track may be left out.
func reachable(c contender, without string) map[int64]bool {
	all := map[int64]bool{c.vip.Priority.Val: true}
	if c.vip.Priority.Val == owner {
		return all
	}
	for _, t := range c.tracks {
		if t.Weight.Val == 0 || t.Address == without {
			continue
		}
		next := map[int64]bool{}
		for p := range all {
			next[p], next[lowered(p, t.Weight.Val)] = true, true
		}
		all = next
	}
	return all
}

func lowered(priority, weight int64) int64 { return max(priority-weight, 1) }

// whyIdle says in numbers why a weight moves nothing, and what would.
func whyIdle(c contender, t decode.Track, field []contender) (why, help string) {
	own := c.vip.Priority.Val
	var near *contender // the best of those below
	preempts := false
	for i, other := range field {
		preempts = preempts || other.node != c.node && other.vip.Preempt.Val
		if theirs := other.vip.Priority.Val; theirs < own && (near == nil || theirs > near.vip.Priority.Val) {
			near = &field[i]
		}
	}
	switch {
	case !preempts:
		return "No other node preempts, so none takes over from a lower priority.", "Set preempt on the others, or remove the weight: then the node gives the VIP up."
	case near == nil:
		return fmt.Sprintf("%s has the priority %d, the lowest: it is Active only when no other node is there.", c.node, own), "Remove the block, or give the others something to track."
	}
	theirs := near.vip.Priority.Val
	why = fmt.Sprintf("%s has the priority %d; less %d it is %d, and that is not below the %d of %s.",
		c.node, own, t.Weight.Val, lowered(own, t.Weight.Val), theirs, near.node)
	if least := own - theirs + 1; least <= 253 && lowered(own, least) < theirs {
		return why, fmt.Sprintf("Set the weight to at least %d, or remove it: then the node gives the VIP up.", least)
	}
	return why, fmt.Sprintf("Raise the priority of %s above 1, or remove the weight.", near.node)
}

// clampedWeights: priorities end at 1, so more failures do not count there.
func (v *view) clampedWeights(p *decode.PerNode[decode.VIP], field []contender, told map[string]bool) {
	for _, c := range field {
		var sum int64
		var last decode.Track
		for _, t := range c.tracks {
			if t.Weight.Val > 0 {
				sum, last = sum+t.Weight.Val, t
			}
		}
		if c.vip.Priority.Val == owner || sum < c.vip.Priority.Val || told["clamp "+last.Address] {
			continue
		}
		told["clamp "+last.Address] = true
		v.warn("HA4081", last.Weight.At, fmt.Sprintf("weights of %d on %s, which has the priority %d", sum, c.node, c.vip.Priority.Val),
			"The priority never falls below 1: nodes that have lost that much are equal, and the greater address decides between them.",
			"Use smaller weights, or higher priorities.", about(p.Head, diag.OnNode(c.node))...)
	}
}

// commonFaults: a check of one target without a weight on every node takes the VIP from all of them at once.
func (v *view) commonFaults(p *decode.PerNode[decode.VIP], field []contender, told map[string]bool) {
	if len(field) < 2 {
		return
	}
	for _, t := range field[0].tracks {
		what := conditionOf(t)
		if what == "" || told["common "+t.Address] {
			continue
		}
		everywhere := true
		for _, c := range field[1:] {
			everywhere = everywhere && requires(c, what)
		}
		if !everywhere {
			continue
		}
		told["common "+t.Address] = true
		v.warn("HA4082", t.Check.At, fmt.Sprintf("no node can hold %s while %s fails", p.Address, what),
			"All nodes track it without a weight. When the target itself fails, each takes no part, and nobody answers.",
			"Set a weight: then the VIP stays on the node that is left with the highest priority.", about(p.Head)...)
	}
}

// conditionOf names the check and target that a track makes a condition; empty for others.
func conditionOf(t decode.Track) string {
	if t.Weight.Val > 0 || t.Check.Val == "" || !t.Target.Set { // without a target each node asks itself
		return ""
	}
	return strings.Join([]string{string(t.Check.Val), t.Target.Val.String()}, " of ")
}

func requires(c contender, what string) bool {
	for _, t := range c.tracks {
		if conditionOf(t) == what {
			return true
		}
	}
	return false
}
