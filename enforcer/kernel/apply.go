package kernel

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"golang.org/x/sys/unix"

	"ha/enforcer/kernel/ipvs"
	"ha/enforcer/kernel/wire"
	"ha/planner"
)

// Apply carries out one change. Create refuses what is there ([fs.ErrExist]); update, replace and delete refuse what is
// not ([fs.ErrNotExist]); adopt and release write nothing. Every refusal is an [*Error].
//
// Routes, sysctls, virtual and real servers are edited in place by update and replace alike. Of an
// IPv6 address update writes the options; for IPv4 it is [errors.ErrUnsupported], and replace deletes an address and creates it anew. The update of a virtual interface sets
// it up; replace makes it anew, and what stood on it is gone.
func (k *Kernel) Apply(ctx context.Context, c planner.Change) error {
	return k.ApplyBatch(ctx, []planner.Change{c})[0]
}

// ApplyBatch carries out changes in order and returns what became of each; a refused one does not stop those behind
// it. Neighbours of one kind (addresses and routes, IPVS) share a datagram, up to 32 of them, which takes a
// fraction of the time.
func (k *Kernel) ApplyBatch(ctx context.Context, changes []planner.Change) []error {
	errs := make([]error, len(changes))
	for start := 0; start < len(changes); {
		end := start + 1
		for end < len(changes) && roomOf(changes[end]) == roomOf(changes[start]) {
			end++
		}
		k.applyRun(ctx, changes[start:end], errs[start:end])
		start = end
	}
	for i, c := range changes {
		errs[i] = Refuse(c, errs[i])
	}
	return errs
}

// room is who carries a change out.
type room uint8

const (
	nobody    room = iota // nothing is written, or nothing could be
	rtnetlink             // addresses and routes
	alone                 // what takes more than one request
	files                 // sysctls
	balancer              // IPVS
	filters               // nftables
)

func roomOf(c planner.Change) room {
	if c.Action == planner.Adopt || c.Action == planner.Release || check(c) != nil {
		return nobody
	}
	switch key := c.Key.(type) {
	case planner.AddressKey:
		if c.Action == planner.Replace || c.Action == planner.Update {
			return alone
		}
		return rtnetlink
	case planner.InterfaceKey, planner.RuleKey, planner.SyncDaemonKey:
		return alone
	case planner.RouteKey:
		if c.Action == planner.Delete && key.Metric == 0 && key.Destination.Addr().Is4() {
			return alone
		}
		return rtnetlink
	case planner.SysctlKey:
		return files
	case planner.FilterKey:
		return filters
	case planner.VirtualServerKey, planner.RealServerKey:
		return balancer
	}
	return nobody
}

// applyRun carries out neighbours that one room carries out.
func (k *Kernel) applyRun(ctx context.Context, changes []planner.Change, errs []error) {
	switch roomOf(changes[0]) {
	case nobody:
		for i, c := range changes {
			errs[i] = check(c)
		}
	case rtnetlink:
		k.applyRoutes(ctx, changes, errs)
	case alone:
		for i, c := range changes {
			errs[i] = k.applyAlone(ctx, c)
		}
	case files:
		for i, c := range changes {
			if errs[i] = ctx.Err(); errs[i] == nil {
				errs[i] = k.setSysctl(ctx, c.Key.(planner.SysctlKey), c)
			}
		}
	case balancer:
		k.applyIPVS(ctx, changes, errs)
	case filters:
		k.changeFilters(ctx, changes, errs)
	}
}

// applyAlone carries out a change that takes more than one request.
func (k *Kernel) applyAlone(ctx context.Context, c planner.Change) error {
	if key, ok := c.Key.(planner.InterfaceKey); ok {
		return k.changeInterface(ctx, c, key)
	}
	if key, ok := c.Key.(planner.RuleKey); ok {
		return k.changeRule(ctx, c, key)
	}
	if key, ok := c.Key.(planner.SyncDaemonKey); ok {
		return k.changeSync(ctx, c, key)
	}
	if _, ok := c.Key.(planner.RouteKey); ok {
		return k.deleteRoute(ctx, c)
	}
	if key, ok := c.Key.(planner.AddressKey); ok && c.Action == planner.Update {
		return k.editAddress(ctx, c, key)
	}
	return k.replaceAddress(ctx, c)
}

// applyRoutes carries out changes of addresses and routes.
func (k *Kernel) applyRoutes(ctx context.Context, changes []planner.Change, errs []error) {
	index := k.finder(ctx)
	var requests []wire.Message
	var at []int
	for i, c := range changes {
		m, err := routeRequest(c, index)
		if err != nil {
			errs[i] = err
			continue
		}
		requests, at = append(requests, m), append(at, i)
	}
	for j, err := range k.plain.Batch(ctx, requests) {
		errs[at[j]] = err
	}
	k.await(ctx, index, len(changes), func(i int) (planner.AddressKey, bool) {
		key, ok := changes[i].Key.(planner.AddressKey)
		return key, ok && changes[i].Action == planner.Create && errs[i] == nil
	})
}

// replaceAddress deletes an address and creates it anew. When the kernel does not take the new one, the old one comes
// back: a refused change changes nothing.
func (k *Kernel) replaceAddress(ctx context.Context, c planner.Change) error {
	key, _ := c.Key.(planner.AddressKey)
	index, err := k.index(ctx, key.Device)
	if err != nil {
		return err
	}
	gone := c
	gone.Action = planner.Delete
	if err := k.plain.Do(ctx, addressMessage(index, gone, key)); err != nil {
		return err
	}
	err = k.plain.Do(ctx, addressMessage(index, c, key))
	before, known := c.Before.(planner.Address)
	if err == nil || !known {
		return err
	}
	old := addressMessage(index, planner.Change{After: before}, key)
	if back := k.plain.Do(context.WithoutCancel(ctx), old); back != nil {
		return fmt.Errorf("%w (and the address that it replaces could not be put back: %w)", err, back)
	}
	return err
}

// deleteRoute deletes an IPv4 route without a metric. For the kernel no metric is any metric, so it would delete a
// neighbour when the route itself has gone: look first.
func (k *Kernel) deleteRoute(ctx context.Context, c planner.Change) error {
	key, _ := c.Key.(planner.RouteKey)
	for _, protocol := range []uint8{Mark, unix.RTPROT_UNSPEC} { // ours are few, all may be a million
		objects, err := k.routesOf(ctx, unix.AF_INET, key.Table, protocol)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(objects, func(o routeObject) bool { return o.key == key }) {
			m, err := routeRequest(c, func(device string) (int, error) { return k.index(ctx, device) })
			if err != nil {
				return err
			}
			m.Body[5] = protocol
			return k.plain.Do(ctx, m)
		}
	}
	return unix.ESRCH
}

// askedAlone is how many interfaces are asked for one by one before all are listed: a list takes as long as a few, and the
// first address of a takeover waits for it.
const askedAlone = 4

// finder looks interfaces up by name, each once.
func (k *Kernel) finder(ctx context.Context) func(device string) (int, error) {
	type answer struct {
		index int
		err   error
	}
	known := map[string]answer{}
	list := sync.OnceValues(func() (map[string]planner.Link, error) { return k.links(ctx) })
	return func(device string) (int, error) {
		if a, ok := known[device]; ok {
			return a.index, a.err
		}
		var a answer
		if len(known) < askedAlone {
			a.index, a.err = k.index(ctx, device)
		} else if links, err := list(); err != nil {
			a.err = err
		} else if l, ok := links[device]; ok {
			a.index = l.Index
		} else {
			a.err = unix.ENODEV
		}
		known[device] = a
		return a.index, a.err
	}
}

// routeRequest translates a checked change of an address or a route.
func routeRequest(c planner.Change, index func(string) (int, error)) (wire.Message, error) {
	if key, ok := c.Key.(planner.AddressKey); ok {
		i, err := index(key.Device)
		return addressMessage(i, c, key), err
	}
	key, _ := c.Key.(planner.RouteKey)
	v, _ := c.After.(planner.Route)
	if c.Action == planner.Delete {
		v, _ = c.Before.(planner.Route)
	}
	list, err := indexes(v, index)
	if err != nil {
		return wire.Message{}, err
	}
	return routeMessage(list, c, key), nil
}

// applyIPVS carries out changes of virtual and real servers.
func (k *Kernel) applyIPVS(ctx context.Context, changes []planner.Change, errs []error) {
	conn, err := k.balancer(ctx, false)
	if err != nil {
		for i := range errs {
			errs[i] = err
		}
		return
	}
	var commands []ipvs.Command
	var at []int
	for i, c := range changes {
		commands, at = append(commands, ipvsCommand(c)), append(at, i)
	}
	defer k.hush(changes)()
	for j, err := range conn.Do(ctx, commands...) {
		errs[at[j]] = err
	}
}
