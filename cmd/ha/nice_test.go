package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ha/enforcer/netlab"
)

// niceness is that of every thread of a process (proc(5), stat, field 19).
func niceness(t *testing.T, pid int) map[string]bool {
	t.Helper()
	paths, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	if err != nil || len(paths) == 0 {
		t.Fatalf("process %d has the threads %v, %v", pid, paths, err)
	}
	all := map[string]bool{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // the thread has ended
		}
		_, rest, _ := strings.Cut(string(text), ") ")
		all[strings.Fields(rest)[16]] = true
	}
	return all
}

// The process of the elections goes before others, and its worker, with checks and scripts, does not.
func TestElectionsGoFirst(t *testing.T) {
	netlab.Need(t, "root", "netns")
	for _, tt := range []struct{ flag, core, worker string }{{"", "-10", "0"}, {"--nice=-3", "-3", "0"}, {"--nice=4", "4", "4"}} {
		r := newRig(t, trackingText("", ""))
		a := r.director("a")
		if tt.flag != "" {
			a.flags = append(a.flags, tt.flag)
		}
		a.start()
		core := a.process.Process.Pid
		if got := niceness(t, core); len(got) != 1 || !got[tt.core] {
			t.Errorf("%q: the threads of the enforcer have the niceness %v, want %s", tt.flag, got, tt.core)
		}
		netlab.WaitFor(t, patience, "the worker to have its niceness", func() bool {
			children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", core, core))
			if err != nil || len(strings.Fields(string(children))) == 0 {
				paths, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", core))
				for _, path := range paths { // whichever thread started it
					if text, _ := os.ReadFile(path); len(strings.Fields(string(text))) > 0 {
						children = text
					}
				}
			}
			var pid int
			if _, err := fmt.Sscan(string(children), &pid); err != nil {
				return false
			}
			got := niceness(t, pid)
			return len(got) == 1 && got[tt.worker]
		})
	}
}
