package source

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"ha/hcl/diag"
)

// folder makes a folder of files.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestLoadTakesConfigurationOnly(t *testing.T) {
	dir := folder(t, map[string]string{
		"b.hcl": "b {\n}\n", "a.hcl": "a {\n}\n", "A.ha.hcl": "", ".hidden.hcl": "x", "#a.hcl": "x", "a.hcl~": "x",
		"x.hatest.hcl": "x", "prod.havars": "x", "sub/c.hcl": "x", "README.md": "x",
	})
	files, diags := Load(dir)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	var names []string
	for _, f := range files.List {
		names = append(names, f.Name)
	}
	if got := strings.Join(names, " "); got != "A.ha.hcl a.hcl b.hcl" {
		t.Errorf("got %s", got)
	}
	if files.File("a.hcl").Body.Blocks[0].Type != "a" || files.File("nothing") != nil || files.Broken() {
		t.Error("the bodies are not those of their files")
	}
}

// TestLoadRefuses: everything that can be wrong with a folder has a code, a sentence and a remedy.
func TestLoadRefuses(t *testing.T) {
	outside := folder(t, map[string]string{"secret.hcl": "a {\n}\n"})
	tests := []struct {
		name  string
		code  string
		setup func(dir string) error
		says  string
	}{
		{"an empty folder", "HA1003", func(string) error { return nil }, "no *.hcl files in "},
		{"a link that leads out", "HA1008", func(dir string) error {
			return os.Symlink(filepath.Join(outside, "secret.hcl"), filepath.Join(dir, "a.hcl"))
		}, "outside of the configuration"},
		{"a link to nothing", "HA1004", func(dir string) error { return os.Symlink("nothing", filepath.Join(dir, "a.hcl")) }, "does not exist"},
		{"a named pipe", "HA1009", func(dir string) error { return syscall.Mkfifo(filepath.Join(dir, "a.hcl"), 0o600) }, "a named pipe"},
		{"a folder with the name of a file", "HA1009", func(dir string) error { return os.Mkdir(filepath.Join(dir, "a.hcl"), 0o700) }, "a folder"},
		{"a file of 100 MB", "HA1005", func(dir string) error {
			path := filepath.Join(dir, "a.hcl")
			if err := os.WriteFile(path, nil, 0o600); err != nil {
				return err
			}
			return os.Truncate(path, 100_000_000)
		}, "95.4 MiB, the limit is 16 MiB"},
		{"a binary file", "HA1010", func(dir string) error { return os.WriteFile(filepath.Join(dir, "a.hcl"), []byte("a\x00b"), 0o600) }, "byte 1 is zero"},
		{"a file in Latin-1", "HA1011", func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "a.hcl"), []byte("# a\n# \xfc\n"), 0o600)
		}, "0xfc in line 2"},
		{"a file in UTF-16", "HA1011", func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "a.hcl"), []byte("\xff\xfea\x00"), 0o600)
		}, "UTF-16"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := tt.setup(dir); err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			files, diags := Load(dir)
			list := diag.Collect(diags, files)
			if len(list) != 1 || list[0].Code != tt.code || !strings.Contains(list[0].Summary, tt.says) || list[0].Help == "" {
				t.Errorf("got %+v", list)
			}
			if took := time.Since(start); took > 2*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
}

func TestLoadOfSomethingElse(t *testing.T) {
	dir := folder(t, map[string]string{"a.hcl": "", "sub/b.hcl": ""})
	for path, code := range map[string]string{filepath.Join(dir, "a.hcl"): "HA1002", filepath.Join(dir, "nothing"): "HA1001"} {
		files, diags := Load(path)
		if list := diag.Collect(diags, files); files == nil || len(list) != 1 || list[0].Code != code {
			t.Errorf("%s: got %+v", path, list)
		}
	}
	_, diags := Load(filepath.Dir(filepath.Join(dir, "sub")))
	if diags.HasErrors() {
		t.Error(diags)
	}
	if err := os.Remove(filepath.Join(dir, "a.hcl")); err != nil {
		t.Fatal(err)
	}
	_, diags = Load(dir)
	if e := diag.Of(diags[0]); e == nil || !strings.Contains(e.Help, filepath.Join(dir, "sub")) {
		t.Errorf("the sub-folder with files is not named: %+v", e)
	}
}

// TestNoPermission asks for the words alone: root, as whom tests often run, may read everything.
func TestNoPermission(t *testing.T) {
	root, err := os.OpenRoot(folder(t, map[string]string{"a.hcl": ""}))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = root.Close() }()
	d := cannotOpen(root, "a.hcl", &fs.PathError{Op: "openat", Path: "a.hcl", Err: syscall.EACCES})
	if e := diag.Of(d); e.Code != "HA1004" || d.Summary != "no permission to read a.hcl" || !strings.Contains(e.Help, "chmod") {
		t.Errorf("got %s, %+v", d.Summary, e)
	}
	d = cannotOpen(root, "a.hcl", &fs.PathError{Op: "read", Path: "a.hcl", Err: syscall.EIO})
	if d.Summary != "cannot read a.hcl: input/output error" {
		t.Errorf("got %s", d.Summary)
	}
}

func TestLoadLimitsTheWhole(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a.hcl", "b.hcl", "c.hcl", "d.hcl", "e.hcl"} {
		text := strings.Repeat("# "+strings.Repeat("x", 1021)+"\n", 16<<10)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	files, diags := Load(dir)
	if list := diag.Collect(diags, files); len(list) != 1 || list[0].Code != "HA1006" || !strings.Contains(list[0].Detail, "e.hcl, file 5 of 5") {
		t.Errorf("got %+v", list)
	}
}

func TestBrokenFileStillDeclares(t *testing.T) {
	dir := folder(t, map[string]string{"a.hcl": "vip \"web\" {\n  vrid = 51s\n}\n\nvip \"x\" {\n}\n", "b.hcl": "pool \"p\" {\n}\n"})
	files, diags := Load(dir)
	if !diags.HasErrors() || !files.File("a.hcl").Broken || files.File("b.hcl").Broken {
		t.Fatalf("broken: %v, %v", files.File("a.hcl").Broken, diags)
	}
	if n := len(files.File("a.hcl").Body.Blocks); n != 2 {
		t.Errorf("%d blocks are declared, want 2", n)
	}
}
