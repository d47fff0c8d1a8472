package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"ha/enforcer/netlab"
)

// install puts a program where the enforcer of a director is started from: a copy of this one, which can be exchanged.
func (d *director) install() (path string) {
	d.t.Helper()
	path = filepath.Join(filepath.Dir(d.state), d.node+"-program")
	d.exchange(path, func(to *os.File) error {
		from, err := os.Open(self(d.t))
		if err != nil {
			return err
		}
		defer from.Close()
		_, err = io.Copy(to, from)
		return err
	})
	d.program = path
	return path
}

// exchange puts another file at a path at one moment, as package managers do.
func (d *director) exchange(path string, write func(*os.File) error) {
	d.t.Helper()
	f, err := os.OpenFile(path+".new", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o755)
	if err == nil {
		err = write(f)
	}
	if err == nil {
		err = f.Close()
	}
	if err == nil {
		err = os.Rename(path+".new", path)
	}
	if err != nil {
		d.t.Fatal(err)
	}
}

// A program that could not take over is noticed before it is too late: the running one goes on and says why. When it is
// repaired, it takes over.
func TestABadSuccessorIsRefused(t *testing.T) {
	netlab.Need(t, "netns")
	text := func(content string) func(*os.File) error {
		return func(f *os.File) error { _, err := f.WriteString(content); return err }
	}
	successors := []struct {
		name   string
		write  func(*os.File) error // nil: the file is gone
		reason string
	}{
		{"a file that is gone", nil, "no such file or directory"},
		{"a file that is no program", text("\x7fELF, but not really"), "exec format error"},
		{"a program that ends with an error", text("#!/bin/sh\necho it cannot run here >&2\nexit 7\n"), "exit status 7: it cannot run here"},
		{"a program that does not end", text("#!/bin/sh\nexec sleep 1000\n"), "it did not end within"},
		{"another program", text("#!/bin/sh\necho hello\n"), `did not introduce itself as ha does: it said "hello"`},
		{"a version that takes up other records", text("#!/bin/sh\necho '{\"version\":\"9.9\",\"formats\":[7,8]}'\n"), "takes up records of the formats [7 8], not 1"},
		{"an interpreter that is not there", text("#!/nowhere/ever\n"), "was tried and did not start well"},
		{"a program that is gone when it matters", text("#!/bin/sh\necho '{\"version\":\"9.9\",\"formats\":[1]}'\nrm \"$0\"\n"), "in the place of this program: no such file"},
	}
	r := newRig(t, crowdText(1, 0))
	d := r.director("a")
	path := d.install()
	d.start()
	d.becomes("Active")
	before := d.status()
	for _, s := range successors {
		if s.write == nil {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		} else {
			d.exchange(path, s.write)
		}
		code, out := command(t, "restart", "--via", "unix://"+d.socket)
		if code != int(exitError) || !strings.Contains(out, s.reason) {
			t.Errorf("%s: got exit code %d and %q, want %d and %q", s.name, code, out, exitError, s.reason)
		}
		if !d.happened("restart", s.reason) {
			t.Errorf("%s: no event tells of it", s.name)
		}
		now := d.status()
		if !now.StartedAt.Equal(before.StartedAt) || now.VIPs[0].State != "Active" || !now.VIPs[0].Since.Equal(before.VIPs[0].Since) {
			t.Errorf("%s: got %+v, want the old program to go on", s.name, now)
		}
	}
	sent := d.vip().Instances[0].Sent
	netlab.WaitFor(t, patience, "adverts to go on", func() bool { return d.vip().Instances[0].Sent > sent })
	if childOf(t, d.process.Process.Pid) == 0 {
		t.Error("there is no worker any more")
	}
	d.install()
	code, out := command(t, "restart", "--via", "unix://"+d.socket)
	if code != int(exitOK) || !strings.Contains(out, "VIPs Active here: 1 before, 1 now, of 1") {
		t.Errorf("got exit code %d and %q", code, out)
	}
	if v := d.vip(); v.State != "Active" || !v.Since.Equal(before.VIPs[0].Since) {
		t.Errorf("got %s since %v, want Active since %v", v.State, v.Since, before.VIPs[0].Since)
	}
	d.settled()
	d.stop()
}

// What checks have found outlives the process: no verdict moves, the failures in a row go on being counted, and the worker of the
// new program probes on.
func TestAReplacementKeepsTheHistoryOfChecks(t *testing.T) {
	netlab.Need(t, "netns")
	text := strings.Replace(strings.Replace(checkedText, `"100ms"`, `"500ms"`, 1), "fall     = 2", "fall     = 100\n    retry_delay = \"500ms\"", 1)
	r := newRig(t, text)
	var l net.Listener
	if err := r.watch.Do(func() (err error) { l, err = net.Listen("tcp", ":8080"); return err }); err != nil {
		t.Fatal(err)
	}
	d := r.director("a")
	d.start()
	check := func() (verdict string, streak int, failing bool) {
		t.Helper()
		c := d.status().Checks[0]
		return c.Verdict, c.Streak, c.Error != ""
	}
	netlab.WaitFor(t, patience, "the server to be up", func() bool { v, _, _ := check(); return v == "up" })
	since := d.status().Checks[0].Since
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	netlab.WaitFor(t, patience, "three failures", func() bool { _, n, failing := check(); return failing && n >= 3 })
	for range 3 {
		_, before, _ := check()
		worker := childOf(t, d.process.Process.Pid)
		d.replaced()
		verdict, after, failing := check()
		if verdict != "up" || !failing || after < before {
			t.Errorf("got %s, failing %v, %d in a row; want up, failing, %d at least", verdict, failing, after, before)
		}
		if _, runs := alive(strconv.Itoa(worker)); runs {
			t.Error("the worker of the old program still runs")
		}
		netlab.WaitFor(t, patience, "the next failure", func() bool { _, n, failing := check(); return failing && n > after })
	}
	if c := d.status().Checks[0]; c.Verdict != "up" || !c.Since.Equal(since) || d.happened("check", "down") {
		t.Errorf("got %s since %v, want up since %v and no other news", c.Verdict, c.Since, since)
	}
}

// descriptors is how many files an enforcer has open, but for a question or two that it answers right now.
func (d *director) descriptors() int {
	d.t.Helper()
	list, err := os.ReadDir(filepath.Join("/proc", strconv.Itoa(d.process.Process.Pid), "fd"))
	if err != nil {
		d.t.Fatal(err)
	}
	return len(list)
}

// Orders that come one after the other, or while one is carried out, do no harm; nor does a stop that follows at once.
func TestReplacementsInARow(t *testing.T) {
	netlab.Need(t, "netns")
	d := newRig(t, crowdText(1, 0)).director("a")
	d.start()
	d.becomes("Active")
	before := d.status()
	open := d.descriptors()
	for range 20 {
		if err := d.process.Process.Signal(syscall.SIGUSR2); err != nil {
			t.Fatal(err)
		}
		<-time.After(7 * time.Millisecond)
	}
	netlab.WaitFor(t, patience, "a new program", func() bool {
		s, err := d.client().Status(t.Context())
		return err == nil && !s.StartedAt.Equal(before.StartedAt)
	})
	if v := d.vip(); v.State != "Active" || !v.Since.Equal(before.VIPs[0].Since) {
		t.Errorf("got %s since %v, want Active since %v", v.State, v.Since, before.VIPs[0].Since)
	}
	netlab.WaitFor(t, patience, fmt.Sprintf("no more than %d open files", open), func() bool { return d.descriptors() <= open })
	d.stop()
	if vips := prefixes("192.0.2.1/32"); !holds(t, d.addresses, vips, false) {
		t.Error("the VIP outlived a clean stop")
	}
}
