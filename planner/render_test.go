package planner

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s: got\n%s\nwant\n%s", path, got, want)
	}
}

func rendered(t *testing.T, doc *Document, opt RenderOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := Render(&b, doc, opt); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// foreignDocument is a first plan on a machine that holds other people's objects, and one whose kernel has no IPVS.
func foreignDocument() *Document {
	e := edge{node: "lb1", priority: 100, vips: []string{"192.0.2.20/32"}, servers: []string{"192.0.2.32:443"}, forward: "1"}
	f := e.facts(true)
	live, _ := e.settled(f)
	live.Marked = nil
	for k, v := range live.VirtualServers {
		v.Scheduler = "rr"
		live.VirtualServers[k] = v
	}
	other := State{NoIPVS: "the kernel has no ip_vs module", Links: map[string]Link{"lo": {Index: 1}}}
	config := Config{Cluster: "edge", Commit: &Commit{VCS: "git", Commit: "4f1c2ab", Dirty: true}}
	return NewDocument(Meta{CreatedAt: noon, Tool: "ha 0.1.0"}, config,
		NewNodePlan("lb1", "", Compare(e.plan(), nil, f, live, Claims{}), Base{ObservedAt: noon, Via: "local"}, nil),
		NewNodePlan("lb2", "", Compare(e.plan(), nil, Facts{}, other, Claims{}), Base{ObservedAt: noon, Roles: RolesOf(e.plan(), Facts{})}, nil))
}

func quietDocument() *Document {
	e := edge{node: "lb1", priority: 100, vips: []string{"192.0.2.20/32"}, servers: []string{"192.0.2.32:443"}}
	f := e.facts(true)
	live, claims := e.settled(f)
	base := Base{Generation: 7, ObservedAt: noon.Add(-95e9), Via: "local", Roles: RolesOf(e.plan(), f)}
	return NewDocument(Meta{CreatedAt: noon, Tool: "ha 0.1.0"}, Config{Cluster: "edge"},
		NewNodePlan("lb1", "", Compare(e.plan(), e.plan(), f, live, claims), base, nil))
}

func TestRender(t *testing.T) {
	tests := []struct {
		name string
		doc  *Document
		opt  RenderOptions
	}{
		{"edge.txt", edgeDocument(), RenderOptions{}},
		{"edge-brief.txt", edgeDocument(), RenderOptions{Detail: Brief}},
		{"edge-full.txt", edgeDocument(), RenderOptions{Detail: Full}},
		{"edge-terminal.txt", edgeDocument(), RenderOptions{Color: true, Width: 120}},
		{"foreign.txt", foreignDocument(), RenderOptions{}},
		{"quiet.txt", quietDocument(), RenderOptions{}},
	}
	for _, test := range tests {
		golden(t, test.name, []byte(rendered(t, test.doc, test.opt)))
	}
}

// TestRenderIsSafe: nothing from a file, the kernel or a peer reaches the terminal as a control character.
func TestRenderIsSafe(t *testing.T) {
	const evil = "a\x1b[2J\r\nb\u202ec\u0085d\xff"
	doc := edgeDocument()
	doc.Config.Cluster, doc.Config.Commit.Commit = evil, evil
	for i := range doc.Nodes {
		n := &doc.Nodes[i]
		n.Name, n.Base.Via, n.Notes = evil, evil, []string{evil}
		n.Base.Roles = map[string]string{evil: evil}
		n.Conflicts = []Conflict{{Name: evil, Message: evil, Source: Source{evil, 1}}}
		for j := range n.Changes {
			c := &n.Changes[j]
			c.Name, c.When, c.Effects, c.Source.File = evil, evil, []string{evil}, evil
			for k := range c.Fields {
				c.Fields[k] = Field{evil, evil + "1", evil, 0, Source{evil, 1}}
			}
		}
	}
	for _, detail := range []Detail{Changed, Brief, Full} {
		text := rendered(t, doc, RenderOptions{Detail: detail})
		if i := strings.IndexFunc(text, func(r rune) bool { return r != '\n' && steers(r) }); i >= 0 {
			t.Errorf("level %d: %q reaches the terminal", detail, text[i:i+10])
		}
		if !strings.Contains(text, "a␛[2J␍␊b\ufffdc\ufffdd\ufffd") {
			t.Errorf("level %d: the strings are not shown:\n%s", detail, text)
		}
	}
}

// TestSymbolsStandInColumnOne: grep '^[-+~!?<>]' finds the changes and nothing else.
func TestSymbolsStandInColumnOne(t *testing.T) {
	for _, doc := range []*Document{edgeDocument(), foreignDocument()} {
		changes := 0
		for _, l := range strings.Split(rendered(t, doc, RenderOptions{Detail: Full}), "\n") {
			if l != "" && strings.Contains("-+~!?<>", l[:1]) {
				changes++
			}
		}
		want := 0
		for _, n := range doc.Nodes {
			for _, c := range n.Changes {
				want += len(lines(c, false))
			}
		}
		if changes != want {
			t.Errorf("%d lines begin with a symbol, want %d", changes, want)
		}
	}
}
