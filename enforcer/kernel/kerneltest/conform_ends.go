package kerneltest

import (
	"net/netip"
	"testing"

	"ha/enforcer/kernel"
	"ha/planner"
)

// ConformEnds holds a kernel to what ha expects of dummies and of ends of tunnels. The kernel needs modules for them.
func ConformEnds(t *testing.T, newKernel func(*testing.T) Kernel) {
	four, six := netip.MustParseAddr("192.0.2.31"), netip.MustParseAddr("2001:db8::31")
	for _, v := range []planner.Interface{
		{Kind: planner.Dummy, Up: true},
		{Kind: planner.EndIPIP, Local: four, Up: true},
		{Kind: planner.EndSIT, Local: four, Up: true},
		{Kind: planner.EndIP6TNL, Local: six, Up: true},
		{Kind: planner.EndGRE, Local: four, Up: true},
		{Kind: planner.EndIP6GRE, Local: six, Up: true},
	} {
		t.Run(string(v.Kind)+" reads back as written", func(t *testing.T) { endReadsBack(t, newKernel(t), v) })
	}
	t.Run("ends that cannot be", func(t *testing.T) { endsImpossible(t, newKernel(t), four, six) })
}

// endReadsBack: it comes up, loose about where packets come from, is no other's, and goes with what stands on it.
func endReadsBack(t *testing.T, k Kernel, v planner.Interface) {
	const key = planner.InterfaceKey("ha-end")
	apply(t, k, change(planner.Create, key, nil, v))
	filter := planner.SysctlKey("net.ipv4.conf.ha-end.rp_filter")
	s := read(t, k, kernel.Query{Sysctls: []planner.SysctlKey{filter}})
	if s.Interfaces[key] != v || !s.Marked[key] || !s.Links[string(key)].Up {
		t.Errorf("it reads as %+v, marked %t, link %+v; want %+v", s.Interfaces[key], s.Marked[key], s.Links[string(key)], v)
	}
	if want := planner.Sysctl("2"); v.Kind != planner.Dummy && v.Kind != planner.EndSIT && s.Sysctls[filter] != want {
		t.Errorf("rp_filter is %q, want %q", s.Sysctls[filter], want)
	}
	refuses(t, k, change(planner.Create, key, nil, v), nil)
	if v.Local.IsValid() {
		refuses(t, k, change(planner.Create, planner.InterfaceKey("ha-other"), nil, v), nil)
	}
	apply(t, k, change(planner.Update, key, v, v))
	address := planner.AddressKey{Device: string(key), Prefix: netip.MustParsePrefix("192.0.2.20/32")}
	apply(t, k, change(planner.Create, address, nil, planner.Address{}), change(planner.Delete, key, v, nil))
	s = read(t, k, kernel.Query{})
	if _, there := s.Interfaces[key]; there || s.Addresses[address] != (planner.Address{}) || s.Marked[address] {
		t.Error("something is left")
	}
	refuses(t, k, change(planner.Delete, key, v, nil), nil)
}

func endsImpossible(t *testing.T, k Kernel, four, six netip.Addr) {
	for name, v := range map[string]planner.Interface{
		"an unknown kind":            {Kind: "vxlan", Local: four, Up: true},
		"a dummy with an end":        {Kind: planner.Dummy, Local: four, Up: true},
		"a tunnel without":           {Kind: planner.EndIPIP, Up: true},
		"a tunnel that ends nowhere": {Kind: planner.EndIPIP, Local: netip.IPv4Unspecified(), Up: true},
		"ipip with IPv6":             {Kind: planner.EndIPIP, Local: six, Up: true},
		"ip6tnl with IPv4":           {Kind: planner.EndIP6TNL, Local: four, Up: true},
		"one on another":             {Kind: planner.Dummy, Parent: "eth0", Up: true},
		"one that is down":           {Kind: planner.Dummy},
	} {
		if err := k.Apply(t.Context(), change(planner.Create, planner.InterfaceKey("ha-end"), nil, v)); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	if got := read(t, k, kernel.Query{}).Interfaces; len(got) > 0 {
		t.Errorf("something is left: %v", got)
	}
}
