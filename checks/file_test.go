package checks

import (
	"context"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"
)

// put gives a file a content.
func put(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestFileContents(t *testing.T) {
	tests := []struct {
		name, content string
		config        FileConfig
		value         int64
		want          string // in the error; empty for success
	}{
		{"a number", "120\n", FileConfig{Number: true}, 120, ""},
		{"a negative number", " -254 ", FileConfig{Number: true}, -254, ""},
		{"hexadecimal", "0x10", FileConfig{Number: true}, 16, ""},
		{"octal", "010", FileConfig{Number: true}, 8, ""},
		{"too large", "255", FileConfig{Number: true}, 0, "holds 255, which is not from -254 to 254"},
		{"far too small", "-99999999999999999999", FileConfig{Number: true}, 0, "which is not from -254 to 254"},
		{"words", "ten\x1b", FileConfig{Number: true}, 0, `holds "ten\x1b", which is no number`},
		{"nothing", "\n", FileConfig{Number: true}, 0, "is empty, and should hold a number"},
		{"endless blanks", "1" + strings.Repeat(" ", 1<<20), FileConfig{Number: true}, 0, "has more than 256 bytes, and no number"},
		{"anything", "ten", FileConfig{}, 0, ""},
		{"nothing at all", "", FileConfig{}, 0, ""},
		{"the text", "is ready now", FileConfig{Text: "ready"}, 0, ""},
		{"another text", "is down", FileConfig{Text: "ready"}, 0, `does not hold "ready" in its first 7 bytes`},
		{"the text too late", strings.Repeat(".", textLimit) + "ready", FileConfig{Text: "ready"}, 0, `does not hold "ready" in its first 65536 bytes`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.config.Path = filepath.Join(t.TempDir(), "file")
			put(t, tt.config.Path, tt.content)
			value, err := (&File{FileConfig: tt.config}).Measure(t.Context())
			if got := textOf(err); value != tt.value || !strings.Contains(got, tt.want) || (err == nil) != (tt.want == "") {
				t.Errorf("got %d, %q; want %d, %q", value, got, tt.value, tt.want)
			}
		})
	}
}

// textOf is an error's text; empty for none.
func textOf(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// A probe that comes between the emptying of a file and the number that is written then sees the number.
func TestAFileThatIsBeingWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "weight")
	put(t, path, "")
	synctest.Test(t, func(t *testing.T) {
		done := make(chan int64, 1)
		go func() {
			value, err := (&File{FileConfig: FileConfig{Path: path, Number: true}}).Measure(t.Context())
			if err != nil {
				t.Error(err)
			}
			done <- value
		}()
		synctest.Wait() // it has read, and waits
		put(t, path, "-60\n")
		if value := <-done; value != -60 {
			t.Errorf("got %d", value)
		}
	})
}

// A missing file, a folder and a pipe nobody writes to are failures with their reasons, and none of them blocks.
func TestFileThatCannotBeRead(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := unix.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		filepath.Join(dir, "none"): "no such file or directory",
		dir:                        "is not a regular file",
		pipe:                       "is not a regular file",
		"/dev/zero":                "is not a regular file",
		pipe + "/x":                "not a directory",
	} {
		err := (&File{FileConfig: FileConfig{Path: path}}).Probe(t.Context())
		if got := textOf(err); !strings.Contains(got, want) || !strings.Contains(got, path) {
			t.Errorf("%s: got %q", path, got)
		}
	}
}

// Whatever way a file takes to another content, its check hears of it; the interval is an hour.
func TestAFileIsWatched(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	path := filepath.Join(dir, "weight")
	results := make(chan Result, 100)
	s := NewScheduler(func(r Result) { results <- r }, Options{})
	c := Config{
		Key: "k", Name: "check.file.weight", Kind: "file", Interval: time.Hour, Timeout: time.Second, Rise: 1, Fall: 1,
		Arguments: Arguments{File: &FileConfig{Path: path, Number: true}},
	}
	if err := s.Set([]Config{c}, nil); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { s.Run(ctx) })
	defer running.Wait()
	defer cancel()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	await := func(what string, value int64, verdict Verdict) {
		t.Helper()
		deadline := time.After(20 * time.Second)
		var last Result
		for {
			select {
			case last = <-results:
				if last.Value == value && last.Verdict == verdict {
					return
				}
			case <-deadline:
				t.Fatalf("%s: no result %d %v, the last is %+v", what, value, verdict, last)
			}
		}
	}
	await("without its folders", 0, Down)
	must(os.MkdirAll(dir, 0o755))
	put(t, path, "1")
	await("made with its folders", 1, Up)
	put(t, path, "2")
	await("written", 2, Up)
	put(t, path+".new", "3")
	must(os.Rename(path+".new", path))
	await("replaced by a rename", 3, Up)
	must(os.Remove(path))
	await("removed", 0, Down)
	put(t, path, "4")
	await("made", 4, Up)
	must(os.RemoveAll(filepath.Dir(dir)))
	await("removed with its folders", 0, Down)
	must(os.MkdirAll(dir, 0o755))
	put(t, path, "5")
	await("made again with its folders", 5, Up)
	must(os.Rename(dir, dir+".old"))
	await("its folder moved away", 0, Down)
	must(os.Rename(dir+".old", dir))
	await("its folder moved back", 5, Up)
	put(t, filepath.Join(dir, "real"), "6")
	must(os.Remove(path))
	must(os.Symlink("real", path))
	await("a link", 6, Up)
	put(t, filepath.Join(dir, "real"), "7")
	await("written behind a link", 7, Up)
	must(os.Rename(dir, dir+".old"))
	must(os.Symlink("b.old", dir))
	await("behind a linked folder", 7, Up)
	put(t, path, "8")
	await("written behind a linked folder", 8, Up)
}

// Files beside the watched one wake nobody.
func TestEventsOfOthersDoNotConcern(t *testing.T) {
	w := fileWatch{names: map[int32]string{1: "weight", 2: ""}}
	event := func(wd int32, mask uint32, name string) []byte {
		e := make([]byte, unix.SizeofInotifyEvent+16)
		binary.NativeEndian.PutUint32(e[0:], uint32(wd))
		binary.NativeEndian.PutUint32(e[4:], mask)
		binary.NativeEndian.PutUint32(e[12:], 16)
		copy(e[unix.SizeofInotifyEvent:], name)
		return e
	}
	tests := []struct {
		name   string
		events []byte
		want   bool
	}{
		{"another file", event(1, unix.IN_CLOSE_WRITE, "other"), false},
		{"the file", event(1, unix.IN_CLOSE_WRITE, "weight"), true},
		{"the second of two", append(event(1, unix.IN_CREATE, "other"), event(1, unix.IN_MOVED_TO, "weight")...), true},
		{"the folder itself", event(1, unix.IN_DELETE_SELF, ""), true},
		{"a watch that is gone", event(3, unix.IN_CLOSE_WRITE, "weight"), false},
		{"the end of a watch", event(1, unix.IN_IGNORED, ""), false},
		{"the content", event(2, unix.IN_CLOSE_WRITE, ""), true},
		{"lost events", event(-1, unix.IN_Q_OVERFLOW, ""), true},
		{"a half event", event(1, unix.IN_CREATE, "other")[:20], true},
	}
	for _, tt := range tests {
		if got := w.concerns(tt.events); got != tt.want {
			t.Errorf("%s: got %v", tt.name, got)
		}
	}
}
