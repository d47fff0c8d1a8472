package bfdtest_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"ha/checks/bfd"
	"ha/checks/bfd/bfdtest"
)

const seeds = 1000

// anyConfig is one of the configurations that are allowed.
func anyConfig(rng *rand.Rand) bfd.Config {
	c := config()
	pick := func() time.Duration {
		return []time.Duration{10 * ms, 50 * ms, 300 * ms, time.Second, 3 * time.Second}[rng.IntN(5)]
	}
	c.MinTX, c.MinRX, c.Multiplier = pick(), pick(), uint8(1+rng.IntN(5))
	c.IdleTX = []time.Duration{time.Second, 2 * time.Second}[rng.IntN(2)]
	return c
}

// laws runs a law over many seeds with two ends that are not started.
func laws(t *testing.T, law func(l *bfdtest.Link, rng *rand.Rand) string) {
	t.Helper()
	for seed := range uint64(seeds) {
		rng := rand.New(rand.NewPCG(seed, 5880))
		a, b := anyConfig(rng), anyConfig(rng)
		a.Passive = rng.IntN(4) == 0 // at most one of them
		l := bfdtest.NewLink(seed, a, b)
		if wrong := law(l, rng); wrong != "" || l.Storm {
			t.Fatalf("seed %d: %s (storm: %v)\n%+v\n%+v", seed, wrong, l.Storm, l.Ends[0], l.Ends[1])
		}
	}
}

func start(l *bfdtest.Link) {
	l.Start(0, 0)
	l.Start(1, 0)
}

// settled says what is wrong with two ends that had the time to find each other.
func settled(l *bfdtest.Link) string {
	for i := range l.Ends {
		c, s, other := l.Ends[i].Config, l.Ends[i].Session, l.Ends[1-i]
		switch {
		case s.State != bfd.Up:
			return "not Up"
		case s.Verdict != bfd.Alive || s.Diagnostic != bfd.NoDiagnostic:
			return "Up, and not alive"
		case s.Polling || s.Says != s.Uses || s.Uses != (bfd.Timers{TX: c.MinTX, RX: c.MinRX}):
			return "timers did not settle"
		case s.Interval != max(c.MinTX, other.Config.MinRX):
			return "wrong interval"
		case s.Detection() != time.Duration(other.Config.Multiplier)*max(c.MinRX, other.Config.MinTX):
			return "wrong detection time"
		}
	}
	return ""
}

// However bad a minute was: when the link is good again both come up, and then nothing moves.
func TestLawConverges(t *testing.T) {
	laws(t, func(l *bfdtest.Link, rng *rand.Rand) string {
		l.Loss, l.Duplicate, l.Delay = rng.Float64(), rng.Float64()/2, time.Duration(rng.Int64N(int64(200*ms)))
		start(l)
		for range 6 {
			switch end := rng.IntN(2); rng.IntN(5) {
			case 0:
				l.Crash(end)
				l.Start(end, 0)
			case 1:
				l.Cut[end] = !l.Cut[end]
			case 2:
				l.Stall(end, time.Duration(rng.Int64N(int64(5*time.Second))))
			case 3:
				c := anyConfig(rng)
				c.Passive = l.Ends[end].Config.Passive
				l.Ends[end].Config = c
				l.Step(end, bfd.Retimed{})
			}
			l.Run(l.Now + time.Duration(rng.Int64N(int64(10*time.Second))))
		}
		l.Loss, l.Duplicate, l.Delay, l.Cut = 0, 0, 0, [2]bool{}
		l.Run(l.Now + 40*time.Second)
		if wrong := settled(l); wrong != "" {
			return wrong
		}
		l.Ends[0].Changes, l.Ends[1].Changes, l.Frames = nil, nil, nil
		l.Run(l.Now + 20*time.Second)
		switch most := 20*time.Second/(min(l.Ends[0].Session.Interval, l.Ends[1].Session.Interval)*75/100) + 1; {
		case len(l.Ends[0].Changes)+len(l.Ends[1].Changes) > 0:
			return "the quiet link is not quiet"
		case len(l.Frames) > 2*int(most):
			return "more packets than the interval allows"
		}
		return settled(l)
	})
}

// A cut in one direction is noticed by the end that hears nothing exactly one detection time after the last packet, by
// the other one at once or by itself, and neither is Up while the cut lasts.
func TestLawDetection(t *testing.T) {
	laws(t, func(l *bfdtest.Link, rng *rand.Rand) string {
		l.Delay = time.Duration(rng.Int64N(int64(2*ms)) + 1)
		start(l)
		l.Run(l.Now + 30*time.Second + time.Duration(rng.Int64N(int64(time.Second))))
		if wrong := settled(l); wrong != "" && l.Ends[0].Config.Multiplier > 1 && l.Ends[1].Config.Multiplier > 1 {
			return wrong // one with a multiplier of 1 may lose its peer to a delay
		}
		if l.Ends[0].Session.State != bfd.Up || l.Ends[1].Session.State != bfd.Up {
			return ""
		}
		deaf := rng.IntN(2)
		l.Cut[1-deaf] = true
		l.Run(l.Now + l.Delay) // what is on its way arrives
		l.Ends[deaf].Changes = nil
		limit := l.Ends[deaf].Session.Silence
		heard, detection := l.Ends[deaf].Session.Remote.Heard, l.Ends[deaf].Session.Detection()
		l.Run(limit - 1)
		if len(l.Ends[deaf].Changes) > 0 || limit != heard+detection {
			return "gave up too early"
		}
		l.Run(limit)
		if s := l.Ends[deaf].Session; s.State != bfd.Down || s.Diagnostic != bfd.DetectionExpired || s.Verdict != bfd.Dead || s.Reason.At != limit {
			return "did not notice in time"
		}
		l.Run(limit + l.Delay + 10*ms) // it may just have sent something else
		if l.Ends[1-deaf].Session.State == bfd.Up && !l.Ends[deaf].Config.Passive {
			return "the other end was not told"
		}
		l.Run(limit + time.Minute)
		for _, changes := range [][]bfdtest.Change{l.Ends[0].Changes, l.Ends[1].Changes} {
			for _, c := range changes {
				if c.To == bfd.Up && c.At > limit {
					return "came up over a link of one way"
				}
			}
		}
		return ""
	})
}

// With one way only nobody ever comes up.
func TestLawOneWay(t *testing.T) {
	laws(t, func(l *bfdtest.Link, rng *rand.Rand) string {
		l.Cut[rng.IntN(2)] = true
		start(l)
		l.Loss, l.Duplicate, l.Delay = rng.Float64()/2, rng.Float64()/2, 100*ms
		for range 20 {
			l.Run(l.Now + 3*time.Second)
			if rng.IntN(3) == 0 {
				end := rng.IntN(2)
				l.Crash(end)
				l.Start(end, 0)
			}
		}
		for i := range l.Ends {
			for _, c := range l.Ends[i].Changes {
				if c.To == bfd.Up {
					return "Up"
				}
			}
			if l.Ends[i].Session.Verdict == bfd.Alive {
				return "alive"
			}
		}
		return ""
	})
}

// The other end cannot flood us with what it makes us say: no more packets leave than arrive, and those of the schedule.
func TestLawBounded(t *testing.T) {
	for seed := range uint64(seeds) {
		rng := rand.New(rand.NewPCG(seed, 5882))
		c := anyConfig(rng)
		s, _ := c.Step(bfd.Session{}, 1, bfd.Startup{Discriminator: rng.Uint32() | 1})
		now, out, in := time.Duration(1), 0, 0
		for range 500 {
			var do bfd.Actions
			if at, ok := s.Deadline(); ok && rng.IntN(2) == 0 {
				now = max(now, at)
				s, do = c.Step(s, now, bfd.Timeout{})
				if do.Answer {
					t.Fatalf("seed %d: answers a timer", seed)
				}
				continue
			}
			now += time.Duration(rng.Int64N(int64(50 * ms)))
			in++
			s, do = c.Step(s, now, bfd.Received{Control: anyControl(rng)})
			out += btoi(do.Answer) + btoi(do.Send)
			if s.State == bfd.Up && s.Remote.State < bfd.Init {
				t.Fatalf("seed %d: Up with a peer in %v", seed, s.Remote.State)
			}
		}
		if out > 2*in {
			t.Fatalf("seed %d: %d packets make %d", seed, in, out)
		}
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// anyControl is a packet that packet.Parse may have accepted.
func anyControl(rng *rand.Rand) bfd.Control {
	interval := func() time.Duration {
		return []time.Duration{0, time.Microsecond, 10 * ms, time.Second, 4294967295 * time.Microsecond}[rng.IntN(5)]
	}
	return bfd.Control{
		Diagnostic: bfd.Diagnostic(rng.IntN(32)), State: bfd.State(rng.IntN(4)), Poll: rng.IntN(2) == 0, Final: rng.IntN(2) == 0,
		Demand: rng.IntN(3) == 0, Multiplier: uint8(1 + rng.IntN(255)), Mine: rng.Uint32() | 1, MinTX: interval(), MinRX: interval(),
	}
}
