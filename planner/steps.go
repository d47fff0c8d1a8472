package planner

import (
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
	if _, configured := d.ix.Origin(k); !configured && d.claims.Of(k, d.live) == Adopted && !d.ix.seized(k) {
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
	c.Effects = append(append(c.Effects, d.effects(c)...), d.strangers(c)...)
	d.phases[at] = append(d.phases[at], c)
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
		pool, server := d.ix.server(k)
		after, _ := c.After.(RealServer)
		if server != nil && c.After != nil && after.Weight == 0 && server.Weight > 0 && c.Action != Adopt {
			return []string{"weight 0 -> " + strconv.Itoa(int(server.Weight)) + " " + until(pool, server)}
		}
	case InterfaceKey, RouteKey, RuleKey, FilterKey, SysctlKey, VirtualServerKey, SyncDaemonKey:
	}
	return nil
}

// until says when a server takes connections that takes none now.
func until(pool *Pool, server *PoolServer) string {
	switch {
	case server == pool.Sorry:
		return "when the pool loses its quorum"
	case server.Tier > 1:
		return "when too few servers of the tiers before it are up"
	case pool.Sorry != nil && len(server.Checks) == 0:
		return "when the pool has its quorum"
	}
	return "after the first good check"
}
