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
