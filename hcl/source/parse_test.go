package source

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"

	"ha/hcl/diag"
)

// TestSyntaxErrorsHaveTheirOwnWords holds each mistake to its code and place. The texts are held by the gallery.
func TestSyntaxErrorsHaveTheirOwnWords(t *testing.T) {
	tests := []struct{ in, want string }{
		{"a = 192.0.2.10\n", "HA1101@1:5-15"},
		{"a = 192.0.2.0/24\n", "HA1101@1:5-17"},
		{"a = 192.0.2.300\n", "HA1101@1:5-16"},
		{"a = fe80::1\n", "HA1101@1:5-12"},
		{"a = ::1\n", "HA1101@1:5-8"},
		{"a = 2001:db8::1/64 # c\n", "HA1101@1:5-19"},
		{"a = [10.0.0.1:80, \"x\"]\n", "HA1101@1:6-17"},
		{"a = [\n  10.0.0.1,\n  10.0.0.2,\n]\n", "HA1101@2:3-11 HA1101@3:3-11"},
		{"a = f(5s)\n", "HA1102@1:7-9"},
		{"a = 5s\nb = 6s\nc = 1\n", "HA1102@1:5-7 HA1102@2:5-7"},
		{"a = 5 s\n", "HA1118@1:7-8"},
		{"a = 5sec\n", "HA1102@1:5-9"},
		{"a = 00:11:22:33:44:55\n", "HA1103@1:5-22"},
		{"a = 0x10\n", "HA1104@1:5-9"},
		{"a = 1_000\n", "HA1104@1:5-10"},
		{"a = 80%\n", "HA1104@1:5-8"},
		{"a = 1e99999\n", "HA1104@1:5-12"},
		{"a = 'x'\n", "HA1105@1:5-8"},
		{"a = “x”\n", "HA1105@1:5-6"},
		{"a: 1\n", "HA1106@1:2-3"},
		{"a := 1\n", "HA1106@1:3-5"},
		{"a == 1\n", "HA1106@1:3-5"},
		{"a = 1, b = 2\n", "HA1107@1:6-7"},
		{"a = 1;\n", "HA1107@1:6-7"},
		{"c { a = 1, b = 2 }\n", "HA1107@1:10-11"},
		{"c { a = 1 b = 2 }\n", "HA1107@1:11-12"},
		{"c { a = 1\n b = 2\n}\n", "HA1107@1:10-1"},
		{"c \"x\"\n{\n}\n", "HA1108@1:1-6"},
		{"c\n\n{\n}\n", "HA1108@1:1-2"},
		{"c \"x\" {\n  a = 1\n", "HA1109@1:1-8"},
		{"c \"x\" {\n  a = 1\n\nd {\n}\n", "HA1109@1:1-8"},
		{"c {\n  d {\n    a = 1\n}\n", "HA1109@2:3-6"},
		{"c \"x\" = {\n}\n", "HA1110@1:7-8"},
		{"a = \"x\nb = 5s\n", "HA1111@1:5-7"},
		{"c \"x {\n}\n", "HA1111@1:3-7"},
		{"a = \"\\d\"\n", "HA1112@1:6-8"},
		{"a = \"${x\"\n", "HA1113@1:6-8"},
		{"a = \"%{x}\"\n", "HA1113@1:8-9"},
		{"a = [1, 2\nb = 3\n", "HA1114@1:5-6"},
		{"c {\n  a = [1,\n}\n", "HA1114@2:7-8"},
		{"a = f(1\nb = 2\n", "HA1114@1:6-7"},
		{"a = [\"x\" \"y\"]\n", "HA1115@1:10-11"},
		{"a = [\n  \"x\"\n  \"y\"\n]\n", "HA1115@3:3-4"},
		{"a =\n", "HA1116@1:1-4"},
		{"a = b &&\n", "HA1116@1:7-9"},
		{"c {\n  a = 1\n  a = 2\n}\n", "HA1117@3:3-4"},
		{"a = \"x\" \"y\"\n", "HA1118@1:9-10"},
		{"c {\n  a = 1 }\n", "HA1118@2:9-10"},
		{"a = b & c\n", "HA1119@1:7-8"},
		{"a\n", "HA1120@1:1-2"},
		{"a.b = 1\n", "HA1120@1:1-4"},
		{"a = $b\n", "HA1121@1:5-7"},
		{"/* a\n", "HA1121@1:1-3"},
		{"a = @\n", "HA1121@1:5-6"},
		{"\"a\" = 1\n", "HA1122@1:1-2"},
		{"c \"x-${y}\" {\n}\n", "HA1122@1:6-8"},
		{"a = [for x in y]\n", "HA1123@1:16-17"},
		{"a = 1\n}\n", "HA1124@2:1-2"},
		{"a = b.\n", "HA1125@1:7-1"},
		{"a 1\n", "HA1126@1:1-4"},
		{"a eth0\n", "HA1126@1:1-7"},
		{"a 192.0.2.1 80 {\n}\n", "HA1126@1:1-17"},
		{"a = eth0:1\n", "HA1127@1:5-11"},
		{"a = http://x/y\n", "HA1127@1:5-15"},
	}
	for _, tt := range tests {
		f, diags := Parse("a.hcl", []byte(tt.in))
		var got []string
		for _, d := range diag.Collect(diags, New(f)) {
			got = append(got, fmt.Sprintf("%s@%d:%d-%d", d.Code, d.Range.Start.Line, d.Range.Start.Column, d.Range.End.Column))
		}
		if got := strings.Join(got, " "); got != tt.want {
			t.Errorf("%q: got %s, want %s", tt.in, got, tt.want)
		}
		if !f.Broken {
			t.Errorf("%q: the file does not count as broken", tt.in)
		}
	}
}

// TestFixesRepair applies the edits that come with a diagnostic: the file must parse afterwards.
func TestFixesRepair(t *testing.T) {
	for in, want := range map[string]string{
		"a = 192.0.2.10\n":             "a = \"192.0.2.10\"\n",
		"ä = [5s]\n":                   "ä = [\"5s\"]\n",
		"a = 'x'\n":                    "a = \"x\"\n",
		"a: 1\n":                       "a = 1\n",
		"a = 1;\n":                     "a = 1\n",
		"a = 80%\n":                    "a = 80\n",
		"c \"x\" = {\n}\n":             "c \"x\" {\n}\n",
		"a = [\n  \"x\"\n  \"y\"\n]\n": "a = [\n  \"x\",\n  \"y\"\n]\n",
		"c {\n  a = 1 }\n":             "c {\n  a = 1 \n}\n",
	} {
		f, diags := Parse("a.hcl", []byte(in))
		got := in
		for _, d := range diag.Collect(diags, New(f)) {
			if d.Fix == nil {
				t.Errorf("%q: no fix", in)
				continue
			}
			e := d.Fix.Edits[0]
			got = got[:e.Range.Start.Byte] + e.NewText + got[e.Range.End.Byte:]
		}
		if got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
		if _, diags := Parse("a.hcl", []byte(got)); diags.HasErrors() {
			t.Errorf("%q does not parse: %v", got, diags)
		}
	}
}

// TestHostileInput would kill the process without the limits: parser and evaluator are recursive.
func TestHostileInput(t *testing.T) {
	const n = 100_000
	tests := []struct{ name, in, code string }{
		{"parentheses", "a = " + strings.Repeat("(", n), "HA1012"},
		{"brackets", "a = " + strings.Repeat("[", n), "HA1012"},
		{"brackets that are closed by others", "a = " + strings.Repeat("(]", n), "HA1012"},
		{"templates", "a = " + strings.Repeat("\"${", n), "HA1012"},
		{"blocks", strings.Repeat("a {\n", n), "HA1012"},
		{"negations", "a = " + strings.Repeat("!", n) + "true\n", "HA1013"},
		{"conditions", "a = " + strings.Repeat("true ? 1 : ", n) + "1\n", "HA1013"},
		{"sums", "a = 1" + strings.Repeat(" + 1", n) + "\n", "HA1013"},
		{"sums over lines", "a = (1" + strings.Repeat(" +\n1", n) + ")\n", "HA1013"},
		{"sums in a for over lines", "a = { for k in b : k => 1" + strings.Repeat(" +\n1", n) + " }\n", "HA1013"},
		{"indexes", "a = b" + strings.Repeat("[0]", n) + "\n", "HA1013"},
		{"directives", "a = \"" + strings.Repeat("%{ if b }", n) + "\"\n", "HA1013"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, diags := Parse("a.hcl", []byte(tt.in))
			if len(diags) != 1 || diag.Of(diags[0]) == nil || diag.Of(diags[0]).Code != tt.code {
				t.Errorf("got %.200v", diags)
			}
		})
	}
}

func TestWhatPeopleWriteIsWithinTheLimits(t *testing.T) {
	list := "a = [\n" + strings.Repeat("  -1,\n", 20_000) + "]\n"
	many := strings.Repeat("a = 1 + 2\n", 1)
	blocks := strings.Repeat("vip \"x\" {\n  a = -1\n}\n", 20_000)
	object := "a = {\n" + func() string {
		var b strings.Builder
		for i := range 20_000 {
			fmt.Fprintf(&b, "  k%d = -%d\n", i, i)
		}
		return b.String()
	}() + "}\n"
	for name, in := range map[string]string{"list": list, "sum": many, "blocks": blocks, "object": object, "BOM": "\ufeffa = 1\n"} {
		if _, diags := Parse("a.hcl", []byte(in)); diags.HasErrors() {
			t.Errorf("%s: %v", name, diags)
		}
	}
}

func TestParseExpression(t *testing.T) {
	if e, diags := ParseExpression([]byte("[1, 2]"), "<--var n>"); e == nil || diags.HasErrors() {
		t.Errorf("got %v, %v", e, diags)
	}
	for in, code := range map[string]string{"5s": "HA1102", "192.0.2.1": "HA1101", "": "HA1116", "1 2": "HA1118", strings.Repeat("(", 1000): "HA1012", "\xff": "HA1011"} {
		e, diags := ParseExpression([]byte(in), "<--var n>")
		list := diag.Collect(diags, nil)
		if e != nil || len(list) == 0 || list[0].Code != code {
			t.Errorf("%.20q: got %+v, want %s", in, list, code)
		}
	}
}

func TestBlocksAround(t *testing.T) {
	src := "pool \"web\" {\n  server \"a\" {\n    weight = 5\n  }\n}\n"
	f, _ := Parse("a.hcl", []byte(src))
	at := hcl.Range{Filename: "a.hcl", Start: hcl.Pos{Byte: strings.Index(src, "weight")}}
	if got := strings.Join(New(f).Blocks(at), " > "); got != `pool "web" > server "a"` {
		t.Errorf("got %s", got)
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"vip \"web\" {\n  vrid = 51\n}\n", "a = 5s\n", "a = [1\n", "vip \"x\n{\n", "a = \"${b\"\n", "c {\n d {\n}\n", "a = 'x\n", "}\n", "a = <<E\nx\nE\n",
		"a = “", "a: 1", "a = $", "/*", "\ufeffa =", "a = 1.2.3.4:", "a b c {", "c\n{", "a = { x = 1 y = 2 }", "'", "a.b =", "\t\"a", "a = 1\r\nb", "%{", "\"%{ if", "a = -",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		file, diags := Parse("a.hcl", src)
		if file.Body == nil || file.Broken != diags.HasErrors() {
			t.Fatalf("broken %v with %v", file.Broken, diags)
		}
		for _, d := range diag.Collect(diags, New(file)) {
			if !strings.HasPrefix(d.Code, "HA1") || d.Summary == "" {
				t.Errorf("a syntax error without words: %+v", d)
			}
			if d.Range.Start.Byte < 0 || d.Range.End.Byte > len(src) || d.Range.End.Byte < d.Range.Start.Byte {
				t.Errorf("a range outside of the file: %+v", d.Range)
			}
			if d.Fix == nil {
				continue
			}
			for _, e := range d.Fix.Edits {
				if e.Range.Start.Byte > e.Range.End.Byte || e.Range.End.Byte > len(src) {
					t.Errorf("a fix outside of the file: %+v", e)
				}
			}
		}
		_, _ = ParseExpression(src, "<expr>")
		_, _ = ParseTemplate(src, "t")
	})
}

func BenchmarkParse(b *testing.B) {
	src := []byte(strings.Repeat("pool \"web\" {\n  listen = [\"192.0.2.1:80\"]\n  server \"a\" {\n    address = \"192.0.2.2:80\"\n    weight  = 5\n  }\n}\n", 5000))
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		if _, diags := Parse("a.hcl", src); diags.HasErrors() {
			b.Fatal(diags)
		}
	}
}
