package eval_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"ha/hcl/diag"
	"ha/hcl/eval"
)

// TestCodes: each code that the package uses is explained and has a case, and each that is explained is used.
func TestCodes(t *testing.T) {
	code := regexp.MustCompile(`HA30\d\d`)
	collect := func(pattern string, skip string) map[string]bool {
		found := map[string]bool{}
		paths, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			if skip != "" && strings.HasSuffix(path, skip) {
				continue
			}
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range code.FindAllString(string(raw), -1) {
				found[c] = true
			}
		}
		return found
	}
	used, cases := collect("*.go", "_test.go"), collect("testdata/*.txtar", "")
	cases["HA3050"], cases["HA3051"] = true, true // TestPanicIsAnError, TestDeepValues
	explained := map[string]bool{}
	for _, m := range diag.Codes() {
		if code.MatchString(m.Code) {
			explained[m.Code] = true
		}
	}
	for c := range used {
		if !explained[c] {
			t.Errorf("%s is used and not explained", c)
		}
		if !cases[c] {
			t.Errorf("%s has no case in testdata", c)
		}
	}
	for c := range explained {
		if !used[c] {
			t.Errorf("%s is explained and never used", c)
		}
	}
}

// rude is an expression that panics, as the library does when it is misused.
type rude struct{ hclsyntax.Expression }

func (rude) Value(*hcl.EvalContext) (cty.Value, hcl.Diagnostics) { panic("value is marked\nand more") }

func TestPanicIsAnError(t *testing.T) {
	inner := &hclsyntax.LiteralValueExpr{Val: cty.True, SrcRange: hcl.Range{Filename: "a.hcl", Start: hcl.InitialPos, End: hcl.InitialPos}}
	v, diags := eval.Evaluate(rude{inner}, nil)
	if v.IsKnown() || len(diags) != 1 || diag.Of(diags[0]).Code != "HA3050" || strings.Contains(diags[0].Detail, "and more") {
		t.Errorf("got %#v and %s", v, report(diags))
	}
}
