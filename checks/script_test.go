package checks

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// script writes a program for the shell and returns a check that runs it as whoever runs the test.
func script(t *testing.T, text string, args ...string) *Script {
	t.Helper()
	path := filepath.Join(t.TempDir(), "check.sh")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return &Script{ScriptConfig: ScriptConfig{Command: append([]string{path}, args...), User: myself(t).Uid}}
}

// myself is who runs the test; as root it is nobody, since a program in a folder of a test is not safe for root.
func myself(t *testing.T) *user.User {
	t.Helper()
	if os.Geteuid() != 0 {
		u, err := user.Current()
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	for folder := filepath.Dir(t.TempDir()); folder != os.TempDir() && folder != "/"; folder = filepath.Dir(folder) {
		if err := os.Chmod(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	u, err := user.Lookup("nobody")
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestScript(t *testing.T) {
	tests := []struct {
		name, text string
		value      int64
		want       string // of the error; empty: success
	}{
		{"success", "echo fine", 0, ""},
		{"success without a word", "exit 0", 0, ""},
		{"failure", "exit 1", 1, "check.sh: exit status 1"},
		{"the first line is the reason", "echo; echo no database; echo more; exit 7", 7, "check.sh: exit status 7: no database"},
		{"errors are output, too", "echo no route >&2; exit 255", 255, "check.sh: exit status 255: no route"},
		{"death by a signal", "kill -USR1 $$", 0, "check.sh: signal: user defined signal 1"},
		{"output that no terminal should see", `printf 'a\033[2Jb\n'; exit 1`, 1, "check.sh: exit status 1: a [2Jb"},
		{"output without end", "head -c 3000000 /dev/zero | tr '\\0' x; exit 3", 3, "check.sh: exit status 3: " + strings.Repeat("x", 200)},
		{"no input", `read -r line && exit 4; exit 0`, 0, ""},
		{"a folder of its own", `test "$(pwd)" = / || exit 5`, 0, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			value, err := script(t, test.text).Measure(t.Context())
			if got := fmt.Sprint(err); value != test.value || err != nil != (test.want != "") || err != nil && got != test.want {
				t.Errorf("got %d, %q, want %d, %q", value, got, test.value, test.want)
			}
		})
	}
}

// Arguments reach the program as they are: nothing expands, splits or runs them.
func TestAScriptRunsWithoutAShell(t *testing.T) {
	s := script(t, `printf '%s|' "$@"; exit 1`, "a b", "$HOME", "`id`", "*", "")
	if err := s.Probe(t.Context()); err == nil || !strings.HasSuffix(err.Error(), ": a b|$HOME|`id`|*||") {
		t.Errorf("got %v", err)
	}
}

func TestTheEnvironmentOfAScript(t *testing.T) {
	t.Setenv("HA_SECRET", "x")
	s := script(t, `tr '\0' ' ' </proc/self/environ; exit 1`)
	const path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
	err := s.Probe(t.Context())
	if err == nil || !strings.Contains(err.Error(), path+" LANG=C.UTF-8") || strings.Contains(err.Error(), "HA_") {
		t.Errorf("got %v", err)
	}
	s.Target = netip.MustParseAddrPort("[2001:db8::1]:5432")
	err = s.Probe(t.Context())
	if err == nil || !strings.Contains(err.Error(), "HA_TARGET_ADDRESS=2001:db8::1 HA_TARGET_PORT=5432") {
		t.Errorf("got %v", err)
	}
}

// whenGone waits until a process has ended.
func whenGone(t *testing.T, pid int) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for running(pid) {
		select {
		case <-tick.C:
		case <-deadline:
			_ = syscall.Kill(pid, syscall.SIGKILL)
			t.Fatalf("process %d still runs", pid)
		}
	}
}

// running reports whether a process is there and no zombie, which an init that does not reap may keep for ever.
func running(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, state, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(state, "Z")
}

// pidIn returns the process whose number a script left in a file; wait until it is there.
func pidIn(t *testing.T, path string) int {
	t.Helper()
	deadline := time.After(20 * time.Second)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		text, _ := os.ReadFile(path)
		if pid, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil && strings.HasSuffix(string(text), "\n") {
			return pid
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("%s holds %q", path, text)
		}
	}
}

// open returns a folder in which the program may write.
func open(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	myself(t)
	if err := os.Chmod(folder, 0o777); err != nil {
		t.Fatal(err)
	}
	return folder
}

// A program that does not end is told to, and what it started ends with it.
func TestALateScriptIsToldToEnd(t *testing.T) {
	folder := open(t)
	s := script(t, `sleep 600 & echo $! >"$1/child"; trap 'echo told >"$1/told"; exit 0' TERM; echo waiting; wait`, folder)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	err := s.Probe(ctx)
	if !errors.Is(err, context.DeadlineExceeded) || err.Error() != "it did not end, and was killed: waiting" {
		t.Errorf("got %v", err)
	}
	if text, err := os.ReadFile(filepath.Join(folder, "told")); string(text) != "told\n" {
		t.Errorf("the program was not told: %q, %v", text, err)
	}
	whenGone(t, pidIn(t, filepath.Join(folder, "child")))
}

// A program that does not listen to SIGTERM is killed with its children.
func TestAStubbornScriptIsKilled(t *testing.T) {
	folder := open(t)
	s := script(t, `trap '' TERM; sh -c 'trap "" TERM; sleep 600' & echo $! >"$1/child"; while :; do sleep 600; done`, folder)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if err := s.Probe(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	whenGone(t, pidIn(t, filepath.Join(folder, "child")))
}

// When nobody asks any more, as at the end of the enforcer, a program is killed at once, without grace.
func TestAScriptThatNobodyAsksForIsKilled(t *testing.T) {
	folder := open(t)
	s := script(t, `trap '' TERM; echo $$ >"$1/me"; while :; do sleep 600; done`, folder)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Probe(ctx) }()
	pid := pidIn(t, filepath.Join(folder, "me"))
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if running(pid) {
		t.Errorf("process %d still runs", pid)
	}
}

// What a program leaves behind in its group is killed, and holds nobody up by its end of the pipe.
func TestAScriptLeavesNothingBehind(t *testing.T) {
	folder := open(t)
	s := script(t, `sleep 600 & echo $! >"$1/child"; exit 0`, folder)
	if err := s.Probe(t.Context()); err != nil {
		t.Error(err)
	}
	whenGone(t, pidIn(t, filepath.Join(folder, "child")))

	s = script(t, `setsid sh -c 'echo $$ >"$1/daemon"; exec sleep 600' sh "$1" & while ! test -s "$1/daemon"; do sleep 0.01; done; exit 0`, folder)
	if err := s.Probe(t.Context()); err != nil {
		t.Errorf("a daemon that keeps the pipe: %v", err)
	}
	if err := syscall.Kill(pidIn(t, filepath.Join(folder, "daemon")), syscall.SIGKILL); err != nil {
		t.Errorf("what left the group was killed: %v", err)
	}
}

func TestAScriptThatCannotRun(t *testing.T) {
	good := script(t, "exit 0")
	folder := filepath.Dir(good.Command[0])
	plain, garbage := filepath.Join(folder, "plain"), filepath.Join(folder, "garbage")
	for path, mode := range map[string]os.FileMode{plain: 0o644, garbage: 0o755} {
		if err := os.WriteFile(path, []byte("neither a program nor a script"), mode); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct{ name, command, user, group, want string }{
		{"a missing file", folder + "/none", good.User, "", "/none does not exist"},
		{"a folder", folder, good.User, "", "is not a file"},
		{"a file without x", plain, good.User, "", "plain is not executable: chmod +x"},
		{"a file of no format", garbage, good.User, "", "exec format error"},
		{"a file below a file", plain + "/x", good.User, "", "cannot be run: not a directory"},
		{"an unknown user", good.Command[0], "ha-no-such-user", "", `the user "ha-no-such-user" does not exist on this node`},
		{"an unknown group", good.Command[0], good.User, "ha-no-such-group", `the group "ha-no-such-group" does not exist on this node`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := &Script{ScriptConfig: ScriptConfig{Command: []string{test.command}, User: test.user, Group: test.group}}
			if err := s.Probe(t.Context()); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

// As root: the program has the user, its group, and no other group; without root it has what the enforcer has, or fails.
func TestTheUserOfAScript(t *testing.T) {
	s := script(t, `echo "$(id -u) $(id -g) $(id -G)"; exit 1`)
	if os.Geteuid() != 0 {
		s.User = "root"
		s.Command = []string{"/usr/bin/id"}
		err := s.Probe(t.Context())
		// In a user namespace, / belongs to nobody, who could put another program there.
		if err == nil || !strings.Contains(err.Error(), "operation not permitted") && !strings.Contains(err.Error(), "belongs to another user") {
			t.Errorf("got %v", err)
		}
		return
	}
	nobody := myself(t)
	s.User = "nobody"
	want := ": " + nobody.Uid + " " + nobody.Gid + " " + nobody.Gid
	if err := s.Probe(t.Context()); err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
	s.Group = "daemon"
	if err := s.Probe(t.Context()); err == nil || !strings.HasSuffix(err.Error(), ": "+nobody.Uid+" 1 1") {
		t.Errorf("got %v", err)
	}
	s.User, s.Group = "root", "root"
	if err := s.Probe(t.Context()); err != nil && !strings.Contains(err.Error(), "it would run as root, and") && !strings.HasSuffix(err.Error(), ": 0 0 0") {
		t.Errorf("got %v", err)
	}
}

// The scheduler carries the number to the result, and a stuck script holds up no other check.
func TestAStuckScriptDelaysNobody(t *testing.T) {
	folder := open(t)
	stuck := script(t, `trap '' TERM; echo $$ >"$1/me"; while :; do sleep 600; done`, folder)
	quick := script(t, `echo low; exit 3`)
	config := func(key string, s *Script) Config {
		return Config{
			Key: key, Name: key, Kind: "script", Interval: 100 * time.Millisecond, Timeout: 200 * time.Millisecond, Rise: 1, Fall: 1,
			Arguments: Arguments{Script: &s.ScriptConfig},
		}
	}
	results := make(chan Result)
	ctx, cancel := context.WithCancel(t.Context())
	report := func(r Result) {
		select {
		case results <- r:
		case <-ctx.Done():
		}
	}
	s := NewScheduler(report, Options{Limit: 2})
	if err := s.Set([]Config{config("stuck", stuck), config("quick", quick)}, nil); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); s.Run(ctx) }()
	for quicks, stucks := 0, 0; quicks < 5 || stucks < 2; {
		r := <-results
		switch {
		case r.Key == "stuck" && r.Verdict == Down:
			stucks++
		case r.Key == "quick" && r.Verdict == Down && r.Value == 3 && r.Err == "check.sh: exit status 3: low":
			quicks++
		default:
			t.Fatalf("got %+v", r)
		}
	}
	cancel()
	<-done
	_ = unix.Kill(-pidIn(t, filepath.Join(folder, "me")), unix.SIGKILL) // it was in its grace when everything ended
}
