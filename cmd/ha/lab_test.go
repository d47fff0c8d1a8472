package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"ha/enforcer/netlab"
)

// runLab runs a script in the lab of a configuration and returns what it printed.
func runLab(t *testing.T, dir, script string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	m := systemMachine()
	m.stdin, m.stdout, m.stderr = strings.NewReader(script), &out, &out
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	code := execute(ctx, m, []string{"lab", dir, "--script", "-"})
	if code != int(exitOK) {
		return out.String(), leave(exit(code), "")
	}
	return out.String(), nil
}

func mustRunLab(t *testing.T, dir, script string) string {
	t.Helper()
	out, err := runLab(t, dir, script)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return out
}

// The example of the README, as real as it gets: clients reach all three servers through the VIP; a stopped web
// server leaves the pool and returns; the active director is killed, service continues through the other; it
// returns and preempts; plans are empty throughout.
func TestLabLVSDR(t *testing.T) {
	netlab.Need(t, "netns", "ipvs")
	script, err := os.ReadFile("../../examples/lvs-dr/failover.lab")
	if err != nil {
		t.Fatal(err)
	}
	out := mustRunLab(t, "../../examples/lvs-dr", string(script))
	for _, want := range []string{"3 servers have answered", "web2 is down on 2 directors", "vip.web is Active on lb2", "the plans of 4 nodes are empty"} {
		if !strings.Contains(out, want) {
			t.Errorf("the lab did not print %q:\n%s", want, out)
		}
	}
}

// The same on any kernel: VIPs move and checks judge, nothing is balanced.
func TestLabVIPsAndChecks(t *testing.T) {
	netlab.Need(t, "netns")
	out := mustRunLab(t, "../../examples/lvs-dr", `
wait vip.web lb1 active
wait server web1 up
wait server web2 up
wait server web3 up
wait plan
stop web2
wait server web2 down
wait plan
fail lb1
wait vip.web lb2 active
wait plan
restore lb1
wait vip.web lb1 active
wait vip.web lb2 backup
wait plan
cut lb1
wait vip.web lb2 active
restore lb1
wait vip.web lb1 active
wait vip.web lb2 backup
stop lb1
wait vip.web lb2 active for 2s
restore web2
wait server web2 up
status
`)
	if !strings.Contains(out, "192.168.16.21 left with priority 0") {
		t.Errorf("a clean stop did not hand over with priority 0:\n%s", out)
	}
}

func TestLabSaysWhatItCouldNotWaitFor(t *testing.T) {
	netlab.Need(t, "netns")
	out, err := runLab(t, "../../examples/lvs-dr", "wait vip.web lb2 active for 1ms\n")
	if err == nil || !strings.Contains(out, "standard input:1: wait vip.web lb2 active for 1ms: waited 1ms for vip.web lb2 active; instead: vip.web is Backup on lb2") {
		t.Errorf("got %v\n%s", err, out)
	}
	out, err = runLab(t, "../../examples/lvs-dr", "explode lb1\n")
	if err == nil || !strings.Contains(out, `there is no command "explode"`) {
		t.Errorf("got %v\n%s", err, out)
	}
}

// An interrupted command says by which signal, after it has tidied up.
func TestAnInterruptedLabLeavesNothing(t *testing.T) {
	netlab.Need(t, "netns")
	for signal, want := range map[syscall.Signal]int{syscall.SIGINT: 130, syscall.SIGTERM: 143} {
		cmd := exec.Command(self(t), "lab", "../../examples/lvs-dr", "--script", "-")
		cmd.Stdin = strings.NewReader("wait vip.web lb1 active\nsleep 1m\n")
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if strings.Contains(lines.Text(), "vip.web is Active on lb1") {
				if err := cmd.Process.Signal(signal); err != nil {
					t.Fatal(err)
				}
			}
		}
		var e *exec.ExitError
		if err := cmd.Wait(); !errors.As(err, &e) || e.ExitCode() != want {
			t.Errorf("%v: got %v, want exit code %d", signal, err, want)
		}
		left, err := filepath.Glob("/run/netns/ha-lab-*")
		if err != nil || len(left) > 0 {
			t.Errorf("%v: namespaces are left: %v, %v", signal, left, err)
		}
	}
}
