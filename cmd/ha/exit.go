package main

import (
	"context"
	"errors"
	"fmt"
)

// exit is an exit code, part of the interface: its number depends on the result, never on the mode of output.
type exit int

// The exit codes of every command. Only exitIncomplete needs a human now.
const (
	exitOK          exit = 0   // done, or nothing to do
	exitError       exit = 1   // error; after an apply: taken back completely
	exitDifference  exit = 2   // a difference was found, and the flag to report it was given
	exitRefused     exit = 3   // nothing was changed: stale, declined, impact above the limit, no terminal to ask
	exitUnavailable exit = 4   // no enforcer, or its lock not to be had
	exitTakenBack   exit = 5   // applied, verification failed, taken back
	exitIncomplete  exit = 6   // something changed and could not be taken back
	exitUsage       exit = 64  // wrong usage of flags
	exitSignal      exit = 128 // and the number of the signal: 130 for SIGINT, 143 for SIGTERM
)

// exitError carries the code to leave with and the text to print. A nil err prints nothing more.
type exitErr struct {
	code exit
	err  error
}

func (e *exitErr) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit %d", e.code)
	}
	return e.err.Error()
}

func (e *exitErr) Unwrap() error { return e.err }

// leave ends a command with a code; format is the text for a person, empty for none.
func leave(code exit, format string, args ...any) error {
	if format == "" {
		return &exitErr{code: code}
	}
	return &exitErr{code: code, err: fmt.Errorf(format, args...)}
}

// codeOf is the exit code for what a command returned.
func codeOf(ctx context.Context, err error) exit {
	var e *exitErr
	var i interrupted
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &e):
		return e.code
	case errors.Is(err, context.Canceled) && errors.As(context.Cause(ctx), &i):
		return exitSignal + exit(i.Signal)
	default:
		return exitError
	}
}
