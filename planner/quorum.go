package planner

// Quorum is the weight that a pool needs. The zero value needs any.
type Quorum struct {
	// Weight is what the servers that are up must weigh together; 0 is 1.
	Weight uint32 `json:"weight,omitempty"`
	// Hysteresis is by how much more it must be before a pool has quorum again, and by how much less before it loses it.
	Hysteresis uint32 `json:"hysteresis,omitempty"`
}

// Gained is the weight from which on a pool that has no quorum has it.
func (q Quorum) Gained() int64 { return q.needed() + int64(q.Hysteresis) }

// Kept is the least weight with which a pool that has quorum keeps it; at least 1, since nothing serves nobody.
func (q Quorum) Kept() int64 { return max(q.needed()-int64(q.Hysteresis), 1) }

func (q Quorum) needed() int64 { return max(int64(q.Weight), 1) }

// judge is whether a pool has quorum, by what it had before and by what its servers weigh now. Asked again with its own answer it
// says the same.
func (q Quorum) judge(before Verdict, c Census) Verdict {
	least := q.Gained()
	if before == Up {
		least = q.Kept()
	}
	switch {
	case c.Weight >= least:
		return Up
	case before != Up && c.Weight+c.Pending >= least:
		return before // Down stays so until it is known better
	}
	return Down
}

// Census counts the servers of a pool that take connections when they are up. Those with weight 0 take none.
type Census struct {
	Up, Unknown, Of int
	// Weight is that of the servers that are up, those that stand by among them; Pending that of those not known yet.
	Weight, Pending int64

	tiers [MaxTier + 1]int32 // how many are up in each tier
}

// census counts the servers of the pool.
func (p *Pool) census(f Facts) Census {
	var c Census
	for i := range p.Servers {
		s := &p.Servers[i]
		part, idle := p.weight(s, f)
		if idle {
			continue
		}
		c.Of++
		weight := int64(part)
		switch p.state(s, f) {
		case Up:
			if weight > 0 { // a check may have taken it all
				c.Up++
				c.Weight += weight
				c.tiers[s.tier()]++
			}
		case Unknown:
			c.Unknown++
			c.Pending += weight
		case Down:
		}
	}
	return c
}

// MaxTier is the highest tier of a server.
const MaxTier = 16

// tier is that of a server, from 1 on.
func (s *PoolServer) tier() uint8 { return min(max(s.Tier, 1), MaxTier) }

// tiered tells whether a pool has servers that stand by.
func (p *Pool) tiered() bool {
	for i := range p.Servers {
		if p.Servers[i].Tier > 1 {
			return true
		}
	}
	return false
}

// lastTier is the first tier with which enough servers are up, together with those before it; where all are too few, all take
// connections.
func (p *Pool) lastTier(c Census) uint8 {
	up := int32(0)
	for tier := uint8(1); tier < MaxTier; tier++ {
		if up += c.tiers[tier]; up >= max(int32(p.TierAtLeast), 1) {
			return tier
		}
	}
	return MaxTier
}

// Turned returns whether these pools have quorum now, as far as that is not what the facts remember. Who takes it into the facts
// each time that something happens to their servers has the memory that a hysteresis needs.
func (ix *Index) Turned(f Facts, pools ...string) map[string]Verdict {
	turned := make(map[string]Verdict)
	for _, name := range pools {
		if p := ix.Pool(name); p != nil {
			if now := p.Balance(f).Quorum; now != f.Quorum[name] {
				turned[name] = now
			}
		}
	}
	return turned
}
