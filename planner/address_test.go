package planner

import (
	"net/netip"
	"testing"
)

// TestOptionsOfAnAddress: what differs in its options is edited where the kernel can, and nobody notices; else the address is made
// anew. Of an address of others what nobody asked for is left as it is.
func TestOptionsOfAnAddress(t *testing.T) {
	four := AddressKey{Device: "eth0", Prefix: netip.MustParsePrefix("192.0.2.20/24")}
	six := AddressKey{Device: "eth0", Prefix: netip.MustParsePrefix("2001:db8::20/64")}
	peer := Address{Peer: netip.MustParsePrefix("2001:db8:1::1/128")}
	managed := AddressOptions{NoPrefixRoute: true, Deprecated: true, Temporaries: true} // as NetworkManager makes them
	for name, c := range map[string]struct {
		key        AddressKey
		want, have Address
		claim      Claim
		action     Action // empty: nothing is to be done
		conflict   bool
	}{
		"IPv6, ours":                           {six, Address{Options: AddressOptions{Deprecated: true}}, Address{}, Owned, Update, false},
		"IPv6, ours, back again":               {six, Address{}, Address{Options: managed}, Owned, Update, false},
		"IPv6, ours, with another peer":        {six, Address{Options: managed}, peer, Owned, Replace, false},
		"IPv6, ours, the same":                 {six, Address{Options: managed, NoDAD: true}, Address{Options: managed}, Owned, "", false},
		"IPv4, ours":                           {four, Address{Options: AddressOptions{NoPrefixRoute: true}}, Address{}, Owned, Replace, false},
		"IPv4, ours, what it does not have":    {four, Address{Options: AddressOptions{Deprecated: true, Home: true, Temporaries: true}}, Address{}, Owned, "", false},
		"IPv6, of others, managed":             {six, Address{}, Address{Options: managed}, Foreign, Adopt, false},
		"IPv4, of others, managed":             {four, Address{}, Address{Options: managed}, Foreign, Adopt, false},
		"IPv6, of others, deprecated is usual": {six, Address{Options: AddressOptions{Deprecated: true}}, Address{}, Foreign, Adopt, false},
		"IPv6, adopted, managed":               {six, Address{}, Address{Options: managed}, Adopted, "", false},
		"IPv6, adopted, more is asked for":     {six, Address{Options: AddressOptions{Home: true}}, Address{}, Adopted, Update, false},
		"IPv6, of others, more is asked for":   {six, Address{Options: AddressOptions{Home: true}}, Address{}, Foreign, "", true},
		"IPv4, of others, more is asked for":   {four, Address{Options: AddressOptions{NoPrefixRoute: true}}, Address{}, Foreign, "", true},
	} {
		desired := State{Addresses: map[AddressKey]Address{c.key: c.want}}
		live := State{Addresses: map[AddressKey]Address{c.key: c.have}}
		claims := Claims{}
		if c.claim != Foreign {
			claims.set(c.key, c.claim)
		}
		changes, conflicts := Diff(desired, live, claims, nil)
		if len(changes) > 1 || (len(changes) == 1) != (c.action != "") || len(changes) == 1 && changes[0].Action != c.action || (len(conflicts) > 0) != c.conflict {
			t.Errorf("%s: got %v and %v, want %q", name, changes, conflicts, c.action)
		}
		if len(changes) == 1 && c.action == Update && changes[0].Impact != ImpactNone {
			t.Errorf("%s: the impact is %v", name, changes[0].Impact)
		}
	}
}

// TestOptionsOfABackupsAddress: what a Backup will do otherwise is told in the same words.
func TestOptionsOfABackupsAddress(t *testing.T) {
	plan := func(o AddressOptions) *Plan {
		k := AddressKey{Device: "eth0", Prefix: netip.MustParsePrefix("2001:db8::20/128")}
		return &Plan{VIPs: []VIP{{Name: "vip.web", Addresses: []PlacedAddress{{Key: k, Value: Address{Options: o}}}}}}
	}
	cmp := Compare(plan(AddressOptions{Deprecated: true}), plan(AddressOptions{}), Facts{}, State{}, Claims{})
	if len(cmp.Latent) != 1 || detail(cmp.Latent[0], false) != "when vip.web is active: preferred true -> false, announce it" {
		t.Errorf("got %+v", cmp.Latent)
	}
}

// TestAManagedAddressDoesNotMakeAPlanStale: lifetimes of what was adopted end while a plan waits.
func TestAManagedAddressDoesNotMakeAPlanStale(t *testing.T) {
	k := AddressKey{Device: "eth0", Prefix: netip.MustParsePrefix("2001:db8::20/64")}
	live := State{Addresses: map[AddressKey]Address{k: {}}}
	read := readObject(k, live, Claims{}, false)
	live.Addresses[k] = Address{Options: AddressOptions{Deprecated: true}}
	if v, ok := read.check(Present{Live: live}); !ok {
		t.Error(v)
	}
}
