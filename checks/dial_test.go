package checks

import (
	"errors"
	"net"
	"net/netip"
	"syscall"
	"testing"
)

// listener listens on the loopback interface and tells who connected.
func listener(t *testing.T) (target netip.AddrPort, callers chan netip.AddrPort) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	callers = make(chan netip.AddrPort, 16)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			select {
			case callers <- conn.RemoteAddr().(*net.TCPAddr).AddrPort():
			default: // the test asks for a few
			}
			_, _ = conn.Read(make([]byte, 1)) // until the probe closes first, so that the port of the probe would rest
			_ = conn.Close()
		}
	}()
	return l.Addr().(*net.TCPAddr).AddrPort(), callers
}

func TestDialFromAnAddressAndPort(t *testing.T) {
	to, callers := listener(t)
	free, err := net.Listen("tcp", "127.0.0.2:0")
	if err != nil {
		t.Fatal(err)
	}
	from := free.Addr().(*net.TCPAddr).AddrPort()
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	c := target("tcp", to.String())
	c.From = From{Address: from.Addr(), Port: from.Port()}
	check, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 { // a port in TIME_WAIT would refuse the second
		if err := check.Probe(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := <-callers; got != from {
			t.Errorf("the server was called from %v, want %v", got, from)
		}
	}
}

func TestDialThatThisNodeCannot(t *testing.T) {
	to, callers := listener(t)
	for words, from := range map[string]From{
		"from 192.0.2.77: cannot assign requested address":     {Address: netip.MustParseAddr("192.0.2.77")},
		"from 192.0.2.77:900: cannot assign requested address": {Address: netip.MustParseAddr("192.0.2.77"), Port: 900},
		"interface no-such-device: no such device":             {Interface: "no-such-device"},
	} {
		for _, kind := range []string{"tcp", "http"} {
			c := target(kind, to.String())
			if kind == "http" {
				c.HTTP = &HTTPConfig{Method: "GET", Page: Page{Path: "/"}}
			}
			c.From = from
			check, err := New(c)
			if err != nil {
				t.Fatal(err)
			}
			err = check.Probe(t.Context())
			if unable := (*Unable)(nil); !errors.As(err, &unable) || unable.Words != words {
				t.Errorf("%s from %+v: got %v, want that the node could not: %s", kind, from, err, words)
			}
		}
	}
	if len(callers) > 0 {
		t.Errorf("the server was called from %v", <-callers)
	}
}

func TestWhatATargetRefusesIsNotOurs(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	c := target("tcp", address)
	c.From.Address = netip.MustParseAddr("127.0.0.3")
	check, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	err = check.Probe(t.Context())
	if unable := (*Unable)(nil); errors.As(err, &unable) || !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("got %v, want that the target refused", err)
	}
}

func TestFromIsChecked(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"families":  func(c *Config) { c.From.Address = netip.MustParseAddr("2001:db8::1") },
		"interface": func(c *Config) { c.From.Interface = "sixteen-letters-" },
		"no target": func(c *Config) { c.Kind, c.Target, c.From.Mark = "script", netip.AddrPort{}, 7 },
	} {
		c := target("tcp", "192.0.2.31:80")
		change(&c)
		if _, err := New(c); err == nil {
			t.Errorf("%s: %+v was accepted", name, c.From)
		}
	}
}

func TestLinkLocalTargetsAreOnTheInterface(t *testing.T) {
	c := target("tcp", "[fe80::1]:80")
	c.From = From{Interface: "eth1", Address: netip.MustParseAddr("fe80::2")}
	d := c.dialer()
	if got, want := d.Target.String(), "[fe80::1%eth1]:80"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := d.local("tcp").String(), "[fe80::2%eth1]:0"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
