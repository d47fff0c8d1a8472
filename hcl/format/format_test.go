package format

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"ha/hcl/diag"
)

const (
	untidy = "vip \"web\" {\n vrid=51 # one\n      interface = \"eth0\"\n}\n"
	tidy   = "vip \"web\" {\n  vrid      = 51 # one\n  interface = \"eth0\"\n}\n"
)

func TestFormat(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"arguments are aligned and indented", untidy, tidy},
		{"what is tidy stays", tidy, tidy},
		{"an empty file stays empty", "", ""},
		{"comments stay", "# a\n// b\n/* c */\n", "# a\n// b\n/* c */\n"},
		{"heredocs stay", "a = <<EOT\n  x\n y\nEOT\n", "a = <<EOT\n  x\n y\nEOT\n"},
		{"line ends of Windows stay", "a=1\r\nbb=2\r\n", "a  = 1\r\nbb = 2\r\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, diags := Format([]byte(tt.in), "a.hcl")
			if string(got) != tt.want || diags.HasErrors() {
				t.Errorf("got %q, %v, want %q", got, diags, tt.want)
			}
		})
	}
}

func TestFormatLeavesWhatItDoesNotUnderstand(t *testing.T) {
	src := []byte("a =    5s\n")
	got, diags := Format(src, "a.hcl")
	if !bytes.Equal(got, src) || !diags.HasErrors() {
		t.Errorf("got %q, %v", got, diags)
	}
}

// folder makes a folder of files.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestRunWritesOnlyWhatChanges(t *testing.T) {
	dir := folder(t, map[string]string{
		"a.hcl": untidy, "b.hcl": tidy, "prod.havars": "x=1\n", "note.txt": "x=1\n", ".hidden.hcl": untidy,
		"bad.hcl": "a = 5s\n", "sub/c.hcl": untidy, "sub/.git/d.hcl": untidy,
	})
	got, err := Run([]string{dir}, Options{Write: true})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{filepath.Join(dir, "a.hcl"), filepath.Join(dir, "prod.havars")}; !slices.Equal(got.Changed, want) {
		t.Errorf("changed %v, want %v", got.Changed, want)
	}
	list := diag.Collect(got.Diags, got)
	if len(list) != 1 || list[0].Code != "HA1102" || list[0].Snippet == nil {
		t.Errorf("diagnostics: %+v", list)
	}
	for name, want := range map[string]string{
		"a.hcl": tidy, "prod.havars": "x = 1\n", "note.txt": "x=1\n", ".hidden.hcl": untidy, "bad.hcl": "a = 5s\n", "sub/c.hcl": untidy,
	} {
		if got := read(t, filepath.Join(dir, name)); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	info, err := os.Stat(filepath.Join(dir, "a.hcl"))
	if err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("the mode became %v, %v", info.Mode(), err)
	}
	got, err = Run([]string{dir}, Options{Write: true, Recursive: true})
	if want := []string{filepath.Join(dir, "sub/c.hcl")}; err != nil || !slices.Equal(got.Changed, want) {
		t.Errorf("recursive: changed %v, %v, want %v", got.Changed, err, want)
	}
	if got := read(t, filepath.Join(dir, "sub/.git/d.hcl")); got != untidy {
		t.Error("a hidden folder was formatted")
	}
}

func TestRunCheckAndDiffWriteNothing(t *testing.T) {
	dir := folder(t, map[string]string{"a.hcl": untidy})
	var out bytes.Buffer
	got, err := Run([]string{dir}, Options{Write: true, Check: true, Diff: true, Stdout: &out})
	if err != nil || len(got.Changed) != 1 {
		t.Fatalf("got %v, %v", got.Changed, err)
	}
	if read(t, filepath.Join(dir, "a.hcl")) != untidy {
		t.Error("the file was written")
	}
	for _, want := range []string{"--- ", "+++ ", "- vrid=51 # one\n", "+  vrid      = 51 # one\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the diff lacks %q:\n%s", want, out.String())
		}
	}
}

func TestRunStdin(t *testing.T) {
	var out bytes.Buffer
	got, err := Run([]string{"-"}, Options{Stdin: strings.NewReader(untidy), Stdout: &out})
	if err != nil || out.String() != tidy || !slices.Equal(got.Changed, []string{"-"}) {
		t.Errorf("got %q, %v, %v", out.String(), got.Changed, err)
	}
	out.Reset()
	got, err = Run([]string{"-"}, Options{Stdin: strings.NewReader("a = 5s"), Stdout: &out})
	if err != nil || out.Len() != 0 || !got.Diags.HasErrors() {
		t.Errorf("input that does not parse: %q, %v, %v", out.String(), got.Diags, err)
	}
	if _, err := Run([]string{"-", "a"}, Options{}); err == nil {
		t.Error("- beside another path was accepted")
	}
}

func TestRunFollowsNamedLinksOnly(t *testing.T) {
	dir := folder(t, map[string]string{"real/a.hcl": untidy, "conf/b.hcl": tidy})
	link := filepath.Join(dir, "conf", "a.hcl")
	if err := os.Symlink("../real/a.hcl", link); err != nil {
		t.Fatal(err)
	}
	if got, err := Run([]string{filepath.Join(dir, "conf")}, Options{Write: true}); err != nil || len(got.Changed) != 0 {
		t.Errorf("a link inside of a folder was followed: %v, %v", got.Changed, err)
	}
	if got, err := Run([]string{link}, Options{Write: true}); err != nil || len(got.Changed) != 1 {
		t.Errorf("a named link: %v, %v", got.Changed, err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is no link any more: %v", err)
	}
	if got := read(t, filepath.Join(dir, "real/a.hcl")); got != tidy {
		t.Errorf("the target is %q", got)
	}
}

func TestRunErrors(t *testing.T) {
	_, err := Run([]string{"/nonexistent"}, Options{})
	if err == nil || err.Error() != "cannot format /nonexistent: no such file or directory" {
		t.Errorf("got %v", err)
	}
}

// FuzzFormat: formatting keeps every token and is done after one time.
func FuzzFormat(f *testing.F) {
	for _, seed := range []string{untidy, tidy, "a = [\n1,\n  2]\n", "a={x=1,\ny=2}\n", "a = <<EOT\n x\nEOT\n", "a = \"${ b }\"", "a {\n\n\n}\n", "\ufeffa=1\n", "a = { a = 1,\n b = 2 }\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		once, diags := Format(src, "a.hcl")
		if diags.HasErrors() {
			return
		}
		if a, b := significant(src), significant(once); !slices.Equal(a, b) {
			t.Fatalf("tokens changed:\n%q\n%q", a, b)
		}
		if twice, _ := Format(once, "a.hcl"); !bytes.Equal(once, twice) {
			t.Fatalf("not done after one time:\n%q\n%q", once, twice)
		}
	})
}

// significant are the tokens without white space.
func significant(src []byte) []string {
	tokens, _ := hclsyntax.LexConfig(src, "", hcl.InitialPos)
	var all []string
	for _, t := range tokens {
		all = append(all, string(rune(t.Type))+strings.TrimRight(string(t.Bytes), " \t"))
	}
	return all
}
