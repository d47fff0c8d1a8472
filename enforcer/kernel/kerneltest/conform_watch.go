package kerneltest

import (
	"context"
	"net/netip"
	"testing"
	"time"

	"ha/enforcer/kernel"
	"ha/planner"
)

// expect waits until an event arrives that matches, and fails the test otherwise. Events in between are passed over.
func expect(t *testing.T, events <-chan kernel.Event, what string, match func(kernel.Event) bool) {
	t.Helper()
	late := time.NewTimer(within)
	defer late.Stop()
	for {
		select {
		case e, ok := <-events:
			if !ok {
				t.Fatalf("the watch ended before %s", what)
			}
			if match(e) {
				return
			}
		case <-late.C:
			t.Fatalf("waited %v for %s", within, what)
		}
	}
}

// exactly matches one event.
func exactly(want kernel.Event) func(kernel.Event) bool {
	return func(e kernel.Event) bool { return e == want }
}

func changesTold(t *testing.T, k Kernel) {
	setPromotion(t, k, "0")
	events, err := k.Watch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	vip, second, vip6 := address("eth0", "192.0.2.1/24"), address("eth0", "192.0.2.2/24"), address("eth0", "2001:db8::1/64")
	v := planner.Address{Label: "eth0:web", Broadcast: netip.MustParseAddr("192.0.2.255")}
	apply(t, k, create(vip, v), create(second, planner.Address{}), create(vip6, planner.Address{NoDAD: true}))
	expect(t, events, "the new address", exactly(kernel.Changed{Key: vip, Value: v, Marked: true}))
	expect(t, events, "the second address", exactly(kernel.Changed{Key: second, Value: planner.Address{}, Marked: true}))
	expect(t, events, "the IPv6 address", exactly(kernel.Changed{Key: vip6, Value: planner.Address{NoDAD: true}, Marked: true}))

	to := route(mainTable, "10.0.0.0/8", 3)
	r := planner.Route{Gateway: netip.MustParseAddr("192.0.2.254"), Device: "eth0", Type: planner.Unicast}
	edited := r
	edited.MTU = 1400
	apply(t, k, create(to, r), change(planner.Update, to, r, edited), remove(to, edited))
	expect(t, events, "the new route", exactly(kernel.Changed{Key: to, Value: r, Marked: true}))
	expect(t, events, "the edited route", exactly(kernel.Changed{Key: to, Value: edited, Marked: true}))
	expect(t, events, "the end of the route", exactly(kernel.Gone{Key: to}))

	apply(t, k, remove(vip6, nil), remove(vip, v))
	expect(t, events, "the end of the IPv6 address", exactly(kernel.Gone{Key: vip6}))
	gone := map[planner.Key]bool{}
	expect(t, events, "the end of primary and secondary", func(e kernel.Event) bool {
		if g, ok := e.(kernel.Gone); ok {
			gone[g.Key] = true
		}
		return gone[vip] && gone[second]
	})
}

func watchEnds(t *testing.T, k Kernel) {
	ctx, cancel := context.WithCancel(t.Context())
	events, err := k.Watch(ctx)
	if err != nil {
		t.Fatal(err)
	}
	// Nobody reads: the watch must end all the same.
	for _, text := range []string{"192.0.2.1/32", "192.0.2.2/32", "192.0.2.3/32"} {
		apply(t, k, create(address("eth0", text), planner.Address{}))
	}
	cancel()
	late := time.After(within)
	for {
		select {
		case _, ok := <-events:
			if !ok {
				return
			}
		case <-late:
			t.Fatalf("the watch goes on %v after its context ended", within)
		}
	}
}
