package bfdtest_test

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"ha/checks/bfd"
	"ha/checks/bfd/bfdtest"
)

const ms = time.Millisecond

// config is 300 ms × 3.
func config() bfd.Config {
	return bfd.Config{
		Name: "bfd.core", Peer: netip.MustParseAddr("192.0.2.12"), MinTTL: 255,
		MinTX: 300 * ms, MinRX: 300 * ms, IdleTX: time.Second, Multiplier: 3,
	}
}

// started is a link of two ends with the discriminators of the vectors.
func started(a, b bfd.Config) *bfdtest.Link {
	l := bfdtest.NewLink(1, a, b)
	l.Start(0, 0x11223344)
	l.Start(1, 0x55667788)
	return l
}

// up is a link whose ends are Up and have answered each other's polls.
func up(t *testing.T, a, b bfd.Config) *bfdtest.Link {
	t.Helper()
	l := started(a, b)
	l.Run(l.Now + 5*time.Second)
	for i := range l.Ends {
		if s := l.Ends[i].Session; s.State != bfd.Up || s.Polling {
			t.Fatalf("end %d is %+v", i, s)
		}
		l.Ends[i].Changes = nil
	}
	l.Frames = nil
	return l
}

// gaps are the pauses between the packets of an end that are no answers.
func gaps(l *bfdtest.Link, end int) []time.Duration {
	var list []time.Duration
	var last time.Duration
	for _, f := range l.Frames {
		if f.From != end || f.Control.Final {
			continue
		}
		if last != 0 {
			list = append(list, f.At-last)
		}
		last = f.At
	}
	return list
}

// within checks the pauses between packets.
func within(t *testing.T, got []time.Duration, least, most time.Duration) {
	t.Helper()
	if len(got) < 20 || slices.Min(got) < least || slices.Max(got) > most || slices.Min(got) > least+(most-least)/3 || slices.Max(got) < most-(most-least)/3 {
		t.Errorf("%d gaps from %v to %v, want them spread from %v to %v", len(got), slices.Min(got), slices.Max(got), least, most)
	}
}

// conform: B01 B04
func TestTheWayUp(t *testing.T) {
	l := bfdtest.NewLink(1, config(), config())
	l.Delay = ms
	l.Start(0, 0x11223344)
	l.Run(l.Now + 10*ms) // nobody is there yet
	l.Start(1, 0x55667788)
	l.Run(l.Now + 1100*ms)
	var story []string
	for _, f := range l.Frames {
		story = append(story, fmt.Sprintf("%d %v %s", f.From, f.Control.State, hex.EncodeToString(f.Raw)))
	}
	want := []string{
		"0 Down 204003181122334400000000000f4240000493e000000000", // B1: to nobody
		"1 Down 204003185566778800000000000f4240000493e000000000",
		"0 Init 208003181122334455667788000f4240000493e000000000", // B2 the other way round
		"1 Up 20e003185566778811223344000493e0000493e000000000",   // B3 the other way round: it polls
		"0 Up 20d003181122334455667788000493e0000493e000000000",   // the answer
		"0 Up 20e003181122334455667788000493e0000493e000000000",   // and a poll of its own, which is B3
		"1 Up 20d003185566778811223344000493e0000493e000000000",   // B4
	}
	if len(story) < len(want) || !slices.Equal(story[:len(want)], want) {
		t.Errorf("sent\n%q, want\n%q", story, want)
	}
	for i := range l.Ends {
		s := l.Ends[i].Session
		if s.State != bfd.Up || s.Verdict != bfd.Alive || s.Polling || s.Interval != 300*ms || s.Detection() != 900*ms {
			t.Errorf("end %d is %+v with a detection time of %v", i, s, s.Detection())
		}
	}
}

// conform: B03
func TestNotUpIsSlow(t *testing.T) {
	c := config()
	c.MinTX = 10 * ms
	l := bfdtest.NewLink(1, c, c)
	l.Start(0, 0)
	l.Run(time.Minute)
	within(t, gaps(l, 0), 750*ms, time.Second)
	for _, f := range l.Frames {
		if f.Control.MinTX < time.Second || f.Control.Poll {
			t.Fatalf("says %+v while it is not Up", f.Control)
		}
	}
}

// conform: B04
func TestTimersChangeByPoll(t *testing.T) {
	l := up(t, config(), config())
	a := &l.Ends[0]
	slower := a.Config
	slower.MinTX, slower.MinRX = 600*ms, 100*ms
	a.Config = slower
	l.Cut[1] = true // the answer is late
	l.Step(0, bfd.Retimed{})
	l.Run(l.Now + 500*ms)
	if s := a.Session; !s.Polling || s.Uses != (bfd.Timers{TX: 300 * ms, RX: 300 * ms}) || s.Says != (bfd.Timers{TX: 600 * ms, RX: 100 * ms}) {
		t.Errorf("slower before the peer knows: %+v", s)
	}
	a.Config.MinTX = 50 * ms // once more, before the answer: waits for its turn
	l.Step(0, bfd.Retimed{})
	if s := a.Session; s.Says.TX != 600*ms {
		t.Errorf("two polls at once: %+v", s)
	}
	l.Cut[1] = false
	l.Run(l.Now + 3*time.Second)
	if s := a.Session; s.Polling || s.Uses != (bfd.Timers{TX: 50 * ms, RX: 100 * ms}) || s.State != bfd.Up {
		t.Errorf("not settled: %+v", s)
	}
	if got := l.Ends[1].Session.Detection(); got != 900*ms {
		t.Errorf("the peer waits %v, want 3 × its own 300ms", got)
	}
	for i := range l.Ends {
		if len(l.Ends[i].Changes) > 0 {
			t.Errorf("end %d moved: %v", i, l.Ends[i].Changes)
		}
	}
}

// conform: B05
func TestTheSlowerSideRules(t *testing.T) {
	slow := config()
	slow.MinRX = 500 * ms
	l := up(t, config(), slow)
	l.Run(l.Now + 30*time.Second)
	within(t, gaps(l, 0), 375*ms, 500*ms)
	within(t, gaps(l, 1), 225*ms, 300*ms)
	if got := l.Ends[1].Session.Detection(); got != 1500*ms {
		t.Errorf("the slow end waits %v, want 1.5s", got)
	}
}

// conform: B06
func TestMultiplierOfOne(t *testing.T) {
	one := config()
	one.Multiplier = 1
	l := up(t, one, config())
	l.Run(l.Now + 30*time.Second)
	within(t, gaps(l, 0), 225*ms, 270*ms)
}

// conform: B07
func TestDetection(t *testing.T) {
	l := up(t, config(), config())
	l.Cut[0] = true
	var heard time.Duration
	for l.Ends[1].Session.State == bfd.Up {
		heard = l.Ends[1].Session.Remote.Heard
		at, _ := l.Ends[1].Session.Deadline()
		l.Run(max(at, l.Now+1))
	}
	s := l.Ends[1].Session
	if took := s.Reason.At - heard; took != 900*ms || s.Diagnostic != bfd.DetectionExpired || s.Remote.Discriminator != 0 || s.Verdict != bfd.Dead {
		t.Errorf("after %v: %+v", took, s)
	}
	last := l.Frames[len(l.Frames)-1]
	if last.From == 0 { // it answers at once
		last = l.Frames[len(l.Frames)-2]
	}
	if hex.EncodeToString(last.Raw) != "214003185566778800000000000f4240000493e000000000" { // B5 of the other end
		t.Errorf("said %x at last", last.Raw)
	}
	if want := "no packet for 900ms: the detection time is 900ms (3 × 300ms)"; s.Reason.String() != want {
		t.Errorf("reason %q, want %q", s.Reason, want)
	}
	l.Run(l.Now + ms)
	if s := l.Ends[0].Session; s.State != bfd.Down || s.Diagnostic != bfd.NeighborDown || s.Verdict != bfd.Dead {
		t.Errorf("the other end is %+v", s)
	}
	l.Cut[0] = false
	l.Run(l.Now + 3*time.Second)
	for i := range l.Ends {
		if s := l.Ends[i].Session; s.State != bfd.Up || s.Verdict != bfd.Alive {
			t.Errorf("end %d did not come back: %+v", i, s)
		}
	}
}

// conform: B14 B10
func TestLeaving(t *testing.T) {
	for _, fails := range []bool{false, true} {
		t.Run(fmt.Sprintf("fails=%v", fails), func(t *testing.T) {
			b := config()
			b.AdminDownFails = fails
			l := up(t, config(), b)
			l.Step(0, bfd.Shutdown{})
			l.Step(0, bfd.Shutdown{}) // nothing more
			l.Run(l.Now + time.Minute)
			var said []bfdtest.Frame
			for _, f := range l.Frames {
				if f.From == 0 {
					said = append(said, f)
				}
			}
			if hex.EncodeToString(said[0].Raw) != "270003181122334455667788000f4240000493e000000000" { // B6
				t.Errorf("left with %x", said[0].Raw)
			}
			if n := len(said); n < 3 || n > 6 || said[n-1].At-said[0].At < 900*ms || said[n-1].At-said[0].At > 1200*ms {
				t.Errorf("%d packets until %v, want them for one detection time", n, said[n-1].At-said[0].At)
			}
			if at, ok := l.Ends[0].Session.Deadline(); ok {
				t.Errorf("waits for %v after it has left", at)
			}
			want := bfd.Alive
			if fails {
				want = bfd.Dead
			}
			s := l.Ends[1].Session
			if s.State != bfd.Down || s.Diagnostic != bfd.NeighborDown || s.Verdict != want || s.Reason.Cause != bfd.PeerLeft {
				t.Errorf("the peer is %+v, want the verdict %v", s, want)
			}
		})
	}
}

// A peer that was shut down, and is back without coming up, is a failure in the end.
func TestTrustInAPeerThatLeftEnds(t *testing.T) {
	l := up(t, config(), config())
	l.Step(0, bfd.Shutdown{})
	l.Run(l.Now + 5*time.Second)
	l.Cut[1] = true // it will not hear us
	l.Start(0, 0)
	l.Run(l.Now + 10*time.Second)
	if s := l.Ends[1].Session; s.Verdict != bfd.Dead || s.State == bfd.Up {
		t.Errorf("got %+v", s)
	}
}

// conform: B11
func TestTheDiscriminatorOfThePeerMayChange(t *testing.T) {
	l := up(t, config(), config())
	l.Ends[0].Session.Local = 0x99aabbcc
	l.Run(l.Now + 5*time.Second)
	if s := l.Ends[1].Session; s.State != bfd.Up || s.Remote.Discriminator != 0x99aabbcc {
		t.Errorf("got %+v", s)
	}
	if last := l.Frames[len(l.Frames)-1]; last.From == 1 && last.Control.Yours != 0x99aabbcc {
		t.Errorf("echoes %x", last.Control.Yours)
	}
}

// conform: B17
func TestPassive(t *testing.T) {
	passive := config()
	passive.Passive = true
	l := started(passive, passive)
	l.Run(time.Minute)
	if len(l.Frames) > 0 || l.Ends[0].Session.Verdict != bfd.Dead {
		t.Errorf("%d packets between two that wait for the first one; %+v", len(l.Frames), l.Ends[0].Session)
	}
	l = up(t, passive, config())
	l.Cut[1] = true
	l.Run(l.Now + 5*time.Second)
	l.Frames = nil
	l.Run(l.Now + 5*time.Second)
	for _, f := range l.Frames {
		if f.From == 0 {
			t.Errorf("speaks after it heard nothing: %+v", f)
		}
	}
}
