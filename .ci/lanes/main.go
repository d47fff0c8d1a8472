// Command lanes runs the lanes of .ci/check and holds them to one promise: a test that one lane skips is kept by
// another.
//
//	lanes run DIR NAME COMMAND [ARGUMENT...]      run one lane, say what went wrong, keep the results in DIR
//	lanes retry DIR NAME COMMAND [ARGUMENT...]    the same, and what failed in a few tests is tried once more alone
//	lanes report DIR                              print the table of all lanes and the verdict
//
// A lane that prints the events of go test -json counts its tests; any other command counts as one. A failed lane
// does not keep the next from running, so run exits with 0 when it could keep the results, and report exits with 1
// when anything failed or a test rested in every lane.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "lanes:", err)
		os.Exit(1)
	}
}

var errUsage = errors.New("usage: lanes run DIR NAME COMMAND [ARGUMENT...] | lanes retry … | lanes report DIR")

func run(args []string, out io.Writer) error {
	switch {
	case len(args) >= 4 && args[0] == "run":
		return runLane(args[1], args[2], args[3:], false, out)
	case len(args) >= 4 && args[0] == "retry":
		return runLane(args[1], args[2], args[3:], true, out)
	case len(args) == 2 && args[0] == "report":
		lanes, err := load(args[1])
		if err != nil {
			return err
		}
		return report(lanes, out)
	}
	return errUsage
}

// runLane runs a command, prints what a person wants to see of it and keeps its results in a file of dir. With retry
// the tests that failed get a second try, see retried.
func runLane(dir, name string, command []string, retry bool, out io.Writer) error {
	fmt.Fprintf(out, "\n=== %s\n", name)
	began := time.Now()
	tests, err := try(name, command, out)
	if err == nil && retry {
		tests, err = retried(name, command, tests, out)
	}
	if err != nil {
		return err
	}
	l := lane{Name: name, Began: began, Seconds: time.Since(began).Seconds(), Tests: tests}
	n := l.count()
	fmt.Fprintf(out, "=== %s: %d passed, %d failed, %d skipped in %.1f s\n", name, n[pass], n[fail], n[skip], l.Seconds)
	return l.save(dir)
}

// try runs a command and returns how its tests ended. An error says that its output could not be read.
func try(name string, command []string, out io.Writer) ([]test, error) {
	cmd := exec.Command(command[0], command[1:]...)
	r, w := io.Pipe()
	cmd.Stdout, cmd.Stderr = w, w
	c := newCollector(out)
	read := make(chan error, 1)
	go func() { read <- c.read(r) }()
	commandErr := cmd.Run()
	if err := errors.Join(w.Close(), <-read); err != nil {
		return nil, fmt.Errorf("lane %s: read its output: %w", name, err)
	}
	if commandErr != nil {
		fmt.Fprintf(out, "--- %s: %v\n", command[0], commandErr)
	}
	return c.finish(name, commandErr), nil
}
