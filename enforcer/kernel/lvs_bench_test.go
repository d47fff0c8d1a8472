package kernel_test

import (
	"errors"
	"fmt"
	"net/netip"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"ha/enforcer/kernel"
	"ha/enforcer/netlab"
	"ha/planner"
)

// together is how many changes the enforcer hands over at a time.
const together = 64

// balancedPlan is pools of four servers each, that nothing checks.
func balancedPlan(pools int) *planner.Plan {
	p := &planner.Plan{}
	for i := range pools {
		key := planner.VirtualServerKey{Protocol: planner.TCP, Addr: netip.AddrPortFrom(netip.AddrFrom4([4]byte{198, 18, byte(i >> 8), byte(i)}), 80)}
		pool := planner.Pool{
			Name:      fmt.Sprintf("pool.%d", i),
			Listeners: []planner.Listener{{Key: key, Value: planner.VirtualServer{Scheduler: "rr", Netmask: 32}}},
		}
		for n := range 4 {
			pool.Servers = append(pool.Servers, planner.PoolServer{
				Address: netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, byte(n), byte(i >> 8), byte(i)}), 80), Weight: 1, Forwarding: planner.DR,
			})
		}
		p.Pools = append(p.Pools, pool)
	}
	return p
}

// restoring is the plan as ipvsadm --restore reads it.
func restoring(p *planner.Plan) string {
	var b strings.Builder
	for _, pool := range p.Pools {
		service := pool.Listeners[0].Key.Addr
		fmt.Fprintf(&b, "-A -t %s -s rr\n", service)
		for _, s := range pool.Servers {
			fmt.Fprintf(&b, "-a -t %s -r %s -g -w 1\n", service, s.Address)
		}
	}
	return b.String()
}

// programme makes the kernel equal to a plan as the enforcer does, and says how long it took until it began to write, and from then to
// the first services.
func programme(b *testing.B, k *kernel.Kernel, p *planner.Plan) (own, first time.Duration) {
	b.Helper()
	begin := time.Now()
	live, err := k.ReadIPVS(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	ix := planner.NewIndex(p)
	changes, _ := planner.Diff(ix.Resolve(planner.Facts{}), live, planner.Claims{}, ix)
	own = time.Since(begin)
	for part := range slices.Chunk(changes, together) {
		if err := errors.Join(k.ApplyBatch(b.Context(), part)...); err != nil {
			b.Fatal(err)
		}
		if first == 0 {
			first = time.Since(begin) - own
		}
	}
	return own, first
}

// BenchmarkProgramming fills an empty table with 1,000 services of four servers, beside ipvsadm --restore, and changes one of them.
func BenchmarkProgramming(b *testing.B) {
	netlab.Need(b, "root", "ipvs", "ipvsadm")
	program, err := netlab.Program("ipvsadm")
	if err != nil {
		b.Fatal(err)
	}
	ns := namespace(b)
	k, p := open(b, ns), balancedPlan(1000)
	ix := planner.NewIndex(p)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	empty := func() {
		if err := k.FlushIPVS(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("services=1000/servers=4", func(b *testing.B) {
		var ours, own, first, theirs time.Duration
		for b.Loop() {
			empty()
			begin := time.Now()
			err := ns.Do(func() error {
				restore := exec.CommandContext(b.Context(), program, "--restore")
				restore.Stdin = strings.NewReader(restoring(p))
				return restore.Run()
			})
			if err != nil {
				b.Fatal(err)
			}
			theirs += time.Since(begin)
			empty()
			begin = time.Now()
			o, f := programme(b, k, p)
			own, first = own+o, first+f
			ours += time.Since(begin)
		}
		b.ReportMetric(ms(ours)/float64(b.N), "ha-ms")
		b.ReportMetric(ms(own)/float64(b.N), "ha-own-ms")
		b.ReportMetric(ms(first)/float64(b.N), "ha-first-ms")
		b.ReportMetric(ms(theirs)/float64(b.N), "ipvsadm-ms")
	})
	b.Run("services=1000/servers=4/change=1", func(b *testing.B) {
		empty()
		programme(b, k, p)
		live, err := k.ReadIPVS(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		claims := planner.Claims{Objects: map[planner.Key]planner.Claim{}}
		for key := range live.VirtualServers {
			claims.Objects[key] = planner.Owned
		}
		pool, weight := &p.Pools[500], uint16(1)
		for b.Loop() {
			weight++
			pool.Servers[2].Weight = weight
			changes, _ := planner.Diff(ix.ResolvePool(pool.Name, planner.Facts{}), ix.LivePool(pool.Name, live), claims, ix)
			if len(changes) != 1 {
				b.Fatalf("%d changes of one server", len(changes))
			}
			if err := k.Apply(b.Context(), changes[0]); err != nil {
				b.Fatal(err)
			}
			if err := planner.Apply(&live, changes[0]); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("services=1000/servers=4/unchanged", func(b *testing.B) {
		for b.Loop() {
			live, err := k.ReadIPVS(b.Context())
			if err != nil {
				b.Fatal(err)
			}
			if changes, _ := planner.Diff(ix.Resolve(planner.Facts{}), live, planner.Claims{}, ix); len(changes) != 5000 {
				b.Fatalf("%d of 5000 objects are there", len(changes)) // all of them are adopted
			}
		}
	})
}
