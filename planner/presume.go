package planner

// Presume guesses facts from what is live: a VIP is Active where all its addresses stand, the checks of a server are up where it
// takes connections, and a pool has quorum where a server does and the sorry server does not. It is for the moment before anybody
// knows better: a plan without a running enforcer, or a restart that must not take servers away until each was probed again.
func (ix *Index) Presume(live State) Facts {
	f := Facts{Active: make(map[string]bool), Verdicts: make(map[string]Verdict)}
	if ix == nil {
		return f
	}
	for _, v := range ix.plan.VIPs {
		stands := len(v.Addresses) > 0
		for _, a := range v.Addresses {
			_, ok := live.Addresses[a.Key]
			stands = stands && ok
		}
		if stands {
			f.Active[v.Name] = true
		}
	}
	for i := range ix.plan.Pools {
		p := &ix.plan.Pools[i]
		if quorum := presumePool(p, live, f.Verdicts); quorum != Unknown && p.Quorum.Hysteresis > 0 {
			if f.Quorum == nil {
				f.Quorum = make(map[string]Verdict)
			}
			f.Quorum[p.Name] = quorum
		}
	}
	return f
}

// presumePool guesses what the checks of a pool said, and whether it has quorum.
func presumePool(p *Pool, live State, verdicts map[string]Verdict) Verdict {
	quorum := Unknown
	for _, l := range p.Listeners {
		takes := func(s *PoolServer) bool {
			return live.RealServers[s.On(l.Key)].Weight > 0
		}
		sorry := p.Sorry != nil && takes(p.Sorry)
		for i := range p.Servers {
			s := &p.Servers[i]
			if !takes(s) {
				continue
			}
			if p.Sorry == nil || p.Sorry.On(l.Key) != s.On(l.Key) {
				quorum = max(quorum, Up)
			} else {
				sorry = false // nobody can tell for whom it stands
			}
			for _, check := range s.Checks {
				verdicts[check] = Up
			}
		}
		if sorry {
			quorum = Down
		}
	}
	return quorum
}
