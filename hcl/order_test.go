package hcl

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"ha/hcl/eval"
	"ha/hcl/source"
)

// TestOrderOfBlocksSaysNothing: blocks in any order and in any file mean the same, apart from the order of what is
// listed.
func TestOrderOfBlocksSaysNothing(t *testing.T) {
	blocks := strings.SplitAfter(strings.TrimSpace(everything)+"\n", "\n}\n")
	blocks = slices.DeleteFunc(blocks, func(b string) bool { return strings.TrimSpace(b) == "" })
	if len(blocks) < 10 {
		t.Fatalf("only %d blocks", len(blocks))
	}
	c := mustLoad(t, everything)
	want := map[string]string{}
	for _, n := range c.Nodes() {
		want[n.Name] = unordered(t, c, n.Name)
	}
	rapid.Check(t, func(r *rapid.T) {
		texts := make([]string, rapid.IntRange(1, 4).Draw(r, "files"))
		for _, b := range rapid.Permutation(blocks).Draw(r, "blocks") {
			texts[rapid.IntRange(0, len(texts)-1).Draw(r, "file")] += b
		}
		var list []*source.File
		for i, text := range texts {
			file, found := source.Parse(fmt.Sprintf("%d.hcl", i), []byte(text))
			if found.HasErrors() {
				r.Fatal(found)
			}
			list = append(list, file)
		}
		moved, found := understand(source.New(list...), &eval.Assignments{}, "")
		if found.HasErrors() {
			r.Fatal(found)
		}
		for node, text := range want {
			if d := cmp.Diff(unordered(t, moved, node), text); d != "" {
				r.Fatalf("%s (- got, + want):\n%s", node, d)
			}
		}
	})
}

// unordered is what a node must do with every list sorted. Checks are named after the first place that asks for them,
// which is a matter of order.
func unordered(t *testing.T, c *Config, node string) string {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal([]byte(compiled(t, c, node)), &v); err != nil {
		t.Fatal(err)
	}
	if list, ok := v["checks"].([]any); ok {
		for _, check := range list {
			delete(check.(map[string]any), "name")
		}
	}
	return asText(t, sorted(t, v))
}

func sorted(t *testing.T, v any) any {
	t.Helper()
	switch v := v.(type) {
	case map[string]any:
		for key, x := range v {
			v[key] = sorted(t, x)
		}
	case []any:
		for i, x := range v {
			v[i] = sorted(t, x)
		}
		slices.SortFunc(v, func(a, b any) int { return strings.Compare(asText(t, a), asText(t, b)) })
	}
	return v
}
