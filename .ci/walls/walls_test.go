// Package walls tries the walls of .golangci.yml: what they forbid is built into a module that does nothing else, and
// the linter must find every case and no other.
package walls

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

// A case is a line that ends in "// want LINTER: TEXT", which is part of the finding.
var (
	want    = regexp.MustCompile(`// want (\w+): (.+)$`)
	finding = regexp.MustCompile(`^(\S+\.go:\d+):\d+: (.*) \((\w+)\)$`)
)

func TestWalls(t *testing.T) {
	linter := os.Getenv("HA_LINTER")
	if linter == "" {
		t.Fatal("HA_LINTER names no golangci-lint; run .ci/lint")
	}
	cases, err := txtar.ParseFile("testdata/walls.txtar")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, name := range []string{"go.mod", "go.sum", ".golangci.yml"} {
		content, err := os.ReadFile(filepath.Join("../..", name))
		if err != nil {
			t.Fatal(err)
		}
		if name == "go.mod" {
			content = append(content, "\nreplace github.com/google/gopacket => ./gopacket\n"...)
		}
		cases.Files = append(cases.Files, txtar.File{Name: name, Data: content})
	}
	expected := map[string][]string{} // by place: "LINTER: TEXT"
	for _, f := range cases.Files {
		path := filepath.Join(dir, f.Name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
		n := 0
		for line := range bytes.Lines(f.Data) {
			n++
			if m := want.FindSubmatch(bytes.TrimSpace(line)); m != nil {
				place := fmt.Sprintf("%s:%d", f.Name, n)
				expected[place] = append(expected[place], fmt.Sprintf("%s: %s", m[1], m[2]))
			}
		}
	}

	cmd := exec.CommandContext(t.Context(), linter, "run", "--enable-only=depguard,forbidigo", "--output.text.print-issued-lines=false",
		"--max-issues-per-linter=0", "--max-same-issues=0", "./...")
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err == nil {
		t.Error("the linter found nothing at all")
	}
	for line := range strings.Lines(string(out)) {
		m := finding.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil {
			continue
		}
		place, got := m[1], m[3]+": "+m[2]
		i := slices.IndexFunc(expected[place], func(e string) bool {
			linter, text, _ := strings.Cut(e, ": ")
			return linter == m[3] && strings.Contains(m[2], text)
		})
		if i < 0 {
			t.Errorf("nobody forbids %s: %s", place, got)
			continue
		}
		if expected[place] = slices.Delete(expected[place], i, i+1); len(expected[place]) == 0 {
			delete(expected, place)
		}
	}
	if diff := cmp.Diff(expected, map[string][]string{}); diff != "" {
		t.Errorf("these walls do not hold:\n%s\nthe linter said:\n%s", diff, out)
	}
}
