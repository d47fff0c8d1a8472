package socket

import (
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"ha/enforcer/netlab"
	"ha/vrrp/packet"
)

// heard is a packet that a test keeps.
type heard struct {
	packet.Packet
	drop packet.Drop
}

// listener collects what arrives at a Conn.
type listener struct {
	mu   sync.Mutex
	kept []heard
}

func (l *listener) handle(p packet.Packet, drop packet.Drop) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p.PDU = slices.Clone(p.PDU)
	l.kept = append(l.kept, heard{p, drop})
}

func (l *listener) all() []heard {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.kept)
}

// wait returns when n packets have arrived.
func (l *listener) wait(t *testing.T, n int) []heard {
	t.Helper()
	netlab.WaitFor(t, 5*time.Second, "adverts to arrive", func() bool { return len(l.all()) >= n })
	return l.all()
}

// open opens a Conn in a host and closes it with the test.
func open(t *testing.T, h *netlab.Host, o Options) *Conn {
	t.Helper()
	if o.Interface == "" {
		o.Interface = "eth0"
	}
	var c *Conn
	if err := h.Do(func() (err error) { c, err = Open(o); return err }); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// serve collects what arrives until the test ends, and checks that Close ends Serve.
func serve(t *testing.T, h *netlab.Host, o Options) (*Conn, *listener) {
	t.Helper()
	c := open(t, h, o)
	l := &listener{}
	done := make(chan error, 1)
	go func() { done <- c.Serve(l.handle) }()
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		if err := <-done; err != nil {
			t.Errorf("Serve after Close: %v", err)
		}
	})
	return c, l
}

func sourceOf(t *testing.T, h *netlab.Host, ipv6 bool) netip.Addr {
	t.Helper()
	var source netip.Addr
	if err := h.Do(func() (err error) { source, err = PrimarySource("eth0", ipv6, nil); return err }); err != nil {
		t.Fatal(err)
	}
	return source
}

// advert is an advert of version 2 or 3 for vrid.
func advert(version, vrid uint8, ipv6 bool) *packet.Advert {
	a := &packet.Advert{Version: version, VRID: vrid, Priority: 100, Interval: time.Second}
	a.Addresses = []netip.Addr{netip.MustParseAddr("192.0.2.1")}
	if ipv6 {
		a.Addresses = []netip.Addr{netip.MustParseAddr("fe80::51"), netip.MustParseAddr("2001:db8::1")}
	}
	return a
}

func TestAdvertsArriveAsSent(t *testing.T) {
	tests := []struct {
		name    string
		version uint8
		ipv6    bool
	}{
		{"version 2", 2, false},
		{"version 3 over IPv4", 3, false},
		{"version 3 over IPv6", 3, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			lan := netlab.NewTestLAN(t)
			a, b := lan.MustAdd(t, "a", "192.0.2.11/24"), lan.MustAdd(t, "b", "192.0.2.12/24")
			ac, al := serve(t, a, Options{IPv6: tt.ipv6})
			_, bl := serve(t, b, Options{IPv6: tt.ipv6, VRIDs: []uint8{51}})
			sent, source := advert(tt.version, 51, tt.ipv6), sourceOf(t, a, tt.ipv6)
			if err := ac.Send(advert(tt.version, 52, tt.ipv6), source); err != nil { // not in b's set
				t.Fatal(err)
			}
			if err := ac.Send(sent, source); err != nil {
				t.Fatal(err)
			}
			got := bl.wait(t, 1)[0]
			if got.drop != packet.Accepted || got.Source != source || got.Destination != packet.Group(tt.ipv6) || got.TTL != 255 {
				t.Errorf("got %+v", got)
			}
			expect := packet.Expect{
				Version: tt.version, IPv6: tt.ipv6, VRID: 51, Interval: time.Second,
				Source: sourceOf(t, b, tt.ipv6), Addresses: sent.Addresses,
			}
			var received packet.Advert
			if note, drop := expect.Receive(got.Packet, &received); note != 0 || drop != packet.Accepted {
				t.Errorf("received with %v, %v", note, drop)
			}
			if received.Priority != 100 || !slices.Equal(received.Addresses, sent.Addresses) {
				t.Errorf("got %+v, want %+v", received, *sent)
			}
			if len(al.all()) != 0 {
				t.Errorf("the sender hears itself: %+v", al.all())
			}
		})
	}
}

// Three intervals of all virtual routers find room while a reader has no time. A busy machine may lose some on their way here, so
// they get several tries.
func TestAdvertsWaitForABusyReader(t *testing.T) {
	lan := netlab.NewTestLAN(t)
	a, b := lan.MustAdd(t, "a", "192.0.2.11/24"), lan.MustAdd(t, "b", "192.0.2.12/24")
	ac, bc := open(t, a, Options{}), open(t, b, Options{Watched: true})
	source := sourceOf(t, a, false)
	const count = 3 * 255
	most := 0
	for range 10 {
		for i := range count {
			if err := ac.Send(advert(3, uint8(1+i%255), false), source); err != nil {
				t.Fatal(err)
			}
		}
		var l listener
		for end := time.Now().Add(3 * time.Second); len(l.all()) < count && time.Now().Before(end); <-time.After(10 * time.Millisecond) {
			if err := bc.Drain(l.handle); err != nil {
				t.Fatal(err)
			}
		}
		if most = max(most, len(l.all())); most == count {
			return
		}
	}
	t.Errorf("no more than %d of %d adverts waited", most, count)
}

func TestManyInstancesShareOneConn(t *testing.T) {
	lan := netlab.NewTestLAN(t)
	a, b := lan.MustAdd(t, "a", "192.0.2.11/24"), lan.MustAdd(t, "b", "192.0.2.12/24")
	const count = 60 // igmp_max_memberships is 20
	var vrids []uint8
	for i := range count {
		vrids = append(vrids, uint8(i+1))
	}
	ac := open(t, a, Options{VRIDs: vrids})
	_, bl := serve(t, b, Options{VRIDs: vrids})
	source := sourceOf(t, a, false)
	for _, vrid := range vrids {
		if err := ac.Send(advert(3, vrid, false), source); err != nil {
			t.Fatal(err)
		}
	}
	for i, got := range bl.wait(t, count) {
		if got.VRID() != vrids[i] {
			t.Errorf("packet %d is for VRID %d, want %d", i, got.VRID(), vrids[i])
		}
	}
}

func TestDrainHandlesAllThatArrived(t *testing.T) {
	lan := netlab.NewTestLAN(t)
	a, b := lan.MustAdd(t, "a", "192.0.2.11/24"), lan.MustAdd(t, "b", "192.0.2.12/24")
	ac, bc := open(t, a, Options{}), open(t, b, Options{VRIDs: []uint8{51}})
	var l listener
	if err := bc.Drain(l.handle); err != nil || len(l.all()) != 0 {
		t.Fatalf("an idle Conn drained %d packets, %v", len(l.all()), err)
	}
	const count = 20
	for range count {
		if err := ac.Send(advert(3, 51, false), sourceOf(t, a, false)); err != nil {
			t.Fatal(err)
		}
	}
	netlab.WaitFor(t, 5*time.Second, "all adverts to be drained", func() bool {
		if err := bc.Drain(l.handle); err != nil {
			t.Fatal(err)
		}
		return len(l.all()) == count
	})
	if err := bc.SetVRIDs([]uint8{52}); err != nil {
		t.Fatal(err)
	}
	for _, vrid := range []uint8{51, 52} {
		if err := ac.Send(advert(3, vrid, false), sourceOf(t, a, false)); err != nil {
			t.Fatal(err)
		}
	}
	netlab.WaitFor(t, 5*time.Second, "the advert of the new set", func() bool {
		if err := bc.Drain(l.handle); err != nil {
			t.Fatal(err)
		}
		return len(l.all()) > count
	})
	if got := l.all()[count:]; len(got) != 1 || got[0].VRID() != 52 {
		t.Errorf("after SetVRIDs arrived %+v", got)
	}
}

func TestOpenOnNothing(t *testing.T) {
	if c, err := Open(Options{Interface: "no-such-link"}); err == nil {
		t.Errorf("opened %+v", c)
	}
	if a, err := OpenAnnouncer("no-such-link"); err == nil {
		t.Errorf("opened %+v", a)
	}
}
