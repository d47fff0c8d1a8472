package vrrp_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"ha/vrrp"
)

// script makes choices of bytes, so that the fuzzer decides what happens.
type script struct {
	bytes []byte
	n     uint64
}

// Uint64 implements rand.Source. The counter keeps rand from rejecting one value for ever.
func (s *script) Uint64() uint64 {
	s.n++
	var b byte
	if len(s.bytes) > 0 {
		b, s.bytes = s.bytes[0], s.bytes[1:]
	}
	return uint64(b)*0x0101010101010101 ^ s.n<<8
}

// FuzzStep drives a group of one to three with any events. Only Timeout and Startup lead to Active, members never
// differ in state, an advert comes before its Acquire, nothing is announced unless Active and installed, and after
// a Timeout the next deadline lies ahead. Addresses are released once for each time that they were asked for.
func FuzzStep(f *testing.F) {
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 2))
		bytes := make([]byte, 400)
		for i := range bytes {
			bytes[i] = byte(rng.Uint32())
		}
		f.Add(bytes)
	}
	f.Fuzz(func(t *testing.T, bytes []byte) {
		choices := &script{bytes: bytes}
		rng := rand.New(choices)
		var g vrrp.Group
		for range 1 + rng.IntN(3) {
			g = append(g, vrrp.Member{Config: randomConfig(rng)})
		}
		now := time.Duration(0)
		for m := range g {
			g.Step(m, now, vrrp.Startup{}, nil)
		}
		for len(choices.bytes) > 0 {
			member, ev := rng.IntN(len(g)), randomEvent(rng)
			now = later(rng, now, g[member].Election)
			before := slices.Clone(g)
			out := g.Step(member, now, ev, nil)
			checkStep(t, g, before, now, member, ev, out)
		}
	})
}

func checkStep(
	t *testing.T, g, was vrrp.Group, now time.Duration, member int, ev vrrp.Event, out []vrrp.MemberAction,
) {
	t.Helper()
	before := was.State()
	for m := range g {
		if g[m].Election.State != g.State() {
			t.Fatalf("%T%+v at %v: member %d is %v, member 0 %v", ev, ev, now, m, g[m].Election.State, g.State())
		}
	}
	if g.State() == vrrp.Active && before != vrrp.Active {
		switch ev.(type) {
		case vrrp.Timeout, vrrp.Startup:
		default:
			t.Fatalf("%T%+v led to Active", ev, ev)
		}
	}
	if _, fired := ev.(vrrp.Timeout); fired {
		if due, ok := g[member].Election.Deadline(); ok && due <= now {
			t.Fatalf("after a timeout at %v the deadline is %v", now, due)
		}
	}
	for i, a := range out {
		e := g[a.Member].Election
		switch action := a.Action.(type) {
		case vrrp.Acquire:
			advert := vrrp.MemberAction{Member: a.Member, Action: vrrp.SendAdvert{Priority: effective(g[a.Member])}}
			if e.State != vrrp.Active || i == 0 || out[i-1] != advert {
				t.Fatalf("%T: %+v, want an advert right before each Acquire", ev, out)
			}
		case vrrp.Release:
			if before != vrrp.Active && was[a.Member].Election.Leaving == 0 || before == vrrp.Active && e.State == vrrp.Active || e.Leaving != 0 {
				t.Fatalf("%T from %v to %v: %+v, want Release only on leaving Active, at once or once", ev, before, e.State, out)
			}
		case vrrp.Hush:
			if before != vrrp.Active || e.State != vrrp.Backup || e.Leaving <= now {
				t.Fatalf("%T from %v to %v, leaving at %v: %+v, want Hush only of a Backup that lingers", ev, before, e.State, e.Leaving, out)
			}
		case vrrp.SendAnnouncements:
			if e.State != vrrp.Active || !e.Installed || action.Count < 1 {
				t.Fatalf("%T in %v, installed %v: %+v", ev, e.State, e.Installed, out)
			}
		case vrrp.AnnounceElsewhere:
			if e.State != vrrp.Active || !e.Installed {
				t.Fatalf("%T in %v, installed %v: %+v", ev, e.State, e.Installed, out)
			}
		case vrrp.SendAdvert:
			if before != vrrp.Active && e.State != vrrp.Active {
				t.Fatalf("%T: an advert from %v to %v", ev, before, e.State)
			}
		}
	}
}

// effective is the priority that a member goes by.
func effective(m vrrp.Member) uint8 {
	if m.Election.Priority != 0 {
		return m.Election.Priority
	}
	return m.Config.Priority
}

// Backup hears the Active router, Active sends its adverts and answers: what happens all day must make no garbage.
func TestAllocations(t *testing.T) {
	c := config(100)
	g := vrrp.NewGroup(c, c)
	actions := make([]vrrp.Action, 0, 4)
	tagged := make([]vrrp.MemberAction, 0, 8)
	n := testing.AllocsPerRun(100, func() {
		var e vrrp.Election
		now := time.Duration(0)
		for _, ev := range [...]vrrp.Event{
			vrrp.Startup{}, hear6, vrrp.Timeout{}, vrrp.Installed{}, hear4, vrrp.Timeout{}, hear6, vrrp.Timeout{}, vrrp.Shutdown{},
		} {
			now += 5 * s
			e, _ = c.Step(e, now, ev, actions)
			g.Step(0, now, ev, tagged)
			g.Step(1, now, ev, tagged)
		}
		if e.State != vrrp.Initialize || g.State() != vrrp.Initialize {
			t.Fatalf("got %v and %v, want both to have ended", e.State, g.State())
		}
	})
	if n != 0 {
		t.Errorf("%v allocations per run, want none", n)
	}
}

var (
	hear6 = hear(200, "192.0.2.6")
	hear4 = hear(50, "192.0.2.4")
)

func BenchmarkStep(b *testing.B) {
	c := config(100)
	run := func(name string, e vrrp.Election, ev vrrp.Event, state vrrp.State) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			room := make([]vrrp.Action, 0, 4)
			now := time.Duration(0)
			for b.Loop() {
				now += s
				e, _ = c.Step(e, now, ev, room)
			}
			if e.State != state {
				b.Fatalf("ended in %v, want %v", e.State, state)
			}
		})
	}
	backup, _ := c.Step(vrrp.Election{}, 0, vrrp.Startup{}, nil)
	active, _ := c.Step(backup, 4*s, vrrp.Timeout{}, nil)
	run("backup", backup, hear6, vrrp.Backup)
	run("active", active, vrrp.Timeout{}, vrrp.Active)
	run("active/losing", active, hear4, vrrp.Active)
	b.Run("group/members=2", func(b *testing.B) {
		b.ReportAllocs()
		g := vrrp.NewGroup(c, c)
		g.Step(0, 0, vrrp.Startup{}, nil)
		g.Step(1, 0, vrrp.Startup{}, nil)
		room := make([]vrrp.MemberAction, 0, 8)
		now := time.Duration(0)
		for b.Loop() {
			now += s
			g.Step(0, now, hear6, room)
			g.Step(1, now, hear6, room)
		}
	})
}
