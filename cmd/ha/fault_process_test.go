package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"ha/enforcer/control"
	"ha/enforcer/netlab"
)

// crowdText is a director with a VIP and n static addresses 10.0.net.1, 10.0.net.2, …
func crowdText(network, n int) string {
	var b strings.Builder
	b.WriteString(`
cluster { name = "crowd" }
node "a" {
  address   = "192.0.2.11"
  interface = "eth0"
}
vip "test" {
  vrid      = 51
  interval  = "500ms"
  addresses = ["192.0.2.1/32"]
}
static "crowd" {
`)
	for _, p := range crowd(network, n) {
		fmt.Fprintf(&b, "  address %q {\n    device = \"eth0\"\n  }\n", p.String())
	}
	b.WriteString("}\n")
	return b.String()
}

// crowd lists the static addresses of crowdText.
func crowd(network, n int) []netip.Prefix {
	var list []netip.Prefix
	for i := range n {
		list = append(list, netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i >> 8), byte(network), byte(i)}), 32))
	}
	return list
}

// seed is where randomness begins: $HA_SEED, to repeat a run, or the clock. It is printed.
func seed(t *testing.T) *rand.Rand {
	t.Helper()
	n := uint64(time.Now().UnixNano())
	if text := os.Getenv("HA_SEED"); text != "" {
		var err error
		if n, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("HA_SEED=%d repeats this run", n)
	return rand.New(rand.NewPCG(n, 0))
}

// Whenever an enforcer is killed during an apply, the next one enforces what was there before or what was applied: all
// of it, with an empty plan and a closed journal.
func TestKilledDuringAnApplyItContinuesFromAGoodPlan(t *testing.T) {
	netlab.Need(t, "netns")
	const size, rounds = 60, 20
	random := seed(t)
	r := newRig(t, crowdText(1, size))
	d := r.director("a")
	d.start()
	networks := []int{1, 2} // what is applied, and what will be
	other := compile(t, loadText(t, crowdText(2, size)), "a")
	configs := [][]byte{d.config, other}

	limit, survived := 50*time.Millisecond, 0 // the limit of the wait moves to where half of the applies get through
	for round := range rounds {
		before := d.status().Generation
		told := make(chan bool, 1)
		go func() {
			result, err := d.apply(configs[1])
			told <- err == nil && result.Outcome == control.Applied
		}()
		<-time.After(time.Duration(random.Int64N(int64(limit))))
		d.crash()
		applied := <-told

		d.spawn()
		after := d.answers().Generation
		switch {
		case after == before+1:
			survived++
			limit = limit * 4 / 5
			configs[0], configs[1] = configs[1], configs[0]
			networks[0], networks[1] = networks[1], networks[0]
		case after != before || applied:
			t.Fatalf("round %d: generation %d before, %d after; told as applied: %v", round, before, after, applied)
		default:
			limit = limit * 5 / 4
		}
		d.settled()
		if !holds(t, d.addresses, crowd(networks[0], size), true) || !holds(t, d.addresses, crowd(networks[1], size), false) {
			t.Fatalf("round %d: generation %d is not what the kernel holds", round, after)
		}
		if t.Failed() {
			t.Fatalf("round %d", round)
		}
	}
	t.Logf("%d of %d applies got through before the kill", survived, rounds)
	d.becomes("Active")
}

// checkedText is a director whose pool has one server: the watching host.
const checkedText = `
cluster { name = "checked" }
node "a" {
  address   = "192.0.2.11"
  interface = "eth0"
}
vip "test" {
  vrid      = 51
  interval  = "200ms"
  addresses = ["192.0.2.1/32"]
}
pool "web" {
  listen     = ["192.0.2.1:80"]
  forwarding = "nat"
  check "tcp" {
    interval = "100ms"
    timeout  = "2s"
    rise     = 1
    fall     = 2
  }
  server "watch" {
    address = "192.0.2.250:8080"
  }
}
`

// alive tells whether a process runs, and who its parent is (proc_pid_stat(5)). One that waits to be buried does not.
func alive(pid string) (parent int, ok bool) {
	text, err := os.ReadFile(filepath.Join("/proc", pid, "stat"))
	_, rest, found := strings.Cut(string(text), ") ") // after the name, which may hold anything
	fields := strings.Fields(rest)
	if err != nil || !found || len(fields) < 2 || fields[0] == "Z" {
		return 0, false
	}
	parent, err = strconv.Atoi(fields[1])
	return parent, err == nil
}

// childOf finds the child of a process; 0 when it has none.
func childOf(t *testing.T, parent int) int {
	t.Helper()
	entries, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if p, ok := alive(e.Name()); ok && p == parent {
			return pid
		}
	}
	return 0
}

// A worker that dies comes back; meanwhile every verdict holds and the election goes on.
func TestAKilledWorkerComesBackAndVerdictsStay(t *testing.T) {
	netlab.Need(t, "netns")
	r := newRig(t, checkedText)
	var l net.Listener
	if err := r.watch.Do(func() (err error) { l, err = net.Listen("tcp", ":8080"); return err }); err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	d := r.director("a")
	d.start()
	d.becomes("Active")
	verdict := func() control.CheckStatus {
		t.Helper()
		s := d.status()
		if len(s.Checks) != 1 {
			t.Fatalf("got checks %+v, want one", s.Checks)
		}
		return s.Checks[0]
	}
	since := d.vip().Since
	netlab.WaitFor(t, patience, "the server to be up", func() bool { return verdict().Verdict == "up" })
	for range 3 {
		first := childOf(t, d.process.Process.Pid)
		if first == 0 {
			t.Fatal("the enforcer has no worker")
		}
		probed := verdict().At
		if err := syscall.Kill(first, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		netlab.WaitFor(t, patience, "a new worker to probe", func() bool {
			c := verdict()
			if c.Verdict != "up" {
				t.Fatalf("the verdict became %s: %s", c.Verdict, c.Error)
			}
			second := childOf(t, d.process.Process.Pid)
			return second != 0 && second != first && c.At.After(probed.Add(100*time.Millisecond))
		})
	}
	if v := d.vip(); v.State != "Active" || !v.Since.Equal(since) {
		t.Errorf("the election did not stay as it was: %+v", v)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	netlab.WaitFor(t, patience, "the new worker to see the server die", func() bool { return verdict().Verdict == "down" })
	worker := childOf(t, d.process.Process.Pid)
	d.crash()
	netlab.WaitFor(t, patience, "the worker to end with its enforcer", func() bool {
		_, runs := alive(strconv.Itoa(worker))
		return !runs
	})
}

// A second enforcer on the same state or the same socket leaves with a clear message and does not disturb the first.
func TestASecondEnforcerIsRefused(t *testing.T) {
	netlab.Need(t, "netns")
	r := newRig(t, crowdText(1, 1))
	d := r.director("a")
	d.start()
	d.becomes("Active")
	since := d.vip().Since
	tests := []struct {
		name, state, socket string
		code                int
		text                string
	}{
		{"the same state directory", d.state, d.socket + "2", int(exitUnavailable), "another ha process holds " + d.state},
		{"the same socket", d.state + "2", d.socket, int(exitError), "another enforcer answers on " + d.socket},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			cmd := d.Command(t.Context(), self(t), "enforce", "--state-dir", tt.state, "--via", "unix://"+tt.socket)
			cmd.Stdout, cmd.Stderr = &out, &out
			_ = cmd.Run() // the code says it
			if code := cmd.ProcessState.ExitCode(); code != tt.code || !strings.Contains(out.String(), tt.text) {
				t.Errorf("got exit code %d and %q, want %d and %q", code, out.String(), tt.code, tt.text)
			}
		})
	}
	if v := d.vip(); v.State != "Active" || !v.Since.Equal(since) {
		t.Errorf("the first enforcer was disturbed: %+v", v)
	}
}

// A newest generation that cannot be read is reported, the one before it is enforced, and the next apply ends it.
func TestADamagedGenerationIsPassedOver(t *testing.T) {
	netlab.Need(t, "netns")
	damages := map[string]func(content []byte) []byte{
		"truncated":     func(b []byte) []byte { return b[:len(b)/2] },
		"empty":         func([]byte) []byte { return nil },
		"a flipped bit": func(b []byte) []byte { b[len(b)/2] ^= 1; return b },
	}
	stories := map[string]func(*testing.T){}
	for name, damage := range damages {
		stories[name] = func(t *testing.T) {
			r := newRig(t, crowdText(1, 3))
			d := r.director("a")
			d.start()
			other := compile(t, loadText(t, crowdText(2, 3)), "a")
			d.mustApply(other)
			d.crash()
			path := filepath.Join(d.state, "generations", "00000002.json")
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, damage(content), 0o600); err != nil {
				t.Fatal(err)
			}
			d.spawn()
			s := d.answers()
			if s.Generation != 1 || !strings.Contains(strings.Join(s.Problems, "\n"), "generation 2 cannot be used") {
				t.Errorf("got generation %d and problems %q, want 1 and the damage named", s.Generation, s.Problems)
			}
			d.settled()
			if !holds(t, d.addresses, crowd(1, 3), true) || !holds(t, d.addresses, crowd(2, 3), false) {
				t.Error("the kernel does not hold the addresses of generation 1")
			}
			d.mustApply(other)
			if s := d.status(); s.Generation != 2 || len(s.Problems) > 0 {
				t.Errorf("after the next apply: generation %d, problems %q", s.Generation, s.Problems)
			}
		}
	}
	together(t, stories)
}

// SIGHUP is no way to reload anything, and does no harm.
func TestAHangUpDoesNothing(t *testing.T) {
	netlab.Need(t, "netns")
	d := newRig(t, crowdText(1, 0)).director("a")
	d.start()
	d.becomes("Active")
	before := d.vip()
	if err := d.process.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	netlab.WaitFor(t, patience, "the remark in the log", func() bool { return strings.Contains(d.log(), "SIGHUP does nothing") })
	if now := d.vip(); now.State != "Active" || !now.Since.Equal(before.Since) {
		t.Errorf("got %s since %v, want it to go on", now.State, now.Since)
	}
	d.stop()
}
