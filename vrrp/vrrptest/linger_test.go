package vrrptest_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"ha/vrrp"
	"ha/vrrp/vrrptest"
)

func lingers(c *vrrp.Config) { c.Linger = 20 * ms }

// relieved is a LAN on which a worse router is Active and a better one comes, with some members each. It passes until a
// moment before the better one takes over.
func relieved(seed uint64, change func(*vrrptest.LAN)) *vrrptest.LAN {
	rng := rand.New(rand.NewPCG(seed, 7))
	n := 1 + rng.IntN(3)
	l := vrrptest.NewLAN(seed, several(router(10, 100, lingers), n), several(router(11, 150, lingers), n), several(router(12, 200, lingers), n))
	l.Install = time.Duration(rng.IntN(6)) * ms
	change(l)
	l.Start(0)
	l.Start(1)
	l.Run(10 * s)
	l.Reset()
	l.Start(2)
	return l
}

// Who is relieved by a better router answers until that one has announced its addresses: always somebody answers, and never
// two once that is heard.
func TestWhoIsRelievedAnswersUntilItsSuccessorDoes(t *testing.T) {
	seeds(t, 100, func(seed uint64) error {
		delay := time.Duration(seed%3) * ms
		l := relieved(seed, func(l *vrrptest.LAN) { l.Delay = delay })
		l.Run(20 * s)
		if l.Unanswered > 0 || l.Doubled > delay {
			return fmt.Errorf("nobody answered for %v, two for %v after the announcement; want none, and %v at most", l.Unanswered, l.Doubled, delay)
		}
		if got := l.Holders(); len(got) != 1 || got[0] != 2 {
			return fmt.Errorf("routers %v have the addresses, want the best", got)
		}
		return nil
	})
}

// The law sees what it should: who lets go at once leaves a gap.
func TestWhoLetsGoAtOnceLeavesAGap(t *testing.T) {
	l := vrrptest.NewLAN(1, router(10, 100), router(11, 200))
	l.Start(0)
	l.Run(10 * s)
	l.Reset()
	l.Start(1)
	l.Run(20 * s)
	if l.Unanswered != l.Install {
		t.Errorf("nobody answered for %v, want %v", l.Unanswered, l.Install)
	}
}

// However much is lost or contradicted, nobody lingers for longer than it may, and in the end one answers.
func TestLingeringEnds(t *testing.T) {
	seeds(t, 100, func(seed uint64) error {
		rng := rand.New(rand.NewPCG(seed, 8))
		l := relieved(seed, func(l *vrrptest.LAN) {
			l.Loss, l.Delay, l.Duplicate = rng.Float64()/2, 30*ms, 0.2
		})
		l.Run(30 * s)
		l.Cut(rng.IntN(3))
		l.Run(40 * s)
		l.Loss = 0
		l.Heal()
		l.Run(60 * s)
		if l.Doubled > time.Minute/2 || l.Storm {
			return fmt.Errorf("two answered for %v", l.Doubled)
		}
		for i := range 3 {
			for m, one := range l.Group(i) {
				e := one.Election
				if e.Leaving != 0 {
					return fmt.Errorf("router %d still lingers in member %d: %+v", i, m, e)
				}
			}
		}
		l.Reset()
		l.Run(70 * s)
		if got := l.Holders(); len(got) != 1 || got[0] != 2 || l.Doubled > 0 || l.Unanswered > 0 {
			return fmt.Errorf("at rest %v have the addresses; two for %v, none for %v", got, l.Doubled, l.Unanswered)
		}
		return nil
	})
}
