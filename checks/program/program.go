// Package program runs other people's programs: checks, and scripts that are told of events. Without a shell, as a user
// of their own, with an empty environment and no inherited files, within a time, in a process group that can be ended as
// a whole; and never a program that somebody else could exchange for root.
package program

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// Grace is how long a program that was told to end (SIGTERM) may take before it is killed.
	Grace = 2 * time.Second
	// drain is how long somebody who left the process group may hold up its output.
	drain = 50 * time.Millisecond
	// maxArgument and maxArguments bound a command line, far below what Linux takes (MAX_ARG_STRLEN).
	maxArgument, maxArguments = 4096, 64
)

// Program is a command line and as whom it runs.
type Program struct {
	Command []string // an absolute path and its arguments: at most 64 words of at most 4096 bytes
	User    string   // name or number
	Group   string   // name or number; empty: the first group of the user
	Env     []string // NAME=value, beside PATH and LANG; nothing is inherited
	// MayStay lets those live on that the program left behind in its process group when it ended by itself: daemons that it
	// started.
	MayStay bool
}

// Validate reports a command line that cannot be run anywhere.
func (p Program) Validate() error {
	var errs []error
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if len(p.Command) == 0 {
		wrong("the command is empty")
	}
	if len(p.Command) > maxArguments {
		wrong("the command has %d parts, more than %d", len(p.Command), maxArguments)
	}
	if p.User == "" {
		wrong("the user is empty")
	}
	for i, word := range p.Command {
		if i == 0 && !filepath.IsAbs(word) {
			wrong("command %q is not an absolute path", word)
		}
		if len(word) > maxArgument || strings.Contains(word, "\x00") {
			wrong("part %d of the command is longer than %d bytes, or has a zero byte", i+1, maxArgument)
		}
	}
	return errors.Join(errs...)
}

// Run runs the program once and returns its exit status, 0 to 255 and 0 when it has none, and the first line that it
// printed. When the time of ctx is over, its process group gets SIGTERM and after [Grace] SIGKILL; when ctx ends otherwise,
// SIGKILL at once. Run returns when the program has ended. The error says that it could not start, did not end in time, or
// how it failed.
func (p Program) Run(ctx context.Context) (status int, line string, err error) {
	as, err := runnerOf(p.User, p.Group)
	if err != nil {
		return 0, "", err
	}
	if err := admit(p.Command[0], as.root()); err != nil {
		return 0, "", err
	}
	var out firstLine
	cmd := exec.Command(p.Command[0], p.Command[1:]...)
	cmd.Dir = "/"
	cmd.Env = append([]string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8"}, p.Env...)
	cmd.Stdout, cmd.Stderr = &out, &out // one writer: the first line of both
	cmd.WaitDelay = drain
	cmd.SysProcAttr = &unix.SysProcAttr{Setpgid: true, Pdeathsig: unix.SIGKILL, Credential: as.credential()}
	runtime.LockOSThread() // the program is killed when the thread that started it ends, and this one lasts as long
	defer runtime.UnlockOSThread()
	if err := cmd.Start(); err != nil {
		return 0, "", fmt.Errorf("start %s as %s: %w", p.Command[0], p.User, plainly(err))
	}
	late := attend(ctx, cmd.Process.Pid, p.MayStay)
	err = cmd.Wait()
	if errors.Is(err, exec.ErrWaitDelay) {
		err = nil // it exited with 0; somebody that it left behind still held its output
	}
	status = max(0, cmd.ProcessState.ExitCode())
	switch {
	case late != nil:
		return status, out.String(), late
	case err != nil:
		return status, out.String(), fmt.Errorf("%s: %w", filepath.Base(p.Command[0]), err)
	}
	return status, out.String(), nil
}

// attend returns when the leader of a process group has ended, and kills what it leaves behind in its group unless that may
// stay. The leader is not reaped before, so that its number cannot belong to anybody else. The error says that it had to be
// told to end, and then nobody stays.
func attend(ctx context.Context, leader int, mayStay bool) error {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for unix.Waitid(unix.P_PID, leader, nil, unix.WEXITED|unix.WNOWAIT, nil) == unix.EINTR {
		}
	}()
	select {
	case <-ended:
		if !mayStay {
			_ = unix.Kill(-leader, unix.SIGKILL) // an error says that nobody is left
		}
		return nil
	case <-ctx.Done():
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) { // else nobody asks any more, and nobody waits
		_ = unix.Kill(-leader, unix.SIGTERM) // it may have ended meanwhile
		kill := time.NewTimer(Grace)
		defer kill.Stop()
		select {
		case <-ended:
		case <-kill.C:
		}
	}
	_ = unix.Kill(-leader, unix.SIGKILL)
	<-ended
	return &unended{ctx.Err()}
}

// unended says that a program had to be killed, and wraps why.
type unended struct{ cause error }

func (u *unended) Error() string { return "it did not end, and was killed" }
func (u *unended) Unwrap() error { return u.cause }

// plainly is what the operating system says about a file or a start, without the path and the call before it.
func plainly(err error) error {
	var number syscall.Errno
	if errors.As(err, &number) {
		return number
	}
	return err
}
