package check

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"ha/hcl/decode"
	"ha/vrrp"
	"ha/vrrp/vrrptest"
)

// tracked makes a VIP on two or three nodes with different priorities and random stakes.
func tracked(rng *rand.Rand) []contender {
	var list []contender
	priorities := rng.Perm(40)
	for i := range 2 + rng.IntN(2) {
		vip := &decode.VIP{}
		vip.Priority.Val, vip.Preempt.Val = int64(80+priorities[i]), rng.IntN(4) > 0
		c := contender{node: fmt.Sprint(i), vip: vip}
		for j := range 1 + rng.IntN(2) {
			s := Stake{}
			s.Track.Interface, s.Track.Reverse = fmt.Sprint("eth", j), rng.IntN(5) == 0
			switch rng.IntN(4) {
			case 0:
				s.Track.Raise = uint8(1 + rng.IntN(60))
			case 1, 2:
				s.Track.Weight = uint8(1 + rng.IntN(60))
			}
			c.stakes = append(c.stakes, s)
		}
		list = append(list, c)
	}
	return list
}

// Who answers, as the table of outcomes says, is who becomes Active when the same nodes run on a LAN and the same things
// fail there: for every set of failures.
func TestOutcomesHoldOnALAN(t *testing.T) {
	seen := map[string]int{}
	for seed := range uint64(150) {
		field := tracked(rand.New(rand.NewPCG(seed, 13)))
		var failures []failure
		for n, c := range field {
			for i := range c.stakes {
				failures = append(failures, failure{n, i})
			}
		}
		for bits := range 1 << len(failures) {
			var set []failure
			for i, f := range failures {
				if bits&(1<<i) != 0 {
					set = append(set, f)
				}
			}
			o := decide(field, set)
			if strings.Contains(o.Winner, " or ") || len(best(stands(field, nil), func(stand) bool { return true })) != 1 {
				continue // the addresses decide, which a configuration does not know
			}
			if got := onLAN(seed, field, set); got != o.Winner {
				t.Fatalf("seed %d, %s failed: on the LAN %q answers, the table says %q: %s\n%+v", seed, o.Failed, got, o.Winner, o.Why, stands(field, set))
			}
			seen[o.Winner]++
		}
	}
	if seen[""] < 20 || seen["0"] < 100 || seen["1"] < 100 {
		t.Errorf("the cases say too little: %v", seen)
	}
}

// onLAN lets the nodes run, then things fail, and returns who is Active in the end; empty for nobody.
func onLAN(seed uint64, field []contender, set []failure) string {
	var groups []vrrp.Group
	for i, c := range field {
		groups = append(groups, vrrp.NewGroup(vrrp.Config{
			VRID: 1, Version: 3, Priority: uint8(c.vip.Priority.Val), Interval: time.Second, Preempt: c.vip.Preempt.Val,
			Source: netip.AddrFrom4([4]byte{192, 0, 2, byte(10 + i)}),
		}))
	}
	lan := vrrptest.NewLAN(seed, groups...)
	runs := make([]bool, len(field))
	become := func(list []stand) {
		for i, s := range list {
			switch {
			case s.out && runs[i]:
				lan.Stop(i)
			case !s.out && !runs[i]:
				lan.Start(i)
			}
			runs[i] = !s.out
			lan.Weigh(i, uint8(s.priority))
		}
		lan.Run(lan.Now + 20*time.Second)
	}
	become(stands(field, nil))
	become(stands(field, set))
	active := lan.Active()
	if len(active) == 0 {
		return ""
	}
	return field[active[0]].node
}

// The table of a configuration as a person reads it: single failures, those on all nodes, and sets in which each counts.
func TestOutcomesAreDecisive(t *testing.T) {
	stake := func(device string, weight uint8) Stake {
		return Stake{Track: vrrp.Track{Name: device, Interface: device, Weight: weight}}
	}
	vip := func(priority int64) *decode.VIP {
		v := &decode.VIP{}
		v.Priority.Val, v.Preempt.Val = priority, true
		return v
	}
	stakes := []Stake{stake("eth1", 30), stake("eth2", 30)}
	field := []contender{{"lb1", vip(150), stakes}, {"lb2", vip(100), stakes}}
	var got []string
	for _, set := range decisive(field, []failure{{0, 0}, {0, 1}, {1, 0}, {1, 1}}) {
		o := decide(field, set)
		got = append(got, o.Failed+": "+o.Winner+", "+o.Why)
	}
	if want := []string{"eth1 on lb1, eth2 on lb1: lb2, priority 100 > 90 of lb1"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
