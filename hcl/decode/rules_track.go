package decode

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"

	"ha/hcl/diag"
	"ha/hcl/schema"
)

func trackNamesOneThing(o *Object, why string) hcl.Diagnostics {
	if session := get[schema.Address](o, "bfd"); session.Set {
		return trackNamesSession(o, session, why)
	}
	device, check, target := get[string](o, "interface"), get[schema.Address](o, "check"), get[netip.AddrPort](o, "target")
	switch {
	case device.Set && check.Set:
		return fault(o, "HA2380", "check", o.Header()+" is about an interface and a check", why, "Make two blocks of it.",
			diag.See("interface", device.At))
	case !device.Set && !check.Set:
		return fault(o, "HA2380", "interface", o.Header()+" says nothing to track", why, "Add for example `interface = \"eth1\"`.")
	case check.Set && !target.Set && !strings.HasPrefix(string(check.Val), "check.script."): // a script may ask the node itself
		return fault(o, "HA2380", "check", fmt.Sprintf("%s does not say what %s probes", o.Header(), check.Val), why,
			"Add for example `target = \"192.0.2.31:5432\"`.")
	case device.Set && target.Set:
		return fault(o, "HA2380", "target", "target belongs to a check, and "+o.Header()+" is about an interface", why, "Remove it.")
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
	for _, k := range o.Blocks("track") {
		if get[int64](k, "weight").Set {
			found = append(found, fault(k, "HA2382", "weight", "weight cannot lower the priority 255 of an owner", why,
				"Remove the weight, or give the node a priority of at most 254.", diag.See("priority", priority.At))...)
		}
	}
	return found
}
