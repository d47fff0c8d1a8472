package kernel_test

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"ha/enforcer/netlab"
	"ha/planner"
)

// Addresses that were made take packets: IPv6 ones do so some time after the kernel has acknowledged them.
func TestAnAddressWorksWhenItWasMade(t *testing.T) {
	netlab.Need(t, "netns")
	host := netlab.NewTestLAN(t).MustAdd(t, "lb1")
	k, h := open(t, host.Namespace), hand(t, host.Namespace)
	eth0, err := h.LinkByName("eth0")
	byHand(t, err)
	// The wait has an end, so that on a busy machine a few may come later; without it, IPv6 ones hardly ever work at once.
	const rounds, patience = 20, 5
	late := 0
	works := func(key planner.AddressKey) {
		t.Helper()
		routes, err := h.RouteGetWithOptions(key.Prefix.Addr().AsSlice(), &netlink.RouteGetOptions{Oif: eth0.Attrs().Name})
		if err != nil || len(routes) == 0 || routes[0].Type != unix.RTN_LOCAL {
			late++
			t.Logf("%v: %v, %v, want a local route", key.Prefix, routes, err)
		}
	}
	for i := range rounds {
		for _, form := range []string{"2001:db8::%x/128", "fe80::%x/64", "10.0.0.%d/32"} {
			key := planner.AddressKey{Device: "eth0", Prefix: netip.MustParsePrefix(fmt.Sprintf(form, i+1))}
			value := planner.Address{NoDAD: key.Prefix.Addr().Is6()}
			if i%2 == 0 {
				apply(t, k, create(key, value))
			} else if errs := k.Renew(t.Context(), []planner.AddressKey{key}, map[planner.AddressKey]planner.Address{key: value}, time.Minute); errs[0] != nil {
				t.Fatal(errs[0])
			}
			works(key)
		}
	}
	if late > patience {
		t.Errorf("%d of %d addresses did not work when they were made", late, 3*rounds)
	}
	list, err := h.AddrList(eth0, unix.AF_INET6)
	byHand(t, err)
	for _, a := range list {
		if ours := a.IP[15] < 32 && a.IP[8] == 0; ours && (a.Flags&unix.IFA_F_NODAD == 0 || a.Flags&unix.IFA_F_TENTATIVE != 0) {
			t.Errorf("%v has flags %#x, want nodad and not tentative", a.IP, a.Flags)
		}
	}
}

// An address on an interface that is down does not work, and nobody waits for it for long.
func TestAnAddressThatCannotWorkIsNotWaitedFor(t *testing.T) {
	netlab.Need(t, "netns")
	host := netlab.NewTestLAN(t).MustAdd(t, "lb1")
	k, h := open(t, host.Namespace), hand(t, host.Namespace)
	eth0, err := h.LinkByName("eth0")
	byHand(t, err)
	byHand(t, h.LinkSetDown(eth0))
	key := planner.AddressKey{Device: "eth0", Prefix: netip.MustParsePrefix("2001:db8::1/128")}
	start := time.Now()
	err = k.Apply(t.Context(), create(key, planner.Address{NoDAD: true}))
	const margin = 5 * time.Second // of a busy machine
	if took := time.Since(start); took > margin {
		t.Errorf("it took %v, %v", took, err)
	}
}
