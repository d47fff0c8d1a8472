package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"ha/enforcer/control"
	"ha/enforcer/netlab"
)

// `ha enforce --namespace` runs with all its threads, and with its worker, in the other namespace.
func TestEnforceInANamespace(t *testing.T) {
	netlab.Need(t, "netns", "named")
	name := fmt.Sprintf("ha-ns-%d", os.Getpid())
	space, err := netlab.NewNamed(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := space.Close(); err != nil {
			t.Error(err)
		}
	})
	dir := t.TempDir()
	socket := filepath.Join(dir, "sock")
	cmd := exec.CommandContext(t.Context(), self(t), "enforce", "--namespace", name, "--state-dir", filepath.Join(dir, "state"), "--via", "unix://"+socket)
	log := new(strings.Builder)
	cmd.Stderr = log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Kill() // it may have ended
		_ = cmd.Wait()         // killed
	}()
	var s control.Status
	netlab.WaitFor(t, patience, "the enforcer to answer", func() bool {
		s, err = control.Dial(socket).Status(t.Context())
		return err == nil
	})
	want, err := os.Stat(filepath.Join("/run/netns", name))
	if err != nil {
		t.Fatal(err)
	}
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/ns/net", s.PID))
	if err != nil || len(threads) < 2 {
		t.Fatalf("threads of %d: %v, %v", s.PID, threads, err)
	}
	for _, thread := range threads {
		if got, err := os.Stat(thread); err == nil && !os.SameFile(got, want) {
			t.Errorf("%s is another namespace", thread)
		}
	}
	if s.PID != cmd.Process.Pid {
		t.Errorf("the process became %d, want %d: a service manager would lose it", s.PID, cmd.Process.Pid)
	}
}

func TestEnforceInNoNamespace(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), self(t), "enforce", "--namespace", "there-is-none", "--state-dir", t.TempDir()).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "ip netns list") || !strings.Contains(string(out), "there-is-none") {
		t.Errorf("got %v: %s", err, out)
	}
}
