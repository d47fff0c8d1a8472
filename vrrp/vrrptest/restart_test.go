package vrrptest_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"ha/vrrp"
	"ha/vrrp/vrrptest"
)

// 2.5 Whichever process is replaced, in good order or after a crash: while it takes so long that nobody else could take over,
// nobody changes its state, the Active router misses no more adverts than fell into the gap, and none comes as a burst.
func TestARestartInTimeMovesNobody(t *testing.T) {
	resumed := map[bool]int{}
	seeds(t, 1000, func(seed uint64) error {
		rng := rand.New(rand.NewPCG(seed, 5))
		routers := []vrrp.Group{router(1, 200), router(2, 150), router(3, 100)}
		if seed%2 == 0 {
			for i := range routers {
				routers[i] = pair(routers[i])
			}
		}
		lan := vrrptest.NewLAN(seed, routers...)
		lan.Delay = ms
		lan.StartAll()
		lan.Run(10*s + time.Duration(rng.IntN(1000))*ms)
		lan.Reset()
		deaf := rng.IntN(2) == 0
		for range 10 {
			gap := time.Duration(rng.IntN(1990)) * ms
			if !lan.Restart(rng.IntN(len(routers)), gap, deaf) {
				return fmt.Errorf("deaf %v: not resumed after %v", deaf, gap)
			}
			resumed[deaf]++
			before, frames := lan.Now, lan.Frames
			lan.Run(before + 5*s)
			if n, per := lan.Frames-frames, len(routers[0]); n < 5*per || n > 6*per {
				return fmt.Errorf("deaf %v: %d adverts in the 5 s after a gap of %v, want 5 or 6 for each election", deaf, n, gap)
			}
		}
		if got := lan.Active(); !slices.Equal(got, []int{0}) || lan.Changes != 0 || lan.Overlap != 0 || lan.Vacant != 0 {
			return fmt.Errorf("deaf %v: %v are Active after %d changes, %v with two, %v with none", deaf, got, lan.Changes, lan.Overlap, lan.Vacant)
		}
		return nil
	})
	t.Logf("%d restarts with sockets kept, %d without", resumed[false], resumed[true])
}

// 2.9 A process that comes too late does not act on old news: with the queue of its sockets it hears first who took over, and
// without it starts as Backup. The network settles on one, as it always does.
func TestARestartTooLateYields(t *testing.T) {
	seeds(t, 500, func(seed uint64) error {
		rng := rand.New(rand.NewPCG(seed, 6))
		lan := vrrptest.NewLAN(seed, router(1, 200, noPreempt), router(2, 150, noPreempt))
		lan.Delay = ms
		lan.Start(0)
		lan.Run(5 * s)
		lan.Start(1)
		lan.Run(20 * s)
		if seed%2 == 0 {
			lan.Restart(0, 4500*ms+time.Duration(rng.IntN(20000))*ms, true)
			lan.Run(lan.Now + 30*s)
			if got := lan.Active(); !slices.Equal(got, []int{1}) {
				return fmt.Errorf("deaf: %v are Active, want the one that took over", got)
			}
			return nil
		}
		lan.Restart(0, 4500*ms+time.Duration(rng.IntN(20000))*ms, false)
		lan.Run(lan.Now + 2*s)
		if got := lan.Active(); !slices.Equal(got, []int{0}) {
			return fmt.Errorf("%v are Active, want the better of two that both were", got)
		}
		return nil
	})
}

// Restarts are trouble like any other: afterwards one is Active and groups were never split.
func TestRestartsConverge(t *testing.T) {
	seeds(t, 500, func(seed uint64) error {
		rng := rand.New(rand.NewPCG(seed, 7))
		routers, _ := some(rng)
		lan := vrrptest.NewLAN(seed, routers...)
		lan.Loss, lan.Delay = 0.3*rng.Float64(), 50*ms
		lan.StartAll()
		for range 10 {
			trouble(rng, lan, len(routers))
			lan.Run(lan.Now + 2*s)
			if victim := rng.IntN(len(routers)); lan.Group(victim).State() != vrrp.Initialize {
				lan.Restart(victim, time.Duration(rng.IntN(6000))*ms, rng.IntN(2) == 0)
			}
		}
		lan.Loss = 0
		lan.Heal()
		for i := range routers {
			if lan.Group(i).State() == vrrp.Initialize {
				lan.Start(i)
			}
		}
		lan.Run(lan.Now + 60*s)
		if got := lan.Active(); len(got) != 1 || lan.Splits != 0 || lan.Storm {
			return fmt.Errorf("%v are Active, %d splits, storm: %v", got, lan.Splits, lan.Storm)
		}
		return nil
	})
}
