package schema

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"
)

// TestTableIsSound walks the table: names, words and defaults are what everything else relies on.
func TestTableIsSound(t *testing.T) {
	for _, b := range Root() {
		sound(t, b.Type, b)
	}
}

func sound(t *testing.T, path string, b *Block) {
	t.Helper()
	name := regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	if !name.MatchString(b.Type) || !strings.HasSuffix(b.Doc, ".") {
		t.Errorf("%s: the type or its documentation is no sentence: %q", path, b.Doc)
	}
	seen := map[string]bool{}
	for _, a := range b.Args {
		at := path + "." + a.Name
		if seen[a.Name] || !name.MatchString(a.Name) {
			t.Errorf("%s stands twice or has a bad name", at)
		}
		seen[a.Name] = true
		if !strings.HasSuffix(strings.TrimRight(a.Doc, ")"), ".") || a.Example == "" || a.Kind == nil {
			t.Errorf("%s lacks a sentence, an example or a kind", at)
		}
		if !slices.Contains([]string{"none", "new-connections", "existing-connections", "failover", "outage"}, a.Impact) {
			t.Errorf("%s has the impact %q", at, a.Impact)
		}
		hasDefault := a.Default.Value != cty.NilVal || a.Default.Text != ""
		if a.Required == hasDefault {
			t.Errorf("%s is required: %v, and has a default: %v", at, a.Required, hasDefault)
		}
		soundDefault(t, at, a)
	}
	for _, n := range b.Blocks {
		if seen[n.Block.Type] {
			t.Errorf("%s.%s is an argument and a block", path, n.Block.Type)
		}
		if n.Key != "" && len(n.Block.Labels) == 0 {
			t.Errorf("%s.%s has a key and no label", path, n.Block.Type)
		}
		sound(t, path+"."+n.Block.Type, n.Block)
	}
	for _, r := range b.Rules {
		if !strings.HasSuffix(strings.TrimRight(r.Doc, ")"), ".") && !strings.HasSuffix(r.Doc, ".") {
			t.Errorf("%s: the rule %q is no sentence", path, r.Name)
		}
	}
}

// soundDefault checks that a default in the table is a value of its kind.
func soundDefault(t *testing.T, at string, a Arg) {
	t.Helper()
	v := a.Default.Value
	if v == cty.NilVal {
		return
	}
	kind, values := a.Kind, []cty.Value{v}
	if list, ok := a.Kind.(List); ok {
		kind, values = list.Elem, v.AsValueSlice()
	}
	for _, v := range values {
		if _, err := kind.Parse(v); err != nil {
			t.Errorf("%s: the default is no value of its kind: %v", at, err)
		}
	}
}
