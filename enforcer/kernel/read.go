package kernel

import (
	"context"
	"maps"
	"slices"

	"golang.org/x/sys/unix"

	"ha/planner"
)

// Query says what of the kernel matters to a reader, beyond links, addresses, rules, filters and IPVS, which always do.
type Query struct {
	Tables  []uint32            // routing tables; main (254) is always read
	Sysctls []planner.SysctlKey // the others are left out: there are thousands
}

// QueryFor is the query that sees everything a plan and a record of claims can be about. Either may be zero.
func QueryFor(plan planner.Plan, claims planner.Claims) Query {
	tables, sysctls := map[uint32]bool{}, map[planner.SysctlKey]bool{}
	for _, v := range plan.VIPs {
		for _, r := range v.Routes {
			tables[r.Key.Table] = true
		}
	}
	for _, s := range plan.Statics {
		for _, r := range s.Routes {
			tables[r.Key.Table] = true
		}
		for _, c := range s.Sysctls {
			sysctls[c.Key] = true
		}
	}
	for key := range claims.Objects {
		switch key := key.(type) {
		case planner.RouteKey:
			tables[key.Table] = true
		case planner.SysctlKey:
			sysctls[key] = true
		case planner.InterfaceKey, planner.AddressKey, planner.RuleKey, planner.FilterKey, planner.VirtualServerKey, planner.RealServerKey, planner.SyncDaemonKey: // always read
		}
	}
	for key := range claims.Before {
		sysctls[key] = true
	}
	return Query{Tables: slices.Sorted(maps.Keys(tables)), Sysctls: slices.Sorted(maps.Keys(sysctls))}
}

// Read reads the links, the virtual interfaces, the addresses of all links, the rules, the filters, the routes and sysctls that the query names, and IPVS. A kernel
// without IPVS or nf_tables is no error: NoIPVS and NoFilters say it in words. Read looks for the module once more when it was missing.
func (k *Kernel) Read(ctx context.Context, q Query) (planner.State, error) {
	bodies, err := k.linkBodies(ctx)
	if err != nil {
		return planner.State{}, err
	}
	links, err := linksOf(bodies)
	if err != nil {
		return planner.State{}, err
	}
	s := planner.State{
		Addresses: make(map[planner.AddressKey]planner.Address),
		Marked:    make(map[planner.Key]bool),
		Links:     links,
	}
	if err := readInterfaces(bodies, &s); err != nil {
		return planner.State{}, err
	}
	if err := k.readAddresses(ctx, &s); err != nil {
		return planner.State{}, err
	}
	if err := k.readRoutes(ctx, &s, q.Tables); err != nil {
		return planner.State{}, err
	}
	if err := k.readRules(ctx, &s); err != nil {
		return planner.State{}, err
	}
	if err := k.readFilters(ctx, &s); err != nil {
		return planner.State{}, err
	}
	if err := k.readIPVS(ctx, &s, true); err != nil { // this loads its module, which brings sysctls
		return planner.State{}, err
	}
	if s.Sysctls, err = k.ReadSysctls(ctx, q.Sysctls); err != nil {
		return planner.State{}, err
	}
	return s, nil
}

// ReadRoutes reads the routes of main and the tables that the query names, with their marks. The kernel takes IPv4 routes
// away without a word when a link goes down, so this is asked after every [LinkChanged].
func (k *Kernel) ReadRoutes(ctx context.Context, q Query) (planner.State, error) {
	links, err := k.links(ctx)
	if err != nil {
		return planner.State{}, err
	}
	s := planner.State{Marked: make(map[planner.Key]bool), Links: links}
	if err := k.readRoutes(ctx, &s, q.Tables); err != nil {
		return planner.State{}, err
	}
	s.Links = nil
	return s, nil
}

// readAddresses fills in addresses, their marks, and each link's own list. A link that came after the links were
// listed is left for the event that tells of it.
func (k *Kernel) readAddresses(ctx context.Context, s *planner.State) error {
	objects, err := k.addresses(ctx)
	if err != nil {
		return err
	}
	byIndex := names(s.Links)
	for _, o := range objects {
		device, ok := byIndex[o.index]
		if !ok {
			continue
		}
		link := s.Links[device]
		link.Addresses = append(link.Addresses, o.prefix)
		s.Links[device] = link
		key := o.key(device)
		if s.Marked[key] {
			continue // the same address with another peer, and not ours
		}
		s.Addresses[key] = o.on(device)
		if o.marked {
			s.Marked[key] = true
		}
	}
	return nil
}

// readRoutes fills in routes and their marks.
func (k *Kernel) readRoutes(ctx context.Context, s *planner.State, tables []uint32) error {
	s.Routes = make(map[planner.RouteKey]planner.Route)
	byIndex := names(s.Links)
	tables = append([]uint32{unix.RT_TABLE_MAIN}, tables...)
	slices.Sort(tables)
	for _, table := range slices.Compact(tables) {
		objects, err := k.routes(ctx, table)
		if err != nil {
			return err
		}
		for _, o := range objects {
			if _, taken := s.Routes[o.key]; taken && (!o.marked || s.Marked[o.key]) {
				continue // the first of equal keys is the one the kernel uses; ours goes before all
			}
			s.Routes[o.key] = o.on(byIndex)
			if o.marked {
				s.Marked[o.key] = true
			}
		}
	}
	return nil
}
