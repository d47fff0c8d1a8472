package kernel

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"ha/enforcer/kernel/ipvs"
	"ha/enforcer/kernel/wire"
	"ha/planner"
)

// Apply carries out one change. Create refuses what is there ([fs.ErrExist]); update, replace and delete refuse what is
// not ([fs.ErrNotExist]); adopt and release write nothing. Every refusal is an [*Error].
//
// Routes, sysctls, virtual and real servers are edited in place by update and replace alike. An address cannot be
// edited: update is [errors.ErrUnsupported], replace deletes it and creates it anew.
func (k *Kernel) Apply(ctx context.Context, c planner.Change) error {
	return k.ApplyBatch(ctx, []planner.Change{c})[0]
}

// ApplyBatch carries out changes in order and returns what became of each; a refused one does not stop those behind
// it. Neighbours of one kind (addresses and routes, IPVS) share a datagram, up to 128 of them, which about halves
// their cost.
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
		errs[i] = refused(string(c.Action), c.Key, errs[i])
	}
	return errs
}

// room is who carries a change out.
type room uint8

const (
	nowhere    room = iota // nothing is written
	rtnetlink              // addresses and routes
	files                  // sysctls
	balancer               // IPVS
	impossible             // no object of the kernel
)

func roomOf(c planner.Change) room {
	if c.Action == planner.Adopt || c.Action == planner.Release {
		return nowhere
	}
	switch c.Key.(type) {
	case planner.AddressKey, planner.RouteKey:
		return rtnetlink
	case planner.SysctlKey:
		return files
	case planner.VirtualServerKey, planner.RealServerKey:
		return balancer
	}
	return impossible
}

// applyRun carries out neighbours that one room carries out.
func (k *Kernel) applyRun(ctx context.Context, changes []planner.Change, errs []error) {
	switch roomOf(changes[0]) {
	case nowhere:
	case rtnetlink:
		k.applyRoutes(ctx, changes, errs)
	case files:
		for i, c := range changes {
			if errs[i] = ctx.Err(); errs[i] == nil {
				errs[i] = k.writeSysctl(c.Key.(planner.SysctlKey), c)
			}
		}
	case balancer:
		k.applyIPVS(ctx, changes, errs)
	case impossible:
		for i, c := range changes {
			errs[i] = fmt.Errorf("a %s change of %s is no object of the kernel", c.Layer, c.Name)
		}
	}
}

// applyRoutes carries out changes of addresses and routes.
func (k *Kernel) applyRoutes(ctx context.Context, changes []planner.Change, errs []error) {
	index := k.finder(ctx, len(changes))
	var requests []wire.Message
	var at []int // whose request it is; a replaced address has two
	for i, c := range changes {
		ms, err := routeRequests(c, index)
		if err != nil {
			errs[i] = err
			continue
		}
		for _, m := range ms {
			requests, at = append(requests, m), append(at, i)
		}
	}
	for j, err := range k.plain.Batch(ctx, requests) {
		if errs[at[j]] == nil {
			errs[at[j]] = err
		}
	}
}

// finder looks interfaces up by name: one alone, or all at once where many are wanted.
func (k *Kernel) finder(ctx context.Context, wanted int) func(device string) (int, error) {
	if wanted == 1 {
		return func(device string) (int, error) { return k.index(ctx, device) }
	}
	links, err := k.links(ctx)
	return func(device string) (int, error) {
		if err != nil {
			return 0, err
		}
		if l, ok := links[device]; ok {
			return l.Index, nil
		}
		return 0, unix.ENODEV
	}
}

// routeRequests translates a change of an address or a route.
func routeRequests(c planner.Change, index func(string) (int, error)) ([]wire.Message, error) {
	switch key := c.Key.(type) {
	case planner.AddressKey:
		if c.Action == planner.Update {
			return nil, fmt.Errorf("%w: an address cannot be edited in place, only replaced", errors.ErrUnsupported)
		}
		i, err := index(key.Device)
		if err != nil {
			return nil, err
		}
		var ms []wire.Message
		if c.Action == planner.Replace {
			gone := c
			gone.Action = planner.Delete
			m, err := addressMessage(i, gone, key)
			if err != nil {
				return nil, err
			}
			ms = append(ms, m)
		}
		m, err := addressMessage(i, c, key)
		return append(ms, m), err
	case planner.RouteKey:
		v, _ := c.After.(planner.Route)
		if c.Action == planner.Delete {
			v, _ = c.Before.(planner.Route)
		}
		i := 0
		if v.Device != "" {
			var err error
			if i, err = index(v.Device); err != nil {
				return nil, err
			}
		}
		m, err := routeMessage(i, c, key)
		return []wire.Message{m}, err
	}
	return nil, fmt.Errorf("%v is neither address nor route", c.Key)
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
		command, err := ipvsCommand(c)
		if err != nil {
			errs[i] = err
			continue
		}
		commands, at = append(commands, command), append(at, i)
	}
	for j, err := range conn.Do(ctx, commands...) {
		errs[at[j]] = err
	}
}
