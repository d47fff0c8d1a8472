package kernel_test

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"

	"ha/enforcer/kernel"
	"ha/enforcer/netlab"
	"ha/planner"
)

// hand is somebody else's netlink handle in the namespace.
func hand(t testing.TB, ns *netlab.Namespace) *netlink.Handle {
	t.Helper()
	h, err := netlink.NewHandleAt(netns.NsHandle(ns.FD()), unix.NETLINK_ROUTE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
	return h
}

// byHand fails the test when somebody else's hand slips.
func byHand(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("by hand: %v", err)
	}
}

func ipNet(s string) *net.IPNet {
	p := netip.MustParsePrefix(s)
	return &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}
}

func create(key planner.Key, v any) planner.Change {
	return planner.Change{Action: planner.Create, Key: key, After: v}
}

func apply(t testing.TB, k *kernel.Kernel, changes ...planner.Change) {
	t.Helper()
	for _, c := range changes {
		if err := k.Apply(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
}

// expect waits for an event that matches; others may come before.
func expect(t *testing.T, events <-chan kernel.Event, what string, match func(kernel.Event) bool) {
	t.Helper()
	late := time.NewTimer(10 * time.Second)
	defer late.Stop()
	for {
		select {
		case e, ok := <-events:
			if !ok {
				t.Fatalf("the watch ended before %s", what)
			}
			if match(e) {
				return
			}
		case <-late.C:
			t.Fatalf("waited 10s for %s", what)
		}
	}
}

func watch(t *testing.T, k *kernel.Kernel) <-chan kernel.Event {
	t.Helper()
	events, err := k.Watch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return events
}

func TestWatchSeesOtherHands(t *testing.T) {
	host := netlab.NewTestLAN(t).MustAdd(t, "lb1")
	k, h := open(t, host.Namespace), hand(t, host.Namespace)
	events := watch(t, k)
	eth0, err := h.LinkByName("eth0")
	byHand(t, err)
	vip := planner.AddressKey{Device: "eth0", Prefix: netip.MustParsePrefix("192.0.2.20/24")}
	apply(t, k, create(vip, planner.Address{}))
	byHand(t, h.AddrDel(eth0, &netlink.Addr{IPNet: ipNet("192.0.2.20/24")}))
	expect(t, events, "the VIP deleted by hand", func(e kernel.Event) bool { return e == kernel.Gone{Key: vip} })

	foreign := &netlink.Addr{IPNet: ipNet("192.0.2.20/24"), Label: "eth0:x"}
	byHand(t, h.AddrAdd(eth0, foreign))
	expect(t, events, "a foreign address", func(e kernel.Event) bool {
		c, ok := e.(kernel.Changed)
		return ok && c.Key == vip && !c.Marked && c.Value.(planner.Address).Label == "eth0:x"
	})
	s, err := k.Read(t.Context(), kernel.Query{})
	if err != nil || s.Marked[vip] || s.Addresses[vip].Broadcast != netip.MustParseAddr("192.0.2.255") {
		t.Errorf("got %+v, marked %v, %v, want a foreign address with its broadcast address", s.Addresses[vip], s.Marked[vip], err)
	}
}

// TestLinkDownTakesRoutes: the kernel drops IPv4 routes without a word; the link's own news is what makes them be read
// again.
func TestLinkDownTakesRoutes(t *testing.T) {
	host := netlab.NewTestLAN(t).MustAdd(t, "lb1", "192.0.2.1/24")
	k, h := open(t, host.Namespace), hand(t, host.Namespace)
	to := planner.RouteKey{Table: 254, Destination: netip.MustParsePrefix("10.0.0.0/8")}
	apply(t, k, create(to, planner.Route{Gateway: netip.MustParseAddr("192.0.2.254"), Device: "eth0"}))
	events := watch(t, k)
	eth0, err := h.LinkByName("eth0")
	byHand(t, err)
	byHand(t, h.LinkSetDown(eth0))
	expect(t, events, "the link to be down", func(e kernel.Event) bool {
		l, ok := e.(kernel.LinkChanged)
		return ok && l.Name == "eth0" && !l.Link.Up
	})
	if s, err := k.ReadRoutes(t.Context(), kernel.Query{}); err != nil || len(s.Routes) != 0 {
		t.Errorf("routes %v, %v, want none", s.Routes, err)
	}
	if err := k.Apply(t.Context(), create(to, planner.Route{Gateway: netip.MustParseAddr("192.0.2.254"), Device: "eth0"})); err == nil {
		t.Error("a route through a link that is down was created")
	}
}

func TestWatchSeesLinks(t *testing.T) {
	lan := netlab.NewTestLAN(t)
	host := lan.MustAdd(t, "lb1")
	k, h := open(t, host.Namespace), hand(t, host.Namespace)
	events := watch(t, k)
	byHand(t, lan.Cut(host))
	expect(t, events, "the carrier to be lost", func(e kernel.Event) bool {
		l, ok := e.(kernel.LinkChanged)
		return ok && l.Name == "eth0" && l.Link.Up && !l.Link.Running
	})

	a := netlink.NewLinkAttrs()
	a.Name = "new0"
	veth := netlink.NewVeth(a)
	veth.PeerName = "peer0"
	byHand(t, h.LinkAdd(veth))
	link, err := h.LinkByName("new0")
	byHand(t, err)
	byHand(t, h.LinkSetName(link, "other0"))
	expect(t, events, "the new link", func(e kernel.Event) bool {
		l, ok := e.(kernel.LinkChanged)
		return ok && l.Name == "new0" && l.Link.MTU == 1500
	})
	expect(t, events, "the old name to be gone", func(e kernel.Event) bool { return e == kernel.LinkGone{Name: "new0"} })
	expect(t, events, "the new name", func(e kernel.Event) bool {
		l, ok := e.(kernel.LinkChanged)
		return ok && l.Name == "other0"
	})

	key := planner.AddressKey{Device: "other0", Prefix: netip.MustParsePrefix("192.0.2.9/32")}
	apply(t, k, create(key, planner.Address{}))
	byHand(t, h.LinkDel(link))
	gone := map[any]bool{}
	expect(t, events, "link and address to be gone", func(e kernel.Event) bool {
		if e, ok := e.(kernel.Gone); ok {
			gone[e.Key] = true
		}
		if e, ok := e.(kernel.LinkGone); ok {
			gone[e.Name] = true
		}
		return gone[planner.Key(key)] && gone["other0"]
	})
}

// TestLifetimeEnds: an address that nobody renews goes by itself, and the watch says so. A lifetime of 1 s was seen to
// end within 1.5 s.
func TestLifetimeEnds(t *testing.T) {
	host := netlab.NewTestLAN(t).MustAdd(t, "lb1")
	k := open(t, host.Namespace)
	events := watch(t, k)
	keys := []planner.AddressKey{
		{Device: "eth0", Prefix: netip.MustParsePrefix("192.0.2.20/32")},
		{Device: "eth0", Prefix: netip.MustParsePrefix("2001:db8::20/128")},
	}
	values := map[planner.AddressKey]planner.Address{keys[0]: {}, keys[1]: {NoDAD: true}}
	start := time.Now()
	for _, err := range k.Renew(t.Context(), keys, values, time.Second) {
		if err != nil {
			t.Fatal(err)
		}
	}
	gone := map[planner.Key]bool{}
	expect(t, events, "both addresses to end", func(e kernel.Event) bool {
		if e, ok := e.(kernel.Gone); ok {
			gone[e.Key] = true
		}
		return gone[keys[0]] && gone[keys[1]]
	})
	if took := time.Since(start); took < 900*time.Millisecond {
		t.Errorf("they ended after %v, want at least a second", took)
	}
}

// TestNewWithoutNamespace: a wrong path is an error at once, not at the first request.
func TestNewWithoutNamespace(t *testing.T) {
	if k, err := kernel.New(kernel.Options{Namespace: "/nowhere"}); err == nil {
		_ = k.Close()
		t.Error("a namespace that is none was opened")
	}
}

// TestSysctlsOfItsNamespace: two kernels write the same name and each its own value.
func TestSysctlsOfItsNamespace(t *testing.T) {
	netlab.Need(t, "root")
	const key = planner.SysctlKey("net.ipv4.ip_forward")
	one, two := open(t, namespace(t)), open(t, namespace(t))
	for value, k := range map[planner.Sysctl]*kernel.Kernel{"1": one, "0": two} {
		apply(t, k, planner.Change{Action: planner.Update, Key: key, After: value})
	}
	for want, k := range map[planner.Sysctl]*kernel.Kernel{"1": one, "0": two} {
		got, err := k.ReadSysctls(t.Context(), []planner.SysctlKey{key})
		if err != nil || got[key] != want {
			t.Errorf("got %v, %v, want %s", got, err, want)
		}
	}
}
