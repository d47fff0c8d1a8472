package kernel_test

import (
	"net/netip"
	"strconv"
	"testing"

	"github.com/vishvananda/netlink"

	"ha/enforcer/netlab"
	"ha/planner"
)

// A name belongs to the interface that has it now, whoever had it when it was last used.
func TestANameFollowsItsInterface(t *testing.T) {
	netlab.Need(t, "netns")
	host := netlab.NewTestLAN(t).MustAdd(t, "lb1")
	k, h := open(t, host.Namespace), hand(t, host.Namespace)
	link := func(name string) netlink.Link {
		l, err := h.LinkByName(name)
		byHand(t, err)
		return l
	}
	made := 0
	add := func(name string) {
		pair := netlink.NewVeth(netlink.LinkAttrs{Name: name})
		pair.PeerName = "peer" + strconv.Itoa(made)
		made++
		byHand(t, h.LinkAdd(pair))
	}
	stands := func(what, prefix string, on int) {
		t.Helper()
		p := netip.MustParsePrefix(prefix)
		apply(t, k, create(planner.AddressKey{Device: "x0", Prefix: p}, planner.Address{}))
		list, err := h.AddrList(nil, netlink.FAMILY_V4)
		byHand(t, err)
		for _, a := range list {
			if a.IP.String() == p.Addr().String() {
				if a.LinkIndex != on {
					t.Errorf("%s: the address stands on link %d, want %d", what, a.LinkIndex, on)
				}
				return
			}
		}
		t.Errorf("%s: the address stands nowhere", what)
	}
	add("x0")
	stands("a new name", "192.0.2.1/32", link("x0").Attrs().Index)

	first := link("x0")
	byHand(t, h.LinkSetName(first, "x1"))
	add("x0")
	stands("a name that another one has now", "192.0.2.2/32", link("x0").Attrs().Index)

	byHand(t, h.LinkDel(link("x0")))
	key := planner.AddressKey{Device: "x0", Prefix: netip.MustParsePrefix("192.0.2.3/32")}
	if err := k.Apply(t.Context(), create(key, planner.Address{})); err == nil {
		t.Error("an address was created on an interface that has gone")
	}
	byHand(t, h.LinkSetName(first, "x0"))
	stands("a name that has come back", "192.0.2.4/32", first.Attrs().Index)
}
