package notify

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"ha/planner"
)

func pipeChannel(as, path string) planner.Channel {
	return planner.Channel{Name: "notify.ops/fifo", FIFO: &planner.NotifyFIFO{Path: path, User: as}}
}

// reading opens a pipe that a channel makes.
func reading(t *testing.T, path string) *os.File {
	t.Helper()
	eventually(t, "a pipe at "+path, func() bool {
		info, err := os.Stat(path)
		return err == nil && info.Mode()&os.ModeNamedPipe != 0
	})
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// Lines that were written before anybody read wait in the pipe, and come in order.
func TestLinesWaitForTheirReader(t *testing.T) {
	folder, as := place(t)
	path := filepath.Join(folder, "events")
	c := pipeChannel(as, path)
	teller, _ := teller(t, c)
	for i := range uint64(20) {
		teller.Tell([]string{c.Name}, vipEvent(i+1, fmt.Sprintf("v%d", i), planner.BecameActive))
	}
	drain(t, teller)
	lines := bufio.NewScanner(reading(t, path))
	for i := range 20 {
		if want := fmt.Sprintf(`INSTANCE "v%d" MASTER 100`, i); !lines.Scan() || lines.Text() != want {
			t.Fatalf("got %q, want %q", lines.Text(), want)
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 || fmt.Sprint(info.Sys().(*syscall.Stat_t).Uid) != as {
		t.Errorf("the pipe is %v of %+v, %v", info.Mode(), info.Sys(), err)
	}
}

func TestLinesAsJSON(t *testing.T) {
	folder, as := place(t)
	c := pipeChannel(as, filepath.Join(folder, "events"))
	c.FIFO.JSON = true
	teller, _ := teller(t, c)
	teller.Tell([]string{c.Name}, vipEvent(7, "web", planner.BecameActive))
	drain(t, teller)
	lines := bufio.NewScanner(reading(t, c.FIFO.Path))
	want := `{"seq":7,"at":"2023-11-14T22:13:20Z","cluster":"edge","node":"lb1","kind":"vip","object":"vip.web","name":"web","event":"active","priority":100,"why":"its own priority 100 is the highest"}`
	if !lines.Scan() || strings.Replace(lines.Text(), vipEvent(7, "web", "").At.Format("2006-01-02T15:04:05Z07:00"), "2023-11-14T22:13:20Z", 1) != want {
		t.Errorf("got  %s\nwant %s", lines.Text(), want)
	}
}

// When nobody reads, the oldest lines are lost, and how many is told; nothing waits for a reader.
func TestAPipeThatNobodyReads(t *testing.T) {
	folder, as := place(t)
	c := pipeChannel(as, filepath.Join(folder, "events"))
	teller, l := teller(t, c)
	lines := 1
	tell := func() {
		teller.Tell([]string{c.Name}, vipEvent(uint64(lines), fmt.Sprintf("v%06d", lines), planner.BecameActive))
		lines++
	}
	for range 6 * maxLines {
		tell()
	}
	l.until(t, "of lines that are lost", func(o Outcome) bool { return strings.Contains(o.Err, "its oldest lines are lost") })
	reader := bufio.NewScanner(reading(t, c.FIFO.Path))
	last := fmt.Sprintf(`INSTANCE "v%06d" MASTER 100`, lines-1)
	read := 0
	for reader.Scan() {
		if text := reader.Text(); len(text) != len(last) || !strings.HasPrefix(text, `INSTANCE "v`) {
			t.Fatalf("a torn line %q", text)
		}
		if read++; reader.Text() == last {
			break
		}
	}
	lost := 0 // as often as somebody read in between
	eventually(t, "an account of every line", func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		lost = 0
		for _, o := range l.list {
			if strings.Contains(o.Err, "lines were lost") {
				lost += o.Dropped
			}
		}
		return read+lost == lines-1
	})
	if lost == 0 {
		t.Error("no line was lost")
	}
}

func TestAPipeThatCannotBeUsed(t *testing.T) {
	folder, as := place(t)
	file, link := filepath.Join(folder, "file"), filepath.Join(folder, "link")
	if err := os.WriteFile(file, []byte("kept"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(file, link); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, path, user, want string }{
		{"a file", file, as, "is no named pipe; remove it"},
		{"a link", link, as, "too many levels of symbolic links"},
		{"a folder that is not there", folder + "/none/events", as, "no such file or directory"},
		{"a user that is not there", folder + "/events", "ha-no-such-user", "does not exist on this node"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, l := teller(t, pipeChannel(tt.user, tt.path))
			o := l.until(t, "of the pipe", func(Outcome) bool { return true })
			if !strings.Contains(o.Err, tt.want) || !strings.Contains(o.Err, tt.path) {
				t.Errorf("got %q, want %q", o.Err, tt.want)
			}
		})
	}
	if text, err := os.ReadFile(file); string(text) != "kept" {
		t.Errorf("the file holds %q, %v", text, err)
	}
}

// The program that reads the pipe gets its path, and is started again when it ends.
func TestTheReaderOfAPipe(t *testing.T) {
	folder, as := place(t)
	c := pipeChannel(as, filepath.Join(folder, "events"))
	c.FIFO.Reader = &planner.NotifyScript{
		User: as, Command: []string{shell(t, folder, `read -r line <"$2"; echo "$1 $line" >>`+folder+`/log`), "first"},
	}
	teller, l := teller(t, c)
	teller.Tell([]string{c.Name}, vipEvent(1, "web", planner.BecameActive))
	want := "first INSTANCE \"web\" MASTER 100\n"
	log := func(want string) func() bool {
		return func() bool { text, _ := os.ReadFile(filepath.Join(folder, "log")); return string(text) == want }
	}
	eventually(t, "a line in the log", log(want))
	l.until(t, "of the end of the reader", func(o Outcome) bool { return strings.Contains(o.Err, "it is started again in 1s") })
	teller.Tell([]string{c.Name}, vipEvent(2, "web", planner.BecameBackup))
	eventually(t, "a second line in the log", log(want+"first INSTANCE \"web\" BACKUP 100\n"))
}
