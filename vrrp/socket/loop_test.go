package socket

import (
	"errors"
	"net/netip"
	"sync"
	"testing"
	"time"

	"ha/enforcer/netlab"
	"ha/vrrp/packet"
)

// loop runs a Loop until the end of the test.
func loop(t *testing.T, turn func(hear func())) *Loop {
	t.Helper()
	l, err := NewLoop()
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- l.Run(turn) }()
	t.Cleanup(func() {
		if err := errors.Join(l.Close(), l.Close()); err != nil {
			t.Error(err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := l.Set(0); err != nil {
			t.Error("setting a closed loop:", err)
		}
	})
	return l
}

func TestLoopTimer(t *testing.T) {
	turns := make(chan time.Time, 10)
	l := loop(t, func(func()) {
		select {
		case turns <- time.Now():
		default:
		}
	})
	began := time.Now()
	for _, after := range []time.Duration{time.Hour, 20 * time.Millisecond} { // the second replaces the first
		if err := l.Set(after); err != nil {
			t.Fatal(err)
		}
	}
	if at := <-turns; at.Sub(began) < 20*time.Millisecond {
		t.Errorf("went off after %v", at.Sub(began))
	}
	if err := l.Set(-1); err != nil {
		t.Fatal(err)
	}
	<-turns // at once
}

// outcome counts what became of adverts.
type outcome struct {
	mu   sync.Mutex
	sent int
	errs []error
}

func (o *outcome) Sent(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err != nil {
		o.errs = append(o.errs, err)
		return
	}
	o.sent++
}

// TestBatch sends more adverts than fit into one batch, one of them to nowhere, and hears them through a Loop.
func TestBatch(t *testing.T) {
	netlab.Need(t, "netns")
	lan := netlab.NewTestLAN(t)
	addresses := []string{"10.0.0.1/24", "fe80::1/64"}
	a, b := lan.MustAdd(t, "a", addresses...), lan.MustAdd(t, "b", "10.0.0.2/24", "fe80::2/64")
	for _, family := range []struct {
		name    string
		ipv6    bool
		source  netip.Addr
		nowhere netip.Addr
	}{
		{"ipv4", false, netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("255.255.255.255")},
		{"ipv6", true, netip.MustParseAddr("fe80::1"), netip.MustParseAddr("2001:db8::9")},
	} {
		t.Run(family.name, func(t *testing.T) {
			from := open(t, a, Options{IPv6: family.ipv6})
			to := open(t, b, Options{IPv6: family.ipv6, Watched: true})
			var l listener
			wait := loop(t, func(hear func()) { hear() })
			if err := wait.Watch(to, func() {
				if err := to.Take(l.handle); err != nil {
					t.Error(err)
				}
			}); err != nil {
				t.Fatal(err)
			}
			vip := netip.MustParseAddr("10.0.0.9")
			if family.ipv6 {
				vip = netip.MustParseAddr("fe80::9")
			}
			var o outcome
			const n = maxBatch + 10
			for i := range n {
				ad := packet.Advert{Version: 3, VRID: uint8(i + 1), Priority: 100, Interval: time.Second, Addresses: []netip.Addr{vip}}
				destination := from.Group()
				if i == 5 {
					destination = family.nowhere
				}
				datagram, err := from.Render(nil, &ad, family.source, destination)
				if err != nil {
					t.Fatal(err)
				}
				from.Queue(datagram, family.source, destination, &o)
			}
			from.Flush()
			from.Flush() // there is nothing more
			if o.sent != n-1 || len(o.errs) != 1 {
				t.Fatalf("%d were sent, and %v", o.sent, o.errs)
			}
			seen := map[uint8]bool{}
			for _, h := range l.wait(t, n-1) {
				expect := packet.Expect{Version: 3, IPv6: family.ipv6, VRID: h.VRID(), Interval: time.Second, Source: netip.MustParseAddr("10.0.0.2"), Addresses: []netip.Addr{vip}}
				var got packet.Advert
				if _, drop := expect.Receive(h.Packet, &got); drop != packet.Accepted || h.Source != family.source {
					t.Errorf("VRID %d from %v: %v", h.VRID(), h.Source, drop)
				}
				seen[h.VRID()] = true
			}
			if len(seen) != n-1 || seen[6] {
				t.Errorf("heard %v", seen)
			}
			if err := errors.Join(wait.Forget(to), wait.Forget(to)); err != nil {
				t.Error(err)
			}
		})
	}
}
