package worker

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ha/checks"
)

// role is the variable by which a test makes this binary something else than a test.
const role = "HA_TEST_WORKER_ROLE"

func TestMain(m *testing.M) {
	play := os.Getenv(role)
	if play == "" {
		m.Run()
		return
	}
	if err := playRole(play); err != nil {
		fmt.Fprintln(os.Stderr, play+":", err)
	}
}

// playRole is the worker process: a good one, or one of the bad.
func playRole(play string) error {
	switch play {
	case "worker":
		return Main(context.Background(), FD)
	case "mute":
		return wait()
	case "core worker", "core mute": // starts a worker, prints its number, and stays
		c := Start(context.Background(), Options{Env: append(os.Environ(), role+"="+strings.TrimPrefix(play, "core "))})
		fmt.Println(c.Status().PID)
		return wait()
	case "quitter":
		return errors.New("no")
	}
	conn := os.NewFile(FD, "core")
	say := func(m message) error { return send(conn, m, maxToCore, 0) }
	switch play {
	case "stranger":
		return say(message{Pong: 1})
	case "future":
		return say(message{Hello: &hello{Version: Version + 1}})
	}
	// The others begin well, and leave somebody behind in their group.
	child := exec.Command("sleep", "1000")
	if err := child.Start(); err != nil {
		return err
	}
	if err := say(message{Hello: &hello{Version: Version}}); err != nil {
		return err
	}
	if err := say(message{Refused: "child " + strconv.Itoa(child.Process.Pid)}); err != nil {
		return err
	}
	switch play {
	case "babbler":
		if _, err := conn.WriteString("\x00\x00\x00\x05hello"); err != nil {
			return err
		}
		return wait()
	case "boaster":
		if _, err := conn.Write(binary.BigEndian.AppendUint32(nil, 0xffffffff)); err != nil {
			return err
		}
		return wait()
	case "liar":
		return errors.Join(say(message{Results: []checks.Result{{Key: "k", Verdict: 9, Streak: 1}}}), wait())
	case "boss":
		return errors.Join(say(message{Ping: 1}), wait())
	case "sleeper":
		return wait()
	case "parent": // ends with the core, as it should, without a thought for its child
		_, err := io.Copy(io.Discard, conn)
		return err
	}
	return fmt.Errorf("no such role")
}

// wait waits to be killed.
func wait() error { select {} }

// ear collects results and the log.
type ear struct {
	mu      sync.Mutex
	results []checks.Result
	log     strings.Builder
}

func (e *ear) result(r checks.Result) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.results = append(e.results, r)
}

func (e *ear) Write(p []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.log.Write(p)
}

func (e *ear) logged() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.log.String()
}

// last returns the last result and how many there were.
func (e *ear) last() (checks.Result, int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.results) == 0 {
		return checks.Result{}, 0
	}
	return e.results[len(e.results)-1], len(e.results)
}

// hire starts a client whose workers play a role, and stops it with the test.
func hire(t *testing.T, play string, known map[string]checks.Health) (*Client, *ear) {
	t.Helper()
	e := &ear{}
	quick := timing{
		ping: 20 * time.Millisecond, silence: 10 * time.Second, least: 10 * time.Millisecond, most: 100 * time.Millisecond,
		stable: time.Minute, farewell: 5 * time.Second,
	}
	if play == "sleeper" {
		quick.silence = 300 * time.Millisecond
	}
	ctx, cancel := context.WithCancel(context.Background())
	c := start(ctx, Options{
		Env: append(os.Environ(), role+"="+play), OnResult: e.result, Known: known,
		Log: slog.New(slog.NewTextHandler(e, nil)),
	}, quick)
	t.Cleanup(func() {
		cancel()
		c.Wait()
	})
	return c, e
}

// eventually waits up to twenty seconds for a condition.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(20 * time.Second); !condition(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

// alive reports whether a process runs.
func alive(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !strings.Contains(string(stat), ") Z ")
}

// listener returns something to check.
func listener(t *testing.T) (net.Listener, checks.Config) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() }) // perhaps a second time
	return l, checks.Config{
		Key: "tcp " + l.Addr().String(), Name: "check.tcp.test", Kind: "tcp", Target: netip.MustParseAddrPort(l.Addr().String()),
		Interval: 100 * time.Millisecond, Timeout: time.Second, Rise: 1, Fall: 3,
	}
}

func TestResultsArrive(t *testing.T) {
	c, e := hire(t, "worker", nil)
	l, config := listener(t)
	c.Set([]checks.Config{config})
	eventually(t, "the listener is up", func() bool { r, _ := e.last(); return r.Verdict == checks.Up && r.Key == config.Key })
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is down", func() bool { r, _ := e.last(); return r.Verdict == checks.Down })
	if r, _ := e.last(); r.Streak < 3 || !strings.HasSuffix(r.Err, "connection refused") {
		t.Errorf("got %+v", r)
	}
	c.Set(nil)
	other := config
	other.Key = "another"
	c.Set([]checks.Config{other})
	eventually(t, "the new set counts", func() bool { r, _ := e.last(); return r.Key == "another" })
	if s := c.Status(); s.Restarts != 0 || s.Err != "" || !alive(s.PID) {
		t.Errorf("status %+v, log:\n%s", s, e.logged())
	}
}

func TestKilledWorkerComesBackAndCountsOn(t *testing.T) {
	c, e := hire(t, "worker", nil)
	l, config := listener(t)
	c.Set([]checks.Config{config})
	eventually(t, "the listener is up", func() bool { r, _ := e.last(); return r.Verdict == checks.Up && r.Streak > 1 })
	before, _ := e.last()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	first := c.Status()
	if err := unix.Kill(first.PID, unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually(t, "another worker starts", func() bool { s := c.Status(); return s.PID != 0 && s.PID != first.PID })
	eventually(t, "results come again", func() bool { r, _ := e.last(); return r.Err != "" })
	eventually(t, "it is down", func() bool { r, _ := e.last(); return r.Verdict == checks.Down })
	e.mu.Lock()
	defer e.mu.Unlock()
	for i, r := range e.results {
		if r.Err != "" && r.Streak < 3 && r.Verdict != checks.Up {
			t.Errorf("result %d turned it down at once, after %+v: %+v", i, before, r)
		}
	}
	if c.Status().Restarts != 1 || !strings.Contains(e.log.String(), "signal: killed") {
		t.Errorf("status %+v, log:\n%s", c.Status(), &e.log)
	}
}

func TestKnownFromBefore(t *testing.T) {
	_, config := listener(t)
	config.Rise = 5
	c, e := hire(t, "worker", map[string]checks.Health{config.Key: {Verdict: checks.Down, Streak: 9}})
	c.Set([]checks.Config{config})
	eventually(t, "it is up", func() bool { r, _ := e.last(); return r.Verdict == checks.Up })
	if r, _ := e.last(); r.Streak < 5 {
		t.Errorf("up after %d successes, want 5: %+v", r.Streak, r)
	}
}

func TestRefusedSetKeepsTheOld(t *testing.T) {
	c, e := hire(t, "worker", nil)
	_, config := listener(t)
	c.Set([]checks.Config{config})
	eventually(t, "the first result", func() bool { _, n := e.last(); return n > 0 })
	wrong := config
	wrong.Kind = "telepathy"
	c.Set([]checks.Config{wrong})
	eventually(t, "the refusal is logged", func() bool { return strings.Contains(e.logged(), "telepathy") })
	_, n := e.last()
	eventually(t, "the old set runs on", func() bool { _, now := e.last(); return now > n+2 })
	if s := c.Status(); s.Restarts != 0 || !strings.Contains(s.Err, "telepathy") {
		t.Errorf("status %+v", s)
	}
}

func TestStopTakesTheWorkerAlong(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	c := Start(ctx, Options{Env: append(os.Environ(), role+"=worker"), Log: slog.New(slog.DiscardHandler)})
	pid := c.Status().PID
	if !alive(pid) {
		t.Fatalf("status after Start: %+v", c.Status())
	}
	cancel()
	c.Wait()
	if alive(pid) || c.Status().PID != 0 {
		t.Errorf("worker %d lives: %v; status %+v", pid, alive(pid), c.Status())
	}
}

func TestStopTakesTheWorkersChildrenAlong(t *testing.T) {
	e := &ear{}
	ctx, cancel := context.WithCancel(t.Context())
	c := start(ctx, Options{
		Env: append(os.Environ(), role+"=parent"), Log: slog.New(slog.NewTextHandler(e, nil)),
	}, defaults())
	eventually(t, "it has a child", func() bool { return childIn(e.logged()) > 0 })
	child := childIn(e.logged())
	cancel()
	c.Wait()
	eventually(t, "its child is dead", func() bool { return !alive(child) })
}

func TestCoreKilledTakesTheWorkerAlong(t *testing.T) {
	// A good worker notices; the kernel kills one that does not.
	for _, play := range []string{"core worker", "core mute"} {
		core := exec.Command("/proc/self/exe")
		core.Env = append(os.Environ(), role+"="+play)
		out, err := core.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := core.Start(); err != nil {
			t.Fatal(err)
		}
		var pid int
		if _, err := fmt.Fscan(out, &pid); err != nil || !alive(pid) {
			t.Fatalf("%s: worker %d: %v", play, pid, err)
		}
		if err := core.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = core.Wait() // killed
		eventually(t, play+": the worker ends", func() bool { return !alive(pid) })
	}
}

// childIn returns the process that a worker said it left behind; 0 if it did not say so yet.
func childIn(log string) int {
	child := regexp.MustCompile(`err="child (\d+)"`).FindStringSubmatch(log)
	if child == nil {
		return 0
	}
	pid, err := strconv.Atoi(child[1])
	if err != nil {
		return 0
	}
	return pid
}

func TestOutdatedResultsArePassedOver(t *testing.T) {
	e := &ear{}
	c := &Client{options: Options{OnResult: e.result}}
	c.Set([]checks.Config{{Key: "a"}})
	c.take(checks.Result{Key: "gone", Verdict: checks.Down, Streak: 1})
	c.take(checks.Result{Key: "a", Verdict: checks.Up, Streak: 1})
	if r, n := e.last(); n != 1 || r.Key != "a" {
		t.Errorf("got %+v", e.results)
	}
}

func TestBadWorkersAreReplaced(t *testing.T) {
	tests := []struct {
		role, why string
		child     bool // leaves one behind
	}{
		{"quitter", "it ended before it said hello", false},
		{"stranger", "it did not say hello first", false},
		{"future", fmt.Sprintf("it speaks version %d of the protocol, this is %d", Version+1, Version), false},
		{"babbler", "a frame that is not a message", true},
		{"boaster", "a frame of 4294967295 bytes; at most 4194304 are taken", true},
		{"liar", `result of \"k\" with verdict 9`, true},
		{"boss", "it sent what only the core says", true},
		{"sleeper", "no sign of life for 300ms", true},
	}
	for _, test := range tests {
		t.Run(test.role, func(t *testing.T) {
			t.Parallel()
			c, e := hire(t, test.role, nil)
			eventually(t, "two deaths", func() bool { return c.Status().Restarts >= 2 })
			log := e.logged()
			if !strings.Contains(log, test.why) {
				t.Errorf("the log does not say %q:\n%s", test.why, log)
			}
			if _, n := e.last(); n > 0 {
				t.Error("it was believed")
			}
			if !test.child {
				return
			}
			child := childIn(log)
			if child == 0 {
				t.Fatalf("no child in the log:\n%s", log)
			}
			eventually(t, "whom the first one left behind is dead", func() bool { return !alive(child) })
		})
	}
}

func TestNoProgram(t *testing.T) {
	e := &ear{}
	ctx, cancel := context.WithCancel(t.Context())
	c := Start(ctx, Options{Exe: "/no/such/program", Log: slog.New(slog.NewTextHandler(e, nil))})
	c.Set(nil)
	eventually(t, "the reason is told", func() bool { return strings.Contains(c.Status().Err, "/no/such/program") })
	cancel()
	c.Wait()
}

func TestMainAlone(t *testing.T) {
	t.Run("the core goes away", func(t *testing.T) {
		core, end := mainOnPair(t)
		if m, err := decode(core, maxToCore); err != nil || m.Hello == nil {
			t.Fatalf("got %+v, %v; want a hello", m, err)
		}
		if err := core.Close(); err != nil {
			t.Fatal(err)
		}
		if err := <-end; err != nil {
			t.Error(err)
		}
	})
	t.Run("the core talks nonsense", func(t *testing.T) {
		core, end := mainOnPair(t)
		if err := send(core, message{Pong: 1}, maxToWorker, 0); err != nil {
			t.Fatal(err)
		}
		if err := <-end; err == nil || err.Error() != "the core sent what only a worker says" {
			t.Errorf("got %v", err)
		}
	})
	for _, part := range []string{"\x00\x00", "\x00\x00\x01\x00{"} {
		t.Run(fmt.Sprintf("the core breaks off after %q", part), func(t *testing.T) {
			core, end := mainOnPair(t)
			if _, err := io.WriteString(core, part); err != nil {
				t.Fatal(err)
			}
			if err := core.Close(); err != nil {
				t.Fatal(err)
			}
			if err := <-end; err != nil {
				t.Error(err)
			}
		})
	}
	t.Run("no core at all", func(t *testing.T) {
		f, err := os.Open(os.DevNull)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if err := Main(t.Context(), int(f.Fd())); err == nil || !strings.Contains(err.Error(), "people do not") {
			t.Errorf("got %v", err)
		}
	})
}

// mainOnPair runs Main in this process and returns the core's end of its socket.
func mainOnPair(t *testing.T) (core *os.File, end chan error) {
	t.Helper()
	core, theirs, err := socketPair()
	if err != nil {
		t.Fatal(err)
	}
	fd, err := unix.Dup(int(theirs.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	if err := theirs.Close(); err != nil {
		t.Fatal(err)
	}
	end = make(chan error, 1)
	go func() { end <- Main(context.Background(), fd) }()
	t.Cleanup(func() { _ = core.Close() }) // perhaps a second time
	return core, end
}
