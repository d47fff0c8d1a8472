package kernel_test

import (
	"testing"

	"ha/enforcer/kernel"
	"ha/enforcer/netlab"
	"ha/planner"
)

// An ipvlan reads back as it was made, in every mode, and takes no macvlan beside it; both go into a VRF and out again.
func TestIPVLANsAndVRFs(t *testing.T) {
	netlab.Need(t, "netns", "ip", "ipvlan", "vrf")
	lan := netlab.NewTestLAN(t)
	host := lan.MustAdd(t, "a", "192.0.2.11/24")
	if out, err := host.Command(t.Context(), "ip", "link", "add", "red", "type", "vrf", "table", "100").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	k := open(t, host.Namespace)
	apply := func(a planner.Action, before, after any) error {
		return k.Apply(t.Context(), planner.Change{Action: a, Key: planner.InterfaceKey("vrrp.51"), Before: before, After: after})
	}
	has := func(want planner.Interface) {
		t.Helper()
		s, err := k.Read(t.Context(), kernel.Query{})
		if got := s.Interfaces["vrrp.51"]; err != nil || got != want || !s.Marked[planner.InterfaceKey("vrrp.51")] || !s.Links["red"].VRF {
			t.Errorf("got %+v, %v; want %+v", got, err, want)
		}
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	v := planner.Interface{Parent: "eth0", IPVLAN: "bridge", Up: true}
	must(apply(planner.Create, nil, v))
	has(v)
	macvlan := planner.Interface{Parent: "eth0", MAC: "00:00:5e:00:01:34", Up: true}
	if err := k.Apply(t.Context(), planner.Change{Action: planner.Create, Key: planner.InterfaceKey("vrrp.52"), After: macvlan}); err == nil {
		t.Error("a macvlan stands beside an ipvlan")
	}
	for _, mode := range []string{"private", "vepa"} {
		next := v
		next.IPVLAN = mode
		must(apply(planner.Replace, v, next))
		has(next)
		v = next
	}
	for _, vrf := range []string{"red", ""} {
		next := v
		next.VRF = vrf
		must(apply(planner.Update, v, next))
		has(next)
		v = next
	}
	macvlan.VRF = "red"
	must(apply(planner.Replace, v, macvlan))
	has(macvlan)
	must(apply(planner.Delete, macvlan, nil))
}
