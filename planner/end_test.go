package planner

import (
	"net/netip"
	"testing"
)

// TestWhatAHandHasSetUpOnARealServerIsAdopted: an address on lo that ip-address(8) made global, and an interface as wanted. What
// differs, or has no way to be told apart, is left alone.
func TestWhatAHandHasSetUpOnARealServerIsAdopted(t *testing.T) {
	end := Interface{Kind: EndIPIP, Local: netip.MustParseAddr("192.0.2.31"), Up: true}
	key := AddressKey{Device: "lo", Prefix: netip.MustParsePrefix("192.0.2.20/32")}
	p := &Plan{Statics: []Static{{
		Name:       "pool.web",
		Interfaces: []PlacedInterface{{Key: "ha-ipip", Value: end}},
		Addresses:  []PlacedAddress{{Key: key, Value: Address{Scope: ScopeHost}}},
	}}}
	live := State{
		Interfaces: map[InterfaceKey]Interface{"ha-ipip": end},
		Addresses:  map[AddressKey]Address{key: {Scope: ScopeGlobal}},
		Links:      map[string]Link{"ha-ipip": {Index: 7, Up: true}, "lo": {Index: 1, Up: true}},
	}
	changes, conflicts := Diff(Resolve(p, Facts{}), live, Claims{}, NewIndex(p))
	if got, want := orderOf(changes), "adopt interface|ha-ipip\nadopt address|lo|192.0.2.20/32"; got != want || len(conflicts) > 0 {
		t.Errorf("got\n%s\nand %v, want\n%s", got, conflicts, want)
	}

	other := end
	other.Local = netip.MustParseAddr("192.0.2.32")
	live.Interfaces["ha-ipip"] = other
	live.Addresses[key] = Address{Scope: ScopeHost, Label: "lo:1"}
	if changes, conflicts = Diff(Resolve(p, Facts{}), live, Claims{}, NewIndex(p)); len(changes) > 0 || len(conflicts) != 2 {
		t.Errorf("of others: got %v and %v", changes, conflicts)
	}
}
