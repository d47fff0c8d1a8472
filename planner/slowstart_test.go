package planner

import (
	"slices"
	"testing"
	"time"
)

// The weight of a server that comes up grows in ten steps; the time of each is what WarmsFor says.
func TestSlowStart(t *testing.T) {
	for _, tt := range []struct {
		weight uint16
		want   []uint16
	}{
		{100, []uint16{10, 20, 30, 40, 50, 60, 70, 80, 90, 100}},
		{10, []uint16{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}},
		{3, []uint16{1, 1, 1, 2, 2, 2, 3, 3, 3, 3}},
		{1, []uint16{1, 1, 1, 1, 1, 1, 1, 1, 1, 1}},
		{0, []uint16{0, 0, 0, 0, 0, 0, 0, 0, 0, 0}},
		{65535, []uint16{6554, 13107, 19661, 26214, 32768, 39321, 45875, 52428, 58982, 65535}},
	} {
		p := drainPool(1, 2)
		s := &p.Servers[0]
		s.Weight, s.SlowStartMS = tt.weight, 30_000
		var got []uint16
		up, more := time.Duration(0), true
		for more {
			f := allUp()
			f.Warming = map[string]map[string]time.Duration{"pool.web": {"web1": up}}
			b := p.Balance(f)
			got = append(got, b.Share(s).Weight)
			if other := b.Share(&p.Servers[1]); other.Weight != 10 {
				t.Errorf("the other server has weight %d", other.Weight)
			}
			up, more = s.WarmsFor(up)
			if more && up != time.Duration(len(got))*3*time.Second {
				t.Fatalf("after step %d the next is due at %v", len(got), up)
			}
			if up == 30*time.Second {
				break // warm: nothing is held back
			}
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("weight %d: got %v, want %v", tt.weight, got, tt.want)
		}
		if _, more := s.WarmsFor(30 * time.Second); more {
			t.Error("it never is warm")
		}
	}
}

// No time and no slow start, however odd, makes a weight greater than it is, nothing out of something, or a step in the past.
func FuzzSlowStart(f *testing.F) {
	f.Add(uint16(10), int64(30_000), int64(time.Second))
	f.Add(uint16(1), int64(1), int64(-1))
	f.Add(uint16(1), int64(0), int64(-1))
	f.Fuzz(func(t *testing.T, weight uint16, ms, up int64) {
		s := PoolServer{SlowStartMS: min(max(ms, 0), 3_600_000)}
		got := s.warmed(weight, time.Duration(up))
		if got > weight || got == 0 && weight > 0 {
			t.Errorf("%d of %d", got, weight)
		}
		if next, more := s.WarmsFor(time.Duration(up)); more && next <= time.Duration(up) {
			t.Errorf("the step after %d is at %v", up, next)
		}
	})
}

// A slow start begins when a server takes connections again: not while it is down, unknown or set aside.
func TestTakesConnections(t *testing.T) {
	p := drainPool(1)
	for want, f := range map[bool][]Facts{
		true: {allUp(), {Verdicts: map[string]Verdict{"tcp1": Up}, Holds: map[string]map[string]Hold{"pool.web": {"web1": {Weight: 2}}}}},
		false: {
			{},
			{Verdicts: map[string]Verdict{"tcp1": Down}},
			{Verdicts: map[string]Verdict{"tcp1": Up}, Holds: map[string]map[string]Hold{"pool.web": {"web1": {}}}},
		},
	} {
		for i, f := range f {
			if got := p.TakesConnections(&p.Servers[0], f); got != want {
				t.Errorf("%v %d: got %v", want, i, got)
			}
		}
	}
}
