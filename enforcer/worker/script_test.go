package worker

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ha/checks"
)

// A script runs in the worker, its exit status reaches the core, and it gets none of the files that somebody left open: not the
// connection to the core, and nothing that the core itself inherited.
func TestAScriptInheritsNoFiles(t *testing.T) {
	leak := filepath.Join(t.TempDir(), "leak")
	f, err := os.Create(leak)
	if err != nil {
		t.Fatal(err)
	}
	open, err := unix.Dup(int(f.Fd())) // open across exec, unlike what Go opens
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Close(open); _ = f.Close() })
	user := strconv.Itoa(os.Geteuid())
	if user == "0" {
		user = "nobody"
	}
	c, e := hire(t, "worker", nil)
	const text = `for f in /proc/$$/fd/*; do case "$(readlink "$f")" in "$0") echo leak; exit 9;; socket:*) echo socket; exit 8;; esac; done; exit 7`
	c.Set([]checks.Config{{
		Key: "k", Name: "check.script.files", Kind: "script", Interval: time.Second, Timeout: 10 * time.Second, Rise: 1, Fall: 1,
		Arguments: checks.Arguments{Script: &checks.ScriptConfig{Command: []string{"/bin/sh", "-c", text, leak}, User: user}},
	}})
	eventually(t, "a result", func() bool { _, n := e.last(); return n > 0 })
	if r, _ := e.last(); r.Value != 7 || r.Verdict != checks.Down || r.Err != "sh: exit status 7" {
		t.Errorf("got %+v\n%s", r, e.logged())
	}
}
