package planner

import (
	"fmt"
	"time"
)

// Hold is what a person decided of a server for a while. It goes before what is configured and what numbers of checks say, and
// not before the verdict of checks: a server that is down takes nothing.
type Hold struct {
	Weight uint16 `json:"weight"` // 0 drains: no new connections, those that it has go on
	// Gone takes the server away altogether: connections that were left at the deadline are given up.
	Gone bool `json:"gone,omitempty"`

	// What follows decides nothing here; it is for whoever keeps the hold or shows it.

	By       string    `json:"by"` // root@lb1 (uid 0)
	Reason   string    `json:"reason"`
	Since    time.Time `json:"since"`
	Until    time.Time `json:"until"`             // the end of the lease
	Deadline time.Time `json:"deadline,omitzero"` // when it is Gone; zero is never
}

// Hold is what a person decided of a server, if somebody did.
func (f *Facts) Hold(pool, server string) (Hold, bool) {
	h, held := f.Holds[pool][server]
	return h, held
}

// weight is that of a server of the pool before anybody asks how it is: what a person set, or what is configured and what numbers
// of checks make of it. An idle one takes no connections on purpose.
func (p *Pool) weight(s *PoolServer, f Facts) (weight uint16, idle bool) {
	if h, held := f.Holds[p.Name][s.Name]; held {
		return h.Weight, h.Weight == 0
	}
	return s.weighed(f), s.Weight == 0
}

// givenUp takes away a server whose connections were to end by a deadline that has passed.
func (b *Balance) givenUp(s *PoolServer, share Share) Share {
	if h, held := b.facts.Holds[b.pool.Name][s.Name]; held && h.Gone {
		return Share{}
	}
	return share
}

// String says what a hold does: drained, weight 5, or drained and given up.
func (h Hold) String() string {
	switch {
	case h.Gone:
		return "drained and given up"
	case h.Weight == 0:
		return "drained"
	}
	return fmt.Sprintf("weight %d", h.Weight)
}

// suspended are the notes of a plan about servers that persons have set aside: that they are not as configured is no drift.
func (c *comparer) suspended() []string {
	var notes []string
	for i := range c.ix.plan.Pools {
		p := &c.ix.plan.Pools[i]
		for j := range p.Servers {
			s := &p.Servers[j]
			h, held := c.facts.Hold(p.Name, s.Name)
			if !held {
				continue
			}
			notes = append(notes, fmt.Sprintf("%s server %s is suspended: %v until %s by %s: %s", p.Name, s.Name, h, h.Until.Format(time.RFC3339), h.By, h.Reason))
		}
	}
	return notes
}
