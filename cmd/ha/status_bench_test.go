package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"path/filepath"
	"testing"
	"time"

	"ha/checks"
	"ha/enforcer"
	"ha/enforcer/control"
	"ha/enforcer/kernel/kerneltest"
	"ha/planner"
	"ha/vrrp"
)

// crowdedConfig has so many VIPs, each with a pool of so many servers, and a check for each server.
func crowdedConfig(vips, servers int) enforcer.Config {
	c := enforcer.Config{Plan: planner.Plan{Cluster: "bench", Node: "lb1", Role: planner.Director, Settings: planner.Settings{ReadBackMS: 600_000}}}
	for i := range vips {
		address := netip.AddrFrom4([4]byte{10, 1, byte(i >> 8), byte(i)})
		key := planner.AddressKey{Device: "eth0", Prefix: netip.PrefixFrom(address, 32)}
		name := fmt.Sprint("vip.v", i)
		c.Plan.VIPs = append(c.Plan.VIPs, planner.VIP{Name: name, Addresses: []planner.PlacedAddress{{Key: key}}})
		c.Instances = append(c.Instances, vrrp.Instance{
			Name: name + "/ipv4", VIP: name, Interface: fmt.Sprint("nowhere", i/250), Addresses: []netip.Addr{address},
			Config: vrrp.Config{VRID: uint8(i%250 + 1), Version: 3, Priority: 100, Interval: time.Second, Preempt: true},
		})
		pool := planner.Pool{Name: fmt.Sprint("pool.p", i), Listeners: []planner.Listener{{
			Key:   planner.VirtualServerKey{Protocol: planner.TCP, Addr: netip.AddrPortFrom(address, 80)},
			Value: planner.VirtualServer{Scheduler: "wlc", Netmask: 32},
		}}}
		for j := range servers {
			at := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, byte(j + 2), byte(i >> 8), byte(i)}), 80)
			check := checks.Config{
				Key: "tcp " + at.String(), Name: pool.Name + ` check "tcp"`, Kind: "tcp", Target: at,
				Interval: time.Second, Timeout: time.Second, Rise: 1, Fall: 1, Initial: checks.Up,
			}
			c.Checks = append(c.Checks, check)
			pool.Servers = append(pool.Servers, planner.PoolServer{
				Name: fmt.Sprint("s", j), Address: at, Weight: 10, Forwarding: planner.DR, Checks: []string{check.Key},
			})
		}
		c.Plan.Pools = append(c.Plan.Pools, pool)
	}
	return c
}

// BenchmarkStatus is `ha status` from the question to the last line printed, through the socket. The fake answers for IPVS: what
// its dump costs in a kernel is measured beside the dump.
func BenchmarkStatus(b *testing.B) {
	for _, size := range []struct{ vips, servers int }{{10, 4}, {1000, 37}} {
		b.Run(fmt.Sprintf("vips=%d/servers=%d", size.vips, size.vips*size.servers), func(b *testing.B) {
			socket := crowdedEnforcer(b, crowdedConfig(size.vips, size.servers))
			client := control.Dial(socket)
			b.ReportAllocs()
			for b.Loop() {
				s, err := client.Report(b.Context())
				if err != nil {
					b.Fatal(err)
				}
				if len(s.Pools) != size.vips || len(s.Pools[0].Servers) != size.servers {
					b.Fatalf("%d pools", len(s.Pools))
				}
				if err := printStatus(io.Discard, s, poolView{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// crowdedEnforcer runs a configuration on a fake kernel and answers on a socket.
func crowdedEnforcer(b *testing.B, c enforcer.Config) (socket string) {
	b.Helper()
	dir := b.TempDir()
	store, err := enforcer.OpenStore(filepath.Join(dir, "state"))
	if err != nil {
		b.Fatal(err)
	}
	if err := store.Commit(enforcer.Generation{Number: 1, AppliedBy: "bench", Config: c}); err != nil {
		b.Fatal(err)
	}
	fake := kerneltest.New()
	fake.SetLink("eth0", planner.Link{Up: true, Running: true, MTU: 1500})
	e := enforcer.New(enforcer.Options{Kernel: fake, Store: store, Log: slog.New(slog.DiscardHandler), Version: "bench"})
	socket = filepath.Join(dir, "s")
	l, err := control.Listen(socket)
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 2)
	go func() { ended <- e.Run(ctx) }()
	go func() { ended <- control.Serve(ctx, l, e) }()
	b.Cleanup(func() {
		cancel()
		for range 2 {
			if err := <-ended; err != nil {
				b.Error(err)
			}
		}
	})
	return socket
}
