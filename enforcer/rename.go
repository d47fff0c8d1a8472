package enforcer

import (
	"maps"
	"slices"

	"ha/vrrp"
)

// rename gives elections whose VIP is only called differently the new name, so that they go on: the plan promises that a
// new name costs nothing, and on the wire nothing has changed. renames maps new names of VIPs to old ones, as
// planner.Renames finds them; instances are those that will be set.
func (e *elections) rename(renames map[string]string, instances []vrrp.Instance) {
	if len(renames) == 0 {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	wanted := grouped(instances)
	for _, now := range slices.Sorted(maps.Keys(wanted)) {
		for _, former := range slices.Sorted(maps.Keys(e.groups)) {
			g := e.groups[former]
			if e.groups[now] != nil && now != former || !g.isUnder(renames, wanted[now]) {
				continue
			}
			delete(e.groups, former)
			e.groups[now] = g
			g.call(now, wanted[now])
			break
		}
	}
}

// isUnder tells whether instances are the virtual routers of a group under the names that their VIPs get.
func (g *group) isUnder(renames map[string]string, instances []vrrp.Instance) bool {
	return slices.EqualFunc(g.members, instances, func(m *member, i vrrp.Instance) bool {
		former, renamed := renames[i.VIP]
		if !renamed {
			former = i.VIP
		}
		return former == m.instance.VIP && sameRouter(m.instance, i)
	})
}

// call gives a group and its members their names, and tells of it, so that who looks for their past finds it.
func (g *group) call(name string, instances []vrrp.Instance) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.name = name
	for i, m := range g.members {
		now, was := instances[i].Name, m.instance.Name
		m.instance.Name, m.instance.VIP = now, instances[i].VIP
		m.outgoing.name.Store(&now)
		if was != now {
			g.owner.events.info("state", now, "was "+was+" before; its election goes on")
		}
	}
}

// called is the name of a group, for who does not hold its lock.
func (g *group) called() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.name
}

// reversed are renames that are taken back.
func reversed(renames map[string]string) map[string]string {
	back := make(map[string]string, len(renames))
	for now, former := range renames {
		back[former] = now
	}
	return back
}
