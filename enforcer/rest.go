package enforcer

import (
	"fmt"
	"maps"
	"slices"

	"ha/checks"
)

// rested is the set of checks with those at rest whose pools are elsewhere. What an election depends on never rests: a Backup must
// know whether it could take over.
func (e *Enforcer) rested(c *Config) []checks.Config {
	e.resting, e.restedAt = e.writer.index.Resting(e.writer.facts), e.writer.moves
	if len(e.resting) == 0 {
		return c.Checks
	}
	for key := range trackedChecks(c) {
		delete(e.resting, key)
	}
	list := slices.Clone(c.Checks)
	for i := range list {
		list[i].Rest = e.resting[list[i].Key]
	}
	return list
}

// trackedChecks are the checks on which elections depend, directly or by a pool.
func trackedChecks(c *Config) map[string]bool {
	keys, pools := map[string]bool{}, map[string]bool{}
	for _, i := range c.Instances {
		for _, t := range i.Tracks {
			keys[t.Check], pools[t.Pool] = true, true
		}
	}
	for i := range c.Plan.Pools {
		for _, s := range c.Plan.Pools[i].Servers {
			for _, key := range s.Checks {
				if pools[c.Plan.Pools[i].Name] {
					keys[key] = true
				}
			}
		}
	}
	return keys
}

// restOrWake lets checks rest, or wakes them, after VIPs have moved.
func (e *Enforcer) restOrWake() {
	if e.restedAt == e.writer.moves {
		return
	}
	before := e.resting
	list := e.rested(&e.applied.Config)
	if maps.Equal(before, e.resting) {
		return
	}
	rest, wake := 0, 0
	for key := range e.resting {
		if !before[key] {
			rest++
		}
	}
	for key := range before {
		if !e.resting[key] {
			wake++
		}
	}
	if rest > 0 {
		e.events.info("check", "enforcer", fmt.Sprintf("%d checks rest: the VIPs of their pools are elsewhere", rest))
	}
	if wake > 0 {
		e.events.info("check", "enforcer", fmt.Sprintf("%d checks go on: a VIP of their pools is here", wake))
	}
	e.checker.set(list)
}
