package planner

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

func virtualPlan(mac string) *Plan {
	key := AddressKey{Device: "vrrp.51", Prefix: netip.MustParsePrefix("192.0.2.20/32")}
	return &Plan{
		Statics: []Static{{Name: "vip.web", Interfaces: []PlacedInterface{
			{"vrrp.51", Interface{Parent: "eth0", MAC: mac, Up: true}, Source{"edge.hcl", 3}},
		}, Sysctls: []PlacedSysctl{{"net.ipv4.conf.eth0.arp_ignore", "1", Source{"edge.hcl", 3}}}}},
		VIPs: []VIP{{Name: "vip.web", Addresses: []PlacedAddress{{key, Address{}, Source{"edge.hcl", 2}}}}},
	}
}

func orderOf(changes []Change) string {
	var list []string
	for _, c := range changes {
		list = append(list, string(c.Action)+" "+c.Key.String())
	}
	return strings.Join(list, "\n")
}

// TestAVirtualInterfaceCarriesItsAddresses: it comes first and goes last, and what is made anew takes along what stood on it.
func TestAVirtualInterfaceCarriesItsAddresses(t *testing.T) {
	const mac, other = "00:00:5e:00:01:33", "02:00:00:00:00:33"
	live := State{Links: map[string]Link{"eth0": {Index: 2, Up: true}}, Sysctls: map[SysctlKey]Sysctl{"net.ipv4.conf.eth0.arp_ignore": "0"}}
	claims := Claims{}
	settle := func(p *Plan, active bool, want ...string) {
		t.Helper()
		ix := NewIndex(p)
		desired := ix.Resolve(Facts{Active: map[string]bool{"vip.web": active}})
		changes, conflicts := Diff(desired, live, claims, ix)
		if got := orderOf(changes); got != strings.Join(want, "\n") || len(conflicts) > 0 {
			t.Fatalf("got\n%s\nand %v, want\n%s", got, conflicts, strings.Join(want, "\n"))
		}
		claims = ClaimsAfter(changes, live, claims)
		for _, c := range changes {
			if err := Apply(&live, c); err != nil {
				t.Fatal(err)
			}
		}
		if left, _ := Diff(desired, live, claims, ix); len(left) > 0 {
			t.Fatalf("left:\n%s", orderOf(left))
		}
	}
	settle(virtualPlan(mac), false, "create interface|vrrp.51", "update sysctl|net.ipv4.conf.eth0.arp_ignore")
	settle(virtualPlan(mac), true, "create address|vrrp.51|192.0.2.20/32")
	settle(virtualPlan(other), true, "replace interface|vrrp.51", "create address|vrrp.51|192.0.2.20/32")
	down := live.Interfaces["vrrp.51"]
	down.Up = false
	live.Interfaces["vrrp.51"] = down
	settle(virtualPlan(other), true, "update interface|vrrp.51")
	settle(&Plan{}, false, "delete address|vrrp.51|192.0.2.20/32", "update sysctl|net.ipv4.conf.eth0.arp_ignore", "delete interface|vrrp.51")
}

// TestAnInterfaceOfOthersIsLeftAlone: one that differs, or of another kind, is a conflict and no change.
func TestAnInterfaceOfOthersIsLeftAlone(t *testing.T) {
	p := virtualPlan("00:00:5e:00:01:33")
	p.Statics[0].Sysctls = nil
	for name, live := range map[string]State{
		"a macvlan with another MAC":   {Interfaces: map[InterfaceKey]Interface{"vrrp.51": {Parent: "eth0", MAC: "02:00:00:00:00:01", Up: true}}},
		"an interface of another kind": {Links: map[string]Link{"vrrp.51": {Index: 7}}},
	} {
		changes, conflicts := Diff(Resolve(p, Facts{}), live, Claims{}, NewIndex(p))
		if len(changes) > 0 || len(conflicts) != 1 || conflicts[0].Key != Key(InterfaceKey("vrrp.51")) || conflicts[0].Source.Line != 3 {
			t.Errorf("%s: changes %v, conflicts %v", name, changes, conflicts)
		}
	}
	cut := State{Interfaces: map[InterfaceKey]Interface{"vrrp.51": {Parent: "eth0", MAC: "00:00:5e:00:01:33"}}}
	if changes, conflicts := Diff(Resolve(p, Facts{}), cut, Claims{}, NewIndex(p)); orderOf(changes) != "replace interface|vrrp.51" || len(conflicts) > 0 {
		t.Errorf("one that a crash left half made: %s, %v", orderOf(changes), conflicts)
	}
	marked := State{
		Interfaces: map[InterfaceKey]Interface{"vrrp.9": {Parent: "eth0"}, "vrrp.8": {Parent: "eth0"}},
		Marked:     map[Key]bool{InterfaceKey("vrrp.9"): true},
	}
	if changes, _ := Diff(State{}, marked, Claims{}, nil); orderOf(changes) != "delete interface|vrrp.9" {
		t.Errorf("of a process that was killed: %s", orderOf(changes))
	}
}

func TestInterfaceKeys(t *testing.T) {
	k, err := ParseKey("interface|vrrp.51")
	if err != nil || k != Key(InterfaceKey("vrrp.51")) {
		t.Errorf("got %v, %v", k, err)
	}
	if _, err := ParseKey("interface|"); err == nil || errors.Is(err, nil) {
		t.Error("an interface without a name is a key")
	}
	if !slices.ContainsFunc(fieldsOf(k, nil, Interface{Parent: "eth0"}), func(f Field) bool { return f.Path == "parent" && f.After == "eth0" }) {
		t.Error("its fields do not name the parent")
	}
}

// TestAVirtualInterfaceFollowsItsParent: into its VRF and its group of interfaces, at once or in place, unless the plan has a group
// of its own; a bridge or a bond that has the parent is none of its business.
func TestAVirtualInterfaceFollowsItsParent(t *testing.T) {
	p := virtualPlan("00:00:5e:00:01:33")
	own := virtualPlan("00:00:5e:00:01:33")
	own.Statics[0].Interfaces[0].Value.Group, own.Statics[0].Interfaces[0].Value.OwnGroup = 9, true
	live := State{Links: map[string]Link{"eth0": {Index: 2, Up: true, Group: 5}, "red": {Index: 3, Up: true, VRF: true}, "br0": {Index: 4, Up: true}}}
	settle := func(p *Plan, master int, action Action, want Interface) {
		t.Helper()
		parent := live.Links["eth0"]
		parent.Master = master
		live.Links["eth0"] = parent
		ix := NewIndex(p)
		desired := ix.Resolve(Facts{})
		desired.Sysctls = nil
		changes, conflicts := Diff(desired, live, Claims{}, ix)
		if len(changes) != 1 || changes[0].Action != action || changes[0].After != want || len(conflicts) > 0 {
			t.Fatalf("got %+v and %v, want %s to %+v", changes, conflicts, action, want)
		}
		if err := Apply(&live, changes[0]); err != nil {
			t.Fatal(err)
		}
		live.Marked = map[Key]bool{InterfaceKey("vrrp.51"): true}
		if left, _ := Diff(desired, live, Claims{}, ix); len(left) > 0 {
			t.Fatalf("left:\n%s", orderOf(left))
		}
	}
	v := Interface{Parent: "eth0", MAC: "00:00:5e:00:01:33", Up: true, Group: 5}
	red, nine := v, v
	red.VRF, nine.Group = "red", 9
	settle(p, 3, Create, red)
	settle(p, 4, Update, v)
	settle(p, 3, Update, red)
	settle(p, 0, Update, v)
	settle(own, 0, Update, nine)
	ipvlan := p.Statics[0].Interfaces[0].Value
	ipvlan.MAC, ipvlan.IPVLAN = "", "private"
	p.Statics[0].Interfaces[0].Value = ipvlan
	settle(p, 3, Replace, Interface{Parent: "eth0", IPVLAN: "private", Up: true, VRF: "red", Group: 5})
	want := []attribute{{"parent", "eth0"}, {"ipvlan", "private"}, {"family", "ipv4"}, {"state", "up"}, {"vrf", "red"}, {"group", "5"}}
	if got := live.Interfaces["vrrp.51"].attributes(); !slices.Equal(got, want) {
		t.Errorf("it says %v of itself, want %v", got, want)
	}
}
