package kerneltest

import (
	"errors"
	"io/fs"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ha/enforcer/kernel"
	"ha/planner"
)

// ConformFilters holds a kernel that has nf_tables to what ha relies on. Each part gets a machine of its own.
func ConformFilters(t *testing.T, newKernel func(*testing.T) Kernel) {
	for _, part := range []struct {
		name string
		test func(*testing.T, Kernel)
	}{
		{"filters read back as written", filtersReadBack},
		{"filters that cannot be", filtersImpossible},
		{"filters are told", filtersTold},
	} {
		t.Run(part.name, func(t *testing.T) { part.test(t, newKernel(t)) })
	}
}

func filtered() []planner.FilterKey {
	return []planner.FilterKey{
		{Addr: netip.MustParseAddr("192.0.2.20")},
		{Addr: netip.MustParseAddr("2001:db8::20")},
		{Addr: netip.MustParseAddr("fe80::20"), Device: "eth0"},
		{Addr: netip.MustParseAddr("fe80::20"), Device: "not-there"},
		{Device: "vrrp6.51"},
	}
}

func filtersReadBack(t *testing.T, k Kernel) {
	want := map[planner.FilterKey]planner.Filter{}
	var batch []planner.Change
	for _, key := range filtered() {
		batch = append(batch, create(key, planner.Filter{}))
		want[key] = planner.Filter{}
	}
	if err := errors.Join(k.ApplyBatch(t.Context(), batch)...); err != nil {
		t.Fatal(err)
	}
	shows := func() {
		t.Helper()
		s := read(t, k, kernel.Query{})
		alone, err := k.ReadFilters(t.Context())
		if diff := cmp.Diff(want, s.Filters, compareNetip()) + cmp.Diff(want, alone.Filters, compareNetip()); diff != "" || err != nil || s.NoFilters != "" {
			t.Errorf("-want +got:\n%s%v %s", diff, err, s.NoFilters)
		}
		for key := range want {
			if !s.Marked[key] || !alone.Marked[key] {
				t.Errorf("%v has no mark", key)
			}
		}
	}
	shows()
	for _, key := range filtered() {
		refuses(t, k, create(key, planner.Filter{}), fs.ErrExist)
		apply(t, k, change(planner.Replace, key, planner.Filter{}, planner.Filter{}), remove(key, planner.Filter{}))
		refuses(t, k, remove(key, planner.Filter{}), fs.ErrNotExist)
		delete(want, key)
		shows()
	}
}

func filtersImpossible(t *testing.T, k Kernel) {
	for _, key := range []planner.FilterKey{
		{},
		{Device: "sixteen-bytes-ab"},
		{Addr: netip.MustParseAddr("fe80::20")},
		{Addr: netip.MustParseAddr("192.0.2.20"), Device: "eth0"},
		{Addr: netip.MustParseAddr("2001:db8::20"), Device: "eth0"},
		{Addr: netip.MustParseAddr("::ffff:192.0.2.20")},
		{Addr: netip.MustParseAddr("fe80::20%eth0"), Device: "eth0"},
	} {
		refuses(t, k, create(key, planner.Filter{}), nil)
	}
	refuses(t, k, create(filtered()[0], planner.Rule{}), nil)
	if got := read(t, k, kernel.Query{}).Filters; len(got) != 0 {
		t.Errorf("there are filters: %v", got)
	}
}

func filtersTold(t *testing.T, k Kernel) {
	events, err := k.Watch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	key := filtered()[0]
	apply(t, k, create(key, planner.Filter{}))
	expect(t, events, "news of the new filter", exactly(kernel.FiltersChanged{}))
	apply(t, k, remove(key, planner.Filter{}))
	expect(t, events, "news of its end", exactly(kernel.FiltersChanged{}))
}
