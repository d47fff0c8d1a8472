package planner

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// Leaving is a real server that is no longer configured. It takes no new connections and stays while those that it has go on.
type Leaving struct {
	Pool   string     `json:"pool"`   // of which it was
	Name   string     `json:"name"`   // by which it was configured
	Server RealServer `json:"server"` // as it stood, with the weight that it had
	// DrainMS is how long its connections may go on, in milliseconds.
	DrainMS int64 `json:"drain_ms"`
	// Until is when they are given up; the zero time while its weight is still as it was. It decides nothing here.
	Until time.Time `json:"until,omitzero"`
}

// Departing returns the facts of what a next plan, by its index, means for servers that it no longer has: those with connections to drain stay
// for a while. Where it has them again, or their service is gone, they leave no more. Facts are not changed.
func Departing(f Facts, applied *Plan, ix *Index, live State) Facts {
	leaving := make(map[RealServerKey]Leaving)
	stays := func(k RealServerKey) bool {
		i, service := ix.services[k.Service]
		return service && !ix.plan.Pools[i].has(k)
	}
	for k, l := range f.Leaving {
		if stays(k) {
			leaving[k] = l
		}
	}
	if applied != nil {
		for i := range applied.Pools {
			applied.Pools[i].departing(live, func(k RealServerKey, l Leaving) {
				if _, known := leaving[k]; !known && stays(k) {
					leaving[k] = l
				}
			})
		}
	}
	if f.Leaving = leaving; len(leaving) == 0 {
		f.Leaving = nil
	}
	return f
}

// departing tells of the live servers of a pool that have something to drain when they go.
func (p *Pool) departing(live State, tell func(RealServerKey, Leaving)) {
	for i := range p.Servers {
		s := &p.Servers[i]
		if s.DrainMS <= 0 {
			continue
		}
		for _, l := range p.Listeners {
			k := s.On(l.Key)
			if have, stands := live.RealServers[k]; stands {
				tell(k, Leaving{Pool: p.Name, Name: s.Name, Server: have, DrainMS: s.DrainMS})
			}
		}
	}
}

// has tells whether a pool stands for a real server.
func (p *Pool) has(k RealServerKey) bool {
	for i := range p.Servers {
		if p.Servers[i].On(k.Service) == k {
			return true
		}
	}
	return p.Sorry != nil && p.Sorry.On(k.Service) == k
}

// resolveLeaving shows the servers of a service that are no longer configured: with weight 0, or with the one that they had
// while those that come after them are not known to be up, so that there is always somewhere to go.
func (ix *Index) resolveLeaving(service VirtualServerKey, b *Balance, s State) {
	if len(b.facts.Leaving) == 0 {
		return
	}
	awaits := b.pool.Awaits(b.facts)
	for k, l := range b.facts.Leaving {
		if k.Service != service {
			continue
		}
		if !awaits {
			l.Server.Weight = 0
		}
		first(s.RealServers, k, l.Server)
	}
}

// Awaits tells whether nobody in a pool takes connections while there are servers of which nothing is known yet: those that
// leave keep their weight for so long.
func (p *Pool) Awaits(f Facts) bool {
	c := p.census(f)
	return c.Up == 0 && c.Unknown > 0
}

// PoolOf is the pool that has a service, nil when there is none.
func (ix *Index) PoolOf(service VirtualServerKey) *Pool {
	if ix == nil {
		return nil
	}
	if i, ok := ix.services[service]; ok {
		return &ix.plan.Pools[i]
	}
	return nil
}

// Left takes the live real servers of these keys into a part of a state, for a [Diff] that is about servers that leave.
func Left(part, live State, keys ...RealServerKey) {
	for _, k := range keys {
		if have, stands := live.RealServers[k]; stands {
			part.RealServers[k] = have
		}
	}
}

// draining words the changes of servers that leave: for how long, and how many connections they have now. Those end then.
func (c *comparer) draining(changes []Change) {
	for i := range changes {
		change := &changes[i]
		k, _ := change.Key.(RealServerKey)
		l, leaves := c.facts.Leaving[k]
		after, _ := change.After.(RealServer)
		if !leaves || change.Action != Update || after.Weight != 0 {
			continue
		}
		n := c.facts.Connections[k]
		change.Effects = append(change.Effects, fmt.Sprintf("drain up to %s, %d %s now", brief(l.DrainMS), n, plural(int(n), "connection")))
		if n > 0 && change.Impact == ImpactNewConnections {
			change.Impact = ImpactExistingConnections
		}
	}
}

// leavers are the notes of a plan about servers that left before it, or wait for others before they do.
func (c *comparer) leavers() []string {
	var notes []string
	keys := slices.SortedFunc(maps.Keys(c.facts.Leaving), RealServerKey.Compare)
	for _, k := range keys {
		l, p := c.facts.Leaving[k], c.ix.PoolOf(k.Service)
		if p == nil {
			continue
		}
		name := fmt.Sprintf("%s server %v", l.Pool, k.Server)
		switch n := c.facts.Connections[k]; {
		case p.Awaits(c.facts):
			notes = append(notes, fmt.Sprintf("%s leaves when another one of the pool is up, and drains up to %s then", name, brief(l.DrainMS)))
		case !l.Until.IsZero():
			notes = append(notes, fmt.Sprintf("%s is draining until %s at the latest: %d %s now", name, l.Until.Format(time.RFC3339), n, plural(int(n), "connection")))
		}
	}
	return notes
}

// brief is a time in milliseconds without units that are zero: 2m, 1m30s, 500ms.
func brief(ms int64) string {
	d := time.Duration(ms) * time.Millisecond
	switch {
	case d >= time.Hour && d%time.Hour == 0:
		return fmt.Sprintf("%dh", d/time.Hour)
	case d >= time.Minute && d%time.Minute == 0:
		return fmt.Sprintf("%dm", d/time.Minute)
	}
	return d.String()
}
