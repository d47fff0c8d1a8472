package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"ha/enforcer/netlab"
)

// farm is a director between two LANs. On the outer one are the clients, who ask 192.0.2.1 and 2001:db8::1, and
// s1 to s3, who hold these addresses silently and answer clients directly. On the inner one are n1 to n3, whose way back is through the
// director.
type farm struct {
	*rig
	d       *director
	inner   *netlab.LAN
	servers map[string]*farmServer
}

// farmServer answers with its name and counts what it answered.
type farmServer struct {
	*netlab.Host
	t    *testing.T
	name string

	mu      sync.Mutex
	counts  map[string]int // answers, by "tcp|192.0.2.31:80", the protocol and where they were given
	running sync.WaitGroup
	ends    map[io.Closer]bool // listeners and connections that are open
}

// The addresses that clients ask, and the parts of the servers' that come before their number.
const (
	farmVIP, farmVIP6 = "192.0.2.1", "2001:db8::1"
	farmClients       = 8    // clients' further addresses end in .200, ::200 and so on
	farmGUE           = 6080 // where the servers unwrap GUE
)

// newFarm makes the LANs, the director, which does not run yet, and all servers, which do not answer yet. The test needs what
// its callers ask netlab for: namespaces, IPVS, ipvsadm and ip.
func newFarm(t *testing.T, text string) *farm {
	t.Helper()
	f := &farm{rig: newRig(t, text), inner: netlab.NewTestLAN(t), servers: map[string]*farmServer{}}
	client := f.watch.MustAddresses(t)
	for i := range farmClients {
		for _, p := range prefixes(fmt.Sprintf("192.0.2.%d/24", 200+i), fmt.Sprintf("2001:db8::%d/64", 200+i)) {
			if err := client.Add(p); err != nil {
				t.Fatal(err)
			}
		}
	}
	f.d = f.director("a")
	if err := f.inner.Attach(f.d.Host, "eth1", prefixes("198.51.100.11/24", "2001:db8:1::11/64")...); err != nil {
		t.Fatal(err)
	}
	sysctl(t, f.d.Host, "net.ipv4.ip_forward", "1")
	sysctl(t, f.d.Host, "net.ipv6.conf.all.forwarding", "1")
	for i := 1; i <= 3; i++ {
		f.direct(fmt.Sprintf("s%d", i), 30+i)
		f.behind(fmt.Sprintf("n%d", i), 30+i)
	}
	return f
}

// direct adds a server for direct routing and tunnels: it holds the VIPs and is silent about them.
func (f *farm) direct(name string, number int) {
	f.t.Helper()
	s := f.server(f.rig.lan, name, fmt.Sprintf("192.0.2.%d/24", number), fmt.Sprintf("2001:db8::%d/64", number))
	for _, setting := range []string{"all.arp_ignore=1", "all.arp_announce=2", "all.rp_filter=0", "tunl0.rp_filter=0", "gre0.rp_filter=0"} {
		name, value, _ := strings.Cut(setting, "=")
		sysctl(f.t, s.Host, "net.ipv4.conf."+name, value)
	}
	lo, err := s.Addresses("lo")
	if err != nil {
		f.t.Fatal(err)
	}
	defer lo.Close()
	for _, p := range prefixes(farmVIP+"/32", farmVIP6+"/128") {
		if err := lo.Add(p); err != nil {
			f.t.Fatal(err)
		}
	}
	for _, device := range []string{"tunl0", "ip6tnl0", "gre0", "ip6gre0"} {
		mustIP(f.t, s.Host, "link set "+device+" up")
	}
	for _, family := range []string{"-4", "-6"} {
		mustIP(f.t, s.Host, fmt.Sprintf("%s fou add port %d gue", family, farmGUE))
	}
}

// behind adds a server whose clients' addresses are behind the director.
func (f *farm) behind(name string, number int) {
	f.t.Helper()
	s := f.server(f.inner, name, fmt.Sprintf("198.51.100.%d/24", number), fmt.Sprintf("2001:db8:1::%d/64", number))
	mustIP(f.t, s.Host, "route add default via 198.51.100.11")
	mustIP(f.t, s.Host, "route add default via 2001:db8:1::11")
}

func (f *farm) server(lan *netlab.LAN, name string, addresses ...string) *farmServer {
	f.t.Helper()
	s := &farmServer{Host: lan.MustAdd(f.t, name, addresses...), t: f.t, name: name, counts: map[string]int{}, ends: map[io.Closer]bool{}}
	f.t.Cleanup(s.close)
	f.servers[name] = s
	return s
}

// mustIP runs ip(8) in a host.
func mustIP(t *testing.T, h *netlab.Host, command string) {
	t.Helper()
	if out, err := h.Command(t.Context(), "ip", strings.Fields(command)...).CombinedOutput(); err != nil {
		t.Fatalf("ip %s on %s: %v: %s", command, h.Name(), err, out)
	}
}

// serve answers at an address and port, "tcp" or "udp", until the test ends.
func (s *farmServer) serve(network, at string) {
	s.t.Helper()
	err := s.Do(func() error {
		if network == "udp" {
			conn, err := net.ListenPacket(network, at)
			if err == nil {
				s.goOn(conn, func() { s.answerDatagrams(conn, network+"|"+at) })
			}
			return err
		}
		l, err := net.Listen(network, at)
		if err == nil {
			s.goOn(l, func() { s.answerConnections(l, network+"|"+at) })
		}
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// goOn runs fn until what it listens to is closed.
func (s *farmServer) goOn(end io.Closer, fn func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ends == nil {
		_ = end.Close() // the test is over
		return
	}
	s.ends[end] = true
	s.running.Go(func() {
		fn()
		_ = end.Close() // it was closed before, or nothing is lost
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.ends, end)
	})
}

func (s *farmServer) close() {
	s.mu.Lock()
	ends := s.ends
	s.ends = nil
	for end := range ends {
		_ = end.Close() // as above
	}
	s.mu.Unlock()
	s.running.Wait()
}

func (s *farmServer) answerDatagrams(conn net.PacketConn, at string) {
	buffer := make([]byte, 64)
	for {
		_, from, err := conn.ReadFrom(buffer)
		if err != nil {
			return // closed
		}
		s.count(at)
		_, _ = conn.WriteTo([]byte(s.name), from) // the client notices what is missing
	}
}

// answerConnections tells its name to everybody, and waits until they go.
func (s *farmServer) answerConnections(l net.Listener, at string) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return // closed
		}
		s.count(at)
		s.goOn(conn, func() {
			_, _ = io.WriteString(conn, s.name+"\n") // the client notices what is missing
			_, _ = io.Copy(io.Discard, conn)         // until the client goes
		})
	}
}

func (s *farmServer) count(at string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts[at]++
}

// answered is how often it has answered at an address and port.
func (s *farmServer) answered(network, at string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts[network+"|"+at]
}

// caller is a client that asks one address and port again and again.
type caller struct {
	network, to string
	from        netip.Addr // invalid: the kernel chooses
	hold        bool       // connections stay open until the caller leaves
	open        []net.Conn
}

// call asks once, in the namespace of the goroutine's thread, and returns who answered.
func (c *caller) call() (string, error) {
	dialer := net.Dialer{Timeout: patience}
	switch {
	case c.from.IsValid() && c.network == "udp":
		dialer.LocalAddr = &net.UDPAddr{IP: c.from.AsSlice()}
	case c.from.IsValid():
		dialer.LocalAddr = &net.TCPAddr{IP: c.from.AsSlice()}
	}
	conn, err := dialer.Dial(c.network, c.to) //nolint:noctx // the namespace is that of this thread
	if err != nil {
		return "", err
	}
	if c.hold {
		c.open = append(c.open, conn)
	} else {
		defer conn.Close()
	}
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return "", err
	}
	if c.network == "udp" {
		if _, err := conn.Write([]byte("?")); err != nil {
			return "", err
		}
	}
	buffer := make([]byte, 64)
	n, err := conn.Read(buffer)
	return strings.TrimSpace(string(buffer[:n])), err
}

// leave ends the connections that were held.
func (c *caller) leave() error {
	var errs []error
	for _, conn := range c.open {
		errs = append(errs, conn.Close())
	}
	c.open = nil
	return errors.Join(errs...)
}

// calls lets the client ask n times and returns how often each server answered.
func (f *farm) calls(t *testing.T, c *caller, n int) map[string]int {
	t.Helper()
	got := map[string]int{}
	err := f.watch.Do(func() error {
		for i := range n {
			name, err := c.call()
			if err != nil {
				return fmt.Errorf("request %d of %d to %s %s: %w", i+1, n, c.network, c.to, err)
			}
			got[name]++
		}
		return nil
	})
	if err != nil {
		t.Errorf("%v (until then %v)", err, got)
	}
	return got
}
