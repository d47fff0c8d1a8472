package vrrptest_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"ha/vrrp"
	"ha/vrrp/vrrptest"
)

const (
	s  = time.Second
	ms = time.Millisecond
)

// router is 192.0.2.last with one election of version 3, one second, that preempts.
func router(last byte, priority uint8, changes ...func(*vrrp.Config)) vrrp.Group {
	c := vrrp.Config{
		VRID: 51, Version: 3, Priority: priority, Interval: s, Preempt: true,
		Source:   netip.AddrFrom4([4]byte{192, 0, 2, last}),
		Announce: vrrp.Announce{Count: 3, Delay: 5 * s},
	}
	for _, change := range changes {
		change(&c)
	}
	return vrrp.NewGroup(c)
}

// pair makes a router a group of two elections of its kind.
func pair(g vrrp.Group) vrrp.Group { return several(g, 2) }

// several makes a router a group of n elections of its kind.
func several(g vrrp.Group, n int) vrrp.Group {
	return vrrp.NewGroup(slices.Repeat([]vrrp.Config{g[0].Config}, n)...)
}

func noPreempt(c *vrrp.Config) { c.Preempt = false }

// seeds runs a law for many seeds and names the one that breaks it.
func seeds(t *testing.T, n int, law func(seed uint64) error) {
	t.Helper()
	for seed := range uint64(n) {
		if err := law(seed); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
	}
}

// some routers with random priorities, versions, intervals and sizes of group, and the index of the best.
func some(rng *rand.Rand) (routers []vrrp.Group, best int) {
	members, version := 1+rng.IntN(3), uint8(2+rng.IntN(2))
	interval := time.Duration(1+rng.IntN(2)) * s
	for i := range 2 + rng.IntN(8) {
		// Few priorities, so that ties happen; never the owner, who is no candidate but certain.
		g := router(byte(10+i), uint8(100+20*rng.IntN(3)), func(c *vrrp.Config) {
			c.Version, c.Interval = version, interval
		})
		routers = append(routers, several(g, members))
		if g[0].Config.Priority >= routers[best][0].Config.Priority {
			best = i // of equals, the greater address, when both are Active
		}
	}
	return routers, best
}

// After a bad minute of loss, delay, duplicates, crashes, stalls and partitions, one router of the best priority is
// Active, and the network is quiet: one advert per interval, no change, no more announcements than the second block.
func TestConvergesAndIsQuiet(t *testing.T) {
	seeds(t, 3000, func(seed uint64) error {
		rng := rand.New(rand.NewPCG(seed, 3))
		routers, best := some(rng)
		c := routers[best][0].Config
		lan := vrrptest.NewLAN(seed, routers...)
		lan.Loss, lan.Duplicate, lan.Delay = 0.4*rng.Float64(), 0.3*rng.Float64(), 300*ms
		lan.StartAll()
		for range 12 {
			trouble(rng, lan, len(routers))
			lan.Run(lan.Now + 5*s)
		}
		lan.Loss, lan.Duplicate, lan.Delay = 0, 0, ms
		lan.Heal()
		for i := range routers {
			if lan.Group(i).State() == vrrp.Initialize {
				lan.Start(i)
			}
		}
		for i := range routers { // what was tracked is well again
			lan.Weigh(i, routers[i][0].Config.Priority)
		}
		if rng.IntN(2) == 0 { // or all that is left well belongs to one router
			best = rng.IntN(len(routers))
			for i := range routers {
				lan.Weigh(i, uint8(1+i))
			}
			lan.Weigh(best, 254)
			c.Priority = 254
		}
		lan.Run(lan.Now + 20*c.Interval)
		active := lan.Active()
		if len(active) != 1 || effective(lan, active[0]) != c.Priority {
			return fmt.Errorf("%v are Active, want one with priority %d", active, c.Priority)
		}
		if lan.Splits != 0 || lan.Storm {
			return fmt.Errorf("a group was split %d times, storm: %v", lan.Splits, lan.Storm)
		}
		lan.Reset()
		lan.Run(lan.Now + 20*c.Interval)
		if limit := 21 * len(routers[0]); lan.Frames > limit || lan.Frames < limit-2*len(routers[0]) {
			return fmt.Errorf("%d adverts in 20 intervals, want 20 per election", lan.Frames)
		}
		if lan.Changes != 0 || lan.Overlap != 0 || lan.Vacant != 0 || lan.Announcements != 0 {
			return fmt.Errorf("the quiet network is not quiet: %d changes, %v with two, %v with none, %d announcements",
				lan.Changes, lan.Overlap, lan.Vacant, lan.Announcements)
		}
		return nil
	})
}

// effective is the priority that a router goes by.
func effective(lan *vrrptest.LAN, router int) uint8 {
	m := lan.Group(router)[0]
	if m.Election.Priority != 0 {
		return m.Election.Priority
	}
	return m.Config.Priority
}

// trouble is one thing that goes wrong, or is repaired.
func trouble(rng *rand.Rand, lan *vrrptest.LAN, n int) {
	victim := rng.IntN(n)
	switch rng.IntN(10) {
	case 7, 8:
		lan.Weigh(victim, uint8(rng.IntN(256)))
	case 0:
		lan.Crash(victim)
	case 1:
		lan.Stop(victim)
	case 2, 3:
		if lan.Group(victim).State() == vrrp.Initialize {
			lan.Start(victim)
		}
	case 4:
		lan.Cut(victim)
	case 5:
		lan.Heal()
	case 6:
		lan.Stall(victim, time.Duration(rng.IntN(8000))*ms)
	}
}

// A network that loses nothing has two Active routers only as long as an advert travels: when routers take over at
// nearly the same time, or a better one preempts. Stalls aside, the sum stays below one delivery per change.
func TestOneActiveWithoutLoss(t *testing.T) {
	seeds(t, 3000, func(seed uint64) error {
		rng := rand.New(rand.NewPCG(seed, 4))
		routers, _ := some(rng)
		lan := vrrptest.NewLAN(seed, routers...)
		lan.Delay = ms
		lan.StartAll()
		for range 10 {
			victim := rng.IntN(len(routers))
			switch {
			case lan.Group(victim).State() == vrrp.Initialize:
				lan.Start(victim)
			case rng.IntN(2) == 0:
				lan.Crash(victim)
			default:
				lan.Stop(victim)
			}
			lan.Run(lan.Now + time.Duration(rng.IntN(10000))*ms)
		}
		if limit := time.Duration(lan.Changes) * lan.Delay; lan.Overlap > limit {
			return fmt.Errorf("two were Active for %v in %d changes, want at most %v", lan.Overlap, lan.Changes, limit)
		}
		return nil
	})
}

// Whoever is Active stays so without preemption, however good the routers are that arrive.
func TestNoPreemptKeeps(t *testing.T) {
	seeds(t, 500, func(seed uint64) error {
		lan := vrrptest.NewLAN(seed, router(1, 50, noPreempt), router(2, 200, noPreempt), router(3, 254, noPreempt))
		lan.Delay = 5 * ms
		lan.Start(0)
		lan.Run(10 * s)
		lan.Reset()
		lan.Start(1)
		lan.Run(lan.Now + time.Duration(seed)*10*ms)
		lan.Start(2)
		lan.Run(lan.Now + 30*s)
		if got := lan.Active(); !slices.Equal(got, []int{0}) || lan.Changes != 2 {
			return fmt.Errorf("%v are Active after %d changes, want the first and two starts", got, lan.Changes)
		}
		return nil
	})
}

// S17 A router that stops hands over within the skew of the next best, not within three intervals.
func TestStopHandsOver(t *testing.T) {
	seeds(t, 500, func(seed uint64) error {
		best, next, last := router(1, 200), router(2, 150), router(3, 100)
		lan := vrrptest.NewLAN(seed, best, next, last)
		lan.Delay = ms
		lan.StartAll()
		lan.Run(10*s + time.Duration(seed)*7*ms)
		lan.Reset()
		lan.Stop(0)
		lan.Run(lan.Now + 10*s)
		skew := s * (256 - 150) / 256
		if got := lan.Active(); !slices.Equal(got, []int{1}) || lan.Vacant < skew || lan.Vacant > skew+lan.Delay {
			return fmt.Errorf("%v are Active after %v without any, want the next best after %v", got, lan.Vacant, skew)
		}
		return nil
	})
}

// S01 A router that dies is replaced by the next best after its down interval, counted from the last advert.
func TestCrashIsNoticed(t *testing.T) {
	seeds(t, 500, func(seed uint64) error {
		lan := vrrptest.NewLAN(seed, pair(router(1, 200)), pair(router(2, 150)), pair(router(3, 100)))
		lan.StartAll()
		lan.Run(10*s + time.Duration(seed)*13*ms)
		heard := lan.Group(1)[0].Election.Peer.Heard
		lan.Crash(0)
		lan.Run(lan.Now + 10*s)
		down := 3*s + s*(256-150)/256
		got := lan.Group(1)[1].Election.Reason
		if lan.Group(1).State() != vrrp.Active || got.Cause != vrrp.Silence || got.At-heard != down {
			return fmt.Errorf("%v because of %v, %v after the last advert, want Active after %v",
				lan.Group(1).State(), got, got.At-heard, down)
		}
		return nil
	})
}

// S08 The learned interval decides how long a Backup with another interval waits.
func TestLearnedInterval(t *testing.T) {
	slow := func(c *vrrp.Config) { c.Interval = 5 * s }
	lan := vrrptest.NewLAN(1, router(1, 200, slow), router(2, 100))
	lan.StartAll()
	lan.Run(60 * s)
	if got := lan.Active(); !slices.Equal(got, []int{0}) {
		t.Fatalf("%v are Active, want the better one, though it is slow", got)
	}
	lan.Reset()
	lan.Run(120 * s)
	if lan.Changes != 0 {
		t.Errorf("%d changes, want none", lan.Changes)
	}
}

// S19 A Backup that hears nothing takes over; when it hears again, the worse one yields within one interval, and the better one
// announces its addresses again, whoever of the two speaks first.
func TestPartitionHeals(t *testing.T) {
	seeds(t, 500, func(seed uint64) error {
		lan := vrrptest.NewLAN(seed, pair(router(1, 200)), pair(router(2, 100)))
		lan.Delay = 5 * ms
		lan.StartAll()
		lan.Run(10 * s)
		lan.Cut(1)
		lan.Run(20*s + time.Duration(seed)*11*ms)
		if got := lan.Active(); len(got) != 2 {
			return fmt.Errorf("%v are Active in a divided LAN, want both", got)
		}
		lan.Heal()
		lan.Reset()
		lan.Run(lan.Now + s + 3*lan.Delay)
		if got := lan.Active(); !slices.Equal(got, []int{0}) || lan.Splits != 0 {
			return fmt.Errorf("%v are Active one interval after healing, %d splits, want the better", got, lan.Splits)
		}
		if lan.Announcements < 3 {
			return fmt.Errorf("%d announcements after healing: who has learned the address of the other goes on asking it", lan.Announcements)
		}
		return nil
	})
}

// Two routers, each better in another member, settle on the second try at the latest: when both take over at the
// same moment both lose once. Better by the address at equal priorities, or by a priority that makes no difference
// to the skew that the LAN does not hide.
func TestContradictionEnds(t *testing.T) {
	seeds(t, 1000, func(seed uint64) error {
		low, high := router(1, 100)[0].Config, router(2, 100)[0].Config
		delay := ms / 5
		if seed%2 == 1 {
			high.Priority, delay = 101, 20*ms
		}
		lan := vrrptest.NewLAN(seed, vrrp.NewGroup(low, high), vrrp.NewGroup(high, low))
		lan.Delay = delay
		lan.StartAll()
		lan.Run(10 * s)
		const most = 4 + 4 + 4 + 2 // both start, win, lose; one wins
		if got := lan.Active(); len(got) != 1 || lan.Changes > most {
			return fmt.Errorf("%v are Active after %d changes, want one after at most %d", got, lan.Changes, most)
		}
		lan.Reset()
		lan.Run(60 * s)
		if lan.Changes != 0 || lan.Overlap != 0 {
			return fmt.Errorf("%d changes, %v with two Active routers, want peace", lan.Changes, lan.Overlap)
		}
		return nil
	})
}

// S31, S32 A router that was not scheduled hears what waited before it does anything else: a Backup stays Backup,
// and of two that believe to be Active the better one remains, at once.
func TestStall(t *testing.T) {
	lan := vrrptest.NewLAN(1, router(1, 200), router(2, 100))
	lan.StartAll()
	lan.Run(10 * s)
	lan.Reset()
	lan.Stall(1, 8*s)
	lan.Run(20 * s)
	if lan.Changes != 0 {
		t.Errorf("S32: %d changes while the Backup slept, want none", lan.Changes)
	}
	lan.Stall(0, 8*s)
	lan.Run(27 * s)
	if got := lan.Active(); !slices.Equal(got, []int{0, 1}) {
		t.Fatalf("%v are Active while the better one sleeps, want both by their own belief", got)
	}
	lan.Reset()
	lan.Run(28*s + 100*ms)
	// Two of its own rhythm, the answer to what it heard, and the last word of the other, which had missed it.
	if got := lan.Active(); !slices.Equal(got, []int{0}) || lan.Frames > 4 {
		t.Errorf("S31: %v are Active after %d adverts, want the better one", got, lan.Frames)
	}
}

// 2.4 Two routers with one address and one priority answer nobody: their adverts stay bounded.
func TestTwinsAreNoStorm(t *testing.T) {
	lan := vrrptest.NewLAN(1, router(1, 100), router(1, 100))
	lan.StartAll()
	lan.Run(60 * s)
	if limit := 2 * 60; lan.Frames > limit || lan.Storm {
		t.Errorf("%d adverts in a minute, want at most %d", lan.Frames, limit)
	}
}

// S15 A rogue that floods with losing adverts is answered ten times per interval at most.
func TestFloodIsNotMirrored(t *testing.T) {
	flood := func(c *vrrp.Config) { c.Interval = 10 * ms }
	lan := vrrptest.NewLAN(1, router(1, 200), router(2, 100, flood))
	lan.StartAll()
	lan.Run(10 * s)
	lan.Cut(1) // the rogue hears nobody, so it speaks all the time
	lan.Run(20 * s)
	lan.Reset()
	before := lan.Group(0)[0].Election.Timer
	lan.Heal()
	lan.Run(lan.Now + 100*ms)
	if lan.Frames > 15 || lan.Group(0).State() != vrrp.Active {
		t.Errorf("%d adverts in 100 ms, %v, want an end to the flood", lan.Frames, lan.Group(0).State())
	}
	if after := lan.Group(0)[0].Election.Timer; (after-before)%s != 0 {
		t.Errorf("answers moved our own schedule by %v", after-before)
	}
}
