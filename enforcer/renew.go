package enforcer

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"ha/planner"
)

// renewEvery is the time between two renewals of the addresses that have a lifetime: half of the shortest that the
// language allows.
const renewEvery = time.Second

// renew gives the addresses of Active VIPs their lifetime from now on. Should this process die or hang, the kernel takes
// them away, so that two nodes do not answer for long.
func (w *writer) renew(ctx context.Context) {
	for _, vip := range slices.Sorted(maps.Keys(w.facts.Active)) {
		w.renewVIP(ctx, vip)
	}
}

func (w *writer) renewVIP(ctx context.Context, name string) {
	vip := w.index.VIP(name)
	if vip == nil || !w.facts.Active[name] || vip.LifetimeMS == 0 && !w.mortal[name] {
		return
	}
	values := w.index.ResolveVIP(name, w.facts).Addresses
	var keys []planner.AddressKey
	for k := range values {
		// Renewing makes what is not there, and that is for settle to decide.
		if _, stands := w.live.Addresses[k]; stands {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, planner.AddressKey.Compare)
	lifetime := time.Duration(vip.LifetimeMS) * time.Millisecond
	if err := errors.Join(w.kernel.Renew(ctx, keys, values, lifetime)...); err != nil {
		w.problem(name, err.Error())
		w.stale = true
		return
	}
	delete(w.problems, name)
	w.mortal = with(w.mortal, name, lifetime > 0) // "for ever" has to be written once, too
}

// hand gives changes to the kernel in their order. The addresses of a VIP are made with their lifetime, not given it
// afterwards: a process killed in between would leave them for ever.
func (w *writer) hand(ctx context.Context, changes []planner.Change) []error {
	var errs []error
	for len(changes) > 0 {
		lifetime := w.lifetimeOf(changes[0])
		n := 1
		for n < len(changes) && w.lifetimeOf(changes[n]) == lifetime {
			n++
		}
		part := changes[:n]
		changes = changes[n:]
		if lifetime == 0 {
			errs = append(errs, w.kernel.ApplyBatch(ctx, part)...)
			continue
		}
		keys := make([]planner.AddressKey, n)
		values := make(map[planner.AddressKey]planner.Address, n)
		for i, c := range part {
			origin, _ := w.index.Origin(c.Key)
			w.mortal = with(w.mortal, origin.Unit, true)
			keys[i], _ = c.Key.(planner.AddressKey)
			values[keys[i]], _ = c.After.(planner.Address)
		}
		errs = append(errs, w.kernel.Renew(ctx, keys, values, lifetime)...)
	}
	return errs
}

// lifetimeOf is the lifetime with which a change makes an address; 0 is for ever, or no such change.
func (w *writer) lifetimeOf(c planner.Change) time.Duration {
	if _, isAddress := c.Key.(planner.AddressKey); !isAddress || c.Action != planner.Create {
		return 0
	}
	origin, ok := w.index.Origin(c.Key)
	if !ok || !origin.VIP {
		return 0
	}
	vip := w.index.VIP(origin.Unit)
	if vip == nil {
		return 0
	}
	return time.Duration(vip.LifetimeMS) * time.Millisecond
}
