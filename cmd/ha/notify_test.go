package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"ha/enforcer/netlab"
)

// earwig is what a router was told to tell: a script that writes down its arguments, and a pipe.
type earwig struct {
	t      *testing.T
	folder string
	pipe   *os.File
}

func newEarwig(t *testing.T, node string) *earwig {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	folder, err := os.MkdirTemp("/run", "ha-notify-"+node+"-") //nolint:usetesting // the script runs as root, so each folder above it must be safe
	must(err)
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	e := &earwig{t: t, folder: folder}
	must(os.WriteFile(e.path("tell.sh"), []byte("#!/bin/sh\necho \"$*\" >>"+e.path("log")+"\n"), 0o700))
	must(syscall.Mkfifo(e.path("events"), 0o600))
	e.pipe, err = os.OpenFile(e.path("events"), os.O_RDWR|syscall.O_NONBLOCK, 0)
	must(err)
	t.Cleanup(func() { _ = e.pipe.Close() })
	return e
}

func (e *earwig) path(name string) string { return filepath.Join(e.folder, name) }

// hcl is the notify block of our configuration.
func (e *earwig) hcl() string {
	return fmt.Sprintf(`
notify "test" {
  script {
    command   = [%q]
    user      = "root"
    arguments = "keepalived"
  }

  fifo {
    path = %q
  }
}
`, e.path("tell.sh"), e.path("events"))
}

// tell puts the same into the configuration of keepalived.
func (e *earwig) tell(k *keepalived) {
	e.t.Helper()
	path := k.path("keepalived.conf")
	text, err := os.ReadFile(path)
	if err != nil {
		e.t.Fatal(err)
	}
	conf := fmt.Sprintf("global_defs {\n script_user root\n notify_fifo %s\n}\n", e.path("events")) +
		strings.Replace(string(text), " state BACKUP\n", fmt.Sprintf(" state BACKUP\n notify %s\n", e.path("tell.sh")), 1)
	if err := os.WriteFile(path, []byte(conf), 0o600); err != nil {
		e.t.Fatal(err)
	}
}

// heard waits until the script was told a number of things, and returns them.
func (e *earwig) heard(states ...string) {
	e.t.Helper()
	var got string
	want := strings.Join(states, "\n") + "\n"
	netlab.WaitFor(e.t, patience, "a script to be told "+strings.Join(states, ", "), func() bool {
		text, _ := os.ReadFile(e.path("log")) // there is none before the first
		got = string(text)
		return strings.Count(got, "\n") >= len(states)
	})
	if got != want {
		e.t.Errorf("the script was told\n%s, want\n%s", got, want)
	}
}

// lines are all that the pipe holds.
func (e *earwig) lines() string {
	e.t.Helper()
	var b strings.Builder
	buffer := make([]byte, 64<<10)
	for {
		n, err := syscall.Read(int(e.pipe.Fd()), buffer)
		if n <= 0 || err != nil { // EAGAIN: that was all
			return b.String()
		}
		b.Write(buffer[:n])
	}
}

// The same life of a VIP, with ha in the place of keepalived and the other way round: scripts get the same arguments, pipes the same
// lines, in the same order.
func TestScriptsAndPipesAreToldAsByKeepalived(t *testing.T) {
	netlab.Need(t, "netns", "keepalived")
	stories := map[string]func(t *testing.T){}
	for _, kinds := range [][2]string{{"ha", "keepalived"}, {"keepalived", "ha"}} {
		stories[kinds[0]+" before "+kinds[1]] = func(t *testing.T) {
			ears := map[string]*earwig{"a": newEarwig(t, "a"), "b": newEarwig(t, "b")}
			ours := ears["a"]
			if kinds[1] == "ha" {
				ours = ears["b"]
			}
			d := newDuel(t, trackingText("  notify = [notify.test]", ours.hcl()), kinds[0], kinds[1])
			for node, c := range map[string]*contender{"a": d.a, "b": d.b} {
				if k, ok := c.router.(*keepalived); ok {
					ears[node].tell(k)
				}
			}
			a, b := ears["a"], ears["b"]
			story := map[*earwig][]string{}
			next := func(e *earwig, state string) {
				t.Helper()
				priority := 200
				if e == b {
					priority = 100
				}
				story[e] = append(story[e], fmt.Sprintf("INSTANCE test %s %d", state, priority))
				e.heard(story[e]...)
			}
			d.a.start()
			next(a, "BACKUP")
			next(a, "MASTER")
			d.b.start()
			next(b, "BACKUP")
			ip(t, d.a.host, "link", "set", "eth0", "down")
			next(a, "FAULT")
			next(b, "MASTER")
			ip(t, d.a.host, "link", "set", "eth0", "up")
			next(a, "BACKUP")
			next(a, "MASTER")
			next(b, "BACKUP")
			d.a.stop()
			next(a, "STOP")
			next(b, "MASTER")
			d.b.stop()
			next(b, "STOP")
			for node, e := range ears {
				want := strings.ReplaceAll(strings.Join(story[e], "\n")+"\n", " test ", ` "test" `)
				if got := e.lines(); got != want {
					t.Errorf("the pipe of %s says\n%s, want\n%s", node, got, want)
				}
			}
		}
	}
	together(t, stories)
}

// Channels are told of what leaves the plan, and of a server that fails; what became of it stands in the event log.
func TestNotificationsOfAnApply(t *testing.T) {
	netlab.Need(t, "netns")
	ears := newEarwig(t, "a")
	r := newRig(t, trackingText("  notify = [notify.test]", ears.hcl()))
	a := r.director("a")
	a.start()
	ears.heard("INSTANCE test BACKUP 200", "INSTANCE test MASTER 200")
	a.mustApply(compile(t, loadText(t, strings.SplitN(trackingText("", ""), "vip \"test\"", 2)[0]), "a"))
	ears.heard("INSTANCE test BACKUP 200", "INSTANCE test MASTER 200", "INSTANCE test DELETED 200")
	if !a.happened("notify", "notify.test/script (deleted): told in ") {
		t.Error("no event tells what became of the script")
	}
}
