package kerneltest

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"ha/enforcer/kernel"
	"ha/planner"
)

func TestFakeConforms(t *testing.T) {
	Conform(t, func(*testing.T) Kernel { return New() })
}

func TestFakeConformsEnds(t *testing.T) {
	ConformEnds(t, func(*testing.T) Kernel { return New() })
}

func TestFakeConformsIPVS(t *testing.T) {
	ConformIPVS(t, func(*testing.T) Kernel { return New() })
}

func TestFakeConformsNoIPVS(t *testing.T) {
	ConformNoIPVS(t, func(*testing.T) Kernel {
		f := New()
		f.SetNoIPVS("this kernel has no IPVS: load the module ip_vs")
		return f
	})
}

// populated is a fake with one of everything, ours and others'.
func populated(t *testing.T) *Fake {
	t.Helper()
	f := New()
	web := service("tcp", "192.0.2.20:80")
	apply(t, f, create(address("eth0", "192.0.2.20/24"), planner.Address{Label: "eth0:web"}),
		create(address("eth0", "2001:db8::20/64"), planner.Address{NoDAD: true}),
		create(route(mainTable, "10.0.0.0/8", 0), planner.Route{Gateway: netip.MustParseAddr("192.0.2.254"), Device: "eth0"}),
		create(route(mainTable, "2001:db8:1::/48", 0), planner.Route{Device: "eth0"}),
		create(web, planner.VirtualServer{Scheduler: "rr", Persistence: time.Minute}),
		create(server(web, "198.51.100.1:80"), planner.RealServer{Weight: 1, Forwarding: planner.DR}),
		change(planner.Update, planner.SysctlKey("net.ipv4.ip_forward"), planner.Sysctl("0"), planner.Sysctl("1")))
	f.PutByHand(address("eth0", "198.51.100.9/24"), planner.Address{Broadcast: netip.MustParseAddr("198.51.100.255")})
	f.PutByHand(planner.VirtualServerKey{FWMark: 7, IPv6: true}, planner.VirtualServer{Scheduler: "sh", Flags: 8})
	return f
}

func TestFakeOutlivesItsProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kernel.json")
	f := populated(t)
	f.SetNoIPVS("no module")
	if err := f.SaveFile(path); err != nil {
		t.Fatal(err)
	}
	loaded, err := LoadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(f.state, loaded.state, compareNetip()); diff != "" {
		t.Errorf("-saved +loaded:\n%s", diff)
	}
	apply(t, loaded, create(address("eth0", "192.0.2.21/24"), planner.Address{}))

	if _, err := LoadFile(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want %v", err, os.ErrNotExist)
	}
	for _, text := range []string{"", "{", `{"marked": ["nonsense"]}`, `{"addresses": {"route|1|2": {}}}`} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := LoadFile(path); err == nil {
			t.Errorf("%q was loaded", text)
		}
	}
}

func TestFailures(t *testing.T) {
	f := New()
	f.FailAfter(1, unix.ENOBUFS)
	f.FailAfter(0, unix.EPERM)
	keys := []string{"192.0.2.1/32", "192.0.2.2/32", "192.0.2.3/32", "192.0.2.4/32"}
	for i, want := range []error{nil, unix.ENOBUFS, unix.EPERM, nil} {
		key := address("eth0", keys[i])
		if err := f.Apply(t.Context(), create(key, planner.Address{})); !errors.Is(err, want) {
			t.Errorf("change %d: got %v, want %v", i, err, want)
		}
		if there := f.has(key); there != (want == nil) {
			t.Errorf("change %d: there is %v", i, there)
		}
	}
	if got := len(f.Applied()); got != 2 {
		t.Errorf("%d changes were carried out, want 2", got)
	}
}

func TestOtherHands(t *testing.T) {
	f := populated(t)
	events, err := f.Watch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	vip := address("eth0", "192.0.2.20/24")
	f.DeleteByHand(vip)
	expect(t, events, "the deletion", exactly(kernel.Gone{Key: vip}))
	f.PutByHand(vip, planner.Address{})
	expect(t, events, "the foreign address", exactly(kernel.Changed{Key: vip, Value: planner.Address{}}))
	web := service("tcp", "192.0.2.20:80")
	f.DeleteByHand(web)
	s := read(t, f, kernel.Query{})
	if s.Marked[vip] || len(s.VirtualServers) != 1 || len(s.RealServers) != 0 {
		t.Errorf("got %+v", s)
	}
	f.PutByHand(web, planner.VirtualServer{Scheduler: "rr"})
	stats := kernel.RealServerStats{Active: 3}
	f.PutByHand(server(web, "198.51.100.1:80"), planner.RealServer{Weight: 1})
	f.PutByHand(server(web, "198.51.100.1:80"), planner.RealServer{Weight: 2})
	f.SetStats(server(web, "198.51.100.1:80"), stats)
	if got, err := f.Stats(t.Context()); err != nil || got.Servers[server(web, "198.51.100.1:80")] != stats {
		t.Errorf("got %+v, %v, want %+v", got, err, stats)
	}
	defer func() {
		if recover() == nil {
			t.Error("a deletion by hand of what is not there passes")
		}
	}()
	f.DeleteByHand(address("eth0", "203.0.113.1/32"))
}

func TestLinks(t *testing.T) {
	f := populated(t)
	events, err := f.Watch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	f.SetLink("eth0", planner.Link{MTU: 1500})
	s := read(t, f, kernel.Query{})
	if len(s.Routes) != 0 || s.Links["eth0"].Up {
		t.Errorf("routes %v, link %+v, want no route and a link that is down", s.Routes, s.Links["eth0"])
	}
	expect(t, events, "the IPv6 address to go", exactly(kernel.Gone{Key: address("eth0", "2001:db8::20/64")}))
	expect(t, events, "the link to be down", func(e kernel.Event) bool {
		l, ok := e.(kernel.LinkChanged)
		return ok && !l.Link.Up
	})
	refuses(t, f, create(route(mainTable, "10.0.0.0/8", 0), planner.Route{Device: "eth0"}), nil)
	f.RemoveLink("eth0")
	expect(t, events, "the link to go", exactly(kernel.LinkGone{Name: "eth0"}))
	expect(t, events, "its address to go", exactly(kernel.Gone{Key: address("eth0", "192.0.2.20/24")}))
	f.SetLink("eth0.100", planner.Link{Up: true})
	s = read(t, f, kernel.Query{Sysctls: []planner.SysctlKey{"net.ipv4.conf.eth0.rp_filter", "net.ipv4.conf.eth0/100.rp_filter"}})
	if _, ok := s.Links["eth0"]; ok || len(s.Sysctls) != 1 || s.Links["eth0.100"].Index == 0 {
		t.Errorf("got %+v, %+v", s.Links, s.Sysctls)
	}
}

func TestLostNews(t *testing.T) {
	f := New()
	events, err := f.Watch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	f.Overflow()
	if e := <-events; e != (kernel.Overflow{}) {
		t.Errorf("got %+v, want an overflow", e)
	}
}

func TestLifetimes(t *testing.T) {
	f := New()
	vip, static := address("eth0", "192.0.2.20/32"), address("eth0", "192.0.2.1/32")
	for key, lifetime := range map[planner.AddressKey]time.Duration{vip: 3 * time.Second, static: 0} {
		if err := f.Renew(t.Context(), []planner.AddressKey{key}, nil, lifetime)[0]; err != nil {
			t.Fatal(err)
		}
	}
	if got := f.Lifetime(vip); got != 3*time.Second {
		t.Errorf("got %v, want 3s", got)
	}
	f.Expire()
	if f.has(vip) || !f.has(static) {
		t.Errorf("after the end: VIP %v, static address %v, want only the static one", f.has(vip), f.has(static))
	}
}

// TestConcurrentUse is for the race detector.
func TestConcurrentUse(t *testing.T) {
	f := New()
	ctx, cancel := context.WithCancel(t.Context())
	events, err := f.Watch(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for i := range 4 {
		group.Go(func() {
			key := planner.AddressKey{Device: "eth0", Prefix: netip.PrefixFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(i)}), 32)}
			for range 100 {
				apply(t, f, create(key, planner.Address{}))
				if s := read(t, f, kernel.Query{}); len(s.Links["eth0"].Addresses) == 0 {
					t.Error("the link has no address")
				}
				apply(t, f, remove(key, planner.Address{}))
			}
		})
	}
	group.Go(func() {
		for range events {
		}
	})
	group.Go(func() {
		f.Overflow()
		cancel()
	})
	group.Wait()
}
