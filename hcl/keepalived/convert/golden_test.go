package convert_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ha/hcl"
	"ha/hcl/diag"
	"ha/hcl/keepalived"
	"ha/hcl/keepalived/account"
	"ha/hcl/keepalived/convert"
	"ha/hcl/keepalived/words"
)

var update = flag.Bool("update", false, "write golden files anew")

// atHome opens files of a folder by their name alone, so that no remark depends on where the folder is.
func atHome(dir string) func(id string) keepalived.Options {
	return func(id string) keepalived.Options {
		o := keepalived.System(id)
		read, glob := o.ReadFile, o.Glob
		o.ReadFile = func(name string) ([]byte, error) { return read(filepath.Join(dir, name)) }
		o.Glob = func(pattern string) ([]string, error) {
			list, err := glob(filepath.Join(dir, pattern))
			for i, name := range list {
				list[i] = strings.TrimPrefix(name, dir+"/")
			}
			return list, err
		}
		return o
	}
}

// told is all that a conversion says: the files, without the content of secrets, and the report.
func told(t *testing.T, dir, name string) string {
	t.Helper()
	return toldOf(t, dir, convert.Input{Path: name})
}

// toldOf is the same of the files of several nodes.
func toldOf(t *testing.T, dir string, inputs ...convert.Input) string {
	t.Helper()
	r, err := convert.Cluster(inputs, convert.Options{Surroundings: atHome(dir)})
	if err != nil {
		t.Fatalf("%v: %v", inputs, err)
	}
	var b strings.Builder
	for _, f := range r.Files {
		fmt.Fprintf(&b, "-- %s --\n", f.Name)
		if f.Secret {
			b.WriteString("(a secret)\n")
			continue
		}
		b.Write(f.Content)
	}
	b.WriteString("-- report --\n")
	if err := r.Report().Text(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// golden compares a text with that of a file.
func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; if the change is wanted, run with -update\n%s", path, difference(string(want), got))
	}
}

// difference is the first line that differs.
func difference(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("line %d:\n- %s\n+ %s", i+1, a[i], b[i])
		}
	}
	return fmt.Sprintf("%d lines became %d", len(a), len(b))
}

// TestOwn converts our own files, which have every keyword between them.
func TestOwn(t *testing.T) {
	list, err := filepath.Glob("testdata/own/*.conf")
	if err != nil || len(list) == 0 {
		t.Fatal("there are no files", err)
	}
	for _, path := range list {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".conf"), func(t *testing.T) {
			golden(t, strings.TrimSuffix(path, ".conf")+".txt", told(t, "testdata/own", filepath.Base(path)))
		})
	}
}

// TestSeeds converts files of others, which are not part of the repository: HA_CORPUS names the folder with them. What
// they become is, and has to be valid without them, too.
func TestSeeds(t *testing.T) {
	if dir := os.Getenv("HA_CORPUS"); dir != "" {
		list, err := filepath.Glob(filepath.Join(dir, "*.conf"))
		if err != nil || len(list) == 0 {
			t.Fatalf("there are no files in %s: %v", dir, err)
		}
		for _, path := range list {
			name := filepath.Base(path)
			golden(t, filepath.Join("testdata/seeds", strings.TrimSuffix(name, ".conf")+".txt"), told(t, dir, name))
		}
	}
	list, err := filepath.Glob("testdata/seeds/*.txt")
	if err != nil || len(list) < 17 {
		t.Fatalf("there are %d results of seeds: %v", len(list), err)
	}
	for _, path := range list {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) { valid(t, path) })
	}
}

// valid loads the files of a golden text.
func valid(t *testing.T, path string) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, part := range strings.Split("\n"+string(content), "\n-- ")[1:] {
		name, text, _ := strings.Cut(part, " --\n")
		if strings.HasSuffix(name, ".hcl") {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	if c, found := hcl.Load(dir, hcl.Inputs{}); c == nil {
		var b bytes.Buffer
		if err := diag.Text(&b, found, diag.TextOptions{Max: 3}); err != nil {
			t.Fatal(err)
		}
		t.Error(b.String())
	}
}

// run converts a text.
func run(t testing.TB, text string) (*convert.Result, error) {
	t.Helper()
	return convert.Run(convert.Input{Path: "keepalived.conf"}, convert.Options{OneFile: true, Surroundings: func(id string) keepalived.Options {
		o := keepalived.System(id)
		o.ReadFile = func(string) ([]byte, error) { return []byte(text), nil }
		o.Glob = func(string) ([]string, error) { return nil, nil }
		return o
	}})
}

// everyLine reports statements of which nobody has decided what becomes of them.
func everyLine(t testing.TB, a *account.Account) {
	t.Helper()
	for _, l := range a.Lines() {
		if l.Fate == words.Fate("") {
			t.Errorf("nobody has decided what becomes of line %d: %s", l.Line, l.Text)
		}
	}
}
