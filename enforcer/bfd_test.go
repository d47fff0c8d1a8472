package enforcer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"ha/checks/bfd"
	"ha/checks/bfd/packet"
	"ha/checks/bfd/socket"
	"ha/enforcer/control"
	"ha/enforcer/netlab"
)

// bfdEnd is the sessions of a host.
type bfdEnd struct {
	*bfdSessions
	t    *testing.T
	host *netlab.Host
	stop func()

	saying sync.Mutex
	said   []bfdNews
}

func newBFDEnd(t *testing.T, h *netlab.Host) *bfdEnd {
	t.Helper()
	e := &bfdEnd{t: t, host: h}
	e.bfdSessions = newBFD(newEventLog(slog.New(slog.DiscardHandler)), func(n bfdNews) {
		e.saying.Lock()
		defer e.saying.Unlock()
		e.said = append(e.said, n)
	})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := h.Do(func() error { e.run(ctx); return nil }); err != nil { // it opens sockets
			t.Error(err)
		}
	}()
	e.stop = sync.OnceFunc(func() { cancel(); <-done })
	t.Cleanup(e.stop)
	return e
}

// take makes the sessions those of configs.
func (e *bfdEnd) take(configs ...bfd.Config) {
	e.t.Helper()
	if err := e.host.Do(func() error { e.set(configs, nil); return nil }); err != nil {
		e.t.Fatal(err)
	}
}

func (e *bfdEnd) one() control.BFDStatus {
	e.t.Helper()
	list := e.status()
	if len(list) != 1 {
		e.t.Fatalf("%d sessions, want one", len(list))
	}
	return list[0]
}

func (e *bfdEnd) is(state string) {
	e.t.Helper()
	netlab.WaitFor(e.t, 20*time.Second, "a session that is "+state, func() bool { return e.one().State == state })
}

// verdict is what was told last.
func (e *bfdEnd) verdict() bfd.Verdict {
	e.saying.Lock()
	defer e.saying.Unlock()
	if len(e.said) == 0 {
		return bfd.Undecided
	}
	return e.said[len(e.said)-1].verdict
}

func (e *bfdEnd) told(text string) bool {
	list, _ := e.events.since(0)
	for _, event := range list {
		if strings.Contains(event.Message, text) {
			return true
		}
	}
	return false
}

func bfdConfig(peer, source string) bfd.Config {
	c := bfd.Config{
		Name: "bfd.core", Peer: netip.MustParseAddr(peer), Interface: "eth0", MinTTL: 255,
		MinTX: 50 * time.Millisecond, MinRX: 50 * time.Millisecond, IdleTX: time.Second, Multiplier: 5,
	}
	if source != "" {
		c.Source = netip.MustParseAddr(source)
	}
	return c
}

// Two of ours come up, notice a cut, come back, follow new timers, and take leave.
//
// conform: B14
func TestBFDBetweenTwoHosts(t *testing.T) {
	netlab.Need(t, "netns")
	for name, pair := range map[string][2]string{"IPv4": {"192.0.2.11", "192.0.2.12"}, "IPv6": {"2001:db8::11", "2001:db8::12"}} {
		for _, multihop := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s multihop=%v", name, multihop), func(t *testing.T) {
				t.Parallel()
				lan := netlab.NewTestLAN(t)
				a := newBFDEnd(t, lan.MustAdd(t, "a", "192.0.2.11/24", "2001:db8::11/64"))
				b := newBFDEnd(t, lan.MustAdd(t, "b", "192.0.2.12/24", "2001:db8::12/64"))
				ca, cb := bfdConfig(pair[1], pair[0]), bfdConfig(pair[0], pair[1])
				ca.Multihop, cb.Multihop = multihop, multihop
				a.take(ca)
				b.take(cb)
				a.is("Up")
				b.is("Up")
				netlab.WaitFor(t, 10*time.Second, "both to agree on the timers", func() bool {
					x, y := a.one(), b.one()
					return x.Interval == 50*time.Millisecond && y.Detection == 250*time.Millisecond && x.PeerState == "Up" && !x.Polling && !y.Polling
				})
				if err := lan.Isolate(a.host); err != nil {
					t.Fatal(err)
				}
				a.is("Down")
				b.is("Down")
				if s := b.one(); s.Diagnostic != 1 || !strings.Contains(s.Why, "the detection time is 250ms (5 × 50ms)") || s.PeerState != "" {
					t.Errorf("after a cut: %+v", s)
				}
				if err := lan.Heal(a.host); err != nil {
					t.Fatal(err)
				}
				a.is("Up")
				b.is("Up")
				netlab.WaitFor(t, 5*time.Second, "the verdict", func() bool { return a.verdict() == bfd.Alive && b.verdict() == bfd.Alive })

				before := a.one().Discriminator
				ca.MinTX = 20 * time.Millisecond
				cb.MinRX = 20 * time.Millisecond
				a.take(ca)
				b.take(cb)
				netlab.WaitFor(t, 10*time.Second, "the new timers", func() bool { return a.one().Interval == 20*time.Millisecond && !a.one().Polling })
				if s := a.one(); s.Discriminator != before || s.State != "Up" {
					t.Errorf("new timers made another session: %+v", s)
				}

				a.stop()
				b.is("Down")
				if s := b.one(); s.PeerDiagnostic != 7 && s.PeerState != "" || b.verdict() != bfd.Alive || !b.told("the peer is AdminDown") {
					t.Errorf("after the peer left: %+v, %v", s, b.verdict())
				}
			})
		}
	}
}

// A session that is taken away tells its peer, and goes once the peer has had the time to learn it.
func TestBFDSessionIsTakenAway(t *testing.T) {
	lan := netlab.NewTestLAN(t)
	a, b := newBFDEnd(t, lan.MustAdd(t, "a", "192.0.2.11/24")), newBFDEnd(t, lan.MustAdd(t, "b", "192.0.2.12/24"))
	c := bfdConfig("192.0.2.11", "")
	c.AdminDownFails = true
	b.take(c)
	a.take(bfdConfig("192.0.2.12", "192.0.2.11"))
	b.is("Up")
	a.take()
	b.is("Down")
	netlab.WaitFor(t, 5*time.Second, "the verdict to follow", func() bool { return b.verdict() == bfd.Dead })
	netlab.WaitFor(t, 5*time.Second, "everything to be closed", func() bool {
		a.mu.Lock()
		defer a.mu.Unlock()
		return len(a.queue) == 0 && len(a.listeners) == 0 && len(a.ports) == 0
	})
	if len(a.status()) != 0 {
		t.Error("it is still there")
	}
	a.take(bfdConfig("192.0.2.12", "192.0.2.11"))
	b.is("Up")
}

// Before another program takes the place of this one the peers are told: a silence that follows is no failure.
func TestBFDStandsStill(t *testing.T) {
	lan := netlab.NewTestLAN(t)
	a, b := newBFDEnd(t, lan.MustAdd(t, "a", "192.0.2.11/24")), newBFDEnd(t, lan.MustAdd(t, "b", "192.0.2.12/24"))
	a.take(bfdConfig("192.0.2.12", ""))
	b.take(bfdConfig("192.0.2.11", ""))
	a.is("Up")
	b.is("Up")
	err := a.still(func(*bfdRecord) error {
		b.is("Down")
		if !b.told("the peer is AdminDown") || b.verdict() != bfd.Alive {
			t.Errorf("the peer is %+v, %v", b.one(), b.verdict())
		}
		return errors.New("it did not work")
	})
	if err == nil {
		t.Error("no error")
	}
	a.is("Up")
	b.is("Up")
}

// What stands in the way is told, and waited for.
func TestBFDTroubles(t *testing.T) {
	netlab.Need(t, "netns", "ip")
	lan := netlab.NewTestLAN(t)
	ha := lan.MustAdd(t, "a", "192.0.2.11/24")
	a, b := newBFDEnd(t, ha), newBFDEnd(t, lan.MustAdd(t, "b", "192.0.2.12/24"))
	c := bfdConfig("192.0.2.12", "")
	c.Interface = "eth7"
	a.take(c)
	if s := a.one(); !strings.Contains(s.Problem, "no such network interface") {
		t.Errorf("an interface that does not exist: %+v", s)
	}
	b.take(bfdConfig("192.0.2.11", ""))
	netlab.WaitFor(t, 10*time.Second, "a remark about who is no peer", func() bool {
		return b.one().Sent > 0 && a.told("no session has this peer on this interface") && a.lost()["unknown"] > 0
	})
	for _, command := range []string{"ip link set eth0 down", "ip link set eth0 name eth7", "ip link set eth7 up"} {
		if out, err := ha.Command(t.Context(), "sh", "-c", command).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", command, err, out)
		}
	}
	if err := ha.Do(func() error { a.attend(); return nil }); err != nil {
		t.Fatal(err)
	}
	a.is("Up")
	if s := a.one(); s.Problem != "" || s.Source != "192.0.2.11" {
		t.Errorf("still says %q, sends from %s", s.Problem, s.Source)
	}
	a.stop() // in time: a frame may still be on its way otherwise

	other := newBFDEnd(t, b.host)
	other.take(bfdConfig("192.0.2.13", ""))
	if s := other.one(); !strings.Contains(s.Problem, "another BFD daemon runs here") {
		t.Errorf("a port that is taken: %+v", s)
	}
}

// What came over more routers than a session allows has no effect, and is told once.
//
// conform: B09
func TestBFDHopLimits(t *testing.T) {
	lan := netlab.NewTestLAN(t)
	a := newBFDEnd(t, lan.MustAdd(t, "a", "192.0.2.11/24"))
	near, far := bfdConfig("192.0.2.12", "192.0.2.11"), bfdConfig("198.51.100.1", "192.0.2.11")
	near.Name, far.Name, far.Interface = "bfd.near", "bfd.far", ""
	far.Multihop, far.MinTTL = true, 253
	a.take(near, far)
	hello := packet.Append(nil, &bfd.Control{State: bfd.Down, Multiplier: 3, Mine: 7, MinTX: time.Second, MinRX: 50 * time.Millisecond})
	row := func(name string) control.BFDStatus {
		for _, s := range a.status() {
			if s.Name == name {
				return s
			}
		}
		t.Fatalf("no session %s", name)
		return control.BFDStatus{}
	}
	for _, test := range []struct {
		config   bfd.Config
		ttl      int
		accepted bool
	}{
		{near, 254, false},
		{near, 64, false},
		{near, -1, false},
		{near, 255, true},
		{far, 252, false},
		{far, 253, true},
		{far, 255, true},
	} {
		before := row(test.config.Name)
		a.mu.Lock()
		path := a.sessions[test.config.Name].path
		a.mu.Unlock()
		a.hear(socket.Datagram{Payload: hello, Path: path, TTL: test.ttl})
		after := row(test.config.Name)
		if got := after.Received > before.Received; got != test.accepted || got == (after.Dropped["ttl"] > before.Dropped["ttl"]) {
			t.Errorf("%s with TTL %d: accepted %v, want %v", test.config.Name, test.ttl, got, test.accepted)
		}
	}
	if near, far := row("bfd.near"), row("bfd.far"); near.State != "Init" || far.State != "Init" || near.Dropped["ttl"] != 3 {
		t.Errorf("%+v\n%+v", near, far)
	}
	for _, text := range []string{"TTL 254, expected 255", "TTL 252, expected 253 or more"} {
		if !a.told(text) {
			t.Errorf("nobody said %q", text)
		}
	}
}
