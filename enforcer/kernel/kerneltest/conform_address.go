package kerneltest

import (
	"errors"
	"io/fs"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ha/enforcer/kernel"
	"ha/planner"
)

// written are addresses with every field that can be set, alone and together.
func written() map[planner.AddressKey]planner.Address {
	ip, net := netip.MustParseAddr, netip.MustParsePrefix
	return map[planner.AddressKey]planner.Address{
		address("eth0", "192.0.2.1/32"):     {},
		address("eth0", "192.0.2.2/24"):     {Label: "eth0:web", Broadcast: ip("192.0.2.255")},
		address("eth0", "192.0.3.3/24"):     {Label: "eth0:exactly15b", Scope: planner.ScopeLink},
		address("eth0", "192.0.2.4/25"):     {Scope: planner.ScopeSite, Broadcast: ip("192.0.2.200")},
		address("eth0", "192.0.2.5/32"):     {Peer: net("198.51.100.7/24"), Label: "anything"},
		address("eth0", "192.0.2.6/32"):     {Scope: planner.ScopeHost, Label: "eth0", NoDAD: true},
		address("lo", "192.0.2.7/32"):       {Label: "lo:vip"},
		address("eth0", "2001:db8::1/128"):  {NoDAD: true},
		address("eth0", "2001:db8::2/64"):   {},
		address("eth0", "2001:db8::3/128"):  {NoDAD: true, Peer: net("2001:db8:1::7/64")},
		address("eth0", "fe80::5afe/64"):    {NoDAD: true, Scope: planner.ScopeLink},
		address("eth0", "2001:db8::4/127"):  {NoDAD: true, Label: "ignored"},
		address("lo", "2001:db8::5/128"):    {NoDAD: true},
		address("eth0", "10.255.255.1/8"):   {},
		address("eth0", "172.16.0.1/31"):    {},
		address("eth0", "fd00:1::ffff/120"): {NoDAD: true},

		address("eth0", "192.0.8.8/24"):      {Options: planner.AddressOptions{NoPrefixRoute: true, Deprecated: true, Home: true, Temporaries: true}},
		address("eth0", "2001:db8:2::1/128"): {NoDAD: true, Options: planner.AddressOptions{Deprecated: true}},
		address("eth0", "2001:db8:2::2/64"):  {Options: planner.AddressOptions{Temporaries: true, NoPrefixRoute: true}},
		address("eth0", "2001:db8:2::3/64"):  {NoDAD: true, Options: planner.AddressOptions{Deprecated: true, NoPrefixRoute: true, Home: true, Temporaries: true}},
	}
}

func addressesReadBack(t *testing.T, k Kernel) {
	for key, v := range written() {
		apply(t, k, create(key, v))
	}
	s := read(t, k, kernel.Query{})
	for key, v := range written() {
		_, want := kernel.Normal(key, v)
		got, ok := s.Addresses[key]
		if diff := cmp.Diff(want, got, compareNetip()); diff != "" || !ok {
			t.Errorf("%v (there: %v) -want +got:\n%s", key, ok, diff)
		}
		if !s.Marked[key] {
			t.Errorf("%v does not carry the mark", key)
		}
	}
	for key, v := range s.Addresses {
		if _, ours := written()[key]; !ours && s.Marked[key] {
			t.Errorf("%v %+v carries the mark and is not ours", key, v)
		}
	}
	for key, v := range written() {
		apply(t, k, remove(key, v))
	}
	s = read(t, k, kernel.Query{})
	for key := range written() {
		if _, ok := s.Addresses[key]; ok {
			t.Errorf("%v is still there", key)
		}
	}
}

func addressesOnce(t *testing.T, k Kernel) {
	for _, text := range []string{"192.0.2.1/24", "2001:db8::1/64"} {
		key := address("eth0", text)
		refuses(t, k, remove(key, planner.Address{}), fs.ErrNotExist)
		apply(t, k, create(key, planner.Address{}))
		refuses(t, k, create(key, planner.Address{}), fs.ErrExist)
		apply(t, k, remove(key, planner.Address{}))
		refuses(t, k, remove(key, planner.Address{}), fs.ErrNotExist)
	}
	apply(t, k, create(address("eth0", "192.0.2.1/24"), planner.Address{}),
		create(address("eth0", "192.0.2.1/32"), planner.Address{}), // IPv4: another length is another address
		create(address("lo", "192.0.2.1/24"), planner.Address{}),
		create(address("eth0", "2001:db8::1/64"), planner.Address{}),
		create(address("lo", "2001:db8::1/64"), planner.Address{}))
	refuses(t, k, create(address("eth0", "2001:db8::1/128"), planner.Address{}), fs.ErrExist)
	refuses(t, k, remove(address("eth0", "2001:db8::1/128"), planner.Address{}), fs.ErrNotExist)
}

func addressesReplaced(t *testing.T, k Kernel) {
	key := address("eth0", "192.0.2.1/32")
	before, after := planner.Address{Label: "eth0:a"}, planner.Address{Label: "eth0:b", Scope: planner.ScopeLink}
	refuses(t, k, change(planner.Replace, key, before, after), fs.ErrNotExist)
	if _, ok := read(t, k, kernel.Query{}).Addresses[key]; ok {
		t.Errorf("%v was created by a replace that was refused", key)
	}
	apply(t, k, create(key, before), change(planner.Replace, key, before, after))
	if got := read(t, k, kernel.Query{}).Addresses[key]; got != after {
		t.Errorf("got %+v, want %+v", got, after)
	}
	refuses(t, k, change(planner.Update, key, after, before), errors.ErrUnsupported)

	// What stands is put back when the kernel does not take its successor.
	apply(t, k, create(address("eth0", "198.51.100.1/24"), planner.Address{}))
	key, before = address("eth0", "198.51.100.2/24"), planner.Address{Label: "eth0:c"}
	apply(t, k, create(key, before))
	refuses(t, k, change(planner.Replace, key, before, planner.Address{Scope: planner.ScopeLink}), nil)
	s := read(t, k, kernel.Query{})
	if got := s.Addresses[key]; got != before || !s.Marked[key] {
		t.Errorf("after a refused replace: got %+v, want %+v, marked", got, before)
	}
}

// addressesEdited: the options of an IPv6 address are edited in place, also while it has a lifetime, and nothing else is.
func addressesEdited(t *testing.T, k Kernel) {
	key := address("eth0", "2001:db8::1/64")
	all := []planner.AddressOptions{
		{Deprecated: true},
		{Deprecated: true, NoPrefixRoute: true, Home: true, Temporaries: true},
		{Temporaries: true},
		{},
		{NoPrefixRoute: true},
		{Deprecated: true, Home: true},
	}
	refuses(t, k, change(planner.Update, key, nil, planner.Address{}), fs.ErrNotExist)
	refuses(t, k, change(planner.Update, address("eth7", "2001:db8::1/64"), nil, planner.Address{}), fs.ErrNotExist)
	apply(t, k, create(key, planner.Address{NoDAD: true}))
	refuses(t, k, change(planner.Update, address("eth0", "2001:db8::1/128"), nil, planner.Address{}), fs.ErrNotExist)
	for _, options := range all {
		want := planner.Address{NoDAD: true, Options: options}
		apply(t, k, change(planner.Update, key, nil, want))
		if got := read(t, k, kernel.Query{}); got.Addresses[key] != want || !got.Marked[key] {
			t.Errorf("edited it is %+v, want %+v", got.Addresses[key], want)
		}
	}
	for _, options := range all {
		want := planner.Address{NoDAD: true, Options: options}
		errs := k.Renew(t.Context(), []planner.AddressKey{key}, map[planner.AddressKey]planner.Address{key: want}, time.Hour)
		if got := read(t, k, kernel.Query{}).Addresses[key]; got != want || errs[0] != nil {
			t.Errorf("renewed it is %+v, want %+v (%v)", got, want, errs[0])
		}
	}
}

func addressesUnknownLink(t *testing.T, k Kernel) {
	for _, device := range []string{"eth7", "", "a-name-that-is-too-long"} {
		key := address(device, "192.0.2.1/32")
		refuses(t, k, create(key, planner.Address{}), fs.ErrNotExist)
		refuses(t, k, remove(key, planner.Address{}), fs.ErrNotExist)
	}
	err := k.Apply(t.Context(), create(address("eth7", "192.0.2.1/32"), planner.Address{}))
	if want := "create address|eth7|192.0.2.1/32: no such device (ENODEV): there is no such interface"; err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %v", err, want)
	}
}

func addressesImpossible(t *testing.T, k Kernel) {
	ip, net := netip.MustParseAddr, netip.MustParsePrefix
	for _, c := range []planner.Change{
		create(address("eth0", "192.0.2.1/32"), planner.Address{Label: strings.Repeat("x", 16)}),
		create(address("eth0", "192.0.2.1/24"), planner.Address{Peer: net("192.0.2.2/32")}),
		create(address("eth0", "192.0.2.1/32"), planner.Address{Peer: net("2001:db8::1/128")}),
		create(address("eth0", "192.0.2.1/32"), planner.Address{Broadcast: ip("2001:db8::1")}),
		create(address("eth0", "2001:db8::1/64"), planner.Address{Broadcast: ip("192.0.2.255")}),
		create(address("eth0", "::ffff:192.0.2.1/128"), planner.Address{}),
		create(address("eth0", "2001:db8::1/65"), planner.Address{Options: planner.AddressOptions{Temporaries: true}}),
		create(planner.AddressKey{Device: "eth0"}, planner.Address{}),
		create(address("eth0", "192.0.2.1/32"), planner.Route{}),
		create(address("eth0", "192.0.2.1/32"), nil),
		{Action: "paint", Key: address("eth0", "192.0.2.1/32"), After: planner.Address{}},
	} {
		refuses(t, k, c, nil)
	}
	apply(t, k, create(address("eth0", "192.0.2.1/24"), planner.Address{}))
	refuses(t, k, create(address("eth0", "192.0.2.2/24"), planner.Address{Scope: planner.ScopeLink}), nil)
}

func primaryTakesSecondaries(t *testing.T, k Kernel) {
	setPromotion(t, k, "0")
	primary, secondary, other := address("eth0", "192.0.2.1/24"), address("eth0", "192.0.2.2/24"), address("eth0", "192.0.2.3/25")
	apply(t, k, create(primary, planner.Address{}), create(secondary, planner.Address{}), create(other, planner.Address{}),
		remove(primary, planner.Address{}))
	refuses(t, k, remove(secondary, planner.Address{}), fs.ErrNotExist)
	apply(t, k, remove(other, planner.Address{}))
}

func primaryPromotes(t *testing.T, k Kernel) {
	setPromotion(t, k, "1")
	primary, secondary := address("eth0", "192.0.2.1/24"), address("eth0", "192.0.2.2/24")
	apply(t, k, create(primary, planner.Address{}), create(secondary, planner.Address{}),
		remove(primary, planner.Address{}), remove(secondary, planner.Address{}))
}

func setPromotion(t *testing.T, k Kernel, v planner.Sysctl) {
	t.Helper()
	for _, key := range []planner.SysctlKey{"net.ipv4.conf.all.promote_secondaries", "net.ipv4.conf.eth0.promote_secondaries"} {
		apply(t, k, change(planner.Update, key, nil, v))
	}
}

func addressesRenewed(t *testing.T, k Kernel) {
	keys := []planner.AddressKey{
		address("eth0", "192.0.2.1/24"), address("eth0", "2001:db8::1/64"), address("eth0", "192.0.2.2/32"), address("eth7", "192.0.2.3/32"),
	}
	values := map[planner.AddressKey]planner.Address{
		keys[0]: {Label: "eth0:web"}, keys[1]: {NoDAD: true},
		keys[2]: {Peer: netip.MustParsePrefix("198.51.100.1/32")},
	}
	apply(t, k, create(keys[0], values[keys[0]]), create(keys[1], values[keys[1]]))
	for _, lifetime := range []time.Duration{time.Hour, 90 * time.Minute, 0} {
		errs := k.Renew(t.Context(), keys, values, lifetime)
		if errs[0] != nil || errs[1] != nil || errs[2] != nil || !errors.Is(errs[3], fs.ErrNotExist) {
			t.Fatalf("Renew for %v: got %v, want only the unknown link refused", lifetime, errs)
		}
		s := read(t, k, kernel.Query{})
		for _, key := range keys[:3] {
			if got, ok := s.Addresses[key]; got != values[key] || !ok || !s.Marked[key] {
				t.Errorf("after Renew for %v: %v is %+v (there: %v, marked: %v), want %+v",
					lifetime, key, got, ok, s.Marked[key], values[key])
			}
		}
	}
}
