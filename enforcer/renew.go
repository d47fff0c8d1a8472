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
