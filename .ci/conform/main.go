// Command conform writes vrrp/CONFORMANCE.md: every number of the conformance list with the tests that name it. It
// exits with 1 when a number has no test, or a test names a number that does not exist.
//
//	conform LIST ROOT OUT    the list of numbers, the folder whose *_test.go files are read, the page to write
package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "conform:", err)
		os.Exit(1)
	}
}

var errUsage = errors.New("usage: conform LIST ROOT OUT")

func run(args []string) error {
	if len(args) != 3 {
		return errUsage
	}
	text, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	list, err := parse(string(text))
	if err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	tests, err := collect(args[1])
	if err != nil {
		return err
	}
	page, failures := render(list, tests)
	if len(failures) > 0 {
		return fmt.Errorf("the conformance list is not whole:\n  %s", strings.Join(failures, "\n  "))
	}
	return os.WriteFile(args[2], []byte(page), 0o644)
}

// collect reads every test file below root.
func collect(root string) (tests, error) {
	found := tests{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata"):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, "_test.go"):
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		return found.read(filepath.ToSlash(name), text)
	})
	for number := range found {
		slices.Sort(found[number])
	}
	return found, err
}
