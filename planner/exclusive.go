package planner

import "slices"

// This file is about nodes whose IPVS is theirs alone (settings { ipvs { exclusive = true } }).

// exclusive tells whether the plan owns everything in IPVS.
func (ix *Index) exclusive() bool { return ix != nil && ix.plan.Settings.ExclusiveIPVS }

// seize takes what is foreign as ours to change and to delete, where the node owns all of it.
func seize[K comparable, V any](d *differ, delta *delta[K], desired, live map[K]V, claim func(K) Claim, order func(K, K) int) {
	if !d.ix.exclusive() {
		return
	}
	delta.differs, delta.taken = append(delta.differs, delta.taken...), nil
	slices.SortFunc(delta.differs, order)
	for k := range live {
		if _, wanted := desired[k]; !wanted && claim(k) == Foreign {
			delta.surplus = append(delta.surplus, k)
		}
	}
	slices.SortFunc(delta.surplus, order)
}

// seized tells whether an object is ours because all of its kind are.
func (ix *Index) seized(k Key) bool {
	switch k.(type) {
	case VirtualServerKey, RealServerKey:
		return ix.exclusive()
	default:
		return false
	}
}

// notOurs is said of what is deleted though others made it.
const notOurs = "not made by ha: ipvs.exclusive"

// strangers are the effects of deleting a service or server of others.
func (d *differ) strangers(c Change) []string {
	if c.Action == Delete && d.ix.seized(c.Key) && d.claims.Of(c.Key, d.live) == Foreign {
		return []string{notOurs}
	}
	return nil
}
