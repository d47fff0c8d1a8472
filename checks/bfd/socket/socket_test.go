package socket

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net/netip"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ha/checks/bfd"
	"ha/checks/bfd/packet"
	"ha/enforcer/netlab"
)

// heard keeps what a Listener hands over.
type heard struct {
	mu   sync.Mutex
	list []Datagram
}

func (h *heard) handle(d Datagram) {
	h.mu.Lock()
	defer h.mu.Unlock()
	d.Payload = bytes.Clone(d.Payload)
	h.list = append(h.list, d)
}

func (h *heard) wait(t *testing.T, n int) []Datagram {
	t.Helper()
	var list []Datagram
	netlab.WaitFor(t, 5*time.Second, "datagrams", func() bool {
		h.mu.Lock()
		defer h.mu.Unlock()
		list = h.list
		return len(list) >= n
	})
	return list
}

// listen opens a Listener in a host until the test ends.
func listen(t *testing.T, h *netlab.Host, ipv6, multihop bool) (*Listener, *heard) {
	t.Helper()
	var l *Listener
	if err := h.Do(func() (err error) { l, err = Listen(ipv6, multihop); return err }); err != nil {
		t.Fatal(err)
	}
	got, done := &heard{}, make(chan error, 1)
	go func() { done <- l.Serve(got.handle) }()
	t.Cleanup(func() {
		if err := errors.Join(l.Close(), <-done, l.Close()); err != nil {
			t.Error(err)
		}
	})
	return l, got
}

// open makes a Sender in a host until the test ends.
func open(t *testing.T, h *netlab.Host, c bfd.Config, port uint16) *Sender {
	t.Helper()
	var s *Sender
	if err := h.Do(func() (err error) { s, err = Open(c, port); return err }); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(s.Close(), s.Close()); err != nil {
			t.Error(err)
		}
	})
	return s
}

var control24 = packet.Append(nil, &bfd.Control{State: bfd.Down, Multiplier: 3, Mine: 0x11223344, MinTX: time.Second, MinRX: 300 * time.Millisecond})

func TestWhatLeavesArrives(t *testing.T) {
	lan := netlab.NewTestLAN(t)
	a, b := lan.MustAdd(t, "a", "192.0.2.11/24", "2001:db8::11/64"), lan.MustAdd(t, "b", "192.0.2.12/24", "2001:db8::12/64")
	capture := b.MustCapture(t)
	for _, test := range []struct {
		name, source, peer, device string
		multihop                   bool
		port                       uint16
	}{
		{"single hop over IPv4", "192.0.2.11", "192.0.2.12", "eth0", false, 49152},
		{"single hop over IPv6", "2001:db8::11", "2001:db8::12", "eth0", false, 49153},
		{"multihop over IPv4", "192.0.2.11", "192.0.2.12", "", true, 49154},
		{"multihop over IPv6", "2001:db8::11", "2001:db8::12", "", true, 65535},
		{"without a source", "", "192.0.2.12", "", false, 49156},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := bfd.Config{Peer: netip.MustParseAddr(test.peer), Interface: test.device, Multihop: test.multihop}
			if test.source != "" {
				c.Source = netip.MustParseAddr(test.source)
			}
			_, got := listen(t, b, c.Peer.Is6(), test.multihop)
			if err := open(t, a, c, test.port).Send(control24); err != nil {
				t.Fatal(err)
			}
			d := got.wait(t, 1)[0]
			source := netip.MustParseAddr("192.0.2.11")
			if test.source != "" {
				source = c.Source
			}
			want := bfd.Path{Peer: source, Local: c.Peer, Device: deviceOf(t, b), Multihop: test.multihop}
			if d.Path != want || d.TTL != 255 || !bytes.Equal(d.Payload, control24) {
				t.Errorf("got %+v, want %+v with TTL 255", d, want)
			}
			frame, ok := capture.Wait(5*time.Second, func(f netlab.Frame) bool {
				from, to, class := udpIn(f)
				return from == test.port && to == c.Port() && class == 0xc0
			})
			if !ok {
				t.Errorf("no frame from port %d to %d of class CS6: %x", test.port, c.Port(), frame.Data)
			}
		})
	}
}

// udpIn finds the ports and the traffic class in a frame; 0 in another frame.
func udpIn(f netlab.Frame) (from, to uint16, class byte) {
	ip := f.Data[14:]
	switch {
	case binary.BigEndian.Uint16(f.Data[12:]) == unix.ETH_P_IP && ip[9] == unix.IPPROTO_UDP:
		return binary.BigEndian.Uint16(ip[20:]), binary.BigEndian.Uint16(ip[22:]), ip[1]
	case binary.BigEndian.Uint16(f.Data[12:]) == unix.ETH_P_IPV6 && ip[6] == unix.IPPROTO_UDP:
		return binary.BigEndian.Uint16(ip[40:]), binary.BigEndian.Uint16(ip[42:]), ip[0]<<4 | ip[1]>>4
	}
	return 0, 0, 0
}

func deviceOf(t *testing.T, h *netlab.Host) int {
	t.Helper()
	return open(t, h, bfd.Config{Peer: netip.MustParseAddr("192.0.2.1"), Interface: "eth0"}, 60000).Device()
}

// Over link-local addresses the interface tells which link is meant.
func TestLinkLocal(t *testing.T) {
	lan := netlab.NewTestLAN(t)
	a, b := lan.MustAdd(t, "a"), lan.MustAdd(t, "b", "fe80::12/64")
	_, got := listen(t, b, true, false)
	s := open(t, a, bfd.Config{Peer: netip.MustParseAddr("fe80::12"), Interface: "eth0"}, 49152)
	if err := s.Send(control24); err != nil {
		t.Fatal(err)
	}
	if d := got.wait(t, 1)[0]; !d.Path.Peer.IsLinkLocalUnicast() || d.Path.Peer.Zone() != "" {
		t.Errorf("came from %v", d.Path.Peer)
	}
}

// Drain takes what waits, without Serve.
func TestDrain(t *testing.T) {
	lan := netlab.NewTestLAN(t)
	a := lan.MustAdd(t, "a", "192.0.2.11/24")
	var l *Listener
	if err := a.Do(func() (err error) { l, err = Listen(false, false); return err }); err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s := open(t, a, bfd.Config{Peer: netip.MustParseAddr("192.0.2.11")}, 49152)
	for range 3 {
		if err := s.Send(control24); err != nil {
			t.Fatal(err)
		}
	}
	var got heard
	if err := errors.Join(l.Drain(got.handle), l.Drain(got.handle)); err != nil || len(got.list) != 3 {
		t.Errorf("drained %d, %v", len(got.list), err)
	}
}

// Close may be called with a lock for which the Handler waits.
func TestCloseWaitsForNoHandler(t *testing.T) {
	lan := netlab.NewTestLAN(t)
	a := lan.MustAdd(t, "a", "192.0.2.11/24")
	var l *Listener
	if err := a.Do(func() (err error) { l, err = Listen(false, false); return err }); err != nil {
		t.Fatal(err)
	}
	var lock sync.Mutex
	lock.Lock()
	entered, done := make(chan struct{}), make(chan error, 1)
	go func() {
		done <- l.Serve(func(Datagram) {
			close(entered)
			lock.Lock()
			defer lock.Unlock()
		})
	}()
	if err := open(t, a, bfd.Config{Peer: netip.MustParseAddr("192.0.2.11")}, 49152).Send(control24); err != nil {
		t.Fatal(err)
	}
	<-entered
	err := l.Close()
	lock.Unlock()
	if err := errors.Join(err, <-done); err != nil {
		t.Error(err)
	}
}

func TestErrors(t *testing.T) {
	lan := netlab.NewTestLAN(t)
	a := lan.MustAdd(t, "a", "192.0.2.11/24")
	listen(t, a, false, false)
	peer := netip.MustParseAddr("192.0.2.12")
	open(t, a, bfd.Config{Peer: peer, Source: netip.MustParseAddr("192.0.2.99")}, 49152) // an address that may come later
	for name, test := range map[string]struct {
		try  func() error
		want error
	}{
		"a port with another daemon": {func() error { _, err := Listen(false, false); return err }, syscall.EADDRINUSE},
		"a source port that is taken": {func() error {
			_, err := Open(bfd.Config{Peer: peer, Source: netip.MustParseAddr("192.0.2.99")}, 49152)
			return err
		}, syscall.EADDRINUSE},
		"no route": {func() error {
			s, err := Open(bfd.Config{Peer: netip.MustParseAddr("198.51.100.1")}, 49160)
			return errors.Join(err, s.Send(control24), s.Close())
		}, syscall.ENETUNREACH},
	} {
		if err := a.Do(test.try); !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
	}
	if err := a.Do(func() error { _, err := Open(bfd.Config{Peer: peer, Interface: "eth9"}, 49161); return err }); err == nil {
		t.Error("opened on an interface that does not exist")
	}
}

func BenchmarkSend(b *testing.B) {
	h := netlab.NewTestLAN(b).MustAdd(b, "a", "192.0.2.11/24")
	var s *Sender
	if err := h.Do(func() (err error) {
		s, err = Open(bfd.Config{Peer: netip.MustParseAddr("192.0.2.11")}, 49152)
		return err
	}); err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Send(control24); err != nil {
			b.Fatal(err)
		}
	}
}
