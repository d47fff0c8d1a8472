package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ha/hcl"
	"ha/hcl/keepalived/convert"
	"ha/planner"
)

// TestConvertedRoutesAreTheSame: what is written twice by hand, and looks the same to ip(8), is what a conversion makes of
// keepalived's form.
func TestConvertedRoutesAreTheSame(t *testing.T) {
	for _, kind := range []string{"static", "virtual"} {
		t.Run(kind, func(t *testing.T) {
			text := keepalivedRoutes(kind, routesTwice(), rulesTwice())
			dir := t.TempDir()
			path := filepath.Join(dir, "keepalived.conf")
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			r, err := convert.Run(convert.Input{Node: "lb1", Path: path}, convert.Options{OneFile: true})
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range r.Account.Remarks() {
				t.Errorf("%d: %s: %s: %s", m.Line, m.Code, m.What, m.Effect)
			}
			ours := compiledRoutes(t, ourRoutes(kind, routesTwice(), rulesTwice()))
			converted := compiledRoutes(t, string(r.Files[0].Content))
			if d := cmp.Diff(ours, converted); d != "" {
				t.Errorf("-by hand +converted:\n%s", d)
			}
		})
	}
}

// compiledRoutes are the routes and rules of lb1 in a configuration, by their keys.
func compiledRoutes(t *testing.T, text string) map[string]string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "all.hcl"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, found := hcl.Load(dir, hcl.Inputs{})
	if c == nil {
		t.Fatalf("%v\n%s", found, text)
	}
	compiled, err := c.Compile("lb1")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	add := func(routes []planner.PlacedRoute, rules []planner.PlacedRule) {
		for _, x := range routes {
			all["route "+x.Key.String()] = strings.ReplaceAll(fmt.Sprintf("%+v", x.Value), " dev eth0", "") // which the gateway decides, too
		}
		for _, x := range rules {
			all["rule "+x.Key.String()] = fmt.Sprintf("%+v", x.Value)
		}
	}
	for _, s := range compiled.Plan.Statics {
		add(s.Routes, s.Rules)
	}
	for _, v := range compiled.Plan.VIPs {
		add(v.Routes, v.Rules)
	}
	return all
}
