package planner

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// Comparison is what a plan would change on one node, in three layers.
type Comparison struct {
	Behaviour []Change // what the enforcer will do from now on; independent of the moment
	Kernel    []Change // what that means now
	Latent    []Change // what it will mean when a condition turns true
	Conflicts []Conflict
	Notes     []string // what a reader should know that is no change

	// Effect is the digest of what the plan does in its conditional form: whether a VIP is Active here at the
	// moment leaves it alone, and so do times, wording and places in files.
	Effect string
	// ReadSet is what the plan touches or relies on, as it is now.
	ReadSet []ReadObject
}

// Changes returns all changes in the order of the layers.
func (c Comparison) Changes() []Change { return slices.Concat(c.Behaviour, c.Kernel, c.Latent) }

// Empty tells whether there is nothing to do and nothing in the way.
func (c Comparison) Empty() bool {
	return len(c.Behaviour)+len(c.Kernel)+len(c.Latent)+len(c.Conflicts) == 0
}

// Compare tells what changes when next is applied where applied is in force; nil is a node without a plan. Facts
// are those of the applied plan: a VIP that next names differently keeps its role.
func Compare(next, applied *Plan, facts Facts, live State, claims Claims) Comparison {
	renames := Renames(next, applied)
	cmp := &comparer{facts: Carry(facts, renames), live: live, renames: renames}
	if applied != nil {
		cmp.before = NewIndex(applied)
		cmp.wanted = cmp.before.Resolve(facts)
	}
	cmp.ix = NewIndex(next).After(cmp.before)
	desired := cmp.ix.Resolve(cmp.facts)

	var out Comparison
	out.Kernel, out.Conflicts = Diff(desired, live, claims, cmp.ix)
	cmp.blame(out.Kernel, desired)
	cmp.draining(out.Kernel)
	out.Behaviour = cmp.behaviour()
	out.Latent = cmp.latent()
	out.Notes = cmp.notes(desired)
	out.Effect = cmp.effect(out)
	out.ReadSet = cmp.readSet(out.Changes(), claims)
	return out
}

// comparer holds what the layers of one comparison share.
type comparer struct {
	ix, before *Index // of the next and of the applied plan; before is nil where nothing is applied
	facts      Facts  // under the names of the next plan
	live       State
	wanted     State // what the applied plan wants under the same facts
	renames    map[string]string
}

// blame finds the changes that nobody asked for: the configuration leaves the object alone, and live differs.
func (c *comparer) blame(changes []Change, desired State) {
	if c.before == nil {
		return
	}
	for i := range changes {
		change := &changes[i]
		if change.Cause != CauseConfig || hasReason(*change, ReasonRemoved) && change.Action == Update {
			continue
		}
		before, after := c.wanted.Value(change.Key), desired.Value(change.Key)
		if (before == nil) != (after == nil) || len(fieldsOf(change.Key, before, after)) > 0 {
			continue
		}
		if c.ix.seized(change.Key) && !c.before.exclusive() {
			continue // nobody minded it before
		}
		change.Cause = CauseDrift
		if former, _ := c.ix.formerly(change.Key); former.VIP && change.Action == Delete {
			change.Impact = ImpactNone // its VIP is not Active here: another node answers
		}
		if _, filter := change.Key.(FilterKey); filter {
			change.Impact = ImpactNone // as it was for everybody until somebody took it away
		}
		drifted := Reason{Code: ReasonDrifted, Fields: change.Reasons[0].Fields}
		if change.Action == Replace {
			change.Reasons = append([]Reason{drifted}, change.Reasons...)
			continue
		}
		change.Reasons[0] = drifted
	}
}

// latent lists what happens when a VIP that is not Active here becomes it: its objects that differ between the
// applied and the next plan.
func (c *comparer) latent() []Change {
	before, after := c.before.conditional(), c.ix.conditional()
	var out []Change
	for _, want := range after.inOrder {
		have, known := before.of[want.key]
		if c.facts.Active[want.vip] || known && len(fieldsOf(want.key, have.value, want.value)) == 0 {
			continue
		}
		change := Change{Action: Create, After: want.value, Reasons: []Reason{{Code: ReasonAdded}}}
		if _, announced := want.key.(AddressKey); announced {
			change.Effects = []string{announceIt}
		}
		if _, service := want.key.(VirtualServerKey); service {
			change.Effects = []string{withServers}
		}
		if known {
			change.Action, change.Before = edit(want.key, have.value, want.value), have.value
			change.Reasons = []Reason{{Code: ReasonChanged}}
		}
		out = append(out, c.whenActive(want, change))
	}
	for _, have := range before.inOrder {
		if _, stays := after.of[have.key]; stays || c.active(have.vip) {
			continue
		}
		if c.live.Value(have.key) != nil {
			continue // it goes now, as a kernel change
		}
		change := Change{Action: Delete, Before: have.value, Reasons: []Reason{{Code: ReasonRemoved}}}
		out = append(out, c.whenActive(have, change))
	}
	return out
}

// edit is how an object of a key is changed.
func edit(k Key, have, want any) Action {
	address, ok := k.(AddressKey)
	if !ok {
		return Update
	}
	before, _ := have.(Address) // the value of a key is of its kind
	after, _ := want.(Address)
	return editAddress(address, before, after)
}

// whenActive completes a latent change.
func (c *comparer) whenActive(p placed, change Change) Change {
	change.Layer, change.Cause, change.Key = Latent, CauseConfig, p.key
	change.When, change.Source = p.vip+"=active", p.source
	change.Name = nameOf(cmp.Or(p.unit, p.vip), p.key, false)
	change.Fields = fieldsOf(p.key, change.Before, change.After)
	change.Reasons[0].Fields = paths(change.Fields)
	return change
}

// active tells whether a VIP, under its name in either plan, is Active here.
func (c *comparer) active(vip string) bool {
	if c.facts.Active[vip] {
		return true
	}
	for now, former := range c.renames {
		if former == vip && c.facts.Active[now] {
			return true
		}
	}
	return false
}

// placed is an object that hangs on a VIP: an address, a route, a rule, a service that follows it, or the daemon that sends connections.
type placed struct {
	vip    string
	unit   string // whose it is; empty: the VIP's
	key    Key
	value  any
	source Source
}

// conditional is what stands only while its VIP is Active.
type conditional struct {
	of      map[Key]placed
	inOrder []placed // addresses, routes, rules, services, each kind by key; then the daemon that sends
}

// conditional returns what stands only while its VIP is Active.
func (ix *Index) conditional() conditional {
	out := conditional{of: make(map[Key]placed)}
	if ix == nil {
		return out
	}
	addresses, routes, rules := make(map[AddressKey]placed), make(map[RouteKey]placed), make(map[RuleKey]placed)
	for _, v := range ix.plan.VIPs {
		for _, a := range v.Addresses {
			keep(ix, addresses, a.Key, placed{vip: v.Name, key: a.Key, value: a.Value, source: a.Source})
		}
		for _, r := range v.Routes {
			keep(ix, routes, r.Key, placed{vip: v.Name, key: r.Key, value: r.Value, source: r.Source})
		}
		for _, r := range v.Rules {
			keep(ix, rules, r.Key, placed{vip: v.Name, key: r.Key, value: r.Value, source: r.Source})
		}
	}
	out.inOrder = slices.Concat(inOrder(addresses), inOrder(routes), inOrder(rules), ix.following(), ix.conditionalSync())
	for _, p := range out.inOrder {
		out.of[p.key] = p
	}
	return out
}

// keep notes an object of a VIP that is its own.
func keep[K interface {
	comparable
	Key
}](ix *Index, in map[K]placed, k K, p placed) {
	if ix.owns(p.vip, k) {
		first(in, k, p)
	}
}

// inOrder returns the objects of one kind by key.
func inOrder[K interface {
	comparable
	Compare(K) int
}](m map[K]placed) []placed {
	out := make([]placed, 0, len(m))
	for _, k := range slices.SortedFunc(maps.Keys(m), K.Compare) {
		out = append(out, m[k])
	}
	return out
}

// notes says what the changes leave out or will trip over.
func (c *comparer) notes(desired State) []string {
	var notes []string
	if c.live.NoIPVS != "" && len(desired.VirtualServers) > 0 {
		services, servers := len(desired.VirtualServers), len(desired.RealServers)
		notes = append(notes, fmt.Sprintf("IPVS cannot be used here (%s): %d %s with %d %s left out, VIPs work",
			c.live.NoIPVS, services, plural(services, "service"), servers, plural(servers, "server")))
	}
	notes = slices.Concat(notes, c.suspended(), c.leavers(), c.loud(desired))
	for _, name := range slices.Sorted(maps.Keys(c.facts.Disputed)) {
		notes = append(notes, name+": "+c.facts.Disputed[name])
	}
	if c.live.Links == nil {
		return notes
	}
	missing := make(map[string]string)
	for k := range desired.Addresses {
		first(missing, k.Device, k.Prefix.String())
	}
	for _, v := range desired.Interfaces {
		if v.Parent != "" {
			first(missing, v.Parent, "")
		}
	}
	for _, p := range c.ix.conditional().inOrder {
		if k, ok := p.key.(AddressKey); ok {
			missing[k.Device] = p.vip
		}
	}
	for _, device := range slices.Sorted(maps.Keys(missing)) {
		_, made := desired.Interfaces[InterfaceKey(device)]
		if _, exists := c.live.Links[device]; !exists && !made {
			notes = append(notes, fmt.Sprintf("the interface %s does not exist on this node; addresses on it cannot be added", device))
		}
	}
	return notes
}

// Value returns the object of a key, nil where there is none.
func (s State) Value(k Key) any {
	switch k := k.(type) {
	case InterfaceKey:
		return value(s.Interfaces, k)
	case AddressKey:
		return value(s.Addresses, k)
	case RouteKey:
		return value(s.Routes, k)
	case RuleKey:
		return value(s.Rules, k)
	case FilterKey:
		return value(s.Filters, k)
	case SysctlKey:
		return value(s.Sysctls, k)
	case VirtualServerKey:
		return value(s.VirtualServers, k)
	case RealServerKey:
		return value(s.RealServers, k)
	case SyncDaemonKey:
		return value(s.SyncDaemons, k)
	}
	return nil
}

func value[K comparable, V any](m map[K]V, k K) any {
	if v, ok := m[k]; ok {
		return v
	}
	return nil
}
