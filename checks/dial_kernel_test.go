package checks

import (
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ha/enforcer/netlab"
)

// Both ways of opening a connection leave from where they should, as the server and the kernel's rules see it.
func TestFromReachesTheKernel(t *testing.T) {
	netlab.Need(t, "netns")
	lan := netlab.NewTestLAN(t)
	director := lan.MustAdd(t, "director", "10.9.0.1/24", "10.9.0.3/24")
	server := lan.MustAdd(t, "server", "10.9.0.2/24")
	var l net.Listener
	if err := server.Do(func() (err error) { l, err = net.Listen("tcp", "10.9.0.2:80"); return err }); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	callers := make(chan netip.AddrPort, 64)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			callers <- conn.RemoteAddr().(*net.TCPAddr).AddrPort()
			_ = conn.Close()
		}
	}()
	if out, err := director.Command(t.Context(), "ip", "rule", "add", "fwmark", "7", "prohibit").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, test := range []struct {
		name string
		from From
		want string // the caller's address; or how the error ends
	}{
		{"as routed", From{}, "10.9.0.1:"},
		{"address", From{Address: netip.MustParseAddr("10.9.0.3")}, "10.9.0.3:"},
		{"address and port", From{Address: netip.MustParseAddr("10.9.0.3"), Port: 900}, "10.9.0.3:900"},
		{"port", From{Port: 901}, "10.9.0.1:901"},
		{"interface", From{Interface: "eth0"}, "10.9.0.1:"},
		{"mark that no rule knows", From{Mark: 8}, "10.9.0.1:"},
		{"mark that a rule prohibits", From{Mark: 7}, "permission denied"},
	} {
		c := target("tcp", "10.9.0.2:80")
		c.From = test.from
		d := c.dialer()
		for way, open := range map[string]func() error{
			"at once": func() error {
				conn, err := d.Dial(t.Context(), "tcp")
				if err != nil {
					return err
				}
				return conn.Close()
			},
			"slowly": func() error { return openSlowly(t, d) },
		} {
			err := director.Do(open)
			if err != nil {
				if unable := (*Unable)(nil); !strings.HasSuffix(err.Error(), test.want) || errors.As(err, &unable) {
					t.Errorf("%s, %s: got %v, want %s", test.name, way, err, test.want)
				}
				continue
			}
			select {
			case caller := <-callers:
				if !strings.HasPrefix(caller.String(), test.want) {
					t.Errorf("%s, %s: the server was called from %v, want %s", test.name, way, caller, test.want)
				}
			case <-time.After(30 * time.Second):
				t.Errorf("%s, %s: the server was not called", test.name, way)
			}
		}
	}
}

// openSlowly opens a connection as the connector does, and closes it.
func openSlowly(t *testing.T, d Dialer) error {
	t.Helper()
	fd, err := d.connectSlowly()
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	wait := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}
	for {
		n, err := unix.Poll(wait, 30_000)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return err
		case n == 0:
			return errors.New("no answer")
		}
		break
	}
	number, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err == nil && number != 0 {
		err = d.said(unix.Errno(number))
	}
	return err
}
