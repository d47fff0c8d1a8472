package path

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ha/enforcer/netlab"
)

// patience is how long a test waits for what will happen.
const patience = 30 * time.Second

// scene is a director that holds the VIP itself, and a server that holds it on lo.
type scene struct {
	director, server *netlab.Host
}

var (
	vip4, vip6       = netip.MustParseAddr("10.9.0.80"), netip.MustParseAddr("fd00:9::80")
	server4, server6 = netip.MustParseAddr("10.9.0.2"), netip.MustParseAddr("fd00:9::2")
)

func newScene(t *testing.T) scene {
	t.Helper()
	netlab.Need(t, "netns", "ip")
	lan := netlab.NewTestLAN(t)
	s := scene{lan.MustAdd(t, "director", "10.9.0.1/24", "fd00:9::1/64"), lan.MustAdd(t, "server", "10.9.0.2/24", "fd00:9::2/64")}
	for _, command := range [][]string{
		{"sysctl", "-qw", "net.ipv4.conf.all.arp_ignore=1", "net.ipv4.conf.all.arp_announce=2"},
		{"ip", "address", "add", "10.9.0.80/32", "dev", "lo"},
		{"ip", "address", "add", "fd00:9::80/128", "dev", "lo", "nodad"},
	} {
		run(t, s.server, command...)
	}
	run(t, s.director, "ip", "address", "add", "10.9.0.80/32", "dev", "eth0")
	run(t, s.director, "ip", "address", "add", "fd00:9::80/128", "dev", "eth0", "nodad")
	return s
}

func run(t *testing.T, h *netlab.Host, command ...string) {
	t.Helper()
	if out, err := h.Command(t.Context(), command[0], command[1:]...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %v: %s", command, err, out)
	}
}

// echo answers on the server at an address, with what it is told.
func (s scene) echo(t *testing.T, at netip.AddrPort) {
	t.Helper()
	var l net.Listener
	var u net.PacketConn
	err := s.server.Do(func() (err error) {
		if l, err = net.Listen("tcp", at.String()); err != nil {
			return err
		}
		u, err = net.ListenPacket("udp", at.String())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = l.Close(), u.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				_, _ = io.Copy(conn, conn)
			}()
		}
	}()
	go func() {
		datagram := make([]byte, 1500)
		for {
			n, from, err := u.ReadFrom(datagram)
			if err != nil {
				return
			}
			_, _ = u.WriteTo(datagram[:n], from)
		}
	}()
}

// dial dials from the director.
func (s scene) dial(t *testing.T, network string, target netip.AddrPort, through Through, within time.Duration) (net.Conn, error) {
	t.Helper()
	var conn net.Conn
	err := s.director.Do(func() (err error) {
		ctx, cancel := context.WithTimeout(t.Context(), within)
		defer cancel()
		conn, err = Dial(ctx, network, target, netip.Addr{}, through)
		return err
	})
	return conn, err
}

// The director holds the VIP itself: its kernel would answer. What comes back was sent by the server, at the VIP.
func TestTheServerAnswersForTheVIP(t *testing.T) {
	s := newScene(t)
	for _, vip := range []netip.Addr{vip4, vip6} {
		target := netip.AddrPortFrom(vip, 80)
		s.echo(t, target)
		server := server4
		if vip.Is6() {
			server = server6
		}
		through := Through{Server: server, How: DR}
		for _, network := range []string{"tcp", "udp"} {
			t.Run(network+" "+vip.String(), func(t *testing.T) {
				conn, err := s.dial(t, network, target, through, patience)
				if err != nil {
					t.Fatal(err)
				}
				defer conn.Close()
				_ = conn.SetDeadline(time.Now().Add(patience))
				said := bytes.Repeat([]byte("0123456789"), 100)
				if network == "tcp" {
					said = bytes.Repeat(said, 64)
				}
				go func() { _, _ = conn.Write(said) }()
				heard := make([]byte, len(said))
				if _, err := io.ReadFull(conn, heard); err != nil || !bytes.Equal(heard, said) {
					t.Errorf("heard %d bytes, %v", len(heard), err)
				}
			})
		}
	}
}

// What the server lacks is told as the kernel's own sockets would tell it.
func TestWhatTheServerLacks(t *testing.T) {
	s := newScene(t)
	t.Run("nobody listens at the VIP", func(t *testing.T) {
		for _, test := range []struct {
			vip, server netip.Addr
		}{{vip4, server4}, {vip6, server6}} {
			if _, err := s.dial(t, "tcp", netip.AddrPortFrom(test.vip, 81), Through{Server: test.server, How: DR}, patience); !errors.Is(err, unix.ECONNREFUSED) {
				t.Errorf("tcp %s: %v", test.vip, err)
			}
			conn, err := s.dial(t, "udp", netip.AddrPortFrom(test.vip, 81), Through{Server: test.server, How: DR}, patience)
			if err != nil {
				t.Fatal(err)
			}
			_ = conn.SetDeadline(time.Now().Add(patience))
			_, _ = conn.Write([]byte("x"))
			if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, unix.ECONNREFUSED) {
				t.Errorf("udp %s: %v", test.vip, err)
			}
			_ = conn.Close()
		}
	})
	t.Run("no such neighbour", func(t *testing.T) {
		_, err := s.dial(t, "tcp", netip.AddrPortFrom(vip4, 80), Through{Server: netip.MustParseAddr("10.9.0.9"), How: DR}, patience)
		if !errors.Is(err, unix.EHOSTUNREACH) {
			t.Errorf("%v", err)
		}
	})
	t.Run("the server does not hold the VIP", func(t *testing.T) {
		run(t, s.server, "ip", "address", "del", "10.9.0.80/32", "dev", "lo")
		s.echo(t, netip.MustParseAddrPort("0.0.0.0:80"))
		_, err := s.dial(t, "tcp", netip.AddrPortFrom(vip4, 80), Through{Server: server4, How: DR}, time.Second)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v", err)
		}
	})
	t.Run("the server is behind a router", func(t *testing.T) {
		run(t, s.director, "ip", "route", "add", "10.10.0.0/24", "via", "10.9.0.2")
		_, err := s.dial(t, "tcp", netip.AddrPortFrom(vip4, 80), Through{Server: netip.MustParseAddr("10.10.0.5"), How: DR}, patience)
		if err == nil || errors.As(err, new(*Unable)) {
			t.Errorf("%v", err)
		}
	})
}
