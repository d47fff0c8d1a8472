package planner

// Balance decides what IPVS shows of the servers of a pool, from the facts. It is the only place where that is decided: whoever
// shows a pool, counts its servers or writes it into the kernel asks here. It is made anew for every question and holds no memory.
type Balance struct {
	pool  *Pool
	facts Facts
}

// Share is what IPVS shows of a server. The zero value is nothing.
type Share struct {
	Shown  bool
	Weight uint16 // its part of new connections; 0 takes none, and those that it has go on
}

// Balance is how a pool stands by the facts.
func (p *Pool) Balance(f Facts) Balance { return Balance{pool: p, facts: f} }

// Share is what IPVS shows of a server of the pool: each step looks at what those before it leave.
func (b *Balance) Share(s *PoolServer) Share {
	return b.checked(s, Share{Shown: true, Weight: s.weighed(b.facts)})
}

// checked lets the checks of a server speak: with weight 0 until each has spoken, not at all once one is down.
func (b *Balance) checked(s *PoolServer, share Share) Share {
	switch s.State(b.facts) {
	case Down:
		return Share{}
	case Unknown:
		share.Weight = 0
	case Up:
	}
	return share
}

// State is what the checks of a server say of it: up when all are, down once one is.
func (s *PoolServer) State(f Facts) Verdict {
	state := Up
	for _, check := range s.Checks {
		switch f.Verdicts[check] {
		case Down:
			return Down
		case Unknown:
			state = Unknown
		case Up:
		}
	}
	return state
}

// resolvePool adds the kernel objects of a pool, except those that an earlier pool has.
func (ix *Index) resolvePool(i int, f Facts, s State) {
	pool := &ix.plan.Pools[i]
	balance := pool.Balance(f)
	for _, l := range pool.Listeners {
		if ix.services[l.Key] != i {
			continue // an earlier pool has it
		}
		first(s.VirtualServers, l.Key, l.Value)
		for j := range pool.Servers {
			server := &pool.Servers[j]
			if share := balance.Share(server); share.Shown {
				k := RealServerKey{Service: l.Key, Server: server.Address}
				first(s.RealServers, k, RealServer{Weight: share.Weight, Forwarding: server.Forwarding})
			}
		}
	}
}

// Presume guesses facts from what is live: a VIP is Active where all its addresses stand, and the checks of a
// server are up where it takes connections. It is for the moment before anybody knows better: a plan without a
// running enforcer, or a restart that must not take servers away until each was probed again.
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
		presumePool(&ix.plan.Pools[i], live, f)
	}
	return f
}

// presumePool guesses what the checks of a pool said: a server that takes connections passed them.
func presumePool(p *Pool, live State, f Facts) {
	for _, l := range p.Listeners {
		for _, s := range p.Servers {
			if live.RealServers[RealServerKey{Service: l.Key, Server: s.Address}].Weight == 0 {
				continue
			}
			for _, check := range s.Checks {
				f.Verdicts[check] = Up
			}
		}
	}
}
