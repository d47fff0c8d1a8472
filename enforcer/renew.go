package enforcer

import (
	"cmp"
	"context"
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
	w.renewVIPs(ctx, func(*planner.VIP) bool { return true })
}

// renewAging is renew for those VIPs whose lifetime might end before the next look, also when this process pauses until
// then for as long as it may.
func (w *writer) renewAging(ctx context.Context, now time.Time) {
	w.renewVIPs(ctx, func(v *planner.VIP) bool {
		l := w.leases[v.Name]
		fresh := now.Sub(l.at) < l.lifetime-renewEvery-napLimit
		return !fresh || l.lifetime != lifetimeOf(v)
	})
}

func lifetimeOf(v *planner.VIP) time.Duration { return time.Duration(v.LifetimeMS) * time.Millisecond }

// renewal is an address with the VIP that it belongs to.
type renewal struct {
	vip      string
	lifetime time.Duration
	key      planner.AddressKey
	value    planner.Address
}

// renewVIPs renews the addresses of VIPs, those of equal lifetime together.
func (w *writer) renewVIPs(ctx context.Context, which func(*planner.VIP) bool) {
	plan := w.index.Plan()
	if plan == nil {
		return
	}
	list := w.renewals[:0] // thousands, every second
	for i := range plan.VIPs {
		v := &plan.VIPs[i]
		if !w.facts.Active[v.Name] || v.LifetimeMS == 0 && !w.mortal[v.Name] || !which(v) {
			continue
		}
		for key, value := range w.index.Served(v) {
			// Renewing makes what is not there, and that is for settle to decide.
			if _, stands := w.live.Addresses[key]; stands {
				list = append(list, renewal{v.Name, lifetimeOf(v), key, value})
			}
		}
	}
	slices.SortStableFunc(list, func(a, b renewal) int { return cmp.Compare(a.lifetime, b.lifetime) })
	w.renewals = list
	for len(list) > 0 {
		n := 1
		for n < min(len(list), renewTogether) && list[n].lifetime == list[0].lifetime {
			n++
		}
		w.renewBatch(ctx, list[:n], list[0].lifetime)
		list = list[n:]
	}
}

// renewBatch renews addresses of one lifetime. A VIP of which one fails has a problem, and the kernel is read again.
func (w *writer) renewBatch(ctx context.Context, part []renewal, lifetime time.Duration) {
	keys, values := make([]planner.AddressKey, len(part)), make(map[planner.AddressKey]planner.Address, len(part))
	for i, r := range part {
		keys[i], values[r.key] = r.key, r.value
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
