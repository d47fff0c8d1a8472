package hcl

import (
	"bytes"
	"encoding/json"
	"testing"

	"ha/hcl/diag"
	"ha/hcl/eval"
	"ha/hcl/source"
)

// loadText is Load for one file in memory.
func loadText(text string) (*Config, []diag.Diagnostic) {
	file, found := source.Parse("a.hcl", []byte(text))
	files, vars := source.New(file), &eval.Assignments{}
	c, more := understand(files, vars, "")
	list := diag.Collect(append(found, more...), sources{files: files, vars: vars})
	if errors, _ := diag.Count(list); errors > 0 {
		return nil, list
	}
	return c, list
}

// mustLoad is loadText for what has no errors.
func mustLoad(t testing.TB, text string) *Config {
	t.Helper()
	c, list := loadText(text)
	if c == nil {
		var b bytes.Buffer
		if err := diag.Text(&b, list, diag.TextOptions{}); err != nil {
			t.Fatal(err)
		}
		t.Fatalf("%s\n%s", text, b.String())
	}
	return c
}

// compiled is what a node must do as JSON without places, so that two configurations can be compared.
func compiled(t testing.TB, c *Config, node string, without ...func(*Compiled)) string {
	t.Helper()
	out, err := c.Compile(node)
	if err != nil {
		t.Fatal(err)
	}
	for _, leaveOut := range without {
		leaveOut(&out)
	}
	raw, err := json.Marshal(out)
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	dropSources(v)
	text, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func dropSources(v any) {
	switch v := v.(type) {
	case map[string]any:
		delete(v, "source")
		for _, x := range v {
			dropSources(x)
		}
	case []any:
		for _, x := range v {
			dropSources(x)
		}
	}
}
