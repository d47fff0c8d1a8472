package planner

import (
	"net/netip"
	"slices"
)

// Diff returns the changes that turn live into desired, in the order that disrupts least: what comes before what
// leaves, filters and virtual interfaces before what stands behind and on them and gone last, sysctls before the addresses they are about, an address after the services that answer on it and gone
// before they go, a rule after the routes that it leads to and gone before them. The routes and rules of a VIP come
// after its addresses, which may be their source, and go before them. A wanted object whose place a foreign one takes is a conflict and not a change. What is not ours
// is never touched.
//
// The index names things and tells what is configured, so that an adopted object which only lost its condition is
// deleted and one that is no longer configured is released; it may be nil. Where live has no IPVS, its objects are
// left out. Unchanged objects cost two look-ups and no memory.
func Diff(desired, live State, claims Claims, ix *Index) ([]Change, []Conflict) {
	d := &differ{desired: desired, live: live, claims: claims, ix: ix}
	d.interfaces() // first: what is made anew takes along what stands on it
	d.filters()
	d.sysctls()
	if live.NoIPVS == "" {
		d.virtualServers()
		d.realServers()
	}
	d.addresses()
	d.routes()
	d.rules()
	if live.NoIPVS == "" {
		d.syncDaemons()
	}
	return slices.Concat(d.phases[:]...), d.conflicts
}

// phase is a place in the order of changes.
type phase int

// The phases of a list of changes, in order.
const (
	phaseAdopt   phase = iota
	phaseFilters       // before the interfaces and addresses that they are about, and gone after them
	phaseInterfaces
	phaseSysctls
	phaseServices
	phaseServers
	phaseAddresses // that always stand; gateways of routes are reached through them
	phaseRoutes
	phaseRules // after the routes: an empty table sends packets elsewhere
	phaseVIPs
	phaseVIPRoutes
	phaseVIPRules
	phaseSync     // after the addresses, for which clients wait
	phaseDropSync // and what is new before what goes
	phaseEditServices
	phaseRaise // raises before reductions, so that there is always somewhere to go
	phaseReduce
	phaseEditAddresses
	phaseEditRoutes
	phaseDropRules
	phaseDropRoutes // before addresses, since routes that have them as source would go unseen
	phaseReplaceAddresses
	phaseDropAddresses
	phaseDropServers
	phaseDropServices
	phaseRestoreSysctls // only now: they may be about an address that has just left
	phaseDropInterfaces
	phaseDropFilters
	phaseRelease
	phases
)

// differ collects the changes of one Diff.
type differ struct {
	desired, live State
	claims        Claims
	ix            *Index
	phases        [phases][]Change
	conflicts     []Conflict

	blocked map[VirtualServerKey]bool // wanted services whose place is taken
	held    map[netip.Addr]bool       // addresses that the machine has; made when first asked for
	stays   map[netip.Addr]bool       // addresses that it shall have; likewise
	lengths map[AddressKey]AddressKey // live IPv6 addresses by device and address alone; likewise
	leaving map[AddressKey]bool       // addresses whose deletion stands already in an earlier phase
}

// delta is how two sets of objects differ, each part sorted.
type delta[K comparable] struct {
	missing []K // wanted, not there
	equal   []K // wanted, there, as wanted, not claimed yet
	differs []K // wanted, there, ours, not as wanted
	taken   []K // wanted, there, not ours, not as wanted
	surplus []K // there, ours, not wanted
}

// compare finds the delta of one kind. It sorts the differences and not the world.
func compare[K comparable, V any](desired, live map[K]V, same func(K, V, V) bool, claim func(K) Claim, order func(K, K) int) delta[K] {
	var d delta[K]
	for k, want := range desired {
		have, exists := live[k]
		if !exists {
			d.missing = append(d.missing, k)
			continue
		}
		foreign, asWanted := claim(k) == Foreign, same(k, want, have)
		switch {
		case asWanted && foreign:
			d.equal = append(d.equal, k)
		case asWanted:
		case foreign:
			d.taken = append(d.taken, k)
		default:
			d.differs = append(d.differs, k)
		}
	}
	if len(live) > len(desired)-len(d.missing) { // otherwise nothing is left over
		for k := range live {
			if _, wanted := desired[k]; !wanted && claim(k) != Foreign {
				d.surplus = append(d.surplus, k)
			}
		}
	}
	for _, part := range [][]K{d.missing, d.equal, d.differs, d.taken, d.surplus} {
		slices.SortFunc(part, order)
	}
	return d
}

func (d *differ) sysctls() {
	delta := compare(d.wantedSysctls(), d.live.Sysctls, sameSysctl, d.claims.sysctl, SysctlKey.Compare)
	for _, k := range delta.equal {
		d.adopt(k, d.live.Sysctls[k])
	}
	for _, k := range delta.missing {
		d.create(phaseSysctls, k, d.desired.Sysctls[k])
	}
	// A sysctl has no owner: it is set, and its former value is noted and comes back when it is no longer wanted.
	for _, k := range slices.SortedFunc(slices.Values(slices.Concat(delta.differs, delta.taken)), SysctlKey.Compare) {
		d.update(phaseSysctls, k, d.live.Sysctls[k], d.desired.Sysctls[k])
	}
	for _, k := range delta.surplus {
		have := d.live.Sysctls[k]
		before, noted := d.claims.Before[k]
		if !noted || before == have || d.claims.sysctl(k) != Owned {
			d.release(k, have)
			continue
		}
		fields := fieldsOf(k, have, before)
		d.add(phaseRestoreSysctls, Change{
			Action: Update, Key: k, Before: have, After: before, Fields: fields,
			Reasons: []Reason{{Code: ReasonRemoved, Fields: paths(fields)}},
			Effects: []string{"back to the value before ha"},
		})
	}
}

func (d *differ) virtualServers() {
	delta := compare(d.desired.VirtualServers, d.live.VirtualServers, sameVirtualServer, d.claims.virtualServer, VirtualServerKey.Compare)
	seize(d, &delta, d.desired.VirtualServers, d.live.VirtualServers, d.claims.virtualServer, VirtualServerKey.Compare)
	for _, k := range delta.equal {
		d.adopt(k, d.live.VirtualServers[k])
	}
	for _, k := range delta.missing {
		d.create(phaseServices, k, d.desired.VirtualServers[k])
	}
	for _, k := range delta.differs {
		d.update(phaseEditServices, k, d.live.VirtualServers[k], d.desired.VirtualServers[k])
	}
	for _, k := range delta.taken {
		if d.blocked == nil {
			d.blocked = make(map[VirtualServerKey]bool)
		}
		d.blocked[k] = true
		d.conflicts = append(d.conflicts, d.conflictOver(k, d.desired.VirtualServers[k], d.live.VirtualServers[k]))
	}
	for _, k := range delta.surplus {
		d.leave(phaseDropServices, k, d.live.VirtualServers[k])
	}
}

func (d *differ) realServers() {
	delta := compare(d.desired.RealServers, d.live.RealServers, sameRealServer, d.claims.realServer, RealServerKey.Compare)
	seize(d, &delta, d.desired.RealServers, d.live.RealServers, d.claims.realServer, RealServerKey.Compare)
	for _, k := range delta.equal {
		if !d.blocked[k.Service] {
			d.adopt(k, d.live.RealServers[k])
		}
	}
	for _, k := range delta.missing {
		if !d.blocked[k.Service] {
			d.create(phaseServers, k, d.desired.RealServers[k])
		}
	}
	for _, k := range delta.differs {
		have, want := d.live.RealServers[k], d.desired.RealServers[k]
		if want.Weight >= have.Weight {
			d.update(phaseRaise, k, have, want)
		} else {
			d.update(phaseReduce, k, have, want)
		}
	}
	for _, k := range delta.taken {
		if !d.blocked[k.Service] { // its service's conflict says it all
			d.conflicts = append(d.conflicts, d.conflictOver(k, d.desired.RealServers[k], d.live.RealServers[k]))
		}
	}
	for _, k := range delta.surplus {
		if _, stays := d.desired.VirtualServers[k.Service]; !stays && d.claims.virtualServer(k.Service) == Owned {
			d.drop(phaseDropServers, k, d.live.RealServers[k]) // it would go with its service anyway
			continue
		}
		d.leave(phaseDropServers, k, d.live.RealServers[k])
	}
}

func (d *differ) addresses() {
	claim := func(k AddressKey) Claim { return d.claims.address(k, d.live.Marked) }
	same := func(k AddressKey, want, have Address) bool {
		return sameAddress(k, want, have) || claim(k) != Owned && sameAddress(k, want, have.tolerating(want))
	}
	delta := compare(d.desired.Addresses, d.live.Addresses, same, claim, AddressKey.Compare)
	for _, k := range delta.equal {
		d.adopt(k, d.live.Addresses[k])
	}
	for _, k := range delta.missing {
		at := phaseAddresses
		if o, _ := d.ix.Origin(k); o.VIP {
			at = phaseVIPs
		}
		if d.makeRoom(at, k) {
			d.create(at, k, d.desired.Addresses[k])
		}
	}
	for _, k := range delta.differs {
		have, want := d.live.Addresses[k], d.desired.Addresses[k]
		if editAddress(k, have, want) == Update {
			d.update(phaseEditAddresses, k, have, want)
			continue
		}
		d.replace(phaseReplaceAddresses, k, have, want)
	}
	for _, k := range delta.taken {
		d.conflicts = append(d.conflicts, d.conflictOver(k, d.desired.Addresses[k], d.live.Addresses[k]))
	}
	for _, k := range delta.surplus {
		if !d.leaving[k] {
			d.leave(phaseDropAddresses, k, d.live.Addresses[k])
		}
	}
}

func (d *differ) routes() {
	claim := func(k RouteKey) Claim { return d.claims.route(k, d.live.Marked) }
	delta := compare(d.desired.Routes, d.live.Routes, sameRoute, claim, RouteKey.Compare)
	for _, k := range delta.equal {
		d.adopt(k, d.live.Routes[k])
	}
	for _, k := range byDependency(delta.missing, d.desired.Routes) {
		at := phaseRoutes
		if o, _ := d.ix.Origin(k); o.VIP {
			at = phaseVIPRoutes
		}
		d.create(at, k, d.desired.Routes[k])
	}
	for _, k := range byDependency(delta.differs, d.desired.Routes) {
		d.update(phaseEditRoutes, k, d.live.Routes[k], d.desired.Routes[k])
	}
	for _, k := range delta.taken {
		d.conflicts = append(d.conflicts, d.conflictOver(k, d.desired.Routes[k], d.live.Routes[k]))
	}
	for _, k := range byDependents(delta.surplus, d.live.Routes) {
		d.leave(phaseDropRoutes, k, d.live.Routes[k])
	}
}

func (d *differ) rules() {
	claim := func(k RuleKey) Claim { return d.claims.rule(k, d.live.Marked) }
	delta := compare(d.desired.Rules, d.live.Rules, sameRule, claim, RuleKey.Compare)
	for _, k := range delta.equal {
		d.adopt(k, d.live.Rules[k])
	}
	for _, k := range delta.missing {
		at := phaseRules
		if o, _ := d.ix.Origin(k); o.VIP {
			at = phaseVIPRules
		}
		d.create(at, k, d.desired.Rules[k])
	}
	for _, k := range delta.surplus {
		d.leave(phaseDropRules, k, d.live.Rules[k])
	}
}

// makeRoom deletes the address that keeps the kernel from adding k, right before k comes. False: it is not ours,
// or it is wanted as well.
func (d *differ) makeRoom(at phase, k AddressKey) bool {
	if k.Prefix.Addr().Is4() {
		return true
	}
	other, there := d.otherLength(k)
	if !there {
		return true
	}
	if _, wanted := d.desired.Addresses[other]; wanted || d.claims.address(other, d.live.Marked) == Foreign {
		d.conflicts = append(d.conflicts, d.conflictInTheWay(k, other))
		return false
	}
	d.drop(at, other, d.live.Addresses[other])
	last := &d.phases[at][len(d.phases[at])-1]
	last.Reasons = append(last.Reasons, Reason{Code: ReasonDependency})
	if d.leaving == nil {
		d.leaving = make(map[AddressKey]bool)
	}
	d.leaving[other] = true
	return true
}

// otherLength returns the live IPv6 address that differs from k in the length of its prefix alone.
func (d *differ) otherLength(k AddressKey) (AddressKey, bool) {
	bare := func(k AddressKey) AddressKey {
		return AddressKey{Device: k.Device, Prefix: netip.PrefixFrom(k.Prefix.Addr(), 0)}
	}
	if d.lengths == nil {
		d.lengths = make(map[AddressKey]AddressKey)
		for live := range d.live.Addresses {
			if live.Prefix.Addr().Is6() {
				d.lengths[bare(live)] = live
			}
		}
	}
	other, there := d.lengths[bare(k)]
	return other, there && other != k
}
