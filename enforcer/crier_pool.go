package enforcer

import (
	"maps"
	"slices"

	"ha/enforcer/notify"
	"ha/planner"
)

// recall notes what a process before this one told of pools, so that it is not told again.
func (c *crier) recall(quorum map[string]planner.Verdict) {
	c.mu.Lock()
	defer c.mu.Unlock()
	maps.Copy(c.quorum, quorum)
}

// counted tells of pools that have gained or lost their quorum. That a pool has it at the start is news, as it is for keepalived:
// whoever announces its addresses by other means waits for it.
func (c *crier) counted(pools map[string]headcount) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(pools)) {
		pool, now := c.pools[name], pools[name]
		if pool == nil || now.state == planner.Unknown || c.quorum[name] == now.state {
			continue
		}
		c.quorum[name] = now.state
		what := planner.GainedQuorum
		if now.state == planner.Down {
			what = planner.LostQuorum
		}
		c.tell(eventOfPool(pool, what, now.why))
	}
}

// findPools finds the pools of the plan, and lets go of what was told of others. Called with the lock.
func (c *crier) findPools() {
	c.pools = make(map[string]*planner.Pool, len(c.plan.Pools))
	for i := range c.plan.Pools {
		c.pools[c.plan.Pools[i].Name] = &c.plan.Pools[i]
	}
	maps.DeleteFunc(c.quorum, func(name string, _ planner.Verdict) bool { return c.pools[name] == nil })
}

// eventOfPool is an event of a pool.
func eventOfPool(p *planner.Pool, what planner.Happening, why string) notify.Event {
	e := notify.Event{Object: p.Name, Kind: notify.Pool, What: what, Why: why}
	for _, l := range p.Listeners {
		if l.Key.FWMark == 0 && e.Protocol == "" {
			e.Protocol = l.Key.Protocol.String()
		}
		e.Listeners = append(e.Listeners, listenerOf(l.Key))
	}
	return e
}

// quorumObject is the name of the quorum of a pool, where channels are about that and some servers only.
func quorumObject(pool string) string { return pool + ".quorum" }
