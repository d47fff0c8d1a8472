package convert

import (
	"os"
	"path/filepath"
	"testing"

	"ha/hcl"
	"ha/hcl/diag"
	"ha/hcl/keepalived"
	"ha/hcl/keepalived/account"
	"ha/hcl/keepalived/meaning"
	"ha/hcl/keepalived/translate"
	"ha/hcl/keepalived/words"
)

// FuzzStages takes any text through all stages but the check: there is no panic, the result is HCL, and every line is
// accounted for.
func FuzzStages(f *testing.F) {
	list, err := filepath.Glob("testdata/own/*.conf")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range list {
		content, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(content))
	}
	f.Add("vrrp_instance a {\n virtual_router_id 1\n interface e\n virtual_ipaddress { 10.0.0.1 } }")
	f.Add("virtual_server 10.0.0.1 80 { protocol TCP\n real_server 10.0.0.2 80 { HTTP_GET { url { path / } } } }")
	f.Add("static_routes { default via 10.0.0.1 dev e0 }\nstatic_rules { from 10.0.0.0/8 table 5 }")
	table := words.New()
	f.Fuzz(func(t *testing.T, text string) {
		o := keepalived.System("lb1")
		o.ReadFile = func(string) ([]byte, error) { return []byte(text), nil }
		o.Glob = func(string) ([]string, error) { return nil, nil }
		o.Opens = func(parent, keyword string) bool { _, _, opens := table.Opens(parent, keyword); return opens }
		root, found, err := keepalived.Read("keepalived.conf", o)
		if err != nil {
			t.Fatal(err)
		}
		a := account.New(root, found)
		part := translate.Translate(meaning.Understand(root, a, table), a, "", "lb1")
		for _, l := range a.Lines() {
			if l.Fate == "" {
				t.Errorf("nobody has decided what becomes of line %d: %s", l.Line, l.Text)
			}
		}
		for _, g := range assemble(part, true) {
			text := g.Print()
			if _, diags := hcl.Format(text, g.Name); len(diags) > 0 {
				errors, _ := diag.Count(diags)
				t.Errorf("%d errors of syntax in\n%s", errors, text)
			}
		}
	})
}
