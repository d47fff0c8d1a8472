package planner

import "maps"

// Renames finds the VIPs and pools that next calls differently than applied does: units whose name is new, and
// which hold a kernel key of a unit whose name is gone. It maps the new names to the old ones. The keys are what
// the kernel knows, so a renamed block changes nothing there.
func Renames(next, applied *Plan) map[string]string {
	renames := make(map[string]string)
	if next == nil || applied == nil {
		return renames
	}
	names := make(map[string]bool)
	for _, p := range []*Plan{next, applied} {
		for _, v := range p.VIPs {
			names[nameIn(p == next, v.Name)] = true
		}
		for _, pool := range p.Pools {
			names[nameIn(p == next, pool.Name)] = true
		}
	}
	former := make(map[Key]string)
	for _, v := range applied.VIPs {
		for _, a := range v.Addresses {
			first(former, Key(a.Key), v.Name)
		}
	}
	for _, pool := range applied.Pools {
		for _, l := range pool.Listeners {
			first(former, Key(l.Key), pool.Name)
		}
	}
	taken := make(map[string]bool)
	match := func(name string, k Key) {
		old, ok := former[k]
		if !ok || names[nameIn(false, name)] || names[nameIn(true, old)] || taken[old] {
			return
		}
		if _, done := renames[name]; !done {
			renames[name], taken[old] = old, true
		}
	}
	for _, v := range next.VIPs {
		for _, a := range v.Addresses {
			match(v.Name, a.Key)
		}
	}
	for _, pool := range next.Pools {
		for _, l := range pool.Listeners {
			match(pool.Name, l.Key)
		}
	}
	return renames
}

func nameIn(next bool, name string) string {
	if next {
		return "+" + name
	}
	return "-" + name
}

// Carry returns facts under the names of the plan that [Renames] was asked about: a renamed VIP that is Active
// stays Active, and a renamed pool keeps its quorum and the servers that persons have set aside.
func Carry(f Facts, renames map[string]string) Facts {
	if len(renames) == 0 {
		return f
	}
	f.Active = maps.Clone(f.Active)
	for now, former := range renames {
		if f.Active[former] {
			f.Active[now] = true
		}
	}
	for _, former := range renames {
		delete(f.Active, former)
	}
	f.Quorum, f.Holds, f.Warming = carryPools(f.Quorum, renames), carryPools(f.Holds, renames), carryPools(f.Warming, renames)
	return f
}

// carryPools gives what is known of pools their new names.
func carryPools[V any](known map[string]V, renames map[string]string) map[string]V {
	if len(known) == 0 {
		return known
	}
	next := maps.Clone(known)
	for _, former := range renames {
		delete(next, former)
	}
	for now, former := range renames {
		if had, ok := known[former]; ok {
			next[now] = had
		}
	}
	return next
}
