package checks

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// table is a /proc of processes by number: "name state command line".
func table(t *testing.T, processes map[int][3]string) string {
	t.Helper()
	dir := t.TempDir()
	for pid, p := range processes {
		at := filepath.Join(dir, fmt.Sprint(pid))
		if err := os.Mkdir(at, 0o755); err != nil {
			t.Fatal(err)
		}
		line := strings.ReplaceAll(p[2], " ", "\x00")
		if line != "" {
			line += "\x00"
		}
		for name, text := range map[string]string{"stat": fmt.Sprintf("%d (%s) %s 1 1 1", pid, p[0], p[1]), "cmdline": line} {
			if err := os.WriteFile(filepath.Join(at, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "self"), 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestProcessesAreCounted(t *testing.T) {
	proc := table(t, map[int][3]string{
		10: {"nginx", "S", "nginx: master"},
		11: {"nginx", "S", "nginx: worker"},
		12: {"nginx", "Z", ""},
		13: {"a) b (c", "R", "/bin/x one two"},
		14: {"x", "S", "/bin/x one two"},
		15: {"kthreadd", "S", ""},
	})
	tests := []struct {
		name    string
		command []string
		match   Match
		least   int
		most    int
		count   int64
		fault   string
	}{
		{"by name, and none that has ended", []string{"nginx"}, MatchName, 1, -1, 2, ""},
		{"a name with parentheses", []string{"a) b (c"}, MatchName, 1, -1, 1, ""},
		{"by the whole command", []string{"/bin/x", "one", "two"}, MatchCommand, 2, 2, 2, ""},
		{"a command with fewer words", []string{"/bin/x", "one"}, MatchCommand, 1, -1, 0, `0 of "/bin/x one" run, wanted at least 1`},
		{"by its beginning", []string{"/bin/x", "one"}, MatchBegins, 2, -1, 2, ""},
		{"too few", []string{"nginx"}, MatchName, 3, -1, 2, `2 of "nginx" run, wanted at least 3`},
		{"too many", []string{"nginx"}, MatchName, 0, 1, 2, `2 of "nginx" run, wanted at most 1`},
		{"none, as it should be", []string{"apache2"}, MatchName, 0, 0, 0, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := Process{ProcessConfig: ProcessConfig{Command: tt.command, Match: tt.match, AtLeast: tt.least, AtMost: tt.most}, proc: proc}
			n, err := p.Measure(t.Context())
			if n != tt.count || (err == nil) != (tt.fault == "") || err != nil && err.Error() != tt.fault {
				t.Errorf("got %d, %v, want %d, %q", n, err, tt.count, tt.fault)
			}
		})
	}
	if _, err := (&Process{proc: filepath.Join(proc, "none")}).Measure(t.Context()); err == nil {
		t.Error("a /proc that is not there has processes")
	}
}

func TestProcessesThatCannotBe(t *testing.T) {
	good := ProcessConfig{Command: []string{"nginx"}, Match: MatchName, AtLeast: 1, AtMost: -1}
	for name, spoil := range map[string]func(*ProcessConfig){
		"no command":     func(p *ProcessConfig) { p.Command = nil },
		"a zero byte":    func(p *ProcessConfig) { p.Command = []string{"a\x00"} },
		"a long name":    func(p *ProcessConfig) { p.Command = []string{"0123456789abcdef"} },
		"two names":      func(p *ProcessConfig) { p.Command = []string{"a", "b"} },
		"unknown match":  func(p *ProcessConfig) { p.Match = "regex" },
		"too many":       func(p *ProcessConfig) { p.AtLeast = 70000 },
		"most below":     func(p *ProcessConfig) { p.AtLeast, p.AtMost = 2, 1 },
		"less than none": func(p *ProcessConfig) { p.AtLeast = -1 },
	} {
		p := good
		spoil(&p)
		if _, err := newProcess(Config{Arguments: Arguments{Process: &p}}); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	if _, err := newProcess(Config{Arguments: Arguments{Process: &good}}); err != nil {
		t.Error(err)
	}
}

// Where the kernel tells of processes, one that starts and ends is seen long before the interval.
func TestAProcessIsHeard(t *testing.T) {
	if socket, err := listenToProcesses(); err != nil {
		t.Skipf("needs the process events of the kernel: %v", err)
	} else if err := socket.Close(); err != nil {
		t.Fatal(err)
	}
	check, err := newProcess(Config{Arguments: Arguments{Process: &ProcessConfig{Command: []string{"sleep", "86399"}, Match: MatchCommand, AtLeast: 1, AtMost: -1}}})
	if err != nil {
		t.Fatal(err)
	}
	p := check.(*Process)
	ctx, cancel := context.WithCancel(t.Context())
	woken, ended := make(chan struct{}, 100), make(chan error, 1)
	go func() { ended <- p.Watch(ctx, func() { woken <- struct{}{} }) }()
	becomes := func(what string, count int64) {
		t.Helper()
		for limit := time.After(10 * time.Second); ; {
			select {
			case <-woken:
				if n, _ := p.Measure(ctx); n == count { // the number tells
					return
				}
			case <-limit:
				t.Fatalf("%s is not heard", what)
			}
		}
	}
	becomes("the beginning", 0)
	cmd := exec.CommandContext(ctx, "sleep", "86399")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	becomes("a start", 1)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed
	becomes("an end", 0)
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestProcessEventsOfAnyShape(t *testing.T) {
	p := Process{ProcessConfig: ProcessConfig{Command: []string{"x"}, Match: MatchName}, proc: t.TempDir(), known: map[int]bool{7: true}}
	event := func(what uint32, numbers ...uint32) []byte {
		b := make([]byte, netlinkHeader+connectorHeader+eventHeader+4*len(numbers))
		put := func(at int, v uint32) {
			b[at], b[at+1], b[at+2], b[at+3] = byte(v), byte(v>>8), byte(v>>16), byte(v>>24)
		}
		put(0, uint32(len(b)))
		put(netlinkHeader+connectorHeader, what)
		for i, n := range numbers {
			put(netlinkHeader+connectorHeader+eventHeader+4*i, n)
		}
		return b
	}
	for name, tt := range map[string]struct {
		data []byte
		want bool
	}{
		"its end":                {event(eventExit, 7, 7), true},
		"the end of a thread":    {event(eventExit, 9, 7), false},
		"the end of another":     {event(eventExit, 8, 8), false},
		"it forks":               {event(eventFork, 7, 7, 8, 8), true},
		"it makes a thread":      {event(eventFork, 7, 7, 8, 7), false},
		"it becomes another":     {event(eventExec, 7, 7), true},
		"something else":         {event(0x40, 7, 7), false},
		"short":                  {event(eventExit, 7, 7)[:40], true},
		"two":                    {append(event(eventExit, 8, 8), event(eventComm, 7, 7)...), true},
		"nothing":                {nil, false},
		"a length that is wrong": {[]byte{255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, true},
	} {
		if got := p.concerned(tt.data); got != tt.want {
			t.Errorf("%s: got %v, want %v", name, got, tt.want)
		}
	}
}
