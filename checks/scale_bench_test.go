package checks

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// serveVariable makes the test binary the servers of a benchmark, so that what they cost is not counted.
const serveVariable = "HA_BENCH_SERVE"

func TestMain(m *testing.M) {
	if kind := os.Getenv(serveVariable); kind != "" {
		if err := serveMany(kind); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// serveMany answers on a port of all loopback addresses, which it prints, until its standard input ends.
func serveMany(kind string) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	if err := unix.Bind(fd, &unix.SockaddrInet4{}); err != nil {
		return err
	}
	if err := unix.Listen(fd, 4096); err != nil {
		return err
	}
	at, err := unix.Getsockname(fd)
	if err != nil {
		return err
	}
	fmt.Println(at.(*unix.SockaddrInet4).Port)
	go func() {
		for {
			conn, _, err := unix.Accept4(fd, unix.SOCK_CLOEXEC)
			if err != nil {
				continue
			}
			if kind == "http" {
				go answer(conn)
				continue
			}
			_ = unix.Close(conn)
		}
	}()
	_, _ = os.Stdin.Read(make([]byte, 1)) // its end is what it waits for
	return nil
}

// answer answers one request.
func answer(conn int) {
	defer unix.Close(conn)
	if _, err := unix.Read(conn, make([]byte, 4096)); err == nil {
		_, _ = unix.Write(conn, []byte("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"))
	}
}

// servers starts servers in a process of their own and returns their port.
func servers(b *testing.B, kind string) uint16 {
	b.Helper()
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), serveVariable+"="+kind)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = in.Close(); _ = cmd.Wait() })
	line := make([]byte, 16)
	n, err := out.Read(line)
	if err != nil {
		b.Fatal(err)
	}
	port, err := strconv.ParseUint(strings.TrimSpace(string(line[:n])), 10, 16)
	if err != nil {
		b.Fatal(err)
	}
	return uint16(port)
}

// used is the processor time that this process has used.
func used(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// resident is how much memory this process has, in MB.
func resident(b *testing.B) float64 {
	b.Helper()
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		b.Fatal(err)
	}
	pages, err := strconv.ParseFloat(strings.Fields(string(text))[1], 64)
	if err != nil {
		b.Fatal(err)
	}
	return pages * float64(os.Getpagesize()) / 1e6
}

// bareConnect is what connecting and closing costs by itself on this machine now, in per cent of a core for 1,000 a second.
func bareConnect(b *testing.B, port uint16) float64 {
	b.Helper()
	const n = 2000
	before := used(b)
	for i := range n {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			b.Fatal(err)
		}
		if err := unix.Connect(fd, &unix.SockaddrInet4{Port: int(port), Addr: [4]byte{127, 1, byte(i >> 8), byte(i)}}); err != nil {
			b.Fatal(err)
		}
		_ = unix.Close(fd)
	}
	return 100 * (used(b) - before).Seconds() * 1000 / n
}

// loadAverage is the load average of the last minute.
func loadAverage(b *testing.B) float64 {
	b.Helper()
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		b.Fatal(err)
	}
	first, _, _ := strings.Cut(string(text), " ")
	load, err := strconv.ParseFloat(first, 64)
	if err != nil {
		b.Fatal(err)
	}
	return load
}

// BenchmarkChecks runs checks of many servers at a second each, and reports what they cost, how late they started and how many were
// later than a tenth of the interval.
func BenchmarkChecks(b *testing.B) {
	for _, load := range []struct {
		kind    string
		n       int
		hanging int // per cent
	}{
		{"tcp", 1_000, 0},
		{"tcp", 10_000, 0},
		{"tcp", 20_000, 0},
		{"http", 5_000, 0},
		{"tcp", 20_000, 30},
	} {
		name := fmt.Sprintf("kind=%s/n=%d", load.kind, load.n)
		if load.hanging > 0 {
			name += fmt.Sprintf("/hanging=%d", load.hanging)
		}
		b.Run(name, func(b *testing.B) { measure(b, load.kind, load.n, load.hanging) })
	}
}

func measure(b *testing.B, kind string, n, hanging int) {
	b.Helper()
	port := servers(b, kind)
	var all []Config
	for i := range n {
		ip := netip.AddrFrom4([4]byte{127, 1, byte(i >> 8), byte(i)})
		c := Config{
			Key: kind + " " + ip.String(), Name: "check", Kind: kind, Target: netip.AddrPortFrom(ip, port),
			Interval: time.Second, Timeout: time.Second, Rise: 1, Fall: 3, Jitter: 10,
		}
		if kind == "http" {
			c.HTTP = &HTTPConfig{Method: "GET", Page: Page{Path: "/"}}
		}
		if i*100 < n*hanging {
			c.Target = netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(i)}), port) // nobody answers there
		}
		all = append(all, c)
	}
	var mu sync.Mutex
	var late []time.Duration
	failed, counting := 0, false
	s := NewScheduler(func(r Result) {
		mu.Lock()
		defer mu.Unlock()
		if r.Err != "" && r.Took < time.Second {
			failed++
		}
		if counting && r.Err == "" { // those that hang may wait for a place
			late = append(late, r.Late)
		}
	}, Options{})
	ctx, cancel := context.WithCancel(b.Context())
	done := make(chan struct{})
	go func() { s.Run(ctx); close(done) }()
	if err := s.Set(all, nil); err != nil {
		b.Fatal(err)
	}
	const settle, span = 3 * time.Second, 8 * time.Second
	time.Sleep(settle)
	mu.Lock()
	counting = true
	mu.Unlock()
	before := used(b)
	time.Sleep(span)
	cpu := used(b) - before
	memory := resident(b)
	cancel()
	<-done
	slices.Sort(late)
	if len(late) == 0 {
		b.Fatal("no probe ended")
	}
	tardy := 0
	for _, d := range late {
		if d > 100*time.Millisecond {
			tardy++
		}
	}
	rate := float64(len(late)) / span.Seconds()
	percent := 100 * cpu.Seconds() / span.Seconds()
	b.ReportMetric(rate, "checks/s")
	b.ReportMetric(percent/rate*1000, "cpu-%") // for 1,000 a second
	b.ReportMetric(bareConnect(b, port), "bare-cpu-%")
	b.ReportMetric(loadAverage(b), "load")
	b.ReportMetric(float64(late[len(late)/2].Microseconds()), "late-p50-µs")
	b.ReportMetric(float64(late[len(late)*9/10].Microseconds()), "late-p90-µs")
	b.ReportMetric(float64(late[len(late)*99/100].Microseconds()), "late-p99-µs")
	b.ReportMetric(float64(late[len(late)-1].Microseconds()), "late-max-µs")
	b.ReportMetric(float64(tardy), "tardy")
	b.ReportMetric(float64(failed), "failed")
	b.ReportMetric(memory, "MB")
	b.ReportMetric(0, "ns/op")
}
