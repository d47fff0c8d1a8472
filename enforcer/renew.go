package enforcer

import (
	"context"
	"maps"
	"slices"
	"time"

	"ha/planner"
)

// renewEvery is the time between two looks at the addresses that have a lifetime: half of the shortest that the language
// allows.
const renewEvery = time.Second

// renewTogether is how many addresses are renewed by one batch of requests to the kernel.
const renewTogether = 256

// lease is the lifetime that the addresses of a VIP were given at a time.
type lease struct {
	at       time.Time
	lifetime time.Duration
}

// renew gives the addresses of Active VIPs their lifetime from now on. Should this process die or hang, the kernel takes
// them away, so that two nodes do not answer for long.
func (w *writer) renew(ctx context.Context) {
	w.renewVIPs(ctx, slices.Sorted(maps.Keys(w.facts.Active)))
}

// renewAging is renew for those VIPs whose lifetime might end before the next look, also when this process pauses until
// then for as long as it may.
func (w *writer) renewAging(ctx context.Context, now time.Time) {
	var aging []string
	for vip := range w.facts.Active {
		v, l := w.index.VIP(vip), w.leases[vip]
		fresh := now.Sub(l.at) < l.lifetime-renewEvery-napLimit
		if v != nil && (!fresh || l.lifetime != time.Duration(v.LifetimeMS)*time.Millisecond) {
			aging = append(aging, vip)
		}
	}
	slices.Sort(aging)
	w.renewVIPs(ctx, aging)
}

// renewal is an address with the VIP that it belongs to.
type renewal struct {
	vip string
	key planner.AddressKey
}

// renewVIPs renews the addresses of VIPs, those of equal lifetime together.
func (w *writer) renewVIPs(ctx context.Context, vips []string) {
	byLifetime, values := map[time.Duration][]renewal{}, map[planner.AddressKey]planner.Address{}
	for _, name := range vips {
		vip := w.index.VIP(name)
		if vip == nil || !w.facts.Active[name] || vip.LifetimeMS == 0 && !w.mortal[name] {
			continue
		}
		lifetime := time.Duration(vip.LifetimeMS) * time.Millisecond
		resolved := w.index.ResolveVIP(name, w.facts).Addresses
		for _, key := range slices.SortedFunc(maps.Keys(resolved), planner.AddressKey.Compare) {
			// Renewing makes what is not there, and that is for settle to decide.
			if _, stands := w.live.Addresses[key]; stands {
				byLifetime[lifetime] = append(byLifetime[lifetime], renewal{name, key})
				values[key] = resolved[key]
			}
		}
	}
	for _, lifetime := range slices.Sorted(maps.Keys(byLifetime)) {
		for part := range slices.Chunk(byLifetime[lifetime], renewTogether) {
			w.renewBatch(ctx, part, values, lifetime)
		}
	}
}

// renewBatch renews addresses of one lifetime. A VIP of which one fails has a problem, and the kernel is read again.
func (w *writer) renewBatch(ctx context.Context, part []renewal, values map[planner.AddressKey]planner.Address, lifetime time.Duration) {
	keys := make([]planner.AddressKey, len(part))
	for i, r := range part {
		keys[i] = r.key
	}
	now, failed := time.Now(), map[string]bool{}
	for i, err := range w.kernel.Renew(ctx, keys, values, lifetime) {
		if err != nil {
			w.problem(part[i].vip, err.Error())
			w.stale, failed[part[i].vip] = true, true
		}
	}
	for _, r := range part {
		if failed[r.vip] {
			continue
		}
		delete(w.problems, r.vip)
		w.mortal = with(w.mortal, r.vip, lifetime > 0) // "for ever" has to be written once, too
		w.leases = with(w.leases, r.vip, lease{now, lifetime})
	}
}
