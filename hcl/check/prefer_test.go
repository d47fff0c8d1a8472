package check

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"testing"

	"ha/hcl/decode"
	"ha/hcl/schema"
)

// elect makes a VIP on nodes with these priorities that prefers some things.
func elect(priorities []int64, prefer int) (*view, *decode.PerNode[decode.VIP]) {
	vip := func(priority int64) *decode.VIP {
		v := &decode.VIP{Priority: decode.Arg[int64]{Val: priority}}
		for i := range prefer {
			v.Prefer = append(v.Prefer, decode.Arg[schema.Dependency]{Val: schema.Dependency{Interface: fmt.Sprint("eth", i)}})
		}
		return v
	}
	cfg := &decode.Config{}
	p := &decode.PerNode[decode.VIP]{Base: vip(priorities[0])}
	for i, priority := range priorities {
		name := fmt.Sprint("lb", i)
		n := &decode.Node{Head: decode.Head{Name: name}}
		n.Role.Val = "director"
		cfg.Nodes = append(cfg.Nodes, n)
		p.Nodes = append(p.Nodes, name)
		p.Put(name, vip(priority))
	}
	cfg.VIPs = append(cfg.VIPs, p)
	return newView(cfg), p
}

// Whatever the priorities and whatever has failed where: the better of two nodes is the one that has the first thing of the
// list in which they differ; where they differ in none, the one with the higher priority. Nothing is ever cut.
func TestPreferencesDecideInOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 9))
	tried := 0
	for range 3000 {
		priorities := make([]int64, 2+rng.IntN(3))
		base, spread := 1+rng.Int64N(254), rng.Int64N(140)
		for i := range priorities {
			priorities[i] = min(base+rng.Int64N(spread+1), 254)
		}
		n := 1 + rng.IntN(7)
		v, p := elect(priorities, n)
		_, apart := v.span(p)
		if n > roomFor(apart) {
			if got := v.weighed(p, decode.Head{}, p.Base.Prefer, false); got != nil {
				t.Fatalf("%v with %d preferences: no room, but %+v", priorities, n, got)
			}
			continue
		}
		tried++
		type outcome struct {
			good     []bool
			base     int64
			priority int64
		}
		var nodes []outcome
		for i, name := range p.Nodes {
			o := outcome{base: priorities[i], priority: priorities[i]}
			for _, s := range v.stakes(p, name) {
				good := rng.IntN(2) == 0
				o.good, o.priority = append(o.good, good), o.priority+effect(s, good)
			}
			if o.priority < 1 || o.priority > 254 {
				t.Fatalf("%v with %d preferences: priority %d is cut", priorities, n, o.priority)
			}
			nodes = append(nodes, o)
		}
		intended := func(a, b outcome) int {
			for k := range a.good {
				if a.good[k] != b.good[k] {
					return map[bool]int{true: 1, false: -1}[a.good[k]]
				}
			}
			return cmp.Compare(a.base, b.base)
		}
		for _, a := range nodes {
			for _, b := range nodes {
				if got, want := cmp.Compare(a.priority, b.priority), intended(a, b); got != want {
					t.Fatalf("%v: %+v against %+v: got %d, want %d", priorities, a, b, got, want)
				}
			}
		}
	}
	if tried < 500 {
		t.Errorf("only %d cases had room", tried)
	}
}

// What fits beside priorities that lie apart is what the message says.
func TestRoomForPreferences(t *testing.T) {
	apart := []int64{126, 62, 30, 14, 6, 2, 0} // at most, for 1, 2, … preferences
	for i, most := range apart {
		if got, beyond := roomFor(most), roomFor(most+1); got != i+1 || beyond > i {
			t.Errorf("%d apart there is room for %d, one more for %d; want %d", most, got, beyond, i+1)
		}
	}
}
