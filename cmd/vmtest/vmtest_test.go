package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// buildGuest builds vmtest and the test that runs in the machine, or skips where no machine can be booted. A lane
// that promises "vm" in HA_HAVE gets a failure instead.
func buildGuest(t *testing.T) (vmtest, guest string) {
	t.Helper()
	_, qemuErr := exec.LookPath("qemu-system-x86_64")
	_, busyErr := os.Stat("/bin/busybox")
	_, kernelErr := findKernel()
	if err := errors.Join(qemuErr, busyErr, kernelErr); err != nil {
		if strings.Contains(","+os.Getenv("HA_HAVE")+",", ",vm,") {
			t.Fatalf("HA_HAVE promises vm: %v", err)
		}
		t.Skipf("needs a virtual machine: %v", err)
	}
	dir := t.TempDir()
	vmtest, guest = filepath.Join(dir, "vmtest"), filepath.Join(dir, "guest.test")
	for _, args := range [][]string{
		{"build", "-o", vmtest, "."},
		{"test", "-c", "-o", guest, "./testdata/guest"},
	} {
		cmd := exec.Command("go", args...)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("go %v: %v\n%s", args, err, out)
		}
	}
	return vmtest, guest
}

func TestMachine(t *testing.T) {
	vmtest, guest := buildGuest(t)

	t.Run("a passing test, its output and its profile", func(t *testing.T) {
		profile := filepath.Join(t.TempDir(), "below", "mem.out")
		cmd := exec.Command(vmtest, guest, "-test.v", "-test.timeout=1m", "-test.memprofile="+profile)
		cmd.Dir = filepath.Join("testdata", "guest")
		cmd.Env = append(os.Environ(), "HA_GUEST=1", "HA_VM_FILES=/bin/ls:/opt/ls", "HA_HAVE=moon")
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%v\n%s%s", err, out, &stderr)
		}
		var want strings.Builder
		for i := range 20000 {
			fmt.Fprintf(&want, "line %d\n", i)
		}
		if !strings.Contains(string(out), want.String()) {
			t.Errorf("20000 lines did not arrive whole and in order")
		}
		if !strings.Contains(string(out), "--- PASS: TestMachine/IPVS_answers") {
			t.Errorf("no verdict on IPVS in\n%.2000s", out)
		}
		if content, err := os.ReadFile(profile); err != nil || !strings.HasPrefix(string(content), "\x1f\x8b") {
			t.Errorf("memory profile: %q, %v", content, err)
		}
		if stderr.Len() > 0 {
			t.Errorf("on stderr: %s", &stderr)
		}
	})

	t.Run("an exit code and bytes that no terminal would leave alone", func(t *testing.T) {
		cmd := exec.Command(vmtest, guest)
		cmd.Env = append(os.Environ(), "HA_GUEST_EXIT=1")
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		exit := (*exec.ExitError)(nil)
		if err := cmd.Run(); !errors.As(err, &exit) || exit.ExitCode() != 7 {
			t.Errorf("got %v, want exit code 7", err)
		}
		if got, want := stdout.String(), "no newline at the end"; got != want {
			t.Errorf("stdout: got %q, want %q", got, want)
		}
		if got, want := stderr.String(), "on stderr\r\n\x00\xff"; got != want {
			t.Errorf("stderr: got %q, want %q", got, want)
		}
	})

	t.Run("an interrupt stops the machine", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, vmtest, "/bin/sleep", "1000")
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		qemu := childOf(t, cmd.Process.Pid)
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		exit := (*exec.ExitError)(nil)
		if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != exitMachine {
			t.Errorf("got %v, want exit code %d", err, exitMachine)
		}
		if !strings.Contains(stderr.String(), "interrupt") {
			t.Errorf("stderr does not say why: %q", &stderr)
		}
		if _, err := os.Stat("/proc/" + qemu); err == nil {
			t.Error("qemu lives on")
		}
	})

	t.Run("kill -9 takes the machine along", func(t *testing.T) {
		cmd := exec.Command(vmtest, "/bin/sleep", "1000")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		qemu := childOf(t, cmd.Process.Pid)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // killed
		eventually(t, "qemu ends", func() bool {
			state, err := os.ReadFile("/proc/" + qemu + "/stat")
			return err != nil || strings.Contains(string(state), ") Z ")
		})
	})
}

// childOf waits for the child of a process and returns its pid.
func childOf(t *testing.T, pid int) string {
	t.Helper()
	var child string
	eventually(t, "vmtest starts qemu", func() bool {
		lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid)) // the pattern is well-formed
		for _, list := range lists {
			pids, _ := os.ReadFile(list) // gone: not yet
			if fields := strings.Fields(string(pids)); len(fields) > 0 {
				name, _ := os.ReadFile("/proc/" + fields[0] + "/comm")
				child = fields[0]
				return strings.HasPrefix(string(name), "qemu")
			}
		}
		return false
	})
	return child
}

// eventually waits up to thirty seconds for a condition.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(30 * time.Second); !condition(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}
