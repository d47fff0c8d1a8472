package enforcer

import (
	"context"
	"maps"
	"slices"
	"time"

	"ha/enforcer/kernel"
	"ha/planner"
)

// observe takes the kernel's events into what is known and puts back what somebody else changed. It reports whether
// links or addresses that are not ours moved, on which elections may depend.
func (w *writer) observe(ctx context.Context, events []kernel.Event) (moved bool) {
	vips, all, filters := map[string]bool{}, false, false
	touch := func(k planner.Key) {
		origin, ours := w.index.Origin(k)
		switch {
		case ours && origin.VIP:
			vips[origin.Unit] = true
		case ours || w.claims.Of(k, w.live) != planner.Foreign:
			all = true
		default:
			moved = true
		}
	}
	now, why := time.Now(), byKernel
	for _, event := range events {
		w.stale = w.stale || w.echoes.doubtful(event, now)
		switch event := event.(type) {
		case kernel.Changed:
			if known(w.live, event) {
				continue // our own renewals come back as news
			}
			see(&w.live, event)
			touch(event.Key)
		case kernel.Gone:
			if takesRoutes(w.live, event.Key) || oneOfSeveral(w.live, event.Key) {
				all, w.stale = true, true
			}
			touch(event.Key) // asked first: the mark goes with the object
			forget(&w.live, event.Key)
		case kernel.LinkChanged:
			before, known := w.live.Links[event.Name]
			event.Link.Addresses = before.Addresses // not told
			w.live.Links = with(w.live.Links, event.Name, event.Link)
			moved = true
			if known && before.Up == event.Link.Up && before.Running == event.Link.Running && before.Master == event.Link.Master && before.Group == event.Link.Group {
				continue
			}
			w.stale, all, why = true, true, byLink // IPv4 routes of a link that went down leave without an event
		case kernel.LinkGone:
			delete(w.live.Links, event.Name)
			moved, all, w.stale, why = true, true, true, byLink
		case kernel.FiltersChanged:
			filters = true
		case kernel.Overflow:
			moved, all, w.stale = true, true, true
		}
	}
	if filters {
		all = w.rereadFilters(ctx) || all
	}
	if all {
		w.settle(ctx, why)
		return moved
	}
	w.settleTouched(ctx, slices.Sorted(maps.Keys(vips)), why)
	return moved
}

// settleTouched makes the kernel equal to what news about VIPs asks for.
func (w *writer) settleTouched(ctx context.Context, vips []string, why origin) {
	before, read := w.live, w.stale
	if !w.refreshed(ctx) {
		return
	}
	if read && !sameSilent(before, w.live) { // nothing else would tell of it again
		w.settle(ctx, why)
		return
	}
	for part := range slices.Chunk(vips, together) {
		w.settleVIPs(ctx, part, byKernel)
		w.tellStanding(part)
	}
}

// fell tells whether a link went away, went down or lost its carrier. The kernel takes addresses and routes from such a link,
// and elections give up theirs: what they say goes first, or all of it would be put back for a moment.
func fell(events []kernel.Event) bool {
	return slices.ContainsFunc(events, func(event kernel.Event) bool {
		switch event := event.(type) {
		case kernel.LinkChanged:
			return !event.Link.Up || !event.Link.Running
		case kernel.LinkGone:
			return true
		case kernel.Changed, kernel.Gone, kernel.FiltersChanged, kernel.Overflow:
		}
		return false
	})
}

// known tells whether an event tells nothing new.
func known(s planner.State, c kernel.Changed) bool {
	return s.Value(c.Key) == c.Value && s.Marked[c.Key] == c.Marked
}

// see notes an object that exists.
func see(s *planner.State, c kernel.Changed) {
	switch k := c.Key.(type) {
	case planner.AddressKey:
		if v, ok := c.Value.(planner.Address); ok {
			s.Addresses = with(s.Addresses, k, v)
		}
	case planner.RouteKey:
		if v, ok := c.Value.(planner.Route); ok {
			s.Routes = with(s.Routes, k, v)
		}
	case planner.RuleKey:
		s.Rules = with(s.Rules, k, planner.Rule{})
	case planner.InterfaceKey: // told as a link, and read again then
	case planner.FilterKey, planner.SysctlKey, planner.VirtualServerKey, planner.RealServerKey, planner.SyncDaemonKey: // read back; the kernel tells nothing of them
	}
	if c.Marked {
		s.Marked = with(s.Marked, c.Key, true)
		return
	}
	delete(s.Marked, c.Key)
}

// forget notes that an object is no longer there.
func forget(s *planner.State, k planner.Key) {
	switch k := k.(type) {
	case planner.AddressKey:
		delete(s.Addresses, k)
	case planner.RouteKey:
		delete(s.Routes, k)
	case planner.RuleKey:
		delete(s.Rules, k)
	case planner.InterfaceKey, planner.FilterKey, planner.SysctlKey, planner.VirtualServerKey, planner.RealServerKey, planner.SyncDaemonKey: // as in see
	}
	delete(s.Marked, k)
}

// takesRoutes tells whether routes may have left with an address: the kernel takes away, without a word, those whose source
// an IPv4 address was (fib_sync_down_addr in net/ipv4/fib_semantics.c).
func takesRoutes(live planner.State, k planner.Key) bool {
	address, ok := k.(planner.AddressKey)
	if !ok || address.Prefix.Addr().Is6() {
		return false
	}
	for _, r := range live.Routes {
		if r.Source == address.Prefix.Addr() {
			return true
		}
	}
	return false
}

// oneOfSeveral tells whether only one way of a route may have left: of an IPv6 route with several the kernel tells each alone
// (fib6_del_route in net/ipv6/ip6_fib.c).
func oneOfSeveral(live planner.State, k planner.Key) bool {
	route, ok := k.(planner.RouteKey)
	return ok && route.Destination.Addr().Is6() && !live.Routes[route].NextHops.IsZero()
}

// with sets a value in a map that may be nil.
func with[K comparable, V any](m map[K]V, k K, v V) map[K]V {
	if m == nil {
		m = map[K]V{}
	}
	m[k] = v
	return m
}
