package convert

import (
	"os"
	"path/filepath"
	"testing"

	"ha/hcl"
	"ha/hcl/diag"
	"ha/hcl/keepalived"
	"ha/hcl/keepalived/account"
	"ha/hcl/keepalived/cluster"
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
		part, a := stages(t, "lb1", o, table)
		sound(t, part, a)
	})
}

// stages takes a text through all stages up to the part of a node.
func stages(t *testing.T, node string, o keepalived.Options, table *words.Table) (*translate.Part, *account.Account) {
	t.Helper()
	root, found, err := keepalived.Read("keepalived.conf", o)
	if err != nil {
		t.Fatal(err)
	}
	a := account.New(root, found)
	return translate.Translate(meaning.Understand(root, a, table), a, "", node), a
}

// sound tells whether every line is accounted for, and the result is HCL.
func sound(t *testing.T, part *translate.Part, a *account.Account) {
	t.Helper()
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
}

// FuzzMerge lays any two texts on each other, as the files of two nodes.
func FuzzMerge(f *testing.F) {
	for _, folder := range []string{"web", "apart"} {
		var pair [2]string
		for i, name := range []string{"lb1.conf", "lb2.conf"} {
			content, err := os.ReadFile(filepath.Join("testdata/cluster", folder, name))
			if err != nil {
				f.Fatal(err)
			}
			pair[i] = string(content)
		}
		f.Add(pair[0], pair[1])
	}
	f.Add("vrrp_instance a {\n virtual_router_id 1\n interface e\n virtual_ipaddress { 10.0.0.1 } }", "vrrp_sync_group g { group { b } }")
	table := words.New()
	f.Fuzz(func(t *testing.T, one, two string) {
		var nodes []cluster.Node
		var accounts []*account.Account
		for i, text := range []string{one, two} {
			o := keepalived.System("")
			o.ReadFile = func(string) ([]byte, error) { return []byte(text), nil }
			o.Glob = func(string) ([]string, error) { return nil, nil }
			o.Opens = func(parent, keyword string) bool { _, _, opens := table.Opens(parent, keyword); return opens }
			part, a := stages(t, []string{"lb1", "lb2"}[i], o, table)
			nodes, accounts = append(nodes, cluster.Node{Part: part, Account: a}), append(accounts, a)
		}
		part := cluster.Merge(nodes)
		sound(t, part, account.Join([]string{"lb1", "lb2"}, accounts))
	})
}
