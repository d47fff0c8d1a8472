package enforcer

import (
	"maps"
	"slices"

	"ha/vrrp"
)

// rename gives elections whose VIP or sync group is only called differently the new name, so that they go on: the plan promises that
// a new name costs nothing, and on the wire nothing has changed. renames maps new names of VIPs to old ones, as
// planner.Renames finds them; instances are those that will be set.
func (e *elections) rename(renames map[string]string, instances []vrrp.Instance) {
	e.mu.Lock()
	defer e.mu.Unlock()
	of := map[string]string{} // groups by the VIP of their first member
	for name, g := range e.groups {
		of[g.members[0].instance.VIP] = name
	}
	wanted := grouped(instances)
	for _, now := range slices.Sorted(maps.Keys(wanted)) {
		former := now
		if e.groups[now] == nil {
			former = of[formerly(renames, wanted[now][0].VIP)]
		}
		g := e.groups[former]
		if g == nil || !g.isUnder(renames, wanted[now]) {
			continue
		}
		delete(e.groups, former)
		e.groups[now] = g
		g.call(now, wanted[now])
	}
}

// formerly is the former name of a VIP.
func formerly(renames map[string]string, vip string) string {
	if former, renamed := renames[vip]; renamed {
		return former
	}
	return vip
}

// isUnder tells whether instances are the virtual routers of a group under the names that their VIPs get.
func (g *group) isUnder(renames map[string]string, instances []*vrrp.Instance) bool {
	return slices.EqualFunc(g.members, instances, func(m *member, i *vrrp.Instance) bool {
		return formerly(renames, i.VIP) == m.instance.VIP && sameRouter(*m.instance, *i)
	})
}

// call gives a group and its members their names, and tells of it, so that who looks for their past finds it.
func (g *group) call(name string, instances []*vrrp.Instance) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.name = name
	for i, m := range g.members {
		now, was := instances[i].Name, m.instance.Name
		renamed := *m.instance // the configuration before may come back
		renamed.Name, renamed.VIP = now, instances[i].VIP
		m.instance = &renamed
		m.outgoing.name.Store(&renamed.Name)
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
