package decode

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"ha/hcl/eval"
	"ha/hcl/schema"
)

// TestSpecsKeepTheTable: every default of the table is there as a Go value, and every rule has its function.
func TestSpecsKeepTheTable(t *testing.T) {
	for _, b := range schema.Root() {
		kept(t, newSpec(b))
	}
}

func kept(t *testing.T, s *spec) {
	t.Helper()
	for i, a := range s.schema.Args {
		if (a.Default.Value != cty.NilVal) != (s.defaults[i] != nil) {
			t.Errorf("%s.%s: the default of the table is lost", s.schema.Type, a.Name)
		}
	}
	for _, r := range s.schema.Rules {
		if _, ok := ruleOf(r.Name); !ok {
			t.Errorf("%s: the rule %q has no function", s.schema.Type, r.Name)
		}
	}
	for _, k := range s.kids {
		kept(t, k)
	}
}

// TestStructsReadTheTable: the names by which this package reads arguments are those of the table, and every argument
// is read. A name with a slip would read as unset for ever.
func TestStructsReadTheTable(t *testing.T) {
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	reads := regexp.MustCompile(`(?:get\[[^\]]+\]|list\[[^\]]+\]|texts|Refs|Cell)\([\w.]*,? ?"(\w+)"\)`)
	read := map[string]bool{}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range reads.FindAllStringSubmatch(string(raw), -1) {
			read[m[1]] = true
		}
	}
	table := map[string]bool{"vars": true} // is read through references only
	for _, b := range schema.Root() {
		if !b.ByEval {
			names(table, b)
		}
	}
	for name := range read {
		if !table[name] {
			t.Errorf("%q is read and no argument of any block", name)
		}
	}
	for name := range table {
		if !read[name] && name != "vars" {
			t.Errorf("%q is an argument and never read", name)
		}
	}
}

func names(into map[string]bool, b *schema.Block) {
	for _, a := range b.Args {
		into[a.Name] = true
	}
	for _, n := range b.Blocks {
		names(into, n.Block)
	}
}

// TestEmptyConfiguration: blocks that nobody wrote hold the defaults of the table.
func TestEmptyConfiguration(t *testing.T) {
	c, diags := All(&eval.Config{}, schema.Root(), true)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	if got := c.Cluster.ClusterName.Val; got != "default" {
		t.Errorf("the name of the cluster is %q", got)
	}
	if got := c.Settings.Base.ReadBack.Val.String(); got != "2s" {
		t.Errorf("read_back is %s", got)
	}
	if got := c.Settings.On("lb1"); got != c.Settings.Base {
		t.Error("a node without overlay does not share the base")
	}
}
