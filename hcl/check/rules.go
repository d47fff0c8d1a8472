package check

import (
	"fmt"

	"ha/hcl/decode"
	"ha/hcl/diag"
	"ha/hcl/schema"
	"ha/planner"
)

// policyRules: on one node a rule stands once.
func policyRules(v *view) {
	type placed struct {
		node string
		key  planner.RuleKey
	}
	first := map[placed]decode.Rule{}
	seen := once{}
	for _, u := range v.carriers() {
		for _, r := range u.rules {
			key := placed{node: u.node, key: RuleKey(&r)}
			other, twice := first[key]
			if !twice {
				first[key] = r
				continue
			}
			if !seen.first(other.Address, r.Address) {
				continue
			}
			v.fail("HA4040", r.At, fmt.Sprintf("%s says the same as %s on %s", r.Address, other.Address, u.node),
				"The kernel finds a rule by all that it says; the names are ha's own.", "Remove one of them.",
				about(r.Head, diag.OnNode(u.node), diag.See("the first", other.At))...)
		}
	}
}

// gotos: a goto leads to a rule that is there. The kernel takes one that leads nowhere, and passes it over.
func gotos(v *view) {
	type place struct {
		node     string
		ipv6     bool
		priority int64
	}
	there := map[place]bool{}
	for _, u := range v.carriers() {
		for _, r := range u.rules {
			there[place{u.node, r.IPv6(), r.Priority.Val}] = true
		}
	}
	const tableMain, tableDefault = 32766, 32767 // the kernel's own rules that may stand behind others
	seen := once{}
	for _, u := range v.carriers() {
		for _, r := range u.rules {
			known := there[place{u.node, r.IPv6(), r.Goto.Val}] || r.Goto.Val == tableMain || r.Goto.Val == tableDefault && !r.IPv6()
			if !r.Goto.Set || known || !seen.first(r.Address, r.Goto.At.String()) {
				continue
			}
			v.warn("HA4062", r.Goto.At, fmt.Sprintf("no rule has the priority %d on %s", r.Goto.Val, u.node),
				"The kernel passes over a goto that leads nowhere. Rules of IPv4 and of IPv6 are apart.",
				"Set goto to the priority of a rule of the same family, or ignore this where somebody else makes that rule.", about(r.Head, diag.OnNode(u.node))...)
		}
	}
}

// RuleKey is a rule as the kernel knows it.
func RuleKey(r *decode.Rule) planner.RuleKey {
	k := planner.RuleKey{
		IPv6: r.IPv6(), Priority: uint32(r.Priority.Val), Not: r.Not.Val, From: r.From.Val, To: r.To.Val, IIF: r.IIF.Val, OIF: r.OIF.Val,
		Mark: uint32(r.Mark.Val), Mask: uint32(r.Mask.Val), TOS: uint8(r.TOS.Val), Protocol: uint8(r.Protocol.Val),
		SPort: span(r.SPort), DPort: span(r.DPort), UIDs: span(r.UIDs), TunnelID: uint64(r.TunnelID.Val),
		Table: uint32(r.Table.Val), Goto: uint32(r.Goto.Val),
		SuppressLength: planner.Number{Value: uint32(r.SuppressLength.Val), Set: r.SuppressLength.Set},
		SuppressGroup:  planner.Number{Value: uint32(r.SuppressGroup.Val), Set: r.SuppressGroup.Set},
		Realms:         planner.Realms(r.Realms.Val),
	}
	for action, word := range map[planner.RuleAction]string{
		planner.RuleLookup: "lookup", planner.RuleGoto: "goto", planner.RuleNop: "nop", planner.RuleBlackhole: "blackhole",
		planner.RuleUnreachable: "unreachable", planner.RuleProhibit: "prohibit", planner.RuleL3MDev: "l3mdev",
	} {
		if word == r.Action.Val {
			k.Action = action
		}
	}
	return k.Normal()
}

func span(a decode.Arg[schema.SpanRange]) planner.Span {
	return planner.Span{First: uint32(a.Val.First), Last: uint32(a.Val.Last), Set: a.Set}
}
