package planner

// Balance decides what IPVS shows of the servers of a pool, from the facts. It is the only place where that is decided: whoever
// shows a pool, counts its servers or writes it into the kernel asks here. It is made anew for every question and holds no memory;
// what must be remembered is among the facts.
type Balance struct {
	pool  *Pool
	facts Facts
	Census
	// Quorum is Up while the pool has the weight that it needs, Down when it has lost it, and Unknown when it never had it and
	// servers that are not known yet may give it.
	Quorum Verdict
	// Tier is the last tier of servers that takes connections; those behind it stand by.
	Tier uint8
	// Sorry tells that the sorry server takes connections instead of the servers.
	Sorry bool
}

// Share is what IPVS shows of a server. The zero value is nothing.
type Share struct {
	Shown  bool
	Weight uint16 // its part of new connections; 0 takes none, and those that it has go on
}

// Balance is how a pool stands by the facts.
func (p *Pool) Balance(f Facts) Balance {
	b := Balance{pool: p, facts: f, Census: p.census(f)}
	b.Quorum = p.Quorum.judge(f.Quorum[p.Name], b.Census)
	b.Tier = p.lastTier(b.Census)
	b.Sorry = p.Sorry != nil && b.Quorum != Up
	return b
}

// shares is Balance for who asks for shares only: of most pools nobody has to be counted for them.
func (p *Pool) shares(f Facts) Balance {
	if p.Sorry == nil && !p.tiered() {
		return Balance{pool: p, facts: f, Tier: MaxTier}
	}
	return p.Balance(f)
}

// Share is what IPVS shows of a server of the pool: each step looks at what those before it leave.
func (b *Balance) Share(s *PoolServer) Share {
	weight, _ := b.pool.weight(s, b.facts)
	share := b.checked(s, Share{Shown: true, Weight: weight})
	share = b.warming(s, share)
	share = b.standing(s, share)
	share = b.replaced(s, share)
	return b.givenUp(s, share)
}

// checked lets the checks of a server speak: with weight 0 until each has spoken, not at all once one is down, unless it is to
// be inhibited then.
func (b *Balance) checked(s *PoolServer, share Share) Share {
	switch b.pool.state(s, b.facts) {
	case Down:
		return absent(s)
	case Unknown:
		share.Weight = 0
	case Up:
	}
	return share
}

// standing keeps servers of later tiers ready: they are there, so that connections which they have go on, and take no new ones.
func (b *Balance) standing(s *PoolServer, share Share) Share {
	if s.tier() > b.Tier {
		share.Weight = 0
	}
	return share
}

// replaced takes the servers away while the sorry server stands for them.
func (b *Balance) replaced(s *PoolServer, share Share) Share {
	if b.Sorry {
		return absent(s)
	}
	return share
}

// absent is what is shown of a server that is not to be there.
func absent(s *PoolServer) Share { return Share{Shown: s.Inhibit} }

// SorryShare is what IPVS shows of the sorry server.
func (b *Balance) SorryShare() Share {
	switch sorry := b.pool.Sorry; {
	case sorry == nil:
		return Share{}
	case b.Sorry:
		return Share{Shown: true, Weight: sorry.Weight}
	default:
		return absent(sorry)
	}
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

// state is what a pool makes of the state of a server: one whose checks may rest trusts servers that were never probed, because
// a node that takes over must not begin with none.
func (p *Pool) state(s *PoolServer, f Facts) Verdict {
	state := s.State(f)
	if state == Unknown && p.Suspend {
		return Up
	}
	return state
}

// resolvePool adds the kernel objects of a pool, except those that an earlier pool has.
func (ix *Index) resolvePool(i int, f Facts, s State) {
	pool := &ix.plan.Pools[i]
	balance := pool.shares(f)
	for _, l := range pool.Listeners {
		if ix.services[l.Key] != i {
			continue // an earlier pool has it
		}
		if !l.stands(f) {
			continue
		}
		first(s.VirtualServers, l.Key, l.Value)
		show := func(server *PoolServer, share Share) {
			if share.Shown {
				first(s.RealServers, server.On(l.Key), server.real(share.Weight))
			}
		}
		if balance.Sorry {
			show(pool.Sorry, balance.SorryShare()) // before the servers, one of which it may be
		}
		for j := range pool.Servers {
			show(&pool.Servers[j], balance.Share(&pool.Servers[j]))
		}
		if pool.Sorry != nil && !balance.Sorry {
			show(pool.Sorry, balance.SorryShare())
		}
		ix.resolveLeaving(l.Key, &balance, s)
	}
}
