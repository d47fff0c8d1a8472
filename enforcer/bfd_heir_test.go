package enforcer

import (
	"encoding/json"
	"testing"
	"time"

	"ha/checks/bfd"
	"ha/enforcer/netlab"
)

// A session goes on in the next program with its discriminator, its port and its counters; the peer does not notice. What a
// damaged record says is not believed.
func TestBFDGoesOn(t *testing.T) {
	lan := netlab.NewTestLAN(t)
	host := lan.MustAdd(t, "a", "192.0.2.11/24")
	b := newBFDEnd(t, lan.MustAdd(t, "b", "192.0.2.12/24"))
	first := newBFDEnd(t, host)
	ca, cb := bfdConfig("192.0.2.12", ""), bfdConfig("192.0.2.11", "")
	ca.Multiplier = 200 // b is patient for 10 s
	first.take(ca)
	b.take(cb)
	first.is("Up")
	b.is("Up")
	netlab.WaitFor(t, 10*time.Second, "the timers", func() bool { s := first.one(); return s.Interval == 50*time.Millisecond && !s.Polling })

	var left *bfdRecord
	err := first.still(func(r *bfdRecord) error {
		left = r
		return nil
	})
	if err != nil || left == nil || len(left.Sessions) != 1 {
		t.Fatalf("left %+v, %v", left, err)
	}
	before := first.one()
	first.mu.Lock()
	for _, s := range first.sessions { // it ends without a word, as by exec(2)
		s.close(first.bfdSessions)
	}
	first.mu.Unlock()
	first.stop()

	raw, err := json.Marshal(left)
	if err != nil {
		t.Fatal(err)
	}
	var r bfdRecord
	if err := json.Unmarshal(raw, &r); err != nil {
		t.Fatal(err)
	}
	next := newBFDEnd(t, host)
	next.inherit(&r)
	next.take(ca)
	if s := next.one(); s.State != "Up" || s.Discriminator != before.Discriminator || s.Sent < before.Sent || !s.Since.Equal(before.Since) {
		t.Errorf("goes on as %+v, was %+v", s, before)
	}
	sent := next.one().Sent
	netlab.WaitFor(t, 10*time.Second, "packets in both directions", func() bool {
		s := next.one()
		return s.Sent > sent+3 && s.Received > before.Received+3
	})
	next.mu.Lock()
	port := next.sessions["bfd.core"].sender.Port()
	next.mu.Unlock()
	if port != r.Sessions[0].Port {
		t.Errorf("sends from port %d, was %d", port, r.Sessions[0].Port)
	}
	if b.told("Up -> Down") {
		t.Error("the peer noticed")
	}

	for name, spoil := range map[string]func(*bfdSessionRecord){
		"not up":               func(s *bfdSessionRecord) { s.Session.State = bfd.Init },
		"no discriminator":     func(s *bfdSessionRecord) { s.Session.Local = 0 },
		"no interval":          func(s *bfdSessionRecord) { s.Session.Interval = -4 },
		"a negative timer":     func(s *bfdSessionRecord) { s.Session.Uses.TX = -1 },
		"a negative wish":      func(s *bfdSessionRecord) { s.Session.Remote.MinRX = -1 },
		"no configuration":     func(s *bfdSessionRecord) { s.Config = bfd.Config{} },
		"no multiplier":        func(s *bfdSessionRecord) { s.Session.Remote.Multiplier = 0 },
		"a peer of no name":    func(s *bfdSessionRecord) { s.Session.Remote.Discriminator = 0 },
		"a packet before time": func(s *bfdSessionRecord) { s.Session.Sent = -1 },
	} {
		s := r.Sessions[0]
		if spoil(&s); s.sound() {
			t.Errorf("%s: %+v is believed", name, s)
		}
	}
}
