package checks

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// maxComm is how many characters the kernel keeps of the name of a process (TASK_COMM_LEN in linux/sched.h, less the zero).
const maxComm = 15

// Process is healthy while as many processes of the node run as it should be. Their number is what it reports. It hears
// of processes that come and go from the kernel (see process_watch.go).
type Process struct {
	ProcessConfig
	proc string // where /proc is

	mu    sync.Mutex
	known map[int]bool // the processes that the last look has counted
}

func newProcess(c Config) (Check, error) {
	p := c.Process
	switch {
	case p == nil:
		return nil, errors.New(`check "process" has no arguments`)
	case c.Target.IsValid():
		return nil, fmt.Errorf(`check "process" has the target %v, and a process is of the node itself`, c.Target)
	}
	match := p.Match
	err := errors.Join(
		unless(len(p.Command) > 0 && p.Command[0] != "", "the command is empty"),
		unless(!strings.Contains(strings.Join(p.Command, ""), "\x00"), "the command has a zero byte"),
		unless(match == MatchName || match == MatchCommand || match == MatchBegins, "match %q is not one of name, command, begins", match),
		unless(match != MatchName || len(p.Command) == 1 && len(p.Command[0]) <= maxComm, "a name is one word of at most %d characters", maxComm),
		unless(p.AtLeast >= 0 && p.AtLeast <= 65535, "at_least %d is not from 0 to 65535", p.AtLeast),
		unless(p.AtMost < 0 || p.AtMost >= p.AtLeast && p.AtMost <= 65535, "at_most %d is not from at_least %d to 65535", p.AtMost, p.AtLeast),
	)
	if err != nil {
		return nil, err
	}
	return &Process{ProcessConfig: *p, proc: "/proc"}, nil
}

// Probe counts once.
func (p *Process) Probe(ctx context.Context) error {
	_, err := p.Measure(ctx)
	return err
}

// Measure counts once; the value is how many there are.
func (p *Process) Measure(ctx context.Context) (int64, error) {
	entries, err := os.ReadDir(p.proc)
	if err != nil {
		return 0, fmt.Errorf("list processes: %w", inWords(bare(err)))
	}
	found := map[int]bool{}
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil && p.is(pid) {
			found[pid] = true
		}
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
	}
	p.mu.Lock()
	p.known = found
	p.mu.Unlock()
	n := len(found)
	switch {
	case n < p.AtLeast:
		return int64(n), fmt.Errorf("%d of %q run, wanted at least %d", n, strings.Join(p.Command, " "), p.AtLeast)
	case p.AtMost >= 0 && n > p.AtMost:
		return int64(n), fmt.Errorf("%d of %q run, wanted at most %d", n, strings.Join(p.Command, " "), p.AtMost)
	}
	return int64(n), nil
}

// counts tells whether the last look has counted a process.
func (p *Process) counts(pid int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.known[pid]
}

// is tells whether a process is one of those that are looked for. One that is gone, or ended and not yet buried, is none.
func (p *Process) is(pid int) bool {
	dir := filepath.Join(p.proc, strconv.Itoa(pid))
	if p.Match == MatchName {
		stat, err := os.ReadFile(filepath.Join(dir, "stat"))
		name, alive := nameIn(stat)
		return err == nil && alive && name == p.Command[0]
	}
	line, err := os.ReadFile(filepath.Join(dir, "cmdline")) // empty when it has ended
	if err != nil || len(line) == 0 {
		return false
	}
	words := strings.Split(string(bytes.TrimSuffix(line, []byte{0})), "\x00")
	if p.Match == MatchBegins {
		return len(words) >= len(p.Command) && slices.Equal(words[:len(p.Command)], p.Command)
	}
	return slices.Equal(words, p.Command)
}

// nameIn reads /proc/PID/stat (proc_pid_stat(5)): the name stands in parentheses and may hold some itself, the state behind
// them is Z or X of a process that has ended.
func nameIn(stat []byte) (name string, alive bool) {
	from, to := bytes.IndexByte(stat, '('), bytes.LastIndexByte(stat, ')')
	if from < 0 || to < from || to+2 >= len(stat) {
		return "", false
	}
	state := stat[to+2]
	return string(stat[from+1 : to]), state != 'Z' && state != 'X' && state != 'x'
}
