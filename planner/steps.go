package planner

import (
	"net/netip"
	"strconv"
)

// This file makes the changes of a Diff: each gets its name, its fields, its reason and its cost.

// announceIt is the effect of a VIP's address that arrives: gratuitous ARP or unsolicited advertisements follow.
const announceIt = "announce it"

func (d *differ) create(at phase, k Key, want any) {
	d.add(at, Change{Action: Create, Key: k, After: want, Reasons: []Reason{{Code: ReasonAdded}}})
}

func (d *differ) update(at phase, k Key, have, want any) {
	fields := fieldsOf(k, have, want)
	d.add(at, Change{
		Action: Update, Key: k, Before: have, After: want, Fields: fields,
		Reasons: []Reason{{Code: ReasonChanged, Fields: paths(fields)}},
	})
}

// replace deletes and adds again: the kernel cannot change an address in place.
func (d *differ) replace(at phase, k Key, have, want any) {
	fields := fieldsOf(k, have, want)
	d.add(at, Change{
		Action: Replace, Key: k, Before: have, After: want, Fields: fields,
		Reasons: []Reason{{Code: ReasonNoInPlace, Fields: paths(fields)}},
	})
}

func (d *differ) drop(at phase, k Key, have any) {
	d.add(at, Change{Action: Delete, Key: k, Before: have, Reasons: []Reason{{Code: ReasonRemoved}}})
}

func (d *differ) adopt(k Key, have any) {
	d.add(phaseAdopt, Change{
		Action: Adopt, Key: k, Before: have, After: have, Cause: CauseAdopt,
		Reasons: []Reason{{Code: ReasonAdoptedEqual}},
	})
}

func (d *differ) release(k Key, have any) {
	d.add(phaseRelease, Change{
		Action: Release, Key: k, Before: have, After: have, Cause: CauseRelease,
		Reasons: []Reason{{Code: ReasonReleased}},
	})
}

// leave deletes what is ours and not wanted; what was only adopted stays when nobody configures it any more. An
// adopted object that is configured and whose condition fails is deleted: two nodes must not answer for one VIP.
func (d *differ) leave(at phase, k Key, have any) {
	if _, configured := d.ix.Origin(k); !configured && d.claims.Of(k, d.live) == Adopted {
		d.release(k, have)
		return
	}
	d.drop(at, k, have)
}

// add completes a change and puts it in its place.
func (d *differ) add(at phase, c Change) {
	c.Layer, c.When = Kernel, Now
	if c.Cause == "" {
		c.Cause = CauseConfig
	}
	if c.Action == Create || c.Action == Delete {
		c.Fields = fieldsOf(c.Key, c.Before, c.After)
		c.Reasons[0].Fields = paths(c.Fields)
	}
	if c.Action == Adopt || c.Action == Release {
		c.Reasons[0].Fields = paths(fieldsOf(c.Key, nil, c.After))
	}
	c.Name, c.Source = d.name(c.Key), d.source(c.Key)
	c.Impact = d.impact(c)
	c.Effects = append(c.Effects, d.effects(c)...)
	d.phases[at] = append(d.phases[at], c)
}

func (d *differ) name(k Key) string {
	o, ok := d.ix.Origin(k)
	if !ok {
		o, _ = d.ix.formerly(k)
	}
	several := true
	if server, isServer := k.(RealServerKey); isServer {
		pool, _ := d.ix.server(server)
		several = pool == nil || len(pool.Listeners) > 1
	}
	return nameOf(o.Unit, k, several)
}

func (d *differ) source(k Key) Source {
	o, ok := d.ix.Origin(k)
	if !ok {
		o, _ = d.ix.formerly(k)
	}
	return o.Source
}

// nameOf names an object for people: its unit, where one is known, and what the kernel calls it. A real server
// is told from itself behind another service where there are several.
func nameOf(unit string, k Key, several bool) string {
	name := objectName(k)
	if server, ok := k.(RealServerKey); ok && several {
		name += " behind " + serviceName(server.Service)
	}
	if unit == "" {
		return name
	}
	return unit + " " + name
}

func objectName(k Key) string {
	switch k := k.(type) {
	case AddressKey:
		return "address " + k.Prefix.String() + " dev " + k.Device
	case RouteKey:
		name := "route " + k.Destination.String()
		if k.Table != 254 { // RT_TABLE_MAIN
			name += " table " + strconv.FormatUint(uint64(k.Table), 10)
		}
		if usual := k.Destination.Addr().Is6() && k.Metric == 1024; k.Metric != 0 && !usual {
			name += " metric " + strconv.FormatUint(uint64(k.Metric), 10)
		}
		return name
	case SysctlKey:
		return "sysctl " + string(k)
	case VirtualServerKey:
		return "service " + serviceName(k)
	case RealServerKey:
		return "server " + k.Server.String()
	}
	return ""
}

func serviceName(k VirtualServerKey) string {
	if k.FWMark == 0 {
		return k.Addr.String() + "/" + k.Protocol.String()
	}
	family := "IPv4"
	if k.IPv6 {
		family = "IPv6"
	}
	return "fwmark " + strconv.FormatUint(uint64(k.FWMark), 10) + " " + family
}

func paths(fields []Field) []string {
	out := make([]string, len(fields))
	for i, f := range fields {
		out[i] = f.Path
	}
	return out
}

// effects are the consequences that fields do not show.
func (d *differ) effects(c Change) []string {
	switch k := c.Key.(type) {
	case AddressKey:
		if o, _ := d.ix.Origin(k); o.VIP && (c.Action == Create || c.Action == Replace) {
			return []string{announceIt}
		}
	case RealServerKey:
		_, server := d.ix.server(k)
		after, _ := c.After.(RealServer)
		if server != nil && c.After != nil && after.Weight == 0 && server.Weight > 0 && c.Action != Adopt {
			return []string{"weight 0 -> " + strconv.Itoa(int(server.Weight)) + " after the first good check"}
		}
	}
	return nil
}

// impact says what clients notice of a change.
func (d *differ) impact(c Change) Impact {
	if c.Action == Create || c.Action == Adopt || c.Action == Release {
		return ImpactNone
	}
	switch k := c.Key.(type) {
	case AddressKey:
		return d.addressImpact(k)
	case RouteKey:
		if c.Action == Delete {
			return ImpactExistingConnections
		}
		return ImpactNewConnections
	case VirtualServerKey:
		switch {
		case !d.serving(k):
			return ImpactNone
		case c.Action == Delete:
			return ImpactOutage
		}
		return ImpactNewConnections
	case RealServerKey:
		return d.serverImpact(k, c)
	}
	return ImpactNone
}

func (d *differ) addressImpact(k AddressKey) Impact {
	if d.stays == nil {
		d.stays = make(map[netip.Addr]bool, len(d.desired.Addresses))
		for k := range d.desired.Addresses {
			d.stays[k.Prefix.Addr()] = true
		}
	}
	if d.stays[k.Prefix.Addr()] {
		return ImpactNewConnections // replaced, or with another length or interface: they wait for a moment
	}
	if o, ok := d.ix.Origin(k); ok && o.VIP {
		return ImpactNone // not Active here: another node answers
	}
	if o, ok := d.ix.formerly(k); ok && o.VIP {
		return ImpactOutage
	}
	return ImpactExistingConnections
}

func (d *differ) serverImpact(k RealServerKey, c Change) Impact {
	if !d.serving(k.Service) {
		return ImpactNone
	}
	before, _ := c.Before.(RealServer)
	after, _ := c.After.(RealServer)
	switch {
	case c.Action == Delete && before.Weight > 0:
		return ImpactExistingConnections
	case c.Action == Delete: // took no new ones: drained
		return ImpactNone
	case before.Weight > 0 && after.Weight == 0, before.Forwarding != after.Forwarding:
		return ImpactNewConnections
	}
	return ImpactNone
}

// serving tells whether clients reach a service here: not while its VIP is on another node. Firewall marks and
// addresses of no VIP are taken for reached.
func (d *differ) serving(k VirtualServerKey) bool {
	if k.FWMark != 0 {
		return true
	}
	a := k.Addr.Addr()
	if d.ix.VIPOf(a) == "" && (d.ix == nil || d.ix.previous.VIPOf(a) == "") {
		return true
	}
	if d.held == nil {
		d.held = heldAddresses(d.live)
	}
	return d.held[a]
}

func heldAddresses(live State) map[netip.Addr]bool {
	held := make(map[netip.Addr]bool, len(live.Addresses))
	for k := range live.Addresses {
		held[k.Prefix.Addr()] = true
	}
	for _, l := range live.Links {
		for _, p := range l.Addresses {
			held[p.Addr()] = true
		}
	}
	return held
}
