package eval_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ha/hcl/diag"
	"ha/hcl/eval"
	"ha/hcl/source"
)

// TestLongChains holds that the length of a chain of references costs no stack: 50 000 locals, each using the next.
func TestLongChains(t *testing.T) {
	const n = 50_000
	var b strings.Builder
	b.WriteString("locals {\n")
	for i := range n {
		fmt.Fprintf(&b, "  a%d = local.a%d + 1\n", i, i+1)
	}
	fmt.Fprintf(&b, "  a%d = 0\n}\npool \"p\" {\n  listen = local.a0\n}\n", n)
	cfg, diags := expand(t, b.String())
	if len(diags) > 0 {
		t.Fatal(report(diags))
	}
	if got, want := dump(t, cfg), fmt.Sprintf("pool.p\n  listen = %d\n", n); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestLongCircle is the same with the end tied to the beginning: one error.
func TestLongCircle(t *testing.T) {
	const n = 2_000
	var b strings.Builder
	b.WriteString("locals {\n")
	for i := range n {
		fmt.Fprintf(&b, "  a%d = local.a%d + 1\n", i, (i+1)%n)
	}
	b.WriteString("}\n")
	_, diags := expand(t, b.String())
	if len(diags) != 1 || diag.Of(diags[0]).Code != "HA3020" {
		t.Fatalf("%d diagnostics, want one circle", len(diags))
	}
	if len(diags[0].Summary) > 500 {
		t.Errorf("the summary has %d bytes", len(diags[0].Summary))
	}
}

// TestDeepValues holds that a value that doubles with each local, or is deeper with each, is refused before anything
// looks at all of it, and that the rest is silent.
func TestDeepValues(t *testing.T) {
	for name, item := range map[string]string{
		"wide": "[local.a%d, local.a%[1]d]", "deep": "{ x = local.a%d }", "secret": "[local.a%d, local.a%[1]d, var.secret]",
	} {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			b.WriteString("variable \"secret\" {\n  default   = 1\n  sensitive = true\n}\nlocals {\n  a0 = [\"x\"]\n")
			for i := range 1000 {
				fmt.Fprintf(&b, "  a%d = %s\n", i+1, fmt.Sprintf(item, i))
			}
			b.WriteString("}\npool \"p\" {\n  for_each = { a = local.a1000 }\n  listen   = 1\n}\n")
			_, diags := expand(t, b.String())
			if len(diags) != 1 || diag.Of(diags[0]).Code != "HA3051" {
				t.Fatalf("got %s", report(diags))
			}
		})
	}
}

// TestHugeNumbers holds that a number of thousands of digits is refused where it arises, before it is written as text.
func TestHugeNumbers(t *testing.T) {
	_, diags := expand(t, `
locals {
  big   = 1e700 * 1e700
  text  = "${local.big}"
  small = [1e-700 / 1e700]
  inf   = 1 / 0
  fine  = "${1e300}"
}
`)
	var codes []string
	for _, d := range diags {
		codes = append(codes, fmt.Sprint(diag.Of(d).Code, " in line ", d.Subject.Start.Line))
	}
	if got, want := strings.Join(codes, ", "), "HA3051 in line 3, HA3051 in line 5"; got != want {
		t.Errorf("got %s, want %s\n%s", got, want, report(diags))
	}
}

func TestFilesOfVariables(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"b.auto.havars": "x = 2\n", "a.auto.havars": "x = 1\ny = 1\n", ".c.auto.havars": "x = 3\n", "prod.havars": "y = 2\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	vars := &eval.Assignments{}
	if diags := vars.AddAutoFiles(dir); len(diags) > 0 {
		t.Fatal(report(diags))
	}
	if diags := vars.AddFile(filepath.Join(dir, "prod.havars")); len(diags) > 0 {
		t.Fatal(report(diags))
	}
	file, _ := source.Parse("a.hcl", []byte("variable \"x\" {\n}\nvariable \"y\" {\n}\n"))
	cfg, diags := eval.Expand(source.New(file), language(), eval.Inputs{Variables: vars})
	if len(diags) > 0 {
		t.Fatal(report(diags))
	}
	want := "x = 2 from file b.auto.havars\ny = 2 from file " + filepath.Join(dir, "prod.havars") + "\n"
	if got := dumpVariables(cfg); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}

	for path, want := range map[string]string{
		filepath.Join(dir, "missing.havars"): "no such file or directory",
		dir:                                  "it is a folder",
		os.DevNull:                           "it is a device",
	} {
		diags := vars.AddFile(path)
		if len(diags) != 1 || !strings.Contains(diags[0].Summary, want) {
			t.Errorf("%s: %s, want %q", path, report(diags), want)
		}
	}
}

// TestRepeatedFlag holds that a diagnostic about a flag points into the text that it is about.
func TestRepeatedFlag(t *testing.T) {
	vars := &eval.Assignments{}
	_ = vars.AddFlag("x=1")
	_ = vars.AddFlag("x=[2")
	if len(vars.Files) != 1 || string(vars.Files[0].Bytes) != "[2" {
		t.Errorf("%d files, the first is %q", len(vars.Files), vars.Files[0].Bytes)
	}
}
