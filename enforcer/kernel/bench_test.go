package kernel_test

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"ha/enforcer/kernel"
	"ha/enforcer/netlab"
	"ha/planner"
)

// BenchmarkApply creates and deletes 100 addresses, one by one or all in a batch.
func BenchmarkApply(b *testing.B) {
	netlab.Need(b, "root")
	var create, remove []planner.Change
	for i := range 100 {
		key := planner.AddressKey{Device: "lo", Prefix: netip.PrefixFrom(netip.AddrFrom4([4]byte{198, 18, 0, byte(i)}), 32)}
		create = append(create, planner.Change{Action: planner.Create, Key: key, After: planner.Address{}})
		remove = append(remove, planner.Change{Action: planner.Delete, Key: key, Before: planner.Address{}})
	}
	for _, batch := range []int{1, 100} {
		b.Run(fmt.Sprintf("addresses=100/batch=%d", batch), func(b *testing.B) {
			k := open(b, namespace(b))
			b.ReportAllocs()
			for b.Loop() {
				for part := range slices.Chunk(slices.Concat(create, remove), batch) {
					if err := errors.Join(k.ApplyBatch(b.Context(), part)...); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

// BenchmarkRead reads a machine with 1000 addresses.
func BenchmarkRead(b *testing.B) {
	netlab.Need(b, "root")
	b.Run("addresses=1000", func(b *testing.B) {
		k := open(b, namespace(b))
		var changes []planner.Change
		for i := range 1000 {
			ip := netip.AddrFrom4([4]byte{198, 18, byte(i >> 8), byte(i)})
			changes = append(changes, planner.Change{
				Action: planner.Create, Key: planner.AddressKey{Device: "lo", Prefix: netip.PrefixFrom(ip, 32)}, After: planner.Address{},
			})
		}
		if err := errors.Join(k.ApplyBatch(b.Context(), changes)...); err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			if s, err := k.Read(b.Context(), kernel.Query{}); err != nil || len(s.Addresses) < 1000 {
				b.Fatal(len(s.Addresses), err)
			}
		}
	})
}
