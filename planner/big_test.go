package planner

import (
	"fmt"
	"net/netip"
	"testing"
)

// bigPlan has so many pools of one listener, each with so many servers that hang on one check.
func bigPlan(pools, servers int) *Plan {
	p := &Plan{Cluster: "big", Node: "lb1", Role: Director}
	for i := range pools {
		pool := Pool{Name: fmt.Sprintf("pool.p%d", i)}
		vip := netip.AddrFrom4([4]byte{172, 16, byte(i >> 8), byte(i)})
		pool.Listeners = []Listener{{Key: VirtualServerKey{Protocol: TCP, Addr: netip.AddrPortFrom(vip, 443)}, Value: VirtualServer{Scheduler: "wrr", Netmask: 32}}}
		for j := range servers {
			pool.Servers = append(pool.Servers, PoolServer{
				Name: fmt.Sprintf("s%d", j), Weight: 1, Forwarding: DR, Checks: []string{fmt.Sprintf("tcp %d", i)},
				Address: netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, byte(j), byte(i >> 8), byte(i)}), 443),
			})
		}
		p.Pools = append(p.Pools, pool)
	}
	return p
}

func BenchmarkResolve(b *testing.B) {
	ix := NewIndex(bigPlan(10000, 4))
	b.Run("reals=40000", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			ix.Resolve(Facts{})
		}
	})
	b.Run("reals=40000/one_pool", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			ix.ResolvePool("pool.p77", Facts{})
		}
	})
}

func BenchmarkCompare(b *testing.B) {
	for _, applied := range []bool{true, false} {
		b.Run(fmt.Sprintf("reals=40000/applied=%v", applied), func(b *testing.B) {
			next := bigPlan(10000, 4)
			before, live, claims := next, NewIndex(next).Resolve(Facts{}), Claims{Objects: map[Key]Claim{}}
			for k := range live.VirtualServers {
				claims.Objects[k] = Owned
			}
			if !applied {
				before, live, claims = nil, State{}, Claims{}
			}
			b.ReportAllocs()
			for b.Loop() {
				if c := Compare(next, before, Facts{}, live, claims); len(c.Kernel) > 0 == applied {
					b.Fatal(len(c.Kernel))
				}
			}
		})
	}
}

func BenchmarkEncode(b *testing.B) {
	next := bigPlan(10000, 4)
	c := Compare(next, nil, Facts{}, State{}, Claims{})
	for b.Loop() {
		data, err := Encode(NewDocument(Meta{}, Config{}, NewNodePlan("lb1", "", c, Base{}, nil)))
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(len(data))/1e6, "MB")
	}
}
