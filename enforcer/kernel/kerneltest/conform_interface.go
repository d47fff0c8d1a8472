package kerneltest

import (
	"math/rand/v2"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"ha/enforcer/kernel"
	"ha/planner"
)

// virtual is the macvlan of VRID 51 on eth0.
func virtual() planner.Interface {
	return planner.Interface{Parent: "eth0", MAC: "00:00:5e:00:01:33", Up: true}
}

func interfacesReadBack(t *testing.T, k Kernel) {
	six := planner.Interface{Parent: "eth0", MAC: "00:00:5e:00:02:33", IPv6: true, Up: true}
	apply(t, k, change(planner.Create, planner.InterfaceKey("vrrp.51"), nil, virtual()))
	apply(t, k, change(planner.Create, planner.InterfaceKey("vrrp6.51"), nil, six))
	s := read(t, k, kernel.Query{})
	want := map[planner.InterfaceKey]planner.Interface{"vrrp.51": virtual(), "vrrp6.51": six}
	if diff := cmp.Diff(want, s.Interfaces, cmpopts.EquateComparable(netip.Addr{})); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for key := range want {
		if link := s.Links[string(key)]; !s.Marked[key] || !link.Up || link.MAC != want[key].MAC || len(link.Addresses) > 0 {
			t.Errorf("%s: marked %t, link %+v; want ha's mark, up, its MAC and no address", key, s.Marked[key], link)
		}
	}
	refuses(t, k, change(planner.Create, planner.InterfaceKey("vrrp.51"), nil, virtual()), nil)
	other := virtual()
	other.MAC = "02:00:00:00:00:33"
	apply(t, k, change(planner.Replace, planner.InterfaceKey("vrrp.51"), virtual(), other))
	apply(t, k, change(planner.Delete, planner.InterfaceKey("vrrp6.51"), six, nil))
	if got := read(t, k, kernel.Query{}).Interfaces; len(got) != 1 || got["vrrp.51"] != other {
		t.Errorf("after a replacement and a deletion: %v", got)
	}
	refuses(t, k, change(planner.Delete, planner.InterfaceKey("vrrp6.51"), six, nil), nil)
}

// interfacesInGroups: a virtual interface goes into a group of interfaces, at once or later, and out again.
func interfacesInGroups(t *testing.T, k Kernel) {
	in := virtual()
	in.Group = 7
	apply(t, k, change(planner.Create, planner.InterfaceKey("vrrp.51"), nil, in))
	out := in
	out.Group = 0
	apply(t, k, change(planner.Update, planner.InterfaceKey("vrrp.51"), in, out))
	s := read(t, k, kernel.Query{})
	if got := s.Interfaces["vrrp.51"]; got != out || s.Links["vrrp.51"].Group != 0 {
		t.Errorf("got %+v, want %+v", got, out)
	}
	apply(t, k, change(planner.Update, planner.InterfaceKey("vrrp.51"), out, in))
	s = read(t, k, kernel.Query{})
	if got := s.Interfaces["vrrp.51"]; got != in || s.Links["vrrp.51"].Group != 7 {
		t.Errorf("got %+v, want %+v", got, in)
	}
	lost := in
	lost.VRF = "nowhere"
	if err := k.Apply(t.Context(), change(planner.Update, planner.InterfaceKey("vrrp.51"), in, lost)); err == nil {
		t.Error("a VRF that is not there is taken")
	}
}

func interfacesImpossible(t *testing.T, k Kernel) {
	for name, edit := range map[string]func(*planner.Interface){
		"a parent that is not there": func(v *planner.Interface) { v.Parent = "eth7" },
		"no parent":                  func(v *planner.Interface) { v.Parent = "" },
		"a group's MAC":              func(v *planner.Interface) { v.MAC = "01:00:5e:00:00:12" },
		"no MAC":                     func(v *planner.Interface) { v.MAC = "" },
		"down":                       func(v *planner.Interface) { v.Up = false },
		"an ipvlan with a MAC":       func(v *planner.Interface) { v.IPVLAN = "bridge" },
		"an ipvlan in no mode":       func(v *planner.Interface) { v.IPVLAN, v.MAC = "l3", "" },
		"a VRF that is not there":    func(v *planner.Interface) { v.VRF = "nowhere" },
		"a group of the plan only":   func(v *planner.Interface) { v.OwnGroup = true },
	} {
		v := virtual()
		edit(&v)
		if err := k.Apply(t.Context(), change(planner.Create, planner.InterfaceKey("vrrp.51"), nil, v)); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	for _, name := range []planner.InterfaceKey{"", "sixteen-bytes-ab", "a/b", "."} {
		if err := k.Apply(t.Context(), change(planner.Create, name, nil, virtual())); err == nil {
			t.Errorf("the name %q is taken", string(name))
		}
	}
	if got := read(t, k, kernel.Query{}).Interfaces; len(got) > 0 {
		t.Errorf("something is left: %v", got)
	}
}

func interfacesTakeAlong(t *testing.T, k Kernel) {
	key := planner.AddressKey{Device: "vrrp.51", Prefix: netip.MustParsePrefix("192.0.2.20/32")}
	apply(t, k, change(planner.Create, planner.InterfaceKey("vrrp.51"), nil, virtual()))
	apply(t, k, change(planner.Create, key, nil, planner.Address{}))
	apply(t, k, change(planner.Delete, planner.InterfaceKey("vrrp.51"), virtual(), nil))
	s := read(t, k, kernel.Query{})
	if _, there := s.Addresses[key]; there || s.Marked[key] || s.Marked[planner.InterfaceKey("vrrp.51")] {
		t.Error("the address outlives its interface")
	}
}

// randomInterface is about two names, which share few MACs.
func randomInterface(dice *rand.Rand, a planner.Action) planner.Change {
	return planner.Change{
		Action: a, Key: pick(dice, planner.InterfaceKey("vrrp.51"), "vrrp.52"), After: planner.Interface{
			Parent: pick(dice, "eth0", "eth0", "eth7"), MAC: pick(dice, "00:00:5e:00:01:33", "00:00:5e:00:01:34"), Up: true,
		},
	}
}
