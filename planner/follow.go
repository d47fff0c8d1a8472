package planner

import (
	"slices"
	"strings"
)

// This file is about services that follow a VIP. A director that is also a real server of a pool with direct routing or tunnels holds
// the listener's address when it is not Active, too, as any real server does. A service of its own would take the connections
// that the Active director hands to it, and hand them on, perhaps back. So there its service stands while the VIP is Active on it,
// comes before the VIP's addresses and leaves after them.

// follows is the VIP that must be Active here for a service to stand, in the plan or the one before; empty: it always stands.
func (ix *Index) follows(k VirtualServerKey) string {
	for range 2 {
		if ix == nil {
			break
		}
		if i, ok := ix.services[k]; ok {
			at := slices.IndexFunc(ix.plan.Pools[i].Listeners, func(l Listener) bool { return l.Key == k })
			return ix.plan.Pools[i].Listeners[at].When
		}
		ix = ix.previous
	}
	return ""
}

// Followers are the pools with services that stand only while one of these VIPs is Active here, in plan order.
func (ix *Index) Followers(vips ...string) []string {
	if ix == nil || len(ix.followers) == 0 {
		return nil
	}
	var places []int
	for _, vip := range vips {
		places = append(places, ix.followers[vip]...)
	}
	slices.Sort(places)
	var names []string
	for _, i := range slices.Compact(places) {
		names = append(names, ix.plan.Pools[i].Name)
	}
	return names
}

// addFollowers notes the pool at a place in the plan under the VIPs that its services follow.
func (ix *Index) addFollowers(i int) {
	for _, l := range ix.plan.Pools[i].Listeners {
		if l.When == "" || slices.Contains(ix.followers[l.When], i) {
			continue
		}
		if ix.followers == nil {
			ix.followers = make(map[string][]int)
		}
		ix.followers[l.When] = append(ix.followers[l.When], i)
	}
}

// stands tells whether the service of a listener is to be there.
func (l *Listener) stands(f Facts) bool { return l.When == "" || f.Active[l.When] }

// servesBehind tells whether an address stands for a pool that the node is a real server of: clients do not reach it by that.
func (ix *Index) servesBehind(k AddressKey) bool {
	o, ok := ix.Origin(k)
	return ok && !o.VIP && strings.HasPrefix(o.Unit, "pool.")
}

// following are the services of the plan that stand only while a VIP is Active, as [Index.conditional] lists them.
func (ix *Index) following() []placed {
	services := make(map[VirtualServerKey]placed)
	for i := range ix.plan.Pools {
		pool := &ix.plan.Pools[i]
		for _, l := range pool.Listeners {
			if l.When != "" && ix.services[l.Key] == i {
				first(services, l.Key, placed{vip: l.When, unit: pool.Name, key: l.Key, value: l.Value, source: pool.Source})
			}
		}
	}
	return inOrder(services)
}

// withServers is said of a service that comes and goes with its VIP.
const withServers = "with its servers"
