package check

import (
	"fmt"

	"ha/hcl/decode"
	"ha/hcl/diag"
	"ha/hcl/schema"
)

// span is the distance between the lowest and the highest priority of a VIP's nodes, and the lowest itself.
func (v *view) span(p *decode.PerNode[decode.VIP]) (lowest, spread int64) {
	highest := int64(0)
	for _, name := range v.directors(p.Nodes) {
		prio := p.On(name).Priority.Val
		if lowest == 0 || prio < lowest {
			lowest = prio
		}
		highest = max(highest, prio)
	}
	return lowest, highest - lowest
}

// roomFor is how many preferences fit beside a spread of priorities: each weighs more than the spread and all that matter less, and 1
// to 254 is all there is.
func roomFor(spread int64) int {
	n := 0
	for ; (spread+1)<<(n+1) <= 254; n++ {
	}
	return n
}

// weighed are the stakes of prefer. The least important weighs one more than the priorities lie apart, each other one
// more than all behind it together with that distance: 2^i times as much. So a node that has failed in something more important loses against
// every node that has not. Weights lower the priority as long as it stays above 0, and raise it beyond, so nothing is
// ever cut; the sum is the same on all nodes.
func (v *view) weighed(p *decode.PerNode[decode.VIP], h decode.Head, prefer []decode.Arg[schema.Dependency], shared bool) []Stake {
	lowest, spread := v.span(p)
	if len(prefer) == 0 || len(prefer) > roomFor(spread) {
		return nil // reported
	}
	list := make([]Stake, 0, len(prefer))
	room := lowest - 1
	for i, d := range prefer {
		weight := (spread + 1) << (len(prefer) - 1 - i)
		s := v.depend(h, "prefer", d, shared)
		lower := min(weight, room)
		room -= lower
		s.Track.Weight, s.Track.Raise = uint8(lower), uint8(weight-lower)
		list = append(list, s)
	}
	return list
}

// preferring: preferences need room between the priorities, and no weights beside them.
func preferring(v *view) {
	told := map[string]bool{}
	for _, p := range v.cfg.VIPs {
		if p.Broken {
			continue
		}
		head, prefer, tracks := p.Head, p.Base.Prefer, p.Base.Tracks
		if g := v.groupOf(p.Address); g != nil {
			if len(prefer) > 0 {
				v.fail("HA4083", prefer[0].At, fmt.Sprintf("%s is in %s, and prefers for itself alone", p.Address, g.Address),
					"A sync group moves only when all members want to: a lower priority of one of them moves nothing.",
					fmt.Sprintf("Move prefer into %s.", g.Address), about(p.Head, diag.See(g.Address, g.At))...)
				continue
			}
			head, prefer = g.Head, g.Base.Prefer
			for _, name := range p.Nodes {
				tracks = append(tracks[:len(tracks):len(tracks)], g.On(name).Tracks...)
			}
		}
		if len(prefer) == 0 {
			continue
		}
		for _, name := range p.Nodes {
			tracks = append(tracks[:len(tracks):len(tracks)], p.On(name).Tracks...)
		}
		v.noWeightsBeside(head, prefer, tracks, told)
		v.roomToPrefer(p, head, prefer)
		v.requiredAnyway(head, prefer, p)
	}
}

// noWeightsBeside: what weighs beside preferences would upset their order.
func (v *view) noWeightsBeside(h decode.Head, prefer []decode.Arg[schema.Dependency], tracks []decode.Track, told map[string]bool) {
	for _, t := range tracks {
		if t.Condition() || told[t.Address] {
			continue
		}
		told[t.Address] = true
		v.fail("HA4088", t.Weighs().At, fmt.Sprintf("%s weighs beside prefer", t.Object.Header()),
			"The weights of prefer are computed so that each thing outweighs all that matter less; one of your own would upset that.",
			"Put the thing into prefer, at its place, or give all of them weights.", about(h, diag.See("prefer", prefer[0].At))...)
	}
}

// roomToPrefer: priorities end at 1 and 254.
func (v *view) roomToPrefer(p *decode.PerNode[decode.VIP], h decode.Head, prefer []decode.Arg[schema.Dependency]) {
	_, spread := v.span(p)
	room := roomFor(spread)
	if len(prefer) <= room || !v.contended(p) {
		return
	}
	most := int64(254)>>len(prefer) - 1
	help := "Prefer fewer things."
	if most >= 1 {
		help = fmt.Sprintf("Bring the priorities closer together: at most %d apart, for example 101 and 100.", most)
	}
	v.fail("HA4089", prefer[room].At, fmt.Sprintf("priorities of %s lie %d apart, which leaves room for %s", p.Address, spread, count(room, "preference")),
		"Each thing weighs more than all that matter less and than the distance between the priorities, and priorities end at 1 and 254.", help, about(h)...)
}

// contended tells whether several nodes, none of them an owner, are in the election of a VIP.
func (v *view) contended(p *decode.PerNode[decode.VIP]) bool {
	n := 0
	for _, name := range v.directors(p.Nodes) {
		if vip := p.On(name); vip.Broken || vip.Priority.Val == owner {
			return false
		}
		n++
	}
	return n > 1
}

// requiredAnyway: where a thing is required on all nodes, it has never failed on one that takes part.
func (v *view) requiredAnyway(h decode.Head, prefer []decode.Arg[schema.Dependency], p *decode.PerNode[decode.VIP]) {
	for _, d := range prefer {
		var first *decode.Arg[schema.Dependency]
		everywhere := true
		for _, name := range v.directors(p.Nodes) {
			lists := [][]decode.Arg[schema.Dependency]{p.On(name).Require}
			if g := v.groupOf(p.Address); g != nil {
				lists = append(lists, g.On(name).Require)
			}
			r, found := among(d.Val, lists)
			everywhere = everywhere && found
			if found && first == nil {
				first = &r
			}
		}
		if everywhere && first != nil {
			v.warn("HA4080", d.At, fmt.Sprintf("prefer %s can never move %s", d.Val, p.Address),
				"It is required, too: a node where it has failed takes no part, so among those that do nobody has failed in it.", "Remove one of them.",
				about(h, diag.See("required", first.At))...)
		}
	}
}

func among(d schema.Dependency, lists [][]decode.Arg[schema.Dependency]) (decode.Arg[schema.Dependency], bool) {
	for _, list := range lists {
		for _, r := range list {
			if r.Val == d {
				return r, true
			}
		}
	}
	return decode.Arg[schema.Dependency]{}, false
}

// count is a number with its noun: no preference, 2 preferences.
func count(n int, noun string) string {
	switch n {
	case 0:
		return "no " + noun
	case 1:
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
