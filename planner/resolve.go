package planner

import "iter"

// Resolve returns the kernel objects that must exist right now. Statics and virtual servers always stand, the
// addresses, routes and rules of a VIP while it is Active here, real servers as their checks say.
func Resolve(p *Plan, f Facts) State { return NewIndex(p).Resolve(f) }

// Resolve is [Resolve] for a plan whose index exists.
func (ix *Index) Resolve(f Facts) State {
	if ix == nil {
		return State{}
	}
	reals := 0
	for i := range ix.plan.Pools {
		reals += len(ix.plan.Pools[i].Listeners) * len(ix.plan.Pools[i].Servers)
	}
	s := State{
		Interfaces:     make(map[InterfaceKey]Interface),
		Addresses:      make(map[AddressKey]Address, len(ix.places)),
		Routes:         make(map[RouteKey]Route),
		Rules:          make(map[RuleKey]Rule),
		Filters:        make(map[FilterKey]Filter),
		Sysctls:        make(map[SysctlKey]Sysctl),
		VirtualServers: make(map[VirtualServerKey]VirtualServer, len(ix.services)),
		RealServers:    make(map[RealServerKey]RealServer, reals),
		SyncDaemons:    make(map[SyncDaemonKey]SyncDaemon),
	}
	for i := range ix.plan.Statics {
		ix.resolveStatic(&ix.plan.Statics[i], s)
	}
	for i := range ix.plan.VIPs {
		ix.resolveVIP(&ix.plan.VIPs[i], f, s)
	}
	for i := range ix.plan.Pools {
		ix.resolvePool(i, f, s)
	}
	ix.resolveSync(f, s)
	return s
}

// ResolveVIP is the part of [Index.Resolve] that one VIP decides. The matching part of live is [Index.LiveVIP].
func (ix *Index) ResolveVIP(name string, f Facts) State {
	s := State{Addresses: make(map[AddressKey]Address), Routes: make(map[RouteKey]Route), Rules: make(map[RuleKey]Rule)}
	if v := ix.VIP(name); v != nil {
		ix.resolveVIP(v, f, s)
	}
	return s
}

// ResolvePool is the part of [Index.Resolve] that one pool decides. The matching part of live is [Index.LivePool].
func (ix *Index) ResolvePool(name string, f Facts) State {
	s := State{
		VirtualServers: make(map[VirtualServerKey]VirtualServer),
		RealServers:    make(map[RealServerKey]RealServer),
	}
	if ix.Pool(name) != nil {
		ix.resolvePool(ix.pools[name], f, s)
	}
	return s
}

// LiveVIP returns the live objects that a VIP of the plan is about: what [Diff] compares with
// [Index.ResolveVIP]. Objects of former plans are not among them, unless they are in the way of an IPv6 address;
// those need the whole state.
func (ix *Index) LiveVIP(name string, live State) State {
	part := State{
		Addresses: make(map[AddressKey]Address), Routes: make(map[RouteKey]Route), Rules: make(map[RuleKey]Rule),
		Links: live.Links,
	}
	v := ix.VIP(name)
	if v == nil {
		return part
	}
	for _, a := range v.Addresses {
		if !ix.owns(v.Name, a.Key) {
			continue
		}
		carry(&part, part.Addresses, live, live.Addresses, a.Key)
		for _, other := range live.Links[a.Key.Device].Addresses {
			k := AddressKey{Device: a.Key.Device, Prefix: other}
			if _, configured := ix.places[k]; !configured && inTheWay(a.Key, k) {
				carry(&part, part.Addresses, live, live.Addresses, k)
			}
		}
	}
	for _, r := range v.Routes {
		if ix.owns(v.Name, r.Key) {
			carry(&part, part.Routes, live, live.Routes, r.Key)
		}
	}
	for _, r := range v.Rules {
		if ix.owns(v.Name, r.Key) {
			carry(&part, part.Rules, live, live.Rules, r.Key)
		}
	}
	return part
}

// carry takes a live object into a part of the state, with its mark; from and to are the maps of its kind.
func carry[K interface {
	comparable
	Key
}, V any](part *State, to map[K]V, live State, from map[K]V, k K) {
	have, ok := from[k]
	if !ok {
		return
	}
	to[k] = have
	if live.Marked[k] {
		part.marks()[k] = true
	}
}

// LivePool returns the live objects that a pool of the plan is about: what [Diff] compares with
// [Index.ResolvePool]. Objects of former plans are not among them; those need the whole state.
func (ix *Index) LivePool(name string, live State) State {
	part := State{
		VirtualServers: make(map[VirtualServerKey]VirtualServer),
		RealServers:    make(map[RealServerKey]RealServer),
		NoIPVS:         live.NoIPVS,
		Links:          live.Links, // their addresses say whether clients notice a change
	}
	pool := ix.Pool(name)
	if pool == nil {
		return part
	}
	for _, l := range pool.Listeners {
		if ix.services[l.Key] != ix.pools[name] {
			continue
		}
		if have, ok := live.VirtualServers[l.Key]; ok {
			part.VirtualServers[l.Key] = have
		}
		see := func(server *PoolServer) {
			k := server.On(l.Key)
			if have, ok := live.RealServers[k]; ok {
				part.RealServers[k] = have
			}
		}
		for i := range pool.Servers {
			see(&pool.Servers[i])
		}
		if pool.Sorry != nil {
			see(pool.Sorry)
		}
	}
	return part
}

// marks returns the map of marks, made when it is first needed.
func (s *State) marks() map[Key]bool {
	if s.Marked == nil {
		s.Marked = make(map[Key]bool)
	}
	return s.Marked
}

func (ix *Index) resolveStatic(static *Static, s State) {
	for _, i := range static.Interfaces {
		first(s.Interfaces, i.Key, i.Value)
	}
	for _, a := range static.Addresses {
		first(s.Addresses, a.Key, a.Value)
	}
	for _, r := range static.Routes {
		first(s.Routes, r.Key, r.Value)
	}
	for _, r := range static.Rules {
		first(s.Rules, r.Key, r.Value)
	}
	for _, f := range static.Filters {
		first(s.Filters, f.Key, f.Value)
	}
	for _, c := range static.Sysctls {
		first(s.Sysctls, c.Key, c.Value)
	}
}

func (ix *Index) resolveVIP(v *VIP, f Facts, s State) {
	if !f.Active[v.Name] {
		return
	}
	for _, a := range v.Addresses {
		if ix.owns(v.Name, a.Key) {
			first(s.Addresses, a.Key, a.Value)
		}
	}
	for _, r := range v.Routes {
		if ix.owns(v.Name, r.Key) {
			first(s.Routes, r.Key, r.Value)
		}
	}
	for _, r := range v.Rules {
		if ix.owns(v.Name, r.Key) {
			first(s.Rules, r.Key, r.Value)
		}
	}
}

// Served returns the addresses that a VIP stands for while it is Active, in plan order, which are those of [Index.ResolveVIP]. It
// takes no memory: whoever renews thousands of them asks every second.
func (ix *Index) Served(vip *VIP) iter.Seq2[AddressKey, Address] {
	return func(yield func(AddressKey, Address) bool) {
		for i := range vip.Addresses {
			a := &vip.Addresses[i]
			if ix.owns(vip.Name, a.Key) && !yield(a.Key, a.Value) {
				return
			}
		}
	}
}

// owns tells whether a key of a VIP is its own and not that of a unit before it.
func (ix *Index) owns(vip string, k Key) bool {
	p := ix.places[k]
	return p.vip && p.unit == vip
}
