package decode

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
)

func ruleOneFamily(o *Object, why string) hcl.Diagnostics {
	r := bindRule(o)
	names := map[bool]string{false: "IPv4", true: "IPv6"}
	var found hcl.Diagnostics
	for _, a := range []struct {
		name string
		set  bool
		ipv6 bool
	}{{"from", r.From.Set, r.From.Val.Addr().Is6()}, {"to", r.To.Set, r.To.Val.Addr().Is6()}} {
		if a.set && a.ipv6 != r.IPv6() {
			found = append(found, fault(o, "HA2330", a.name, fmt.Sprintf("%s is %s, and the rule is about %s", a.name, names[a.ipv6], names[r.IPv6()]), why,
				"Make one rule for each family.")...)
		}
	}
	return found
}

func ruleActionFits(o *Object, why string) hcl.Diagnostics {
	r := bindRule(o)
	action := r.Action.Val
	looksUp := action == "lookup" || action == "l3mdev"
	longest := int64(32)
	if r.IPv6() {
		longest = 128
	}
	bad := func(arg, what, help string) hcl.Diagnostics { return fault(o, "HA2331", arg, what, why, help) }
	switch {
	case action == "lookup" && !r.Table.Set:
		return bad("table", o.Header()+" looks up no table", "Add for example `table = 100`, or set action.")
	case action != "lookup" && r.Table.Set:
		return bad("table", fmt.Sprintf("a rule with the action %q has no table", action), "Remove table or action.")
	case action == "goto" && !r.Goto.Set:
		return bad("goto", o.Header()+" goes to no rule", "Add goto with the priority of a later rule.")
	case action != "goto" && r.Goto.Set:
		return bad("goto", fmt.Sprintf("a rule with the action %q goes to no other", action), "Remove goto, or set action to \"goto\".")
	case r.Goto.Set && r.Goto.Val <= r.Priority.Val:
		return bad("goto", fmt.Sprintf("goto %d does not lead behind this rule, which has priority %d", r.Goto.Val, r.Priority.Val),
			"Rules go forward only, so that they come to an end: set goto to a greater number.")
	case !looksUp && r.SuppressLength.Set:
		return bad("suppress_prefixlength", fmt.Sprintf("a rule with the action %q finds no route to suppress", action), "Remove suppress_prefixlength.")
	case !looksUp && r.SuppressGroup.Set:
		return bad("suppress_ifgroup", fmt.Sprintf("a rule with the action %q finds no route to suppress", action), "Remove suppress_ifgroup.")
	case r.SuppressLength.Val > longest:
		return bad("suppress_prefixlength", fmt.Sprintf("suppress_prefixlength %d is above %d, the longest prefix of the family", r.SuppressLength.Val, longest),
			fmt.Sprintf("Set it to a number from 0 to %d.", longest))
	}
	return nil
}

func tosWithoutECN(o *Object, why string) hcl.Diagnostics {
	tos := get[int64](o, "tos")
	if tos.Val%4 == 0 {
		return nil
	}
	return fault(o, "HA2332", "tos", fmt.Sprintf("tos %d is no multiple of 4", tos.Val), why, fmt.Sprintf("Set it to %d, for example.", tos.Val&^3))
}
