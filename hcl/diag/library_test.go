package diag

import (
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/dynblock"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// samples are inputs with the summary that the HCL library gives them. When a new version of the library changes one of
// its texts, this list and the table of library.go must follow.
var samples = []struct{ in, summary string }{
	{"a = 1 b = 2", "Missing newline after argument"},
	{"a = 1, b = 2", "Unexpected comma after argument"},
	{"a", "Argument or block definition required"},
	{"b { c d }", "Argument definition required"},
	{"b \"x\"\n{}", "Invalid block definition"},
	{"b { a = 1, c = 2 }", "Invalid single-argument block definition"},
	{"b {} c {}", "Missing newline after block definition"},
	{"a = 1\na = 2", "Attribute redefined"},
	{"\"a\" = 1", "Invalid argument name"},
	{"b {", "Unclosed configuration block"},
	{"b \"x${y}\" {}", "Invalid string literal"},
	{"a = \"x", "Unterminated template string"},
	{"a = \"x\nb = 1", "Invalid multi-line string"},
	{"a = \"\\d\"", "Invalid escape sequence"},
	{"a = \"${x\"", "Unclosed template interpolation sequence"},
	{"a = \"${x y}\"", "Extra characters after interpolation expression"},
	{"a = \"%{x}\"", "Invalid template control keyword"},
	{"a = \"%{1}\"", "Invalid template directive"},
	{"a = \"%{if true}x\"", "Unexpected end of template"},
	{"a = \"%{endif}\"", "Unexpected endif directive"},
	{"a = \"%{endfor}\"", "Unexpected endfor directive"},
	{"a = \"%{for x in []}%{else}%{endfor}\"", "Unexpected else directive"},
	{"a = \"%{for}%{endfor}\"", "Invalid 'for' directive"},
	{"a = [1", "Unterminated tuple constructor expression"},
	{"a = [1 2]", "Missing item separator"},
	{"a = {b = 1", "Unterminated object constructor expression"},
	{"a = {b = 1 c = 2}", "Missing attribute separator"},
	{"a = {b\n}", "Missing attribute value"},
	{"a = {b 1}", "Missing key/value separator"},
	{"a = (1 2)", "Unbalanced parentheses"},
	{"a = f(1", "Unterminated function call"},
	{"a = f(1 2)", "Missing argument separator"},
	{"a = f(b... c)", "Missing closing parenthesis"},
	{"a = b::c", "Missing open parenthesis"},
	{"a = b::1", "Missing function name"},
	{"a = b[1 2]", "Missing close bracket on index"},
	{"a = b[* c]", "Missing close bracket on splat index"},
	{"a = b.", "Invalid attribute name"},
	{"a = b.1.2", "Invalid legacy index syntax"},
	{"a = b.*.*", "Nested splat expression not allowed"},
	{"a = ", "Missing expression"},
	{"a = ]", "Invalid expression"},
	{"a = true ? 1", "Missing false expression in conditional"},
	{"a = 1.2.3", "Invalid number literal"},
	{"a = [for x in y]", "Invalid 'for' expression"},
	{"a = b & c", "Unsupported operator"},
	{"a = @", "Invalid character"},
	{"a = \xff", "Invalid character encoding"},

	{"aa = 1\nunknown = 1", "Unsupported argument"},
	{"unknown {}", "Unsupported block type"},
	{"b \"x\" {}", "Missing required argument"},

	{"a = nothing", "Unknown variable"},
	{"a = obj.nothing", "Unsupported attribute"},
	{"a = map.nothing", "Missing map element"},
	{"a = list[7]", "Invalid index"},
	{"a = null.x", "Attempt to get attribute from null value"},
	{"a = null[0]", "Attempt to index null value"},
	{"a = nulllist[*]", "Splat of null value"},
	{"a = nothing()", "Call to unknown function"},
	{"a = upper()", "Not enough function arguments"},
	{"a = upper(1, 2)", "Too many function arguments"},
	{"a = upper(null...)", "Invalid expanding argument value"},
	{"a = upper([])", "Invalid function argument"},
	{"a = join(\",\")", "Error in function call"},
	{"a = 1 + \"x\"", "Invalid operand"},
	{"a = 0 / 0", "Operation failed"},
	{"a = 5 ? 1 : 2", "Incorrect condition type"},
	{"a = nullbool ? 1 : 2", "Null condition"},
	{"a = [for x in list : x if null]", "Condition is null"},
	{"a = [for x in list : x if []]", "Invalid 'for' condition"},
	{"a = true ? 1 : [1]", "Inconsistent conditional result types"},
	{"a = \"x${list}\"", "Invalid template interpolation value"},
	{"a = [for x in null : x]", "Iteration over null value"},
	{"a = [for x in 5 : x]", "Iteration over non-iterable value"},
	{"a = {(null) = 1}", "Null value as key"},
	{"a = {(list) = 1}", "Incorrect key type"},
	{"a = {for x in list : x => 1, 1 => 2}", "Invalid 'for' expression"},
	{"a = {for x in list : null => 1}", "Invalid object key"},
	{"a = {obj.b = 1}", "Ambiguous attribute key"},
	{"a = {for x in list : \"k\" => x}", "Duplicate object key"},

	{"dynamic \"b\" {\n for_each = 5\n labels = [\"x\"]\n content {}\n}", "Invalid dynamic for_each value"},
	{"dynamic \"b\" {\n for_each = [1]\n iterator = x.y\n labels = [\"x\"]\n content {}\n}", "Invalid dynamic iterator name"},
	{"dynamic \"b\" {\n for_each = [1]\n labels = [\"x\", \"y\"]\n content {}\n}", "Extraneous dynamic block label"},
	{"dynamic \"b\" {\n for_each = [1]\n labels = []\n content {}\n}", "Insufficient dynamic block labels"},
	{"dynamic \"b\" {\n for_each = [1]\n labels = [\"x\"]\n}", "Missing dynamic content block"},
	{"dynamic \"b\" {\n for_each = [1]\n labels = [\"x\"]\n content {}\n content {}\n}", "Extraneous dynamic content block"},
	{"dynamic \"b\" {\n for_each = [1]\n labels = [null]\n content {}\n}", "Invalid dynamic block label"},
	{"type = lst(string)", "Invalid type specification"},
	{"type = object({a = optional(number, \"x\")})", "Invalid default value for optional attribute"},
}

// unreachable are summaries of the table that files cannot cause as long as references are checked before they are
// evaluated, or that come from parts of the library that only other packages use.
var unreachable = map[string]bool{
	"Unclosed configuration body": true, "Unterminated string literal": true, "Extra characters after expression": true,
	"Function calls not allowed": true, "Variables not allowed": true, "Invalid nested splat expressions": true,
}

// report runs an input through all that the library does with a file.
func report(in string) hcl.Diagnostics {
	f, diags := hclsyntax.ParseConfig([]byte(in), "a.hcl", hcl.InitialPos)
	if diags.HasErrors() {
		return diags
	}
	ctx := &hcl.EvalContext{
		Variables: map[string]cty.Value{
			"obj": cty.ObjectVal(map[string]cty.Value{"x": cty.True}), "map": cty.MapVal(map[string]cty.Value{"x": cty.True}),
			"list": cty.ListVal([]cty.Value{cty.StringVal("a"), cty.StringVal("b")}), "nulllist": cty.NullVal(cty.List(cty.String)),
			"nullbool": cty.NullVal(cty.Bool),
		},
		Functions: map[string]function.Function{"upper": stdlib.UpperFunc, "join": stdlib.JoinFunc},
	}
	schema := &hcl.BodySchema{
		Attributes: []hcl.AttributeSchema{{Name: "a"}, {Name: "aa"}, {Name: "type"}},
		Blocks:     []hcl.BlockHeaderSchema{{Type: "b", LabelNames: []string{"name"}}},
	}
	content, diags := dynblock.Expand(f.Body, ctx).Content(schema)
	for _, b := range content.Blocks {
		_, more := b.Body.Content(&hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "need", Required: true}}})
		diags = append(diags, more...)
	}
	for name, attr := range content.Attributes {
		if name == "type" {
			_, _, more := typeexpr.TypeConstraintWithDefaults(attr.Expr)
			diags = append(diags, more...)
			continue
		}
		_, more := attr.Expr.Value(ctx)
		diags = append(diags, more...)
	}
	return diags
}

func TestLibraryStillSaysWhatTheTableKnows(t *testing.T) {
	table := librarySays()
	seen := map[string]bool{}
	for _, s := range samples {
		diags := report(s.in)
		found := false
		for _, d := range diags {
			found = found || d.Summary == s.summary
			seen[d.Summary] = true
		}
		if !found {
			t.Errorf("%q: the library says %v, no longer %q", s.in, diags, s.summary)
		}
		for _, d := range Collect(diags, nil) {
			if d.Code == "" || d.Code == "HA1000" || d.Code == "HA3900" || d.Summary == "" {
				t.Errorf("%q: %q has no words of ours: %+v", s.in, s.summary, d)
			}
			if strings.Contains(d.Summary+d.Detail, "This is a bug") || strings.HasSuffix(d.Summary, ".") {
				t.Errorf("%q: a clumsy text: %+v", s.in, d)
			}
		}
	}
	codes := map[string]bool{}
	for _, m := range Codes() {
		codes[m.Code] = true
	}
	for summary, s := range table {
		if !seen[summary] && !unreachable[summary] {
			t.Errorf("no sample gives %q", summary)
		}
		if seen[summary] && unreachable[summary] {
			t.Errorf("%q can be reached", summary)
		}
		if !codes[s.code] {
			t.Errorf("%q has the code %s, which has no explanation", summary, s.code)
		}
	}
}
