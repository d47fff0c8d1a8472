package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const source = `package x

// conform: E01
func TestAbove(t *testing.T) {
	// S15 within
	_ = []string{"R02 in a string", "FR03 is none, nor is R04x"}
}

var table = "R05 outside of a test counts for nothing"

func helper() { _ = "R06" }

func FuzzIt(f *testing.F) { _ = ` + "`G01`" + ` }
`

func TestRead(t *testing.T) {
	found := tests{}
	if err := found.read("a_test.go", []byte(source)); err != nil {
		t.Fatal(err)
	}
	for n, want := range map[string]string{
		"E01": "a_test.go TestAbove", "S15": "a_test.go TestAbove", "R02": "a_test.go TestAbove", "G01": "a_test.go FuzzIt",
		"R03": "", "R04": "", "R05": "", "R06": "",
	} {
		if got := strings.Join(found[n], ","); got != want {
			t.Errorf("%s: got %q, want %q", n, got, want)
		}
	}
}

// A number without a test and a test with an unknown number are both mistakes, and nothing is written.
func TestTheListMustBeWhole(t *testing.T) {
	tests := []struct {
		name, list, fault string
	}{
		{"whole", "## E: sent\nE01 a\nS15 b\nR02 c\nG01 d\n", ""},
		{"a number without a test", "E01 a\nE02 b\nS15 b\nR02 c\nG01 d\n", "E02 (b) has no test"},
		{"a number that is open", "E01 a\nE02 b (not yet)\nS15 b\nR02 c\nG01 d\n", ""},
		{"a number that is no longer open", "E01 a (not yet)\nS15 b\nR02 c\nG01 d\n", "E01 (a) is said to have no test, and has a_test.go TestAbove"},
		{"an unknown number", "E01 a\nS15 b\nR02 c\n", "G01 is on no line of the list, but in a_test.go FuzzIt"},
		{"twice", "E01 a\nE01 b\n", "line 2: E01 stands twice"},
		{"no number", "E1 a\n", `line 1: "E1 a" is no number with its text`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			out := filepath.Join(dir, "OUT.md")
			for name, text := range map[string]string{"a_test.go": source, "list": tt.list} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			err := run([]string{filepath.Join(dir, "list"), dir, out})
			_, written := os.Stat(out)
			switch {
			case tt.fault == "" && (err != nil || written != nil):
				t.Errorf("got %v, page: %v", err, written)
			case tt.fault != "" && (err == nil || !strings.Contains(err.Error(), tt.fault) || written == nil):
				t.Errorf("got %v, page: %v; want %s and no page", err, written, tt.fault)
			}
		})
	}
}
