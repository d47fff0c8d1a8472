package diag

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

var update = flag.Bool("update", false, "rewrite golden files")

// memory is one file, with the blocks that are around each place of it.
type memory struct {
	name, text string
	blocks     []string
}

func (m memory) Bytes(name string) []byte {
	if name != m.name {
		return nil
	}
	return []byte(m.text)
}

func (m memory) Blocks(hcl.Range) []string { return m.blocks }

// at is the range of the first place of a word in the text.
func (m memory) at(word string) hcl.Range {
	return m.from(strings.Index(m.text, word), len(word))
}

func (m memory) from(start, n int) hcl.Range {
	pos := func(b int) hcl.Pos {
		before := m.text[:b]
		return hcl.Pos{Line: strings.Count(before, "\n") + 1, Column: b - strings.LastIndex(before, "\n"), Byte: b}
	}
	return hcl.Range{Filename: m.name, Start: pos(start), End: pos(start + n)}
}

const edge = `vip "web" {
  vrid = 51
}

pool "web" {
  scheduler = "rr"

  server "web1" {
    wieght = var.n / 0
  }
}
`

// story is one of each thing that a diagnostic can hold.
func story(t *testing.T) (memory, hcl.Diagnostics) {
	t.Helper()
	m := memory{"edge.hcl", edge, []string{`pool "web"`, `server "web1"`}}
	expr, diags := hclsyntax.ParseExpression([]byte("var.n + var.long + var.secret + var.n"), "edge.hcl", hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	ctx := &hcl.EvalContext{Variables: map[string]cty.Value{"var": cty.ObjectVal(map[string]cty.Value{
		"n": cty.Zero, "long": cty.StringVal(strings.Repeat("x", 200)), "secret": cty.StringVal("geheim").Mark("s"),
	})}}
	weight, block := m.at("wieght"), m.at(`pool "web"`)
	return m, hcl.Diagnostics{
		Warning("HA1000", nil, "nothing is known about the place", "", OnNode("lb1")),
		Error("HA2104", &weight, `unknown argument "wieght" in server "web1"`, "A server has address and weight.",
			DidYouMean("wieght", []string{"weight", "address"}), Repair("Rename to weight", Edit{weight, "weight"}),
			See("the pool begins here", block), Around(block), About("pool.web.server.web1"), Evaluated(expr, ctx)),
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (-update rewrites it); got\n%s\nwant\n%s", name, got, want)
	}
}

func TestFormats(t *testing.T) {
	m, diags := story(t)
	list := Collect(diags, m)
	for name, write := range map[string]func(*bytes.Buffer) error{
		"story.txt":       func(b *bytes.Buffer) error { return Text(b, list, TextOptions{}) },
		"story.ascii.txt": func(b *bytes.Buffer) error { return Text(b, list, TextOptions{ASCII: true, Width: 50}) },
		"story.color.txt": func(b *bytes.Buffer) error { return Text(b, list, TextOptions{Color: true}) },
		"story.json":      func(b *bytes.Buffer) error { return JSON(b, list) },
		"story.github":    func(b *bytes.Buffer) error { return GitHub(b, list) },
		"story.gcc":       func(b *bytes.Buffer) error { return GCC(b, list) },
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(b.String(), "geheim") {
			t.Errorf("%s shows a secret", name)
		}
		golden(t, name, b.String())
	}
}

func TestCollectSortsAndDropsEqualOnes(t *testing.T) {
	m := memory{"b.hcl", "a = 1\nb = 2\n", nil}
	a, b := m.at("a"), m.at("b")
	other := a
	other.Filename = "a.hcl"
	d := func(at *hcl.Range, summary string) *hcl.Diagnostic { return Error("HA3001", at, summary, "") }
	list := Collect(hcl.Diagnostics{
		d(nil, "z"), d(&b, "y"), d(&a, "y"), Warning("HA3001", &a, "a", ""), d(&a, "x"), d(&other, "w"), d(&a, "y"), nil,
	}, m)
	var got []string
	for _, d := range list {
		got = append(got, d.Severity[:1]+d.Summary)
	}
	if s := strings.Join(got, " "); s != "ew ex ey wa ey ez" {
		t.Errorf("got %s", s)
	}
}

func TestCollectDropsFollowersOfSyntaxErrors(t *testing.T) {
	m := memory{"a.hcl", "a = 1\n", nil}
	at, elsewhere := m.at("a"), m.at("a")
	elsewhere.Filename = "b.hcl"
	list := Collect(hcl.Diagnostics{
		Error("HA2104", &at, "follower", ""), Error("HA1102", &at, "syntax", ""), Error("HA2104", &elsewhere, "elsewhere", ""),
	}, m)
	if len(list) != 2 || list[0].Summary != "syntax" || list[1].Summary != "elsewhere" {
		t.Errorf("got %+v", list)
	}
}

func TestTextIsCapped(t *testing.T) {
	m := memory{"a.hcl", strings.Repeat("a\n", 60), nil}
	var diags hcl.Diagnostics
	for i := range 60 {
		at := m.from(2*i, 1)
		diags = append(diags, Error("HA3001", &at, "wrong", ""))
	}
	list := Collect(diags, m)
	var b strings.Builder
	if err := Text(&b, list, TextOptions{Hint: "--all-errors shows them"}); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(b.String(), "error[HA3001]"); n != 50 || !strings.HasSuffix(b.String(), "\nand 10 more: --all-errors shows them\n") {
		t.Errorf("%d are shown; the end is %q", n, b.String()[len(b.String())-60:])
	}
	b.Reset()
	if err := Text(&b, list, TextOptions{Max: -1}); err != nil || strings.Contains(b.String(), "more:") {
		t.Errorf("not all are shown: %v", err)
	}
}

// TestCarets: the caret stands below the place whatever stands before it.
func TestCarets(t *testing.T) {
	tests := []struct{ name, line, word, want string }{
		{"plain", "a = x", "x", "    1 │ a = x\n      │     ^\n"},
		{"tabs", "\ta\t= x", "x", "    1 │     a   = x\n      │           ^\n"},
		{"wide characters", "\"日本\" x", "x", "    1 │ \"日本\" x\n      │        ^\n"},
		{"combining characters", "e\u0301 x", "x", "    1 │ e\u0301 x\n      │   ^\n"},
		{"a wide word", "a = 日本", "日本", "    1 │ a = 日本\n      │     ^^^^\n"},
		{"a command for the terminal", "\x1b[2J x", "x", "    1 │ ␛[2J x\n      │      ^\n"},
		{"text that runs backwards", "\u202ea x", "x", "    1 │ \ufffda x\n      │    ^\n"},
		{"nothing, at the end", "a =", "", "    1 │ a =\n      │    ^\n"},
		{"a byte-order mark", "\ufeffa", "a", "    1 │ a\n      │ ^\n"},
		{"line ends of Windows", "a = x\r", "x", "    1 │ a = x\n      │     ^\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := memory{"a.hcl", tt.line, nil}
			at := m.at(tt.word)
			if tt.word == "" {
				at = m.from(len(tt.line), 0)
			}
			var b strings.Builder
			if err := Text(&b, Collect(hcl.Diagnostics{Error("HA3001", &at, "wrong", "")}, m), TextOptions{}); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(b.String(), tt.want) {
				t.Errorf("got\n%s\nwant\n%s", b.String(), tt.want)
			}
		})
	}
}

func TestLongLinesAreCut(t *testing.T) {
	m := memory{"a.hcl", strings.Repeat("ä", 10_000) + "x" + strings.Repeat("ö", 10_000), nil}
	at := m.at("x")
	list := Collect(hcl.Diagnostics{Error("HA3001", &at, "wrong", "")}, m)
	s := list[0].Snippet
	if len(s.Code) > 300 || !utf8.ValidString(s.Code) || s.Code[s.HighlightStart:s.HighlightEnd] != "x" {
		t.Errorf("got %d bytes, marked %q", len(s.Code), s.Code[s.HighlightStart:s.HighlightEnd])
	}
}

func TestControlCharactersAreHarmless(t *testing.T) {
	evil := "a\x1b]0;title\x07\u009bb\u202ec\r\xff"
	at := hcl.Range{Filename: evil, Start: hcl.InitialPos, End: hcl.Pos{Line: 1, Column: 2, Byte: 1}}
	m := memory{evil, evil, []string{evil}}
	list := Collect(hcl.Diagnostics{Error("HA3001", &at, evil, evil, Help(evil), See(evil, at), OnNode(evil))}, m)
	for name, write := range map[string]func(*bytes.Buffer) error{
		"text":   func(b *bytes.Buffer) error { return Text(b, list, TextOptions{}) },
		"ascii":  func(b *bytes.Buffer) error { return Text(b, list, TextOptions{ASCII: true}) },
		"github": func(b *bytes.Buffer) error { return GitHub(b, list) },
		"gcc":    func(b *bytes.Buffer) error { return GCC(b, list) },
		"json":   func(b *bytes.Buffer) error { return JSON(b, list) },
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		for _, r := range b.String() {
			if r < 0x20 && r != '\n' || r == 0x7f || name == "ascii" && r > 0x7f || name != "json" && (r >= 0x80 && r < 0xa0 || r == 0x202e) {
				t.Errorf("%s lets %U through: %q", name, r, b.String())
				break
			}
		}
	}
}

func TestShowValue(t *testing.T) {
	secret := cty.StringVal("geheim").Mark("s")
	tests := []struct {
		v    cty.Value
		want string
	}{
		{cty.StringVal("a\n"), `"a\n"`},
		{cty.NumberIntVal(80), "80"},
		{cty.MustParseNumberVal("0.1"), "0.1"},
		{cty.PositiveInfinity, "infinite (a division by zero?)"},
		{cty.True, "true"},
		{cty.NullVal(cty.String), "null"},
		{cty.UnknownVal(cty.String), "(unknown)"},
		{secret, "(sensitive)"},
		{cty.TupleVal([]cty.Value{cty.Zero, secret}), "[0, (sensitive)]"},
		{cty.ObjectVal(map[string]cty.Value{"b": secret, "a": cty.True}), "{ a = true, b = (sensitive) }"},
		{cty.EmptyObjectVal, "{}"},
		{cty.NilVal, "null"},
	}
	for _, tt := range tests {
		if got := ShowValue(tt.v); got != tt.want {
			t.Errorf("got %s, want %s", got, tt.want)
		}
	}
	if got := ShowValue(cty.MustParseNumberVal("1e5000")); len(got) > 100 {
		t.Errorf("a huge number is written out: %d bytes", len(got))
	}
}

func TestJSONOfNothing(t *testing.T) {
	var b bytes.Buffer
	if err := JSON(&b, nil); err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := json.Unmarshal(b.Bytes(), &doc); err != nil || doc["valid"] != true || doc["diagnostics"] == nil {
		t.Errorf("got %s, %v", b.String(), err)
	}
}

// FuzzCollect: no range and no text, however wrong, breaks collecting or printing.
func FuzzCollect(f *testing.F) {
	f.Add("a = 1\n", "wrong", 4, 5, 0, true)
	f.Add("", "", -1, 7, 3, false)
	f.Add("\ta\r\n\n日本", "\x1b", 5, 2, 100, true)
	f.Add(strings.Repeat("x", 1000), "y", 500, 501, 0, false)
	f.Fuzz(func(t *testing.T, src, text string, from, to, line int, ascii bool) {
		m := memory{"a.hcl", src, []string{text}}
		at := hcl.Range{Filename: "a.hcl", Start: hcl.Pos{Line: line, Column: from, Byte: from}, End: hcl.Pos{Line: line, Column: to, Byte: to}}
		context := hcl.Range{Filename: "a.hcl", Start: hcl.Pos{Byte: to}}
		list := Collect(hcl.Diagnostics{
			Error("HA3001", &at, text, text, Around(context), See(text, at), Help(text)),
			{Summary: text, Detail: text, Subject: &at},
			{Summary: text},
		}, m)
		for _, d := range list {
			if s := d.Snippet; s != nil && (s.HighlightStart > s.HighlightEnd || s.HighlightEnd > len(s.Code)) {
				t.Errorf("marks %d to %d of %d bytes", s.HighlightStart, s.HighlightEnd, len(s.Code))
			}
		}
		var b bytes.Buffer
		if err := Text(&b, list, TextOptions{ASCII: ascii, Width: line}); err != nil {
			t.Fatal(err)
		}
		if bytes.ContainsAny(b.Bytes(), "\x1b\x07\r") || ascii && bytes.ContainsFunc(b.Bytes(), func(r rune) bool { return r > 0x7f }) {
			t.Errorf("printed %q", b.String())
		}
		if err := JSON(&b, list); err != nil {
			t.Fatal(err)
		}
	})
}
