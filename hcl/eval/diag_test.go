package eval_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"ha/hcl/eval"
	"ha/hcl/source"
)

var update = flag.Bool("update", false, "write what the tests get into their files")

// TestDiagnostics runs testdata/*.txtar: configuration files, *.havars, `flags` (one value of --var on a line), `env`
// (one assignment on a line); the diagnostics in `want`, and in `blocks`, where it stands, what became of the rest.
func TestDiagnostics(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no test cases: %v", err)
	}
	for _, path := range files {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			got := runCase(t, archive)
			changed := false
			for i, f := range archive.Files {
				text, ok := got[f.Name]
				if !ok || text == string(f.Data) {
					continue
				}
				if *update {
					archive.Files[i].Data, changed = []byte(text), true
					continue
				}
				t.Errorf("%s (-want +got):\n%s", f.Name, cmp.Diff(string(f.Data), text))
			}
			if changed {
				if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// runCase returns what a case produced by the name of its part.
func runCase(t *testing.T, archive *txtar.Archive) map[string]string {
	t.Helper()
	var list []*source.File
	vars := &eval.Assignments{}
	var text strings.Builder
	lines := func(data []byte) []string {
		return strings.FieldsFunc(string(data), func(r rune) bool { return r == '\n' })
	}
	for _, f := range archive.Files {
		switch {
		case strings.HasSuffix(f.Name, ".havars"):
			text.WriteString(report(vars.AddSource(f.Name, f.Data)))
		case strings.HasSuffix(f.Name, ".hcl"):
			file, _ := source.Parse(f.Name, f.Data)
			list = append(list, file)
		case f.Name == "env":
			vars.AddEnvironment(lines(f.Data))
		case f.Name == "flags":
			for _, line := range lines(f.Data) {
				text.WriteString(report(vars.AddFlag(line)))
			}
		}
	}
	cfg, diags := eval.Expand(source.New(list...), language(), eval.Inputs{Variables: vars, Functions: functions()})
	text.WriteString(report(diags))
	return map[string]string{"want": text.String(), "blocks": dump(t, cfg), "variables": dumpVariables(cfg)}
}

func dumpVariables(cfg *eval.Config) string {
	var b strings.Builder
	for _, v := range cfg.Variables {
		value := v.Value
		if v.Sensitive {
			value = "(sensitive)" + v.Value
		}
		b.WriteString(v.Name + " = " + value + " from " + v.Origin + "\n")
	}
	return b.String()
}
