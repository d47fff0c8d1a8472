package hcl

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"ha/hcl/diag"
)

// FuzzLoad holds the language to its promises for any text: no panic, an answer with a place and a code for each
// error, the same answer again, and what has no errors compiles for each of its nodes.
func FuzzLoad(f *testing.F) {
	f.Add(everything)
	cases, err := filepath.Glob("testdata/diag/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range cases {
		raw, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range txtar.Parse(raw).Files {
			if filepath.Ext(file.Name) == ".hcl" && len(file.Data) < 4096 {
				f.Add(twoNodes + string(file.Data))
			}
		}
	}
	known := map[string]bool{}
	for _, m := range diag.Codes() {
		known[m.Code] = true
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 16<<10 {
			return
		}
		c, list := loadText(text)
		for _, d := range list {
			if d.Summary == "" || !known[d.Code] {
				t.Errorf("a finding without words or with the unknown code %q: %+v", d.Code, d)
			}
		}
		_, again := loadText(text)
		if a, b := asText(t, list), asText(t, again); a != b {
			t.Errorf("two runs differ:\n%s\n%s", a, b)
		}
		if c == nil {
			return
		}
		if broken(c) {
			t.Error("something was not understood and nobody said so")
		}
		for _, n := range c.Nodes() {
			if _, err := c.Compile(n.Name); err != nil {
				t.Errorf("%s does not compile: %v", n.Name, err)
			}
		}
	})
}

// broken tells whether a block was not understood. Such a block must come with an error.
func broken(c *Config) bool {
	for _, e := range c.explanations() {
		nodes := e.nodes
		if len(nodes) == 0 {
			nodes = []string{""}
		}
		for _, node := range nodes {
			if e.on == nil {
				continue // a variable
			}
			if o, _ := e.on(node); o.Broken {
				return true
			}
		}
	}
	return false
}
