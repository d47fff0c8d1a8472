package checks

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// grace is how long a script that was told to end (SIGTERM) may take before it is killed.
	grace = 2 * time.Second
	// maxArgument and maxArguments bound a command line, far below what Linux takes (MAX_ARG_STRLEN).
	maxArgument, maxArguments = 4096, 64
)

// Script is healthy when a program exits with 0. It runs without a shell, as a user of its own, with an empty
// environment, and in a process group that does not outlive the probe.
type Script struct {
	ScriptConfig
	Target netip.AddrPort // told to the program in its environment; the zero value is not
}

func newScript(c Config) (Check, error) {
	s := c.Script
	if s == nil {
		return nil, errors.New(`check "script" has no arguments`)
	}
	if c.HTTP != nil {
		return nil, errors.New(`arguments of check "http" in check "script"`)
	}
	errs := []error{
		unless(len(s.Command) > 0, "the command is empty"),
		unless(len(s.Command) <= maxArguments, "the command has %d parts, more than %d", len(s.Command), maxArguments),
		unless(s.User != "", "the user is empty"),
	}
	for i, word := range s.Command {
		errs = append(errs,
			unless(i > 0 || filepath.IsAbs(word), "command %q is not an absolute path", word),
			unless(len(word) <= maxArgument && !strings.Contains(word, "\x00"), "part %d of the command is longer than %d bytes, or has a zero byte", i+1, maxArgument))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return &Script{ScriptConfig: *s, Target: c.Target}, nil
}

// Probe runs the program once.
func (s *Script) Probe(ctx context.Context) error {
	_, err := s.Measure(ctx)
	return err
}

// Measure runs the program once; the number is its exit status, 0 to 255, and 0 when it has none. When ctx ends, its
// process group gets SIGTERM and after [grace] SIGKILL, and Measure returns when the program has ended.
func (s *Script) Measure(ctx context.Context) (int64, error) {
	runner, err := runnerOf(s.User, s.Group)
	if err != nil {
		return 0, err
	}
	if err := admit(s.Command[0], runner.root()); err != nil {
		return 0, err
	}
	var out firstLine
	cmd := exec.Command(s.Command[0], s.Command[1:]...)
	cmd.Dir, cmd.Env = "/", s.environment()
	cmd.Stdout, cmd.Stderr = &out, &out // one writer: the first line of both
	cmd.WaitDelay = giveUp / 2          // what left the process group may hold the pipe
	cmd.SysProcAttr = &unix.SysProcAttr{Setpgid: true, Pdeathsig: unix.SIGKILL, Credential: runner.credential()}
	runtime.LockOSThread() // the program is killed when the thread that started it ends, and this one lasts as long
	defer runtime.UnlockOSThread()
	if err := cmd.Start(); err != nil {
		return 0, fmt.Errorf("start %s as %s: %w", s.Command[0], s.User, inWords(err))
	}
	late := attend(ctx, cmd.Process.Pid)
	err = cmd.Wait()
	if errors.Is(err, exec.ErrWaitDelay) {
		err = nil // it exited with 0; somebody that it left behind still held its output
	}
	status := int64(max(0, cmd.ProcessState.ExitCode()))
	switch {
	case late != nil:
		return status, withLine(late, &out)
	case err != nil:
		return status, withLine(&failure{filepath.Base(s.Command[0]) + ": " + err.Error(), err}, &out)
	}
	return status, nil
}

// environment is all that the program finds in its environment.
func (s *Script) environment() []string {
	env := []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8"}
	if s.Target.IsValid() {
		env = append(env, "HA_TARGET_ADDRESS="+s.Target.Addr().String(), "HA_TARGET_PORT="+strconv.Itoa(int(s.Target.Port())))
	}
	return env
}

// attend returns when the leader of a process group has ended, and kills what it leaves behind in its group. The leader is not
// reaped before, so that its number cannot belong to anybody else. The error says that it had to be told to end.
func attend(ctx context.Context, leader int) error {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for unix.Waitid(unix.P_PID, leader, nil, unix.WEXITED|unix.WNOWAIT, nil) == unix.EINTR {
		}
	}()
	defer unix.Kill(-leader, unix.SIGKILL) //nolint:errcheck // nobody may be left
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) { // else nobody asks any more, and nobody waits
		_ = unix.Kill(-leader, unix.SIGTERM) // it may have ended meanwhile
		kill := time.NewTimer(grace)
		defer kill.Stop()
		select {
		case <-ended:
		case <-kill.C:
		}
	}
	_ = unix.Kill(-leader, unix.SIGKILL)
	<-ended
	return &failure{"it did not end, and was killed", ctx.Err()}
}

// withLine adds to an error what the program said.
func withLine(err error, out *firstLine) error {
	if line := out.String(); line != "" {
		return fmt.Errorf("%w: %s", err, line)
	}
	return err
}
