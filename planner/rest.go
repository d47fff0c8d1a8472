package planner

// Resting returns the keys of checks that may rest by the facts: all servers that hang on them are in pools that rest, because none
// of the VIPs that hold their listeners is Active here. Nil: none may.
func (ix *Index) Resting(f Facts) map[string]bool {
	if ix == nil || !ix.suspends {
		return nil
	}
	resting := make(map[string]bool)
	pools := make(map[int]bool)
	for check, users := range ix.checks {
		all := true
		for _, i := range users {
			rests, known := pools[i]
			if !known {
				rests = ix.Rests(&ix.plan.Pools[i], f)
				pools[i] = rests
			}
			all = all && rests
		}
		if all {
			resting[check] = true
		}
	}
	return resting
}

// Rests tells whether a pool of the plan is elsewhere: it may rest, and a VIP holds each of its listeners, none of which is Active
// here. A firewall mark is everywhere.
func (ix *Index) Rests(p *Pool, f Facts) bool {
	if !p.Suspend {
		return false
	}
	for _, l := range p.Listeners {
		vip := ix.VIPOf(l.Key.Addr.Addr())
		if l.Key.FWMark != 0 || vip == "" || f.Active[vip] {
			return false
		}
	}
	return true
}
