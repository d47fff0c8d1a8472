package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"

	"ha/checks"
	"ha/enforcer"
	"ha/enforcer/control"
	"ha/enforcer/notify"
	"ha/enforcer/worker"
)

// listen goes on with the control socket of the program before, or opens a new one.
func listen(path string, heritage *enforcer.Heritage) (net.Listener, error) {
	if heritage != nil {
		if l, err := heritage.Listener(); err == nil {
			return l, nil
		}
	}
	return control.Listen(path)
}

// ownPath is where this program was started from, and so where an upgrade will stand. A path through a symbolic link stays
// one, since an upgrade may be a change of the link. Empty where it cannot be found.
func ownPath() string {
	running, err := os.Stat("/proc/self/exe")
	if err != nil {
		return ""
	}
	if path, err := exec.LookPath(os.Args[0]); err == nil {
		if there, err := os.Stat(path); err == nil && os.SameFile(there, running) {
			if path, err = filepath.Abs(path); err == nil {
				return path
			}
		}
	}
	path, err := os.Executable()
	if err != nil {
		return ""
	}
	return path
}

// signals are what may be said to an enforcer beside "end": SIGUSR2 to make place for the program at its path, SIGUSR1 to
// make way for a process that will be started right after this one. SIGHUP, by habit sent for a reload or by a terminal that closes, does nothing, and that is said.
type signals struct {
	log  *slog.Logger
	path string
	come chan os.Signal
}

func newSignals(log *slog.Logger) *signals {
	s := &signals{log: log, path: ownPath(), come: make(chan os.Signal, 1)}
	s.listen()
	return s
}

func (s *signals) listen() { signal.Notify(s.come, syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGUSR2) }

func (s *signals) stop() { signal.Stop(s.come) }

// serve does what signals ask for until ctx ends.
func (s *signals) serve(ctx context.Context, e *enforcer.Enforcer) {
	for {
		select {
		case <-ctx.Done():
			return
		case got := <-s.come:
			// Of what does not work, the event log tells.
			switch got {
			case syscall.SIGUSR1:
				_ = e.MakeWay(ctx)
			case syscall.SIGUSR2:
				_ = e.Restart(ctx, func(control.Progress) {})
			default:
				s.log.Warn("SIGHUP does nothing: there is no file to read again; ha apply hands over a new plan")
			}
		}
	}
}

// exec puts the program at the path in the place of this one; it returns only when that failed. Until the other program
// listens for them, the signals that are not meant to end it are ignored: their default is the end.
func (s *signals) exec(variable string) error {
	signal.Ignore(syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGUSR2)
	err := unix.Exec(s.path, os.Args, append(os.Environ(), variable))
	s.listen()
	return fmt.Errorf("starting %s in the place of this program: %w", s.path, err)
}

// deafen lets the signals that are meant for an enforcer do nothing to its worker, where they are sent to all processes of a
// service. They are not ignored, which the worker's children would inherit. The returned function ends that.
func deafen() (stop func()) {
	come := make(chan os.Signal, 1)
	signal.Notify(come, syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGUSR2)
	return func() { signal.Stop(come) }
}

// workers starts the second process of the same program, one after the other.
type workers struct {
	log     *slog.Logger
	current atomic.Pointer[worker.Client]
}

func (w *workers) start(ctx context.Context, known map[string]checks.Health, report func(checks.Result), told func(notify.Outcome)) enforcer.Checker {
	c := worker.Start(ctx, worker.Options{Args: []string{workerVerb}, Known: known, OnResult: report, OnTold: told, Log: w.log})
	w.current.Store(c)
	return c
}

// try lets the worker run a program.
func (w *workers) try(ctx context.Context, path string, args ...string) (string, error) {
	c := w.current.Load()
	if c == nil {
		return "", errors.New("there is no worker to start it")
	}
	return c.Try(ctx, path, args...)
}
