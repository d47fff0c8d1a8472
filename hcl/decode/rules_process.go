package decode

import (
	"fmt"
	"net/netip"

	"github.com/hashicorp/hcl/v2"
)

// commLen is how many characters the kernel keeps of the name of a process (TASK_COMM_LEN in linux/sched.h).
const commLen = 15

func processIsOfTheNode(o *Object, why string) hcl.Diagnostics {
	if o.Labels[0] != "process" {
		return nil
	}
	var found hcl.Diagnostics
	if _, top := o.Schema.Arg("target"); top && get[netip.AddrPort](o, "target").Set {
		found = append(found, fault(o, "HA2318", "target", "a process has no target", why, "Remove the target.")...)
	}
	if get[int64](o, "port").Val != 0 {
		found = append(found, fault(o, "HA2318", "port", "a process has no port", why, "Remove the port.")...)
	}
	words, match := list[string](o, "process"), get[string](o, "match")
	least, most := get[int64](o, "at_least"), get[int64](o, "at_most")
	byName := match.Val == "name" || match.Val == "" && len(words) == 1
	switch {
	case len(words) == 0:
		found = append(found, fault(o, "HA2318", "process", "no process is named", why, `Write its name, for example ["nginx"].`)...)
	case byName && len(words) > 1:
		found = append(found, fault(o, "HA2318", "match", "a name is one word, and process has several", why, `Set match to "command" or "begins".`)...)
	case byName && len(words[0].Val) > commLen:
		found = append(found, fault(o, "HA2318", "process", fmt.Sprintf("%q has %d characters, and the kernel keeps %d of a name", words[0].Val, len(words[0].Val), commLen), why,
			fmt.Sprintf("Write %q, or set match to \"begins\" and name the command with its path.", words[0].Val[:commLen]))...)
	}
	if most.Set && most.Val < least.Val {
		found = append(found, fault(o, "HA2318", "at_most", fmt.Sprintf("at_most %d is below at_least %d, so no number is right", most.Val, least.Val), why,
			"Set at_least to 0 where none may run, or raise at_most.")...)
	}
	return found
}
