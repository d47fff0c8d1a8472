package planner

import "net/netip"

// Index answers questions about a plan without walking through it: who wants a key, which pools hang on a check.
// It is built once per plan and not changed afterwards, so any number of goroutines may read it. A nil Index is
// that of an empty plan.
//
// Each key belongs to the first unit that names it, in the order statics, VIPs, pools: what always stands is
// never taken away by what comes and goes. (The language forbids two units with one key unless they agree.)
type Index struct {
	plan     *Plan
	vips     map[string]int // by name, places in plan.VIPs
	pools    map[string]int // by name, places in plan.Pools
	checks   map[string][]int
	weighs   map[string]bool          // checks whose numbers move weights
	suspends bool                     // there are pools whose checks may rest
	services map[VirtualServerKey]int // places in plan.Pools
	places   map[Key]place            // interfaces, addresses, routes, rules, filters, sysctls
	serves   map[netip.Addr]int       // addresses of VIPs, places in plan.VIPs

	followers map[string][]int // by VIP, places in plan.Pools
	previous  *Index
}

// place is where a key of a static or a VIP comes from.
type place struct {
	unit   string
	vip    bool
	when   string // the VIP on which it hangs, where that is another unit
	source Source
}

// Origin is where a kernel object comes from.
type Origin struct {
	Unit   string // static.uplink, vip.web, pool.web
	VIP    bool   // whether it stands only while the VIP named Unit is Active here
	Source Source
}

// NewIndex builds the index of p, which must not change afterwards.
func NewIndex(p *Plan) *Index {
	ix := &Index{
		plan:     p,
		vips:     make(map[string]int, len(p.VIPs)),
		pools:    make(map[string]int, len(p.Pools)),
		weighs:   make(map[string]bool),
		checks:   make(map[string][]int),
		services: make(map[VirtualServerKey]int, len(p.Pools)),
		places:   make(map[Key]place),
		serves:   make(map[netip.Addr]int),
	}
	for _, s := range p.Statics {
		for _, i := range s.Interfaces {
			first(ix.places, Key(i.Key), place{unit: s.Name, source: i.Source})
		}
		for _, a := range s.Addresses {
			first(ix.places, Key(a.Key), place{unit: s.Name, source: a.Source})
		}
		for _, r := range s.Routes {
			first(ix.places, Key(r.Key), place{unit: s.Name, source: r.Source})
		}
		for _, r := range s.Rules {
			first(ix.places, Key(r.Key), place{unit: s.Name, source: r.Source})
		}
		for _, f := range s.Filters {
			first(ix.places, Key(f.Key), place{unit: s.Name, source: f.Source})
		}
		for _, c := range s.Sysctls {
			first(ix.places, Key(c.Key), place{unit: s.Name, source: c.Source})
		}
	}
	for i, v := range p.VIPs {
		first(ix.vips, v.Name, i)
		for _, a := range v.Addresses {
			first(ix.places, Key(a.Key), place{unit: v.Name, vip: true, source: a.Source})
			first(ix.serves, a.Key.Prefix.Addr(), i)
		}
		for _, r := range v.Routes {
			first(ix.places, Key(r.Key), place{unit: v.Name, vip: true, source: r.Source})
		}
		for _, r := range v.Rules {
			first(ix.places, Key(r.Key), place{unit: v.Name, vip: true, source: r.Source})
		}
	}
	for i := range p.Pools {
		ix.addPool(i)
	}
	ix.addSync()
	return ix
}

func (ix *Index) addPool(i int) {
	pool := &ix.plan.Pools[i]
	first(ix.pools, pool.Name, i)
	ix.addFollowers(i)
	ix.suspends = ix.suspends || pool.Suspend
	for _, l := range pool.Listeners {
		first(ix.services, l.Key, i)
	}
	for _, s := range pool.Servers {
		for _, check := range s.Checks {
			if at := ix.checks[check]; len(at) == 0 || at[len(at)-1] != i {
				ix.checks[check] = append(at, i)
			}
		}
		for _, w := range s.Weighs {
			ix.weighs[w.Check] = true
		}
	}
}

// first sets what is not set yet.
func first[K comparable, V any](m map[K]V, k K, v V) {
	if _, taken := m[k]; !taken {
		m[k] = v
	}
}

// After returns an index that also knows the plan before it, for the names of what is no longer configured.
func (ix *Index) After(previous *Index) *Index {
	if ix == nil {
		ix = NewIndex(&Plan{})
	}
	both := *ix
	if previous != nil {
		alone := *previous
		alone.previous = nil // two plans are enough; a chain would keep all of them in memory
		previous = &alone
	}
	both.previous = previous
	return &both
}

// Plan returns the plan of the index; nil where there is none.
func (ix *Index) Plan() *Plan {
	if ix == nil {
		return nil
	}
	return ix.plan
}

// VIP returns the VIP of a name, or nil.
func (ix *Index) VIP(name string) *VIP {
	if ix == nil {
		return nil
	}
	if i, ok := ix.vips[name]; ok {
		return &ix.plan.VIPs[i]
	}
	return nil
}

// Pool returns the pool of a name, or nil.
func (ix *Index) Pool(name string) *Pool {
	if ix == nil {
		return nil
	}
	if i, ok := ix.pools[name]; ok {
		return &ix.plan.Pools[i]
	}
	return nil
}

// Weighs tells whether the number that a check reports moves the weight of a server.
func (ix *Index) Weighs(check string) bool { return ix != nil && ix.weighs[check] }

// PoolsOf returns the names of the pools with a server that hangs on a check, in plan order: what a new verdict
// makes necessary to resolve again.
func (ix *Index) PoolsOf(check string) []string {
	if ix == nil {
		return nil
	}
	var names []string
	for _, i := range ix.checks[check] {
		names = append(names, ix.plan.Pools[i].Name)
	}
	return names
}

// VIPOf returns the name of the VIP that holds an address, empty where none does.
func (ix *Index) VIPOf(a netip.Addr) string {
	if ix == nil {
		return ""
	}
	if i, ok := ix.serves[a]; ok {
		return ix.plan.VIPs[i].Name
	}
	return ""
}

// Origin tells who wants a key now, whether or not its condition holds. False: nobody.
func (ix *Index) Origin(k Key) (Origin, bool) {
	if ix == nil {
		return Origin{}, false
	}
	switch k := k.(type) {
	case VirtualServerKey:
		if i, ok := ix.services[k]; ok {
			return Origin{Unit: ix.plan.Pools[i].Name, Source: ix.plan.Pools[i].Source}, true
		}
	case RealServerKey:
		if pool, server := ix.server(k); server != nil {
			return Origin{Unit: pool.Name, Source: server.Source}, true
		}
	default:
		if p, ok := ix.places[k]; ok {
			return Origin{Unit: p.unit, VIP: p.vip, Source: p.source}, true
		}
	}
	return Origin{}, false
}

// formerly is Origin in the plan before this one.
func (ix *Index) formerly(k Key) (Origin, bool) {
	if ix == nil {
		return Origin{}, false
	}
	return ix.previous.Origin(k)
}

// server returns the pool and the configured server of a key, which may be its sorry server; nil where the pool has none.
func (ix *Index) server(k RealServerKey) (*Pool, *PoolServer) {
	if ix == nil {
		return nil, nil
	}
	i, ok := ix.services[k.Service]
	if !ok {
		return nil, nil
	}
	pool := &ix.plan.Pools[i]
	for j := range pool.Servers {
		if pool.Servers[j].On(k.Service) == k {
			return pool, &pool.Servers[j]
		}
	}
	if pool.Sorry != nil && pool.Sorry.On(k.Service) == k {
		return pool, pool.Sorry
	}
	return pool, nil
}
