package main

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// retries is how many tests of a lane may get a second try. More failures have a cause in the code.
const retries = 4

// retried gives the few tests of a lane that failed one more try, alone and in their own package, and returns what the
// lane came to then. Tests with real daemons run in real time, and a shared machine may stand still for longer than a
// protocol waits; a test that fails twice has no such excuse. The report names every test that needed its second try.
func retried(name string, command []string, tests []test, out io.Writer) ([]test, error) {
	failed := failedTests(tests)
	if len(failed) == 0 || len(failed) > retries {
		return tests, nil
	}
	for _, f := range failed {
		fmt.Fprintf(out, "=== %s: once more: %s %s\n", name, f.Package, f.Test)
		again, err := try(name, alone(command, f), out)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(again, func(t test) bool { return t.Verdict == fail }) ||
			!slices.ContainsFunc(again, func(t test) bool { return t.id == f && t.Verdict == pass }) {
			continue
		}
		tests = secondTry(tests, f)
	}
	return tests, nil
}

// failedTests lists the top-level tests that failed, themselves or in a subtest. None are listed when something failed
// that a second try cannot excuse: a package that did not build or crashed outside of a test, a panic, a data race.
func failedTests(tests []test) []id {
	var failed []id
	for _, t := range tests {
		if t.Verdict != fail {
			continue
		}
		if t.Test == "" || t.Reason != "" {
			return nil
		}
		top, _, _ := strings.Cut(t.Test, "/")
		if key := (id{t.Package, top}); !slices.Contains(failed, key) {
			failed = append(failed, key)
		}
	}
	return failed
}

// alone is the command with one test for the packages that it names.
func alone(command []string, t id) []string {
	only := slices.DeleteFunc(slices.Clone(command), func(a string) bool { return strings.HasPrefix(a, "./") })
	return append(only, "-count=1", "-run=^"+regexp.QuoteMeta(t.Test)+"$", t.Package)
}

// secondTry says of a test, and of the subtests for which it failed, that they passed when they were tried again.
func secondTry(tests []test, passed id) []test {
	tests = slices.Clone(tests)
	for i, t := range tests {
		if t.Verdict == fail && t.Package == passed.Package &&
			(t.Test == passed.Test || strings.HasPrefix(t.Test, passed.Test+"/")) {
			tests[i].outcome = outcome{Verdict: pass, Again: true}
		}
	}
	return tests
}
