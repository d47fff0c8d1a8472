package hcl_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"ha/hcl"
	"ha/hcl/diag"
)

var update = flag.Bool("update", false, "rewrite golden parts and the reference page")

// TestGallery loads each configuration of testdata/diag and compares what is said about it. The text is part of the
// product: read it when it changes.
//
// A case holds input files, `vars` (lines name=value, given as flags), `want` (the text), and `want.json` where the
// JSON form matters, too. In both the folder is called DIR.
func TestGallery(t *testing.T) {
	cases, err := filepath.Glob("testdata/diag/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range cases {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			dir, in := unpack(t, archive)
			config, list := hcl.Load(dir, in)
			if errors, _ := diag.Count(list); (errors > 0) != (config == nil) {
				t.Errorf("Load returned a configuration: %v, with %d errors", config != nil, errors)
			}
			if len(list) == 0 {
				t.Error("nothing was found")
			}
			changed := golden(t, archive, "want", strings.ReplaceAll(text(t, list), dir, "DIR"))
			if part(archive, "want.json") != nil {
				changed = golden(t, archive, "want.json", strings.ReplaceAll(asJSON(t, list), dir, "DIR")) || changed
			}
			if changed {
				if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// unpack writes the input files of a case into a folder.
func unpack(t *testing.T, archive *txtar.Archive) (dir string, in hcl.Inputs) {
	t.Helper()
	dir = t.TempDir()
	for _, f := range archive.Files {
		switch f.Name {
		case "want", "want.json":
		case "vars":
			for line := range strings.Lines(string(f.Data)) {
				in.Vars = append(in.Vars, strings.TrimSuffix(line, "\n"))
			}
		default:
			path := filepath.Join(dir, f.Name)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, f.Data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir, in
}

// golden compares a part of a case with what was got. With -update it replaces the part and returns true.
func golden(t *testing.T, archive *txtar.Archive, name, got string) (changed bool) {
	t.Helper()
	p := part(archive, name)
	if *update {
		if p == nil {
			archive.Files = append(archive.Files, txtar.File{Name: name, Data: []byte(got)})
			return true
		}
		changed = string(p.Data) != got
		p.Data = []byte(got)
		return changed
	}
	want := ""
	if p != nil {
		want = string(p.Data)
	}
	if got != want {
		t.Errorf("%s differs; if the change is wanted, run with -update (- got, + want)\n%s", name, cmp.Diff(got, want))
	}
	return false
}

func part(archive *txtar.Archive, name string) *txtar.File {
	for i := range archive.Files {
		if archive.Files[i].Name == name {
			return &archive.Files[i]
		}
	}
	return nil
}

func text(t *testing.T, list []diag.Diagnostic) string {
	t.Helper()
	var b bytes.Buffer
	if err := diag.Text(&b, list, diag.TextOptions{}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func asJSON(t *testing.T, list []diag.Diagnostic) string {
	t.Helper()
	var b bytes.Buffer
	if err := diag.JSON(&b, list); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
