package check

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"ha/hcl/decode"
)

// field makes nodes with random priorities and weights.
func field(rng *rand.Rand) []contender {
	var list []contender
	for i := range 2 + rng.IntN(2) {
		vip := &decode.VIP{}
		vip.Priority.Val, vip.Preempt.Val = 1+rng.Int64N(12), rng.IntN(4) > 0
		c := contender{node: fmt.Sprint(i), vip: vip}
		for j := range rng.IntN(4) {
			t := decode.Track{}
			t.Address, t.Weight.Val = fmt.Sprint(i, j), 1+rng.Int64N(8)
			c.tracks = append(c.tracks, t)
		}
		list = append(list, c)
	}
	return list
}

// What matters says agrees with trying every set of failed things and every pair of nodes.
func TestMattersTriesEverySet(t *testing.T) {
	counts := map[bool]int{}
	for seed := range uint64(400) {
		nodes := field(rand.New(rand.NewPCG(seed, 9)))
		for n, c := range nodes {
			for k, track := range c.tracks {
				got, want := matters(c, track, nodes), false
				for o, other := range nodes {
					if o == n || !other.vip.Preempt.Val {
						continue
					}
					for mine := range 1 << len(c.tracks) {
						for theirs := range 1 << len(other.tracks) {
							if mine&(1<<k) != 0 {
								continue
							}
							rival := after(other, theirs)
							want = want || after(c, mine) > rival && after(c, mine|1<<k) < rival
						}
					}
				}
				if got != want {
					t.Fatalf("seed %d, node %d, track %d: got %v, want %v", seed, n, k, got, want)
				}
				counts[got]++
			}
		}
	}
	if counts[true] < 50 || counts[false] < 50 {
		t.Errorf("the cases say too little: %v", counts)
	}
}

// after is the priority of a node when a set of its tracks has failed.
func after(c contender, failed int) int64 {
	p := c.vip.Priority.Val
	for k, t := range c.tracks {
		if failed&(1<<k) != 0 {
			p -= t.Weight.Val
		}
	}
	return max(p, 1)
}
