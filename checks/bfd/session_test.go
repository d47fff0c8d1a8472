package bfd_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"ha/checks/bfd"
)

const ms = time.Millisecond

func config() bfd.Config {
	return bfd.Config{
		Name: "bfd.core", Peer: netip.MustParseAddr("192.0.2.12"), MinTTL: 255,
		MinTX: 300 * ms, MinRX: 300 * ms, IdleTX: time.Second, Multiplier: 3,
	}
}

// from is what a peer says that is Up with 300 ms × 3.
func from(state bfd.State) bfd.Control {
	return bfd.Control{State: state, Multiplier: 3, Mine: 7, Yours: 5, MinTX: 300 * ms, MinRX: 300 * ms}
}

// in is a session in a state, and the time.
func in(t *testing.T, c bfd.Config, state bfd.State) (bfd.Session, time.Duration) {
	t.Helper()
	s, now := bfd.Session{}, time.Duration(1)
	step := func(ev bfd.Event) {
		s, _ = c.Step(s, now, ev)
		now += 20 * ms
	}
	if state != bfd.AdminDown {
		step(bfd.Startup{Discriminator: 5})
		step(bfd.Timeout{})
	}
	if state >= bfd.Init {
		step(bfd.Received{Control: from(bfd.Down)})
	}
	if state == bfd.Up {
		step(bfd.Received{Control: from(bfd.Up)})
		answer := from(bfd.Up)
		answer.Final = true
		step(bfd.Received{Control: answer})
	}
	step(bfd.Timeout{}) // what it owed is said
	if s.State != state {
		t.Fatalf("%v instead of %v", s.State, state)
	}
	return s, now
}

// RFC 5880 section 6.8.6, the table of local and received state.
//
// conform: B02 B10
func TestStateMachine(t *testing.T) {
	const none, expired, neighbor = bfd.NoDiagnostic, bfd.DetectionExpired, bfd.NeighborDown
	for _, test := range []struct {
		local, heard, want bfd.State
		diagnostic         bfd.Diagnostic
	}{
		{bfd.AdminDown, bfd.AdminDown, bfd.AdminDown, none},
		{bfd.AdminDown, bfd.Down, bfd.AdminDown, none},
		{bfd.AdminDown, bfd.Init, bfd.AdminDown, none},
		{bfd.AdminDown, bfd.Up, bfd.AdminDown, none},
		{bfd.Down, bfd.AdminDown, bfd.Down, none},
		{bfd.Down, bfd.Down, bfd.Init, none},
		{bfd.Down, bfd.Init, bfd.Up, none},
		{bfd.Down, bfd.Up, bfd.Down, none},
		{bfd.Init, bfd.AdminDown, bfd.Down, neighbor},
		{bfd.Init, bfd.Down, bfd.Init, none},
		{bfd.Init, bfd.Init, bfd.Up, none},
		{bfd.Init, bfd.Up, bfd.Up, none},
		{bfd.Up, bfd.AdminDown, bfd.Down, neighbor},
		{bfd.Up, bfd.Down, bfd.Down, neighbor},
		{bfd.Up, bfd.Init, bfd.Up, none},
		{bfd.Up, bfd.Up, bfd.Up, none},
	} {
		t.Run(test.local.String()+" hears "+test.heard.String(), func(t *testing.T) {
			s, now := in(t, config(), test.local)
			s, _ = config().Step(s, now, bfd.Received{Control: from(test.heard)})
			if s.State != test.want || s.Diagnostic != test.diagnostic {
				t.Errorf("%v with %v, want %v with %v", s.State, s.Diagnostic, test.want, test.diagnostic)
			}
		})
	}
	for local, want := range map[bfd.State]bfd.Diagnostic{bfd.Down: none, bfd.Init: expired, bfd.Up: expired} {
		t.Run(local.String()+" hears nothing", func(t *testing.T) {
			s, now := in(t, config(), local)
			s, _ = config().Step(s, now+10*time.Second, bfd.Timeout{})
			if s.State != bfd.Down || s.Diagnostic != want || s.Remote.Discriminator != 0 {
				t.Errorf("%+v, want diagnostic %v", s, want)
			}
		})
	}
}

// conform: B13
func TestDemandOfThePeer(t *testing.T) {
	c := config()
	s, now := in(t, c, bfd.Up)
	demand := from(bfd.Up)
	demand.Demand = true
	s, do := c.Step(s, now, bfd.Received{Control: demand})
	if do != (bfd.Actions{}) || s.Next != 0 {
		t.Errorf("still sends at %v", s.Next)
	}
	demand.Poll = true
	if s, do = c.Step(s, now, bfd.Received{Control: demand}); do != (bfd.Actions{Answer: true}) {
		t.Errorf("a poll makes %+v", do)
	}
	if p := c.Packet(s, true); !p.Final || p.Poll {
		t.Errorf("the answer is %+v", p)
	}
	c.MinTX = 100 * ms // a poll of ours goes on until it is answered
	if s, _ = c.Step(s, now, bfd.Retimed{}); s.Next == 0 || !c.Packet(s, false).Poll {
		t.Errorf("does not poll: %+v", s)
	}
	demand.Poll, demand.Final = false, true
	if s, _ = c.Step(s, now, bfd.Received{Control: demand}); s.Next != 0 || s.Polling {
		t.Errorf("goes on after the answer: %+v", s)
	}
	if s, _ = c.Step(s, now, bfd.Received{Control: from(bfd.Up)}); s.Next == 0 {
		t.Error("does not go on when the peer wants it again")
	}
}

// RFC 5880 section 6.8.7: 0 asks for nothing periodic. A change of state is told all the same.
func TestAPeerThatWantsNothing(t *testing.T) {
	c := config()
	s, now := in(t, c, bfd.Up)
	quiet := from(bfd.Up)
	quiet.MinRX = 0
	if s, _ = c.Step(s, now, bfd.Received{Control: quiet}); s.Next != 0 {
		t.Errorf("still sends at %v", s.Next)
	}
	now += 20 * ms
	quiet.State = bfd.Down
	if _, do := c.Step(s, now, bfd.Received{Control: quiet}); !do.Send {
		t.Error("does not say that it went down")
	}
	if _, do := c.Step(s, now, bfd.Shutdown{}); !do.Send {
		t.Error("does not say that it leaves")
	}
}

// RFC 5880 section 6.8.7: a shorter interval counts from the packet before, not from the next one.
func TestAShorterIntervalHoldsAtOnce(t *testing.T) {
	c := config()
	c.MinTX = 10 * ms
	s, now := in(t, c, bfd.Up)
	slow := from(bfd.Up)
	slow.MinRX = 10 * time.Second
	s, _ = c.Step(s, now, bfd.Received{Control: slow})
	if at := s.Next - s.Sent; at < 7500*ms || at > 10*time.Second {
		t.Errorf("the next packet is due after %v", at)
	}
	slow.MinRX = 20 * ms
	s, _ = c.Step(s, now, bfd.Received{Control: slow})
	if at := s.Next - s.Sent; at < 15*ms || at > 20*ms {
		t.Errorf("the next packet is due after %v", at)
	}
}

func TestUndecidedUntilItHadItsTime(t *testing.T) {
	c := config()
	s, _ := c.Step(bfd.Session{}, 1, bfd.Startup{Discriminator: 5})
	s, _ = c.Step(s, 3*time.Second, bfd.Timeout{})
	if s.Verdict != bfd.Undecided {
		t.Errorf("%v after 3s", s.Verdict)
	}
	s, _ = c.Step(s, 3*time.Second+1, bfd.Timeout{})
	if s.Verdict != bfd.Dead {
		t.Errorf("%v after its time", s.Verdict)
	}
}

func TestReasons(t *testing.T) {
	c := config()
	s, now := in(t, c, bfd.Up)
	down := from(bfd.Down)
	down.Diagnostic = bfd.DetectionExpired
	heard, _ := c.Step(s, now, bfd.Received{Control: down})
	left, _ := c.Step(s, now, bfd.Received{Control: from(bfd.AdminDown)})
	silent, _ := c.Step(s, s.Silence, bfd.Timeout{})
	stopped, _ := c.Step(s, now, bfd.Shutdown{})
	for want, got := range map[string]bfd.Session{
		"the peer says Up": s,
		"the peer says Down (diagnostic 1, detection time expired)": heard,
		"the peer is AdminDown: shut down there":                    left,
		"no packet for 900ms: the detection time is 900ms":          silent,
		"shut down here": stopped,
		"not started":    {},
	} {
		if !strings.HasPrefix(got.Reason.String(), want) {
			t.Errorf("%q, want %q", got.Reason, want)
		}
	}
}

// conform: B15
func TestDemux(t *testing.T) {
	addr := netip.MustParseAddr
	d := bfd.NewDemux[string]()
	single := bfd.Path{Peer: addr("192.0.2.12"), Local: addr("192.0.2.11"), Device: 3}
	multi := bfd.Path{Peer: addr("192.0.2.12"), Local: addr("192.0.2.11"), Device: 3, Multihop: true}
	routed := bfd.Path{Peer: addr("198.51.100.1")}
	d.Add(1, single, "single")
	d.Add(2, multi, "multi")
	d.Add(3, routed, "routed")
	elsewhere := func(p bfd.Path, local string, device int) bfd.Path {
		p.Local, p.Device = addr(local), device
		return p
	}
	for _, test := range []struct {
		name  string
		yours uint32
		path  bfd.Path
		want  string
	}{
		{"by discriminator, wherever it came from", 2, routed, "multi"},
		{"an unknown discriminator, by a known path", 9, single, ""},
		{"single hop goes by interface and source", 0, elsewhere(single, "192.0.2.99", 3), "single"},
		{"single hop by another interface", 0, elsewhere(single, "192.0.2.11", 4), ""},
		{"multihop goes by the two addresses", 0, elsewhere(multi, "192.0.2.11", 4), "multi"},
		{"multihop to another address", 0, elsewhere(multi, "192.0.2.99", 3), ""},
		{"without an interface by any", 0, elsewhere(routed, "192.0.2.11", 4), "routed"},
		{"of nobody", 0, bfd.Path{Peer: addr("192.0.2.13"), Device: 3}, ""},
	} {
		if got, found := d.Find(test.yours, test.path); got != test.want || found != (test.want != "") {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
	d.Remove(1, single)
	if got, found := d.Find(0, single); found || d.Taken(1) || !d.Taken(2) || !d.Taken(0) {
		t.Errorf("after it was removed: %q", got)
	}
}

func TestValidate(t *testing.T) {
	if err := config().Validate(); err != nil {
		t.Error(err)
	}
	for want, spoil := range map[string]func(*bfd.Config){
		"the name":           func(c *bfd.Config) { c.Name = "" },
		"peer":               func(c *bfd.Config) { c.Peer = netip.MustParseAddr("224.0.0.18") },
		"two families":       func(c *bfd.Config) { c.Source = netip.MustParseAddr("2001:db8::1") },
		"needs a source":     func(c *bfd.Config) { c.Multihop = true },
		"needs an interface": func(c *bfd.Config) { c.Peer = netip.MustParseAddr("fe80::1") },
		"least TTL":          func(c *bfd.Config) { c.MinTTL = 0 },
		"multiplier":         func(c *bfd.Config) { c.Multiplier = 0 },
		"min_tx 9ms":         func(c *bfd.Config) { c.MinTX = 9 * ms },
		"min_rx 1m0.001s":    func(c *bfd.Config) { c.MinRX = time.Minute + ms },
		"idle_tx 999ms":      func(c *bfd.Config) { c.IdleTX = 999 * ms },
	} {
		c := config()
		spoil(&c)
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want it to name %q", err, want)
		}
	}
}

// One step costs no memory.
func TestNothingIsAllocated(t *testing.T) {
	c := config()
	s, now := in(t, c, bfd.Up)
	p := from(bfd.Up)
	if n := testing.AllocsPerRun(100, func() {
		now += 300 * ms
		s, _ = c.Step(s, now, bfd.Received{Control: p})
		s, _ = c.Step(s, now, bfd.Timeout{})
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkStep(b *testing.B) {
	c, p := config(), from(bfd.Up)
	for name, ev := range map[string]bfd.Event{"received": bfd.Received{Control: p}, "timeout": bfd.Timeout{}} {
		b.Run(name, func(b *testing.B) {
			s, now := bfd.Session{}, time.Duration(1)
			s, _ = c.Step(s, now, bfd.Startup{Discriminator: 5})
			s, _ = c.Step(s, now, bfd.Received{Control: from(bfd.Init)})
			b.ReportAllocs()
			for b.Loop() {
				now += 300 * ms
				s, _ = c.Step(s, now, ev)
			}
		})
	}
}
