package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"ha/hcl/decode"
	"ha/hcl/diag"
)

// groups: members of a sync group are on the same nodes, and in no other group.
func groups(v *view) {
	type member struct {
		group string
		at    hcl.Range
	}
	in := map[string]member{}
	for _, per := range v.cfg.SyncGroups {
		g := per.Base
		if g.Broken {
			continue
		}
		var first *decode.PerNode[decode.VIP]
		var firstAt hcl.Range
		for _, ref := range g.VIPs {
			p := v.vips[string(ref.Val)]
			if p == nil {
				continue // does not exist, or has for_each: reported with the reference
			}
			if m, twice := in[p.Address]; twice {
				v.fail("HA4015", ref.At, fmt.Sprintf("%s is in %s and in %s", p.Address, m.group, g.Address),
					"A VIP follows one group.", "Join the groups, or remove it from one.", about(g.Head, diag.See(m.group, m.at))...)
				continue
			}
			in[p.Address] = member{group: g.Address, at: ref.At}
			if first == nil {
				first, firstAt = p, ref.At
				continue
			}
			if !p.Broken && !first.Broken && !sameNodes(first.Nodes, p.Nodes) {
				v.fail("HA4014", ref.At, fmt.Sprintf("%s is on %s and %s on %s", first.Address, words(first.Nodes), p.Address, words(p.Nodes)),
					"Members of a sync group move together, so they need the same nodes.",
					"Give both the same `nodes`, or take one out of the group.", about(g.Head, diag.See(first.Address, firstAt))...)
			}
		}
		if len(g.VIPs) < 2 {
			count := "one member"
			if len(g.VIPs) == 0 {
				count = "no members"
			}
			v.warn("HA4025", g.At, g.Address+" has "+count, "Only two or more can move together.",
				"Add the VIPs that must move with it, or remove the group.", about(g.Head)...)
		}
	}
}

// preferences: members of a sync group prefer the same node.
func preferences(v *view) {
	for _, per := range v.cfg.SyncGroups {
		g := per.Base
		if g.Broken {
			continue
		}
		var first *decode.PerNode[decode.VIP]
		var firstNode string
		for _, ref := range g.VIPs {
			p := v.vips[string(ref.Val)]
			if p == nil {
				continue
			}
			node := v.preferred(p)
			if first == nil {
				first, firstNode = p, node
			}
			if node == firstNode || node == "" {
				continue
			}
			if firstNode == "" { // the first one says nothing, so the next decides
				first, firstNode = p, node
				continue
			}
			was, is := first.On(firstNode), p.On(node)
			v.warn("HA4052", is.Priority.At, fmt.Sprintf("%s prefers %s (priority %d), and %s, of the same sync group, prefers %s (priority %d)",
				p.Address, node, is.Priority.Val, first.Address, firstNode, was.Priority.Val),
				"They move together: the node that is better in one member makes the other node let go of all, and the other way round, so a start or a "+
					"takeover lasts longer and ends on a node that only one of them prefers.",
				fmt.Sprintf("Give the same node the highest priority in all members, for example %s.", firstNode),
				about(p.Head, diag.See(g.Address, ref.At), diag.See(first.Address, was.Priority.At))...)
			break
		}
	}
}

// preferred is the node with the highest priority for a VIP; empty when two have it, or it is not known.
func (v *view) preferred(p *decode.PerNode[decode.VIP]) string {
	best, top := "", int64(0)
	for _, name := range v.directors(p.Nodes) {
		vip := p.On(name)
		switch {
		case vip.Broken:
			return ""
		case vip.Priority.Val > top:
			best, top = name, vip.Priority.Val
		case vip.Priority.Val == top:
			best = ""
		}
	}
	return best
}

func sameNodes(a, b []string) bool {
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	return slices.Equal(a, b)
}

func words(nodes []string) string {
	if len(nodes) == 0 {
		return "no node"
	}
	return strings.Join(nodes, ", ")
}
