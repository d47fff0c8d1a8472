package kerneltest

import (
	"golang.org/x/sys/unix"

	"ha/planner"
)

// changeRule is fib_nl_newrule and fib_nl_delrule, with the care of package kernel.
func (f *Fake) changeRule(a planner.Action, key planner.RuleKey, ours bool) error {
	_, exists := f.state.Rules[key]
	switch {
	case a == planner.Create:
		if exists {
			return unix.EEXIST
		}
		f.state.Rules[key] = planner.Rule{}
		f.changed(key, planner.Rule{}, ours)
	case !exists:
		return unix.ENOENT
	case a == planner.Delete:
		delete(f.state.Rules, key)
		f.gone(key)
	}
	return nil
}
