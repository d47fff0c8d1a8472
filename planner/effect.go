package planner

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
)

// effect computes the digest of what a plan does, in its conditional form: the difference between the applied and
// the next plan as if every VIP were Active here and every check up, what changes of behaviour, and what live adds
// to that (drift, adoption, release).
func (c *comparer) effect(cmp Comparison) string {
	h := sha256.New()
	e := json.NewEncoder(h)
	write := func(changes []Change, when func(Change) string) {
		for _, change := range changes {
			object := change.Name
			if change.Key != nil {
				object = change.Key.String()
			}
			// Writing strings into a hash cannot fail.
			_ = e.Encode(conditionalChange{object, change.Action, bare(change.Fields), when(change)})
		}
	}
	write(cmp.Behaviour, func(Change) string { return "" })
	write(c.ideal(), c.condition)
	write(slices.DeleteFunc(slices.Clone(cmp.Kernel), func(change Change) bool { return change.Cause == CauseConfig }),
		func(change Change) string { return string(change.Cause) })
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}

// conditionalChange is a change without the moment, the wording and the place.
type conditionalChange struct {
	Object string
	Action Action
	Fields []Field
	When   string
}

// bare leaves out of fields what depends on the moment or on places in files.
func bare(fields []Field) []Field {
	out := make([]Field, len(fields))
	for i, f := range fields {
		out[i] = Field{Path: f.Path, Before: f.Before, After: f.After}
	}
	return out
}

// ideal is the difference of the two plans when all conditions hold.
func (c *comparer) ideal() []Change {
	before := c.before.Resolve(c.before.fulfilled())
	mine := Claims{Objects: make(map[Key]Claim, len(before.Addresses)+len(before.VirtualServers))}
	claim(mine, before.Interfaces)
	claim(mine, before.Addresses)
	claim(mine, before.Routes)
	claim(mine, before.Rules)
	claim(mine, before.Filters)
	claim(mine, before.Sysctls)
	claim(mine, before.VirtualServers) // real servers follow
	claim(mine, before.SyncDaemons)
	changes, _ := Diff(c.ix.Resolve(c.ix.fulfilled()), before, mine, c.ix)
	return changes
}

func claim[K interface {
	comparable
	Key
}, V any](c Claims, objects map[K]V) {
	for k := range objects {
		c.Objects[k] = Owned
	}
}

// fulfilled are the facts under which everything that is configured stands.
func (ix *Index) fulfilled() Facts {
	f := Facts{Active: make(map[string]bool), Verdicts: make(map[string]Verdict)}
	if ix == nil {
		return f
	}
	for name := range ix.vips {
		f.Active[name] = true
	}
	for check := range ix.checks {
		f.Verdicts[check] = Up
	}
	return f
}

// condition says on what an object hangs.
func (c *comparer) condition(change Change) string {
	switch k := change.Key.(type) {
	case AddressKey, RouteKey, RuleKey:
		o, ok := c.ix.Origin(k)
		if !ok {
			o, _ = c.ix.formerly(k)
		}
		if o.VIP {
			return o.Unit + "=active"
		}
	case RealServerKey:
		var on []string
		if vip := c.ix.follows(k.Service); vip != "" {
			on = append(on, vip+"=active")
		}
		_, server := c.ix.server(k)
		if server == nil {
			_, server = c.before.server(k)
		}
		if server != nil && len(server.Checks) > 0 {
			on = append(on, strings.Join(server.Checks, "=up ")+"=up")
		}
		if len(on) > 0 {
			return strings.Join(on, " ")
		}
	case VirtualServerKey:
		if vip := c.ix.follows(k); vip != "" {
			return vip + "=active"
		}
	case SyncDaemonKey:
		if at := c.ix.hangsOn(k); at != "" {
			return at + "=active"
		}
	case InterfaceKey, FilterKey, SysctlKey:
	}
	return Now
}
