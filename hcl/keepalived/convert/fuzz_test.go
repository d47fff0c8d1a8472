package convert_test

import (
	"os"
	"path/filepath"
	"testing"
)

// FuzzRun converts any text: there is no panic and no mistake of ours, and every line is accounted for.
func FuzzRun(f *testing.F) {
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
	f.Fuzz(func(t *testing.T, text string) {
		r, err := run(t, text)
		if err != nil {
			t.Fatal(err)
		}
		everyLine(t, r.Account)
	})
}
