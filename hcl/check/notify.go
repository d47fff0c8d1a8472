package check

import (
	"ha/hcl/decode"
	"ha/hcl/schema"
)

// notified: somebody refers to each notify block.
func notified(v *view) {
	used := map[string]bool{}
	note := func(refs []decode.Arg[schema.Address]) {
		for _, ref := range refs {
			used[string(ref.Val)] = true
		}
	}
	for _, n := range v.cfg.Nodes {
		note(v.cfg.Settings.On(n.Name).Notify)
		for _, p := range v.cfg.VIPs {
			note(p.On(n.Name).Notify)
		}
		for _, p := range v.cfg.SyncGroups {
			note(p.On(n.Name).Notify)
		}
		for _, p := range v.cfg.Pools {
			pool := p.On(n.Name)
			note(pool.Notify)
			for _, s := range pool.Servers {
				note(s.Notify)
			}
		}
	}
	for _, p := range v.cfg.Notifies {
		if !used[p.Address] {
			v.warn("HA4060", p.At, p.Address+" is never used", "Nothing refers to it, so that it tells of nothing.",
				"Write `notify = ["+p.Address+"]` in a vip, sync_group, pool or settings.", about(p.Head)...)
		}
	}
}
