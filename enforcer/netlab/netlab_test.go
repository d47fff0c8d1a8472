package netlab

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// inode tells in which network namespace the calling thread is.
func inode(t *testing.T) uint64 {
	t.Helper()
	var s unix.Stat_t
	if err := unix.Stat(fmt.Sprintf("/proc/self/task/%d/ns/net", unix.Gettid()), &s); err != nil {
		t.Fatal(err)
	}
	return s.Ino
}

func TestDoRunsInsideAndLeavesNoThreadBehind(t *testing.T) {
	Need(t, "netns")
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	home := inode(t)
	n, err := New()
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	}()
	for range 20 {
		var inside uint64
		if err := n.Do(func() error { inside = inode(t); return nil }); err != nil {
			t.Fatal(err)
		}
		if inside == home {
			t.Fatal("Do ran in the namespace of its caller")
		}
	}
	if now := inode(t); now != home {
		t.Errorf("the caller's thread moved from %d to %d", home, now)
	}
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	WaitFor(t, 5*time.Second, "the threads of Do to end", func() bool {
		for _, task := range tasks {
			var s unix.Stat_t
			if unix.Stat("/proc/self/task/"+task.Name()+"/ns/net", &s) == nil && s.Ino != home {
				return false
			}
		}
		return true
	})
}

func TestDoReturnsWhenItsFunctionDoesNot(t *testing.T) {
	Need(t, "netns")
	n, err := New()
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Do(func() error { runtime.Goexit(); return nil }); !errors.Is(err, errUnfinished) {
		t.Errorf("got %v, want %v", err, errUnfinished)
	}
	if err := errors.Join(n.Close(), n.Close()); err != nil {
		t.Errorf("closing twice: %v", err)
	}
}

func TestHostsOfALANReachEachOther(t *testing.T) {
	l := NewTestLAN(t)
	a := l.MustAdd(t, "a", "192.0.2.1/24", "2001:db8::1/64")
	b := l.MustAdd(t, "b", "192.0.2.2/24", "2001:db8::2/64")
	for _, address := range []string{"192.0.2.2:7", "[2001:db8::2]:7"} {
		if !reaches(t, a, b, address) {
			t.Errorf("a does not reach %s", address)
		}
	}
}

func TestCutIsolateAndHeal(t *testing.T) {
	l := NewTestLAN(t)
	a := l.MustAdd(t, "a", "192.0.2.1/24")
	b := l.MustAdd(t, "b", "192.0.2.2/24")
	running := func() bool {
		var flags net.Flags
		if err := a.Do(func() error {
			eth0, err := net.InterfaceByName("eth0")
			if err == nil {
				flags = eth0.Flags
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return flags&net.FlagRunning != 0
	}
	steps := []struct {
		name             string
		do               func(*Host) error
		carrier, reaches bool
	}{
		{"cut", l.Cut, false, false},
		{"heal after a cut", l.Heal, true, true},
		{"isolate", l.Isolate, true, false},
		{"heal after an isolation", l.Heal, true, true},
	}
	for _, s := range steps {
		if err := s.do(a); err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		WaitFor(t, 5*time.Second, s.name+" to change the carrier", func() bool { return running() == s.carrier })
		if s.reaches {
			WaitFor(t, 5*time.Second, s.name+" to let frames through", func() bool { return reaches(t, a, b, "192.0.2.2:7") })
		} else if reaches(t, a, b, "192.0.2.2:7") {
			t.Errorf("%s: a still reaches b", s.name)
		}
	}
	if err := l.Cut(&Host{name: "stranger"}); err == nil {
		t.Error("a host that is not on the LAN was cut")
	}
}

// reaches sends a datagram from one host to another and says whether it arrives within 200 ms.
func reaches(t *testing.T, from, to *Host, address string) bool {
	t.Helper()
	var server net.PacketConn
	if err := to.Do(func() (err error) { server, err = net.ListenPacket("udp", address); return err }); err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	if err := from.Do(func() error {
		client, err := net.Dial("udp", address)
		if err != nil {
			return err
		}
		defer client.Close()
		_, err = client.Write([]byte("hello"))
		return err
	}); err != nil {
		return false // no route while the carrier is away
	}
	if err := server.SetReadDeadline(time.Now().Add(200 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	_, _, err := server.ReadFrom(make([]byte, 16))
	return err == nil
}

func TestAHostOnTwoLANs(t *testing.T) {
	l, m := NewTestLAN(t), NewTestLAN(t)
	router := l.MustAdd(t, "router", "192.0.2.1/24")
	if err := m.Attach(router, "eth1"); err != nil {
		t.Fatal(err)
	}
	if err := m.Attach(router, "eth2"); err == nil {
		t.Error("attached twice to one LAN")
	}
	if _, err := l.Add("router"); err == nil {
		t.Error("two hosts of one name")
	}
	if err := router.Do(func() error { _, err := net.InterfaceByName("eth1"); return err }); err != nil {
		t.Error(err)
	}
}

func TestARouteLeadsToAnotherLAN(t *testing.T) {
	l, m := NewTestLAN(t), NewTestLAN(t)
	router := l.MustAdd(t, "router", "192.0.2.1/24", "2001:db8::1/64")
	here := l.MustAdd(t, "here", "192.0.2.2/24", "2001:db8::2/64")
	there := m.MustAdd(t, "there", "198.51.100.2/24", "2001:db8:1::2/64")
	err := m.Attach(router, "eth1", netip.MustParsePrefix("198.51.100.1/24"), netip.MustParsePrefix("2001:db8:1::1/64"))
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"ipv4/ip_forward", "ipv6/conf/all/forwarding"} {
		if err := router.Do(func() error { return os.WriteFile("/proc/sys/net/"+key, []byte("1"), 0) }); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range []struct {
		host             *Host
		destination, via string
	}{
		{here, "0.0.0.0/0", "192.0.2.1"},
		{here, "::/0", "2001:db8::1"},
		{there, "192.0.2.0/24", "198.51.100.1"},
		{there, "2001:db8::/64", "2001:db8:1::1"},
	} {
		if err := r.host.AddRoute(netip.MustParsePrefix(r.destination), netip.MustParseAddr(r.via)); err != nil {
			t.Fatal(err)
		}
	}
	for _, address := range []string{"198.51.100.2:7", "[2001:db8:1::2]:7"} {
		if !reaches(t, here, there, address) {
			t.Errorf("%s is not reached", address)
		}
	}
	if err := here.AddRoute(netip.MustParsePrefix("203.0.113.0/24"), netip.MustParseAddr("203.0.113.1")); err == nil {
		t.Error("a gateway that nobody reaches was accepted")
	}
}

func TestAddressesComeAndGo(t *testing.T) {
	l := NewTestLAN(t)
	a := l.MustAdd(t, "a", "192.0.2.1/24").MustAddresses(t)
	for _, text := range []string{"192.0.2.9/32", "2001:db8::9/128"} {
		p := netip.MustParsePrefix(text)
		has := func() bool {
			list, err := a.List()
			if err != nil {
				t.Fatal(err)
			}
			return slices.Contains(list, p)
		}
		for range 2 {
			if err := a.Add(p); err != nil || !has() {
				t.Errorf("after adding %s: %v, there: %v", p, err, has())
			}
		}
		for range 2 {
			if err := a.Remove(p); err != nil || has() {
				t.Errorf("after removing %s: %v, there: %v", p, err, has())
			}
		}
	}
}

func TestCommandRunsInside(t *testing.T) {
	Need(t, "ip")
	l := NewTestLAN(t)
	a := l.MustAdd(t, "a", "192.0.2.1/24")
	out, err := a.Command(t.Context(), "ip", "-o", "-4", "address", "show").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "192.0.2.1/24") {
		t.Errorf("got %v, %s", err, out)
	}
	c := a.Command(t.Context(), "ip", "link")
	c.SysProcAttr = &unix.SysProcAttr{Pdeathsig: unix.SIGKILL}
	if err := c.Start(); err == nil {
		t.Error("Pdeathsig was accepted")
	}
}

func TestNamedNamespacesAreSweptWithTheirProcesses(t *testing.T) {
	Need(t, "netns", "named", "ip")
	prefix := fmt.Sprintf("netlab-test-%d-", os.Getpid())
	l, err := NewLAN(prefix)
	if err != nil {
		t.Fatal(err)
	}
	a := l.MustAdd(t, "a")
	if out, err := a.Command(t.Context(), "ip", "netns", "exec", prefix+"a", "ip", "link", "show", "eth0").CombinedOutput(); err != nil {
		t.Errorf("ip netns exec: %v: %s", err, out)
	}
	left := a.Command(t.Context(), "sleep", "60")
	if err := left.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := NewNamed(prefix + "a"); err == nil {
		t.Error("two namespaces of one name")
	}
	swept, err := Sweep(prefix)
	if err != nil || strings.Join(swept, " ") != prefix+"a "+prefix+"bridge" {
		t.Errorf("swept %v, %v", swept, err)
	}
	if err := left.Wait(); err == nil {
		t.Error("the process in the namespace was not killed")
	}
	if again, err := Sweep(prefix); err != nil || len(again) != 0 {
		t.Errorf("the second sweep found %v, %v", again, err)
	}
	if err := l.Close(); err != nil {
		t.Errorf("close after a sweep: %v", err)
	}
	if _, err := Sweep(""); err == nil {
		t.Error("an empty prefix was accepted")
	}
}

// recorder is a TB that notes how a test ended.
type recorder struct{ outcome string }

func (*recorder) Helper()                         {}
func (*recorder) Cleanup(func())                  {}
func (r *recorder) Errorf(string, ...any)         { r.outcome = "failed" }
func (r *recorder) Fatalf(f string, _ ...any)     { r.outcome = "failed" }
func (r *recorder) Skipf(format string, _ ...any) { r.outcome = "skipped" }

func TestNeedSkipsUnlessPromised(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	tests := []struct{ name, have, need, want string }{
		{"absent and not promised", "netns", "busybox", "skipped"},
		{"absent and promised", "netns,busybox", "busybox", "failed"},
		{"a word that nobody knows", "", "flux-capacitor", "failed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv(Promise, tt.have)
			var r recorder
			Need(&r, tt.need)
			if r.outcome != tt.want {
				t.Errorf("got %q, want %q", r.outcome, tt.want)
			}
		})
	}
}
