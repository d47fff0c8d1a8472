package checks

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// onWire runs a scheduler of real checks and collects what it says.
type onWire struct {
	*Scheduler
	t       *testing.T
	mu      sync.Mutex
	results []Result
	stop    func()
}

func runOnWire(t *testing.T, o Options) *onWire {
	t.Helper()
	w := &onWire{t: t}
	w.Scheduler = NewScheduler(func(r Result) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.results = append(w.results, r)
	}, o)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); w.Run(ctx) }()
	w.stop = sync.OnceFunc(func() { cancel(); <-done })
	t.Cleanup(w.stop)
	return w
}

// await waits until so many results of a check are there, and returns the newest.
func (w *onWire) await(key string, n int) Result {
	w.t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); {
		w.mu.Lock()
		list := slices.DeleteFunc(slices.Clone(w.results), func(r Result) bool { return r.Key != key })
		w.mu.Unlock()
		if len(list) >= n {
			return list[len(list)-1]
		}
		rest(w.t)
	}
	w.t.Fatalf("no %d results of %s", n, key)
	return Result{}
}

// rest lets others work for a moment.
func rest(t *testing.T) {
	t.Helper()
	select {
	case <-t.Context().Done():
	case <-time.After(5 * time.Millisecond):
	}
}

// fullListener is the address of a listener whose queue is full: connections to it get no answer.
func fullListener(t *testing.T) netip.AddrPort {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Close(fd) })
	if err := errors.Join(syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}), syscall.Listen(fd, 0)); err != nil {
		t.Fatal(err)
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	at := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(name.(*syscall.SockaddrInet4).Port))
	for { // until the queue is full
		conn, err := net.DialTimeout("tcp", at.String(), 200*time.Millisecond)
		if err != nil {
			return at
		}
		t.Cleanup(func() { _ = conn.Close() })
	}
}

// wire is a quick check of an address.
func wire(key string, at netip.AddrPort) Config {
	c := config(key)
	c.Target, c.Interval, c.Timeout = at, 100*time.Millisecond, 300*time.Millisecond
	return c
}

func TestConnectionsOpenWithoutGoroutines(t *testing.T) {
	to, _ := listener(t)
	none, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := none.Addr().(*net.TCPAddr).AddrPort()
	if err := none.Close(); err != nil {
		t.Fatal(err)
	}
	full := fullListener(t)
	elsewhere := wire("elsewhere", to)
	elsewhere.From.Address = netip.MustParseAddr("192.0.2.77")
	files := openFiles(t)
	w := runOnWire(t, Options{})
	if err := w.Set([]Config{wire("good", to), wire("refused", nobody), wire("silent", full), elsewhere}, nil); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{
		"good":      "",
		"refused":   fmt.Sprintf("connect to %v: connection refused", nobody),
		"silent":    fmt.Sprintf("connect to %v: no answer in time (within 300ms)", full),
		"elsewhere": fmt.Sprintf("connect to %v: from 192.0.2.77: cannot assign requested address (this node could not ask)", to),
	} {
		r := w.await(key, 3)
		if r.Err != want || r.Unable != (key == "elsewhere") || key != "elsewhere" && (r.Verdict == Up) != (want == "") {
			t.Errorf("%s: got %+v, want %q", key, r, want)
		}
		if key == "silent" && r.Took < 300*time.Millisecond {
			t.Errorf("a silent server was given up after %v", r.Took)
		}
	}
	w.stop()
	for end := time.Now().Add(30 * time.Second); openFiles(t) > files; rest(t) { // tests before this one may still close some
		if time.Now().After(end) {
			t.Fatalf("%d files are open, %d were before", openFiles(t), files)
		}
	}
}

// openFiles is how many files this process has.
func openFiles(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

// Servers that do not answer hold half of the places at most, and none once nobody asks for them.
func TestSilentServersLeaveRoom(t *testing.T) {
	to, _ := listener(t)
	full := fullListener(t)
	var all []Config
	for i := range 8 {
		c := wire(fmt.Sprint("silent ", i), full)
		c.Timeout = time.Second // slow
		all = append(all, c)
	}
	w := runOnWire(t, Options{Open: 4})
	if err := w.Set(all, nil); err != nil {
		t.Fatal(err)
	}
	w.await("silent 0", 1)
	if err := w.Set(append(all, wire("good", to)), nil); err != nil {
		t.Fatal(err)
	}
	if r := w.await("good", 5); r.Err != "" {
		t.Errorf("got %+v", r)
	}
	if err := w.Set([]Config{wire("good", to), wire("other", to)}, nil); err != nil {
		t.Fatal(err)
	}
	w.await("other", 5)
}

// Among many checks a connection is looked at a moment after it began; what is found is the same.
func TestACrowdOfConnections(t *testing.T) {
	to, _ := listener(t)
	resets, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resets.Close() })
	go func() {
		for {
			conn, err := resets.Accept()
			if err != nil {
				return
			}
			_ = conn.(*net.TCPConn).SetLinger(0)
			_ = conn.Close()
		}
	}()
	none, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := none.Addr().(*net.TCPAddr).AddrPort()
	if err := none.Close(); err != nil {
		t.Fatal(err)
	}
	all := []Config{wire("refused", nobody), wire("silent", fullListener(t)), wire("resets", resets.Addr().(*net.TCPAddr).AddrPort())}
	for i := range crowd {
		c := wire(fmt.Sprint(i), to)
		c.Interval, c.Timeout = time.Second, 20*time.Second
		all = append(all, c)
	}
	w := runOnWire(t, Options{})
	if err := w.Set(all, nil); err != nil {
		t.Fatal(err)
	}
	for i := range crowd {
		if r := w.await(fmt.Sprint(i), 1); r.Err != "" {
			t.Fatalf("got %+v", r)
		}
	}
	for key, want := range map[string]string{"refused": "connection refused", "silent": "no answer in time (within 300ms)", "resets": ""} {
		if r := w.await(key, 3); !strings.HasSuffix(r.Err, want) || (r.Err == "") != (want == "") {
			t.Errorf("%s: got %q, want %q", key, r.Err, want)
		}
	}
}
