package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
)

// Every folder of examples is valid, formatted, and explained by a README.
func TestExamplesAreValidAndFormatted(t *testing.T) {
	dirs, err := filepath.Glob("../../examples/*")
	if err != nil || len(dirs) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			for _, args := range [][]string{{"validate", dir, "--warnings-as-errors"}, {"fmt", "--check", dir}} {
				var out bytes.Buffer
				m := systemMachine()
				m.stdin, m.stdout, m.stderr = strings.NewReader(""), &out, &out
				if code := execute(t.Context(), m, args); code != int(exitOK) {
					t.Errorf("ha %s: exit code %d\n%s", strings.Join(args, " "), code, out.String())
				}
			}
			if readme, err := filepath.Glob(filepath.Join(dir, "README.md")); err != nil || len(readme) != 1 {
				t.Error("it has no README.md")
			}
		})
	}
}
