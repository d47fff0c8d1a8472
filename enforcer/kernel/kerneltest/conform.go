package kerneltest

import (
	"context"
	"errors"
	"io/fs"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ha/enforcer/kernel"
	"ha/planner"
)

// Conform holds a kernel, real or fake, to what ha relies on: addresses, routes, rules, sysctls, links and news of them. Each part
// gets a machine of its own from newKernel: lo and eth0 are up, eth0 has carrier and no IPv4 address.
func Conform(t *testing.T, newKernel func(*testing.T) Kernel) {
	for _, part := range []struct {
		name string
		test func(*testing.T, Kernel)
	}{
		{"links are read", linksAreRead},
		{"addresses read back as written", addressesReadBack},
		{"addresses are not created twice nor deleted twice", addressesOnce},
		{"addresses are replaced", addressesReplaced},
		{"addresses are edited", addressesEdited},
		{"addresses on unknown links", addressesUnknownLink},
		{"addresses that cannot be", addressesImpossible},
		{"primary IPv4 address takes its secondaries along", primaryTakesSecondaries},
		{"primary IPv4 address leaves its secondaries with promote_secondaries", primaryPromotes},
		{"addresses are renewed", addressesRenewed},
		{"routes read back as written", routesReadBack},
		{"routes are edited in place", routesEdited},
		{"routes that cannot be", routesImpossible},
		{"routes go with the last address of their link", routesGoWithAddress},
		{"routes of other tables are read when asked for", routesOfTables},
		{"rules read back as written", rulesReadBack},
		{"rules are told apart", rulesToldApart},
		{"rules that cannot be", rulesImpossible},
		{"rules are told", rulesTold},
		{"virtual interfaces read back as written", interfacesReadBack},
		{"virtual interfaces that cannot be", interfacesImpossible},
		{"virtual interfaces are in groups", interfacesInGroups},
		{"virtual interfaces take along what stands on them", interfacesTakeAlong},
		{"sysctls are set and read", sysctlsSet},
		{"batches go on after a refusal", batchGoesOn},
		{"adopt and release write nothing", adoptWritesNothing},
		{"changes are told", changesTold},
		{"a watch ends with its context", watchEnds},
		{"a context that has ended writes nothing", endedContext},
	} {
		t.Run(part.name, func(t *testing.T) { part.test(t, newKernel(t)) })
	}
}

// within bounds the wait for what a kernel does by itself.
const within = 5 * time.Second

func read(t *testing.T, k Kernel, q kernel.Query) planner.State {
	t.Helper()
	s, err := k.Read(t.Context(), q)
	if err != nil {
		t.Fatalf("Read: %v", err)
	}
	return s
}

func apply(t *testing.T, k Kernel, changes ...planner.Change) {
	t.Helper()
	for _, c := range changes {
		if err := k.Apply(t.Context(), c); err != nil {
			t.Fatalf("Apply: %v", err)
		}
	}
}

// refuses applies a change and wants an error of a class; nil takes any error.
func refuses(t *testing.T, k Kernel, c planner.Change, class error) {
	t.Helper()
	err := k.Apply(t.Context(), c)
	var typed *kernel.Error
	if !errors.As(err, &typed) || class != nil && !errors.Is(err, class) {
		t.Errorf("%s %v (%+v): got %v, want a refusal that is %v", c.Action, c.Key, c.After, err, class)
	}
}

func create(key planner.Key, v any) planner.Change {
	return planner.Change{Action: planner.Create, Key: key, After: v}
}

func change(a planner.Action, key planner.Key, before, after any) planner.Change {
	return planner.Change{Action: a, Key: key, Before: before, After: after}
}

func remove(key planner.Key, v any) planner.Change {
	return planner.Change{Action: planner.Delete, Key: key, Before: v}
}

// compareNetip compares addresses as values: they have unexported fields.
func compareNetip() cmp.Option {
	return cmp.Options{
		cmp.Comparer(func(a, b netip.Addr) bool { return a == b }),
		cmp.Comparer(func(a, b netip.Prefix) bool { return a == b }),
		cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b }),
	}
}

func linksAreRead(t *testing.T, k Kernel) {
	apply(t, k, create(address("eth0", "192.0.2.1/24"), planner.Address{}),
		create(address("eth0", "192.0.2.2/24"), planner.Address{}))
	s := read(t, k, kernel.Query{})
	lo, eth := s.Links["lo"], s.Links["eth0"]
	if !lo.Up || !lo.Running || lo.Index != 1 {
		t.Errorf("lo reads as %+v, want up and running with index 1", lo)
	}
	if !eth.Up || !eth.Running || eth.MTU != 1500 || len(eth.MAC) != 17 || eth.Index < 2 {
		t.Errorf("eth0 reads as %+v, want up and running with MTU 1500 and a MAC", eth)
	}
	var ipv4 []string
	for _, p := range eth.Addresses {
		if p.Addr().Is4() {
			ipv4 = append(ipv4, p.String())
		}
	}
	if want := []string{"192.0.2.1/24", "192.0.2.2/24"}; !slices.Equal(ipv4, want) {
		t.Errorf("eth0 has %v, want %v in this order", ipv4, want)
	}
}

func sysctlsSet(t *testing.T, k Kernel) {
	const ignore, ports = planner.SysctlKey("net.ipv4.conf.eth0.arp_ignore"), planner.SysctlKey("net.ipv4.ip_local_port_range")
	const none = planner.SysctlKey("net.ipv4.conf.eth7.arp_ignore")
	apply(t, k,
		change(planner.Update, ignore, planner.Sysctl("0"), planner.Sysctl("1")),
		create(ports, planner.Sysctl("  20000\t30000\n")))
	want := map[planner.SysctlKey]planner.Sysctl{ignore: "1", ports: "20000 30000"}
	got, err := k.ReadSysctls(t.Context(), []planner.SysctlKey{ignore, ports, none})
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("ReadSysctls: %v, -want +got:\n%s", err, diff)
	}
	if diff := cmp.Diff(want, read(t, k, kernel.Query{Sysctls: []planner.SysctlKey{ignore, ports, none}}).Sysctls); diff != "" {
		t.Errorf("Read -want +got:\n%s", diff)
	}
	refuses(t, k, change(planner.Update, none, nil, planner.Sysctl("1")), fs.ErrNotExist)
	refuses(t, k, change(planner.Update, ignore, nil, planner.Sysctl("much")), nil)
	refuses(t, k, change(planner.Update, planner.SysctlKey("net.ipv4.conf.eth0.//etc"), nil, planner.Sysctl("1")), nil)
	refuses(t, k, change(planner.Update, planner.SysctlKey(""), nil, planner.Sysctl("1")), nil)
	refuses(t, k, remove(ignore, planner.Sysctl("1")), nil)
}

func batchGoesOn(t *testing.T, k Kernel) {
	const forward = planner.SysctlKey("net.ipv4.conf.eth0.arp_notify")
	one, two, three := address("eth0", "192.0.2.1/32"), address("eth0", "192.0.2.2/32"), address("eth0", "192.0.2.3/32")
	errs := k.ApplyBatch(t.Context(), []planner.Change{
		create(one, planner.Address{}),
		create(one, planner.Address{}),
		create(two, planner.Address{Label: "much-too-long-for-a-label"}),
		create(two, planner.Address{}),
		change(planner.Update, forward, planner.Sysctl("0"), planner.Sysctl("1")),
		create(three, planner.Address{}),
		{Action: planner.Update, Name: "settings"},
	})
	var bad []int
	for i, err := range errs {
		if err != nil {
			bad = append(bad, i)
		}
	}
	if !slices.Equal(bad, []int{1, 2, 6}) || !errors.Is(errs[1], fs.ErrExist) {
		t.Errorf("got %v, want refusals of the second (exists), third and last", errs)
	}
	s := read(t, k, kernel.Query{Sysctls: []planner.SysctlKey{forward}})
	for _, key := range []planner.AddressKey{one, two, three} {
		if _, ok := s.Addresses[key]; !ok {
			t.Errorf("%v is missing", key)
		}
	}
	if s.Sysctls[forward] != "1" {
		t.Errorf("%v is %q, want 1", forward, s.Sysctls[forward])
	}
	if errs := k.ApplyBatch(t.Context(), nil); len(errs) != 0 {
		t.Errorf("an empty batch returns %v", errs)
	}
}

func adoptWritesNothing(t *testing.T, k Kernel) {
	key := address("eth0", "192.0.2.1/32")
	apply(t, k, change(planner.Adopt, key, nil, planner.Address{}), change(planner.Release, key, planner.Address{}, nil))
	if _, ok := read(t, k, kernel.Query{}).Addresses[key]; ok {
		t.Errorf("%v was written", key)
	}
}

func endedContext(t *testing.T, k Kernel) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	key := address("eth0", "192.0.2.1/32")
	if err := k.Apply(ctx, create(key, planner.Address{})); !errors.Is(err, context.Canceled) {
		t.Errorf("Apply returns %v, want %v", err, context.Canceled)
	}
	if _, err := k.Read(ctx, kernel.Query{}); !errors.Is(err, context.Canceled) {
		t.Errorf("Read returns %v, want %v", err, context.Canceled)
	}
	if _, ok := read(t, k, kernel.Query{}).Addresses[key]; ok {
		t.Errorf("%v was written", key)
	}
}
