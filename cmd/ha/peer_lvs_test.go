package main

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"ha/enforcer/netlab"
	"ha/hcl/keepalived/convert"
)

// lvsStory is a file of keepalived and what ipvsadm --save --numeric shows once it runs it, sorted.
type lvsStory struct {
	name, conf string
	want       []string
}

// lvsStories reads testdata/lvs.
func lvsStories(t *testing.T) (stories []lvsStory) {
	t.Helper()
	files, err := filepath.Glob("testdata/lvs/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no stories: %v", err)
	}
	for _, path := range files {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		s := lvsStory{name: strings.TrimSuffix(filepath.Base(path), ".txtar")}
		for _, f := range archive.Files {
			if f.Name == "keepalived.conf" {
				s.conf = string(f.Data)
				continue
			}
			s.want = lines(string(f.Data))
		}
		stories = append(stories, s)
	}
	return stories
}

// lines are those of a text, sorted.
func lines(text string) []string {
	return slices.Sorted(strings.SplitSeq(strings.TrimSpace(text), "\n"))
}

// convertedText is what a file of keepalived converts to, without a loss.
func convertedText(t *testing.T, conf string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "keepalived.conf")
	if err := os.WriteFile(path, []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	result, err := convert.Run(convert.Input{Path: path}, convert.Options{OneFile: true})
	if err != nil {
		t.Fatal(err)
	}
	if remarks := result.Account.Remarks(); len(remarks) > 0 {
		t.Errorf("there are remarks: %v", remarks)
	}
	return string(result.Files[0].Content)
}

// One file run by keepalived, and what it converts to run by ha, show the same to ipvsadm.
func TestConvertedPoolsAreKeepaliveds(t *testing.T) {
	netlab.Need(t, "netns", "ipvs", "ipvsadm", "keepalived")
	stories := lvsStories(t)
	texts := make([]string, len(stories))
	for i, s := range stories {
		texts[i] = convertedText(t, s.conf)
	}
	r, other := newRig(t, texts[0]), newRig(t, texts[0])
	for _, lan := range []*rig{r, other} { // the servers that answer checks
		at := lan.watch.MustAddresses(t)
		for _, p := range prefixes("192.0.2.31/24", "192.0.2.32/24", "192.0.2.33/24") {
			if err := at.Add(p); err != nil {
				t.Fatal(err)
			}
		}
		lan.greet(":80")
	}
	d := r.director("lb1")
	d.start()
	k := &keepalived{Host: other.host("lb1"), t: t, dir: filepath.Join(other.dir, "keepalived")}
	if err := os.Mkdir(k.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for i, s := range stories {
		t.Run(s.name, func(t *testing.T) {
			d.mustApply(compile(t, loadText(t, texts[i]), "lb1"))
			shows(t, d.Host, "ha", s.want)
			k.runs(t, s)
		})
	}
}

// greet accepts connections in the watching host until the test ends.
func (r *rig) greet(at string) {
	r.t.Helper()
	var l net.Listener
	if err := r.watch.Do(func() (err error) { l, err = net.Listen("tcp", at); return err }); err != nil {
		r.t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return // closed
			}
			_ = conn.Close() // the check has what it wanted
		}
	}()
	r.t.Cleanup(func() { _ = l.Close(); <-done }) // nothing is lost
}

// shows waits for what ipvsadm shows in a host.
func shows(t *testing.T, h *netlab.Host, who string, want []string) {
	t.Helper()
	var got []string
	defer func() {
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-want +%s:\n%s", who, diff)
		}
	}()
	netlab.WaitFor(t, patience, who+" to show what the story says", func() bool {
		got = lines(ipvsadm(t, h, "--save", "--numeric"))
		return slices.Equal(got, want)
	})
}

// runs starts keepalived's checkers with the file of a story, and ends them once they have made what it says.
func (k *keepalived) runs(t *testing.T, s lvsStory) {
	t.Helper()
	program, err := netlab.Program("keepalived")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(k.path("keepalived.conf"), []byte(s.conf), 0o600); err != nil {
		t.Fatal(err)
	}
	log, err := os.Create(k.path("log"))
	if err != nil {
		t.Fatal(err)
	}
	k.process = k.Command(context.Background(), program, "--dont-fork", "--log-console", "--log-detail", "--no-syslog", "--check",
		"--use-file", k.path("keepalived.conf"), "--pid", k.path("pid"), "--checkers_pid", k.path("checkers.pid"))
	k.process.Stdout, k.process.Stderr = log, log
	if err := errors.Join(k.process.Start(), log.Close()); err != nil {
		t.Fatal(err)
	}
	defer func() {
		k.stop()
		if t.Failed() {
			t.Logf("keepalived said:\n%s", k.log())
		}
	}()
	shows(t, k.Host, "keepalived", s.want)
}
