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
			s := Stake{}
			s.Track.Name, s.Track.Reverse = fmt.Sprint(i, j), rng.IntN(4) == 0
			if rng.IntN(3) == 0 {
				s.Track.Raise = uint8(1 + rng.IntN(8))
			} else {
				s.Track.Weight = uint8(1 + rng.IntN(8))
			}
			c.stakes = append(c.stakes, s)
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
			for k := range c.stakes {
				got, want := matters(c, k, nodes), false
				for o, other := range nodes {
					if o == n || !other.vip.Preempt.Val && !c.vip.Preempt.Val {
						continue
					}
					for mine := range 1 << len(c.stakes) {
						for theirs := range 1 << len(other.stakes) {
							if mine&(1<<k) != 0 {
								continue
							}
							rival := after(other, theirs)
							good, bad := after(c, mine), after(c, mine|1<<k)
							want = want || min(good, bad) < rival && rival < max(good, bad)
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

// after is the priority of a node when a set of its stakes has failed, counted as keepalived's table says.
func after(c contender, failed int) int64 {
	p := c.vip.Priority.Val
	for k, s := range c.stakes {
		up := failed&(1<<k) == 0
		switch t := s.Track; {
		case t.Raise > 0 && up != t.Reverse:
			p += int64(t.Raise)
		case t.Weight > 0 && up == t.Reverse:
			p -= int64(t.Weight)
		}
	}
	return max(1, min(p, 254))
}
