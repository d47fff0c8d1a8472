package ipvs_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	moby "github.com/moby/ipvs"

	"ha/enforcer/kernel/ipvs"
	"ha/enforcer/netlab"
)

// balancer is the IPVS of a new namespace.
func balancer(t testing.TB) (*ipvs.Conn, *netlab.Namespace) {
	t.Helper()
	netlab.Need(t, "root", "ipvs")
	ns, err := netlab.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ns.Close() })
	c, err := ipvs.Open(context.Background(), ipvs.Options{Namespace: ns.Path()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c, ns
}

// do carries out commands that must all succeed.
func do(t testing.TB, c *ipvs.Conn, commands ...ipvs.Command) {
	t.Helper()
	if err := errors.Join(c.Do(context.Background(), commands...)...); err != nil {
		t.Fatal(err)
	}
}

// destinations are those of the only service.
func destinations(t testing.TB, c *ipvs.Conn) []ipvs.Destination {
	t.Helper()
	entries, err := c.Snapshot(context.Background())
	if err != nil || len(entries) != 1 {
		t.Fatalf("got %+v, %v, want one service", entries, err)
	}
	return entries[0].Destinations
}

func addr(s string) netip.AddrPort { return netip.MustParseAddrPort(s) }

func web() ipvs.Service {
	return ipvs.Service{ID: ipvs.ServiceID{Protocol: 6, Addr: addr("192.0.2.1:80")}, Scheduler: "wrr", Netmask: 32}
}

func TestOpenSaysThatThereIsNoIPVS(t *testing.T) {
	if netlab.Missing("ipvs") == nil {
		t.Skip("this kernel has IPVS: the other tests of this file use it")
	}
	if _, err := ipvs.Open(t.Context(), ipvs.Options{}); !errors.Is(err, ipvs.ErrAbsent) {
		t.Errorf("got %v, want %v", err, ipvs.ErrAbsent)
	}
}

func TestOpenRefusesAWrongNamespace(t *testing.T) {
	if _, err := ipvs.Open(t.Context(), ipvs.Options{Namespace: "/nowhere/at/all"}); !errors.Is(err, syscall.ENOENT) {
		t.Errorf("got %v, want %v", err, syscall.ENOENT)
	}
}

// TestDestinationKeepsItsTunnel: an edit of the weight must not reset a GUE tunnel to IPIP.
func TestDestinationKeepsItsTunnel(t *testing.T) {
	c, _ := balancer(t)
	want := ipvs.Destination{
		Addr: addr("198.51.100.1:80"), Forwarding: ipvs.Tunnel, Weight: 70000, Upper: 100, Lower: 50,
		TunnelType: 1, TunnelPort: 6080, TunnelFlags: 1,
	}
	do(t, c, ipvs.NewService(web()), ipvs.NewDestination(web().ID, want))
	if got := destinations(t, c); len(got) != 1 || got[0] != want {
		t.Fatalf("got %+v, want %+v", got, want)
	}
	want.Weight = 0
	do(t, c, ipvs.SetDestination(web().ID, want))
	if got := destinations(t, c); len(got) != 1 || got[0] != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// TestPersistenceEngine: the kernel tells the engine, so a difference can be seen.
func TestPersistenceEngine(t *testing.T) {
	c, _ := balancer(t)
	want := ipvs.Service{
		ID: ipvs.ServiceID{Protocol: 17, Addr: addr("192.0.2.1:5060")}, Scheduler: "rr",
		Flags: ipvs.Persistent, Timeout: time.Minute, Netmask: 32, PEName: "sip",
	}
	do(t, c, ipvs.NewService(want))
	entries, err := c.Snapshot(t.Context())
	want.Flags |= ipvs.Hashed
	if err != nil || len(entries) != 1 || entries[0].Service != want {
		t.Errorf("got %+v, %v\nwant %+v", entries, err, want)
	}
}

func TestInfo(t *testing.T) {
	c, _ := balancer(t)
	info, err := c.Info(t.Context())
	if err != nil || info.Version < 0x010201 || info.TableSize == 0 {
		t.Errorf("got %+v, %v, want version 1.2.1 or newer", info, err)
	}
}

func TestFlush(t *testing.T) {
	c, _ := balancer(t)
	do(t, c, ipvs.NewService(web()))
	if err := c.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if entries, err := c.Snapshot(t.Context()); len(entries) != 0 || err != nil {
		t.Errorf("got %+v, %v, want nothing", entries, err)
	}
}

// TestConcurrentUse: snapshots and writes from many goroutines on one socket neither hang nor lose entries.
func TestConcurrentUse(t *testing.T) {
	c, _ := balancer(t)
	do(t, c, ipvs.NewService(web()))
	var stable []ipvs.Command
	for i := range 200 {
		stable = append(stable, ipvs.NewDestination(web().ID, numbered(i)))
	}
	do(t, c, stable...)
	var group sync.WaitGroup
	for worker := range 4 {
		group.Go(func() {
			moving := numbered(1000 + worker)
			for range 25 {
				for _, err := range c.Do(t.Context(), ipvs.NewDestination(web().ID, moving), ipvs.DelDestination(web().ID, moving)) {
					if err != nil {
						t.Errorf("worker %d: %v", worker, err)
					}
				}
				if got := len(destinations(t, c)); got != 200 {
					t.Errorf("worker %d sees %d destinations, want 200", worker, got)
				}
			}
		})
	}
	group.Wait()
}

// numbered is a destination of its own for each number below 65536.
func numbered(i int) ipvs.Destination {
	ip := netip.AddrFrom4([4]byte{198, 18, byte(i >> 8), byte(i)})
	return ipvs.Destination{Addr: netip.AddrPortFrom(ip, 80), Weight: uint32(i)}
}

// mixture is a table that shows every kind of object.
func mixture(t testing.TB, c *ipvs.Conn) {
	t.Helper()
	web6 := ipvs.ServiceID{Protocol: 6, Addr: addr("[2001:db8::1]:80")}
	do(
		t, c,
		ipvs.NewService(ipvs.Service{ID: web().ID, Scheduler: "wrr", Flags: ipvs.Persistent, Timeout: 50 * time.Second, Netmask: 24}),
		ipvs.NewService(ipvs.Service{ID: web6, Scheduler: "lc", Netmask: 128}),
		ipvs.NewService(ipvs.Service{ID: ipvs.ServiceID{FWMark: 7}, Scheduler: "rr", Netmask: 32}),
		ipvs.NewDestination(web().ID, ipvs.Destination{Addr: addr("198.51.100.1:80"), Weight: 3, Forwarding: ipvs.DirectRoute}),
		ipvs.NewDestination(web().ID, ipvs.Destination{Addr: addr("198.51.100.2:8080"), Weight: 0}),
		ipvs.NewDestination(web6, ipvs.Destination{Addr: addr("[2001:db8:1::1]:80"), Weight: 9, Forwarding: ipvs.Tunnel}),
	)
}

// TestAnotherLibraryAgrees reads the table with github.com/moby/ipvs.
func TestAnotherLibraryAgrees(t *testing.T) {
	c, ns := balancer(t)
	mixture(t, c)
	other, err := moby.New(ns.Path())
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	services, err := other.GetServices()
	if err != nil {
		t.Fatal(err)
	}
	var theirs, ours []string
	for _, s := range services {
		theirs = append(theirs, fmt.Sprintf("%d %v:%d mark %d %s %ds", s.Protocol, s.Address, s.Port, s.FWMark, s.SchedName, s.Timeout))
		list, err := other.GetDestinations(s)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range list {
			theirs = append(theirs, fmt.Sprintf("- %v:%d weight %d by %d", d.Address, d.Port, d.Weight, d.ConnectionFlags&moby.ConnFwdMask))
		}
	}
	entries, err := c.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		id, ip := e.Service.ID, e.Service.ID.Addr.Addr().String()
		if id.FWMark != 0 {
			ip = "<nil>"
		}
		ours = append(ours, fmt.Sprintf("%d %v:%d mark %d %s %ds", id.Protocol, ip, id.Addr.Port(), id.FWMark, e.Service.Scheduler, int(e.Service.Timeout.Seconds())))
		for _, d := range e.Destinations {
			ours = append(ours, fmt.Sprintf("- %v:%d weight %d by %d", d.Addr.Addr(), d.Addr.Port(), d.Weight, d.Forwarding))
		}
	}
	if !slices.Equal(ours, theirs) {
		t.Errorf("we read\n%s\nmoby/ipvs reads\n%s", strings.Join(ours, "\n"), strings.Join(theirs, "\n"))
	}
}

// TestIpvsadmAgrees shows the table with ipvsadm(8), the kernel's own tool.
func TestIpvsadmAgrees(t *testing.T) {
	c, ns := balancer(t)
	netlab.Need(t, "ipvsadm")
	mixture(t, c)
	program, err := netlab.Program("ipvsadm")
	if err != nil {
		t.Fatal(err)
	}
	var out []byte
	err = ns.Do(func() (err error) {
		out, err = exec.CommandContext(t.Context(), program, "--save", "--numeric").CombinedOutput()
		return err
	})
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	got := strings.Split(strings.TrimSpace(string(out)), "\n")
	for i := range got {
		got[i] = strings.TrimSpace(got[i])
	}
	slices.Sort(got)
	want := []string{
		"-A -f 7 -s rr",
		"-A -t 192.0.2.1:80 -s wrr -p 50 -M 255.255.255.0",
		"-A -t [2001:db8::1]:80 -s lc",
		"-a -t 192.0.2.1:80 -r 198.51.100.1:80 -g -w 3",
		"-a -t 192.0.2.1:80 -r 198.51.100.2:8080 -m -w 0",
		"-a -t [2001:db8::1]:80 -r [2001:db8:1::1]:80 -i -w 9 --tun-type ipip",
	}
	if !slices.Equal(got, want) {
		t.Errorf("ipvsadm reads\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// BenchmarkSnapshot reads 300 services with 10 destinations each.
func BenchmarkSnapshot(b *testing.B) {
	b.Run("services=300/destinations=10", func(b *testing.B) {
		c, _ := balancer(b)
		var commands []ipvs.Command
		for s := range 300 {
			id := ipvs.ServiceID{Protocol: 6, Addr: netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, 1}), uint16(1000+s))}
			commands = append(commands, ipvs.NewService(ipvs.Service{ID: id, Scheduler: "rr", Netmask: 32}))
			for d := range 10 {
				commands = append(commands, ipvs.NewDestination(id, numbered(d)))
			}
		}
		do(b, c, commands...)
		b.ReportAllocs()
		for b.Loop() {
			if entries, err := c.Snapshot(context.Background()); err != nil || len(entries) != 300 {
				b.Fatal(len(entries), err)
			}
		}
	})
}

// BenchmarkDo edits 1000 destinations, one request in a datagram or as many as fit.
func BenchmarkDo(b *testing.B) {
	for _, batch := range []int{1, 32} {
		b.Run(fmt.Sprintf("destinations=1000/batch=%d", batch), func(b *testing.B) {
			c, _ := balancer(b)
			do(b, c, ipvs.NewService(web()))
			var create, edit []ipvs.Command
			for i := range 1000 {
				create = append(create, ipvs.NewDestination(web().ID, numbered(i)))
				edit = append(edit, ipvs.SetDestination(web().ID, numbered(i)))
			}
			do(b, c, create...)
			b.ReportAllocs()
			for b.Loop() {
				for part := range slices.Chunk(edit, batch) {
					do(b, c, part...)
				}
			}
		})
	}
}
