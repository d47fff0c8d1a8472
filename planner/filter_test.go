package planner

import (
	"net/netip"
	"strings"
	"testing"
)

// filteredPlan is a VIP that accepts nothing at its two addresses, which stand on an interface that is to be quiet.
func filteredPlan(filters bool) *Plan {
	at := Source{"edge.hcl", 2}
	p := &Plan{VIPs: []VIP{{Name: "vip.web", Source: at}}}
	s := Static{Name: "vip.web", Interfaces: []PlacedInterface{{"vrrp6.51", Interface{Parent: "eth0", MAC: "00:00:5e:00:02:33", IPv6: true, Up: true}, at}}}
	if filters {
		s.Filters = append(s.Filters, PlacedFilter{Key: FilterKey{Device: "vrrp6.51"}, Source: at})
	}
	for _, text := range []string{"fe80::20/64", "2001:db8::20/128"} {
		k := AddressKey{Device: "vrrp6.51", Prefix: netip.MustParsePrefix(text)}
		p.VIPs[0].Addresses = append(p.VIPs[0].Addresses, PlacedAddress{k, Address{NoDAD: true}, at})
		if filters {
			s.Filters = append(s.Filters, PlacedFilter{Key: FilterOf(k), Source: at})
		}
	}
	p.Statics = []Static{s}
	return p
}

// TestAFilterStandsBeforeItsAddress: filters come first of all, whether or not the VIP is Active here, and go last.
func TestAFilterStandsBeforeItsAddress(t *testing.T) {
	live, claims := State{Links: map[string]Link{"eth0": {Index: 2, Up: true}}}, Claims{}
	settle := func(p *Plan, active bool, impact Impact, want ...string) {
		t.Helper()
		ix := NewIndex(p)
		desired := ix.Resolve(Facts{Active: map[string]bool{"vip.web": active}})
		changes, conflicts := Diff(desired, live, claims, ix)
		if got := orderOf(changes); got != strings.Join(want, "\n") || len(conflicts) > 0 {
			t.Fatalf("got\n%s\nand %v, want\n%s", got, conflicts, strings.Join(want, "\n"))
		}
		worst := ImpactNone
		for _, c := range changes {
			worst = max(worst, c.Impact)
			claims.Record(c, live)
			if err := Apply(&live, c); err != nil {
				t.Fatal(err)
			}
		}
		if worst != impact {
			t.Errorf("the impact is %v, want %v", worst, impact)
		}
		if left, _ := Diff(desired, live, claims, ix); len(left) > 0 {
			t.Fatalf("left:\n%s", orderOf(left))
		}
	}
	filters := []string{"create filter|vrrp6.51|", "create filter||2001:db8::20", "create filter|vrrp6.51|fe80::20"}
	addresses := []string{"create address|vrrp6.51|2001:db8::20/128", "create address|vrrp6.51|fe80::20/64"}
	settle(filteredPlan(true), false, ImpactNone, append(filters[:3:3], "create interface|vrrp6.51")...)
	settle(filteredPlan(true), true, ImpactNone, addresses...)
	settle(filteredPlan(false), true, ImpactNone, "delete filter|vrrp6.51|", "delete filter||2001:db8::20", "delete filter|vrrp6.51|fe80::20")
	settle(filteredPlan(true), true, ImpactOutage, filters...) // clients of the addresses that stand are cut off
	delete(live.Marked, FilterKey{Device: "vrrp6.51"})
	settle(&Plan{}, false, ImpactExistingConnections, "delete address|vrrp6.51|2001:db8::20/128", "delete address|vrrp6.51|fe80::20/64",
		"delete interface|vrrp6.51", "delete filter|vrrp6.51|", "delete filter||2001:db8::20", "delete filter|vrrp6.51|fe80::20")
}

// TestAKernelWithoutFilters: what must not be accepted would be, so that is a conflict; an interface that is loud is a note.
func TestAKernelWithoutFilters(t *testing.T) {
	live := State{NoFilters: "this kernel has no nf_tables", Links: map[string]Link{"eth0": {Index: 2, Up: true}}}
	cmp := Compare(filteredPlan(true), nil, Facts{}, live, Claims{})
	if len(cmp.Conflicts) != 2 || !strings.Contains(cmp.Conflicts[0].Message, "packets to 2001:db8::20 cannot be dropped here: this kernel has no nf_tables") {
		t.Errorf("conflicts: %+v", cmp.Conflicts)
	}
	for _, c := range cmp.Kernel {
		if _, is := c.Key.(FilterKey); is {
			t.Errorf("%s %s is planned", c.Action, c.Key)
		}
	}
	if notes := strings.Join(cmp.Notes, "\n"); !strings.Contains(notes, "vrrp6.51 says with its own MAC address") {
		t.Errorf("notes: %s", notes)
	}
}

// TestAFilterThatSomebodyRemoved is put back, and costs nobody anything who was served before.
func TestAFilterThatSomebodyRemoved(t *testing.T) {
	p := filteredPlan(true)
	f := Facts{Active: map[string]bool{"vip.web": true}}
	live := Resolve(p, f)
	live.Links = map[string]Link{"eth0": {Index: 2, Up: true}, "vrrp6.51": {Index: 3, Up: true}}
	claims := ClaimsAfter(nil, live, Claims{})
	for _, k := range keysOf(live) {
		claims.set(k, Owned)
	}
	gone := FilterKey{Addr: netip.MustParseAddr("2001:db8::20")}
	delete(live.Filters, gone)
	cmp := Compare(p, p, f, live, claims)
	if len(cmp.Kernel) != 1 || cmp.Kernel[0].Key != Key(gone) || cmp.Kernel[0].Cause != CauseDrift || cmp.Kernel[0].Impact != ImpactNone {
		t.Fatalf("got %+v", cmp.Kernel)
	}
	if got := detail(cmp.Kernel[0], false); got != "missing, put back" {
		t.Errorf("in words: %s", got)
	}
}
