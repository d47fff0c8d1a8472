package decode

import (
	"fmt"
	"time"

	"github.com/hashicorp/hcl/v2"

	"ha/hcl/diag"
	"ha/hcl/schema"
)

// tracked are the arguments that each make a track block be about one thing, with how a sentence calls it.
func tracked() [][2]string {
	return [][2]string{{"interface", "an interface"}, {"check", "a check"}, {"pool", "a pool"}, {"bfd", "a BFD session"}}
}

func trackNamesOneThing(o *Object, why string) hcl.Diagnostics {
	var named [][2]string
	for _, t := range tracked() {
		if o.Cell(t[0]).State == Set {
			named = append(named, t)
		}
	}
	switch {
	case len(named) == 0:
		return fault(o, "HA2380", "interface", o.Header()+" says nothing to track", why, "Add for example `interface = \"eth1\"`.")
	case len(named) > 1:
		return fault(o, "HA2380", named[1][0], fmt.Sprintf("%s is about %s and %s", o.Header(), named[0][1], named[1][1]), why,
			"Make two blocks of it.", diag.See(named[0][0], o.At(named[0][0])))
	}
	var found hcl.Diagnostics
	for _, own := range [][2]string{{"target", "check"}, {"at_least", "pool"}, {"factor", "check"}} {
		arg, owner := own[0], own[1]
		if o.Cell(arg).State == Set && named[0][0] != owner {
			found = append(found, fault(o, "HA2380", arg, fmt.Sprintf("%s belongs to a %s, and %s is about %s", arg, owner, o.Header(), named[0][1]),
				why, "Remove it.")...)
		}
	}
	return found
}

func trackWeighsInOneWay(o *Object, why string) hcl.Diagnostics {
	first := ""
	for _, arg := range []string{"weight", "raise", "factor"} {
		switch {
		case o.Cell(arg).State != Set:
			continue
		case first != "":
			return fault(o, "HA2383", arg, fmt.Sprintf("%s has both %s and %s", o.Header(), first, arg), why, "Remove one of them.", diag.See(first, o.At(first)))
		case arg == "factor" && get[int64](o, arg).Val == 0:
			return fault(o, "HA2383", arg, "factor 0 makes nothing of any number", why, "Set it for example to 1, or remove it.")
		}
		first = arg
	}
	return nil
}

func preemptDelayNeedsPreempt(o *Object, why string) hcl.Diagnostics {
	if get[time.Duration](o, "preempt_delay").Val == 0 {
		return nil
	}
	if priority := get[int64](o, "priority"); priority.Val == 255 {
		return fault(o, "HA2381", "preempt_delay", "preempt_delay has no meaning for the owner (priority 255)", why,
			"Remove it, or put it into the `node` blocks of the others.", diag.See("priority", priority.At))
	}
	if preempt := get[bool](o, "preempt"); !preempt.Val {
		return fault(o, "HA2381", "preempt_delay", "preempt_delay has no meaning without preempt", why, "Remove one of them.",
			diag.See("preempt", preempt.At))
	}
	return nil
}

func ownerHasNoWeights(o *Object, why string) hcl.Diagnostics {
	priority := get[int64](o, "priority")
	if priority.Val != 255 {
		return nil
	}
	var found hcl.Diagnostics
	for _, t := range tracks(o) {
		for _, name := range []string{"weight", "raise", "factor"} {
			if get[int64](t.Object, name).Set {
				found = append(found, fault(t.Object, "HA2382", name, name+" cannot change the priority 255 of an owner", why,
					fmt.Sprintf("Remove the %s, or give the node a priority of at most 254.", name), diag.See("priority", priority.At))...)
			}
		}
	}
	if len(list[schema.Dependency](o, "prefer")) > 0 {
		found = append(found, fault(o, "HA2382", "prefer", "prefer cannot change the priority 255 of an owner", why,
			"Use `require`, or give the node a priority of at most 254.", diag.See("priority", priority.At))...)
	}
	return found
}
