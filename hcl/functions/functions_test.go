package functions

import (
	"crypto/sha256"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"

	"ha/hcl/diag"
	"ha/hcl/source"
)

// eval evaluates an expression with all functions and returns its value as text, or the summary of the first error.
func eval(t *testing.T, table map[string]function.Function, expr string, vars map[string]cty.Value) (string, string) {
	t.Helper()
	e, diags := source.ParseExpression([]byte(expr), "<expr>")
	if !diags.HasErrors() {
		v, more := e.Value(&hcl.EvalContext{Variables: vars, Functions: table})
		if diags = more; !diags.HasErrors() {
			return diag.ShowValue(v), ""
		}
	}
	return "", diag.Collect(diags, nil)[0].Summary
}

func TestValues(t *testing.T) {
	table := Table("", nil)
	tests := []struct{ expr, want string }{
		{`upper("a")`, `"A"`},
		{`replace("a-b-c", "-", "_")`, `"a_b_c"`},
		{`replace("a1b22", "/[0-9]+/", "x")`, `"axbx"`},
		{`startswith("eth0", "eth")`, `true`},
		{`endswith("eth0", "1")`, `false`},
		{`strcontains("eth0", "th")`, `true`},
		{`join(",", ["a", "b"])`, `"a,b"`},
		{`format("%03d", 7)`, `"007"`},
		{`length("äö")`, `2`},
		{`length([1, 2, 3])`, `3`},
		{`length({a = 1})`, `1`},
		{`sum([1, 2, 3])`, `6`},
		{`sum([])`, `0`},
		{`alltrue([true, false])`, `false`},
		{`anytrue(["true", false])`, `true`},
		{`one(["x"])`, `"x"`},
		{`one([])`, `null`},
		{`index(["a", "b"], "b")`, `1`},
		{`lookup({a = "x"}, "b", "none")`, `"none"`},
		{`sha256("")`, `"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"`},
		{`md5("a")`, `"0cc175b9c0f1b6a831c399e269772661"`},
		{`base64decode(base64encode("hällo"))`, `"hällo"`},
		{`jsondecode("{\"a\": [1, true]}").a[0]`, `1`},
		{`yamldecode("a:\n  - x\n").a[0]`, `"x"`},
		{`csvdecode("a,b\n1,2\n")[0].b`, `"2"`},
		{`try(nothing.here, "default")`, `"default"`},
		{`can(tonumber("x"))`, `false`},
		{`range(3)`, `[0, 1, 2]`},
		{`setproduct(["a"], ["b", "c"])`, `[["a", "b"], ["a", "c"]]`},
		{`cidrhost("192.0.2.0/24", 10)`, `"192.0.2.10"`},
		{`cidrhost("2001:db8::/64", -1)`, `"2001:db8::ffff:ffff:ffff:ffff"`},
		{`cidrsubnet("10.0.0.0/8", 8, 2)`, `"10.2.0.0/16"`},
		{`cidrsubnets("10.0.0.0/8", 8, 16)`, `["10.0.0.0/16", "10.1.0.0/24"]`},
		{`cidrnetmask("192.0.2.0/23")`, `"255.255.254.0"`},
		{`cidrcontains("192.0.2.0/24", "192.0.2.7")`, `true`},
		{`cidrcontains("192.0.2.0/24", "192.0.2.0/23")`, `false`},
		{`cidrcontains("192.0.2.0/24", "2001:db8::1")`, `false`},
		{`ipadd("192.0.2.10", 5)`, `"192.0.2.15"`},
		{`ipadd("192.0.2.255/24", 1)`, `"192.0.3.0/24"`},
		{`ipadd("2001:db8::ffff", 1)`, `"2001:db8::1:0"`},
		{`ipadd("0.0.0.1", -1)`, `"0.0.0.0"`},
		{`ipversion("2001:db8::1/64")`, `6`},
		{`hostport("2001:db8::1", 80)`, `"[2001:db8::1]:80"`},
		{`hostport("192.0.2.1/24", 80)`, `"192.0.2.1:80"`},
		{`reverse_ptr("192.0.2.10")`, `"10.2.0.192.in-addr.arpa"`},
		{`reverse_ptr("2001:db8::1")`, `"1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"`},
	}
	for _, tt := range tests {
		if got, problem := eval(t, table, tt.expr, nil); got != tt.want {
			t.Errorf("%s = %s %s, want %s", tt.expr, got, problem, tt.want)
		}
	}
}

func TestErrorsNameTheArgument(t *testing.T) {
	table := Table("", nil)
	tests := []struct{ expr, want string }{
		{`cidrhost("192.0.2.0", 1)`, `"192.0.2.0" is not a prefix`},
		{`cidrhost("192.0.2.0/24", 1.5)`, "whole number"},
		{`cidrnetmask("2001:db8::/64")`, "only IPv4 has netmasks"},
		{`ipadd("255.255.255.255", 1)`, "outside of the addresses of IPv4"},
		{`ipadd("here", 1)`, `"here" is not an address`},
		{`hostport("192.0.2.1", 0)`, "from 1 to 65535"},
		{`index(["a"], "b")`, "does not contain"},
		{`one([1, 2])`, "2 elements"},
		{`sum(["a"])`, "element 0"},
		{`base64decode("/w==")`, "not UTF-8"},
		{`length(5)`, "only texts"},
		{`file("a")`, "no configuration folder"},
	}
	for _, tt := range tests {
		got, problem := eval(t, table, tt.expr, nil)
		if !strings.Contains(problem, tt.want) {
			t.Errorf("%s gives %s %q, want an error with %q", tt.expr, got, problem, tt.want)
		}
	}
}

func TestWorkIsBounded(t *testing.T) {
	table := Table("", nil)
	long := cty.StringVal(strings.Repeat("a", 1<<20))
	list := cty.ListVal(slices.Repeat([]cty.Value{long}, 1000))
	nested := cty.StringVal("x")
	for range 20 { // two million elements to go through, few in memory
		nested = cty.TupleVal([]cty.Value{nested, nested})
	}
	vars := map[string]cty.Value{
		"long": long, "list": list, "nested": nested,
		"huge": cty.NumberVal(new(big.Float).SetMantExp(big.NewFloat(1), 1_000_000)),
		"deep": cty.StringVal(strings.Repeat("[", 1_000_000)),
		"dash": cty.StringVal(strings.Repeat("- ", 1_000_000)),
	}
	for _, expr := range []string{
		`range(1000001)`, `range(0, 1e300)`, `range(0, 10, 1e-9)`, `range(-1e9)`,
		`setproduct(range(1001), range(1001))`,
		`format("%99999999d", 1)`, `format("%.99999999f", 1)`, `format("%s%s%s%s%s", list, list, list, list, list)`,
		`formatlist("%999999999s", ["a"])`,
		`indent(1000000, "a\nb")`,
		`join(long, range(1000))`, `join("", list)`,
		`replace(long, "a", long)`, `replace(long, "", long)`, `replace(long, "/a*?/", long)`,
		`jsonencode(nested)`,
		`jsondecode(deep)`, `yamldecode(deep)`, `yamldecode(dash)`,
		`split("", format("%s%s", long, long))`, `regexall("", format("%s%s", long, long))`,
		`tostring(huge)`, `parseint(long, 16)`,
		`concat(range(600000), range(600000))`,
	} {
		got, problem := eval(t, table, expr, vars)
		if !strings.Contains(problem, "limit") && !strings.Contains(problem, "more than") && !strings.Contains(problem, "from 0 to") {
			t.Errorf("%s is not refused for its size: %.80s %q", expr, got, problem)
		}
	}
}

func TestWeighStops(t *testing.T) {
	shared := cty.StringVal("x").Mark("sensitive")
	for range 40 { // nobody lives to see the end of this without a limit
		shared = cty.TupleVal([]cty.Value{shared, shared})
	}
	if err := checkWeight([]cty.Value{shared}); err == nil || !strings.Contains(err.Error(), "1000000 elements") {
		t.Errorf("got %v", err)
	}
	if err := checkWeight([]cty.Value{cty.ObjectVal(map[string]cty.Value{"a": cty.DynamicVal, "b": cty.NullVal(cty.String)})}); err != nil {
		t.Errorf("a small value: %v", err)
	}
}

// TestNothingPanics calls every function with every kind of value in every place, sensitive ones among them.
func TestNothingPanics(t *testing.T) {
	secret := cty.StringVal("secret").Mark("sensitive")
	values := []cty.Value{
		secret, cty.NumberIntVal(3).Mark("sensitive"), cty.TupleVal([]cty.Value{secret}), cty.ListVal([]cty.Value{secret}),
		cty.ObjectVal(map[string]cty.Value{"a": secret}), cty.MapVal(map[string]cty.Value{"a": secret}),
		cty.SetVal([]cty.Value{cty.StringVal("x")}).Mark("sensitive"),
		cty.DynamicVal, cty.UnknownVal(cty.String), cty.UnknownVal(cty.List(cty.String)), cty.DynamicVal.Mark("sensitive"),
		cty.NullVal(cty.String), cty.NullVal(cty.DynamicPseudoType), cty.NullVal(cty.List(cty.String)),
		cty.StringVal(""), cty.StringVal("192.0.2.0/24"), cty.NumberIntVal(-1), cty.NumberFloatVal(0.5), cty.PositiveInfinity,
		cty.True, cty.EmptyTupleVal, cty.EmptyObjectVal, cty.ListValEmpty(cty.Number), cty.MapValEmpty(cty.String),
	}
	for name, f := range Table(t.TempDir(), nil) {
		if name == "try" || name == "can" { // these take expressions
			continue
		}
		n := len(f.Params())
		if f.VarParam() != nil {
			n++
		}
		for i := range n {
			for _, v := range values {
				for _, other := range values {
					args := slices.Repeat([]cty.Value{other}, n)
					args[i] = v
					got, err := f.Call(args)
					if err != nil {
						if strings.Contains(err.Error(), "mistake in ha") || strings.Contains(err.Error(), "panic") {
							t.Errorf("%s(%#v): %s", name, args, err)
						}
						continue
					}
					_ = diag.ShowValue(got)
				}
			}
		}
	}
}

func TestSecretsStaySecret(t *testing.T) {
	table := Table("", nil)
	vars := map[string]cty.Value{"s": cty.StringVal("geheim").Mark("sensitive")}
	for _, expr := range []string{`upper(s)`, `format("%s", s)`, `jsonencode({a = s})`, `sha256(s)`, `join(",", [s])`, `length(s)`, `replace(s, "e", "a")`} {
		if got, problem := eval(t, table, expr, vars); got != "(sensitive)" {
			t.Errorf("%s = %s %s, want it to be sensitive", expr, got, problem)
		}
	}
}

func TestFiles(t *testing.T) {
	root := t.TempDir()
	outside := filepath.Join(t.TempDir(), "secret")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.WriteFile(outside, []byte("outside"), 0o600))
	must(os.Mkdir(filepath.Join(root, "sites"), 0o700))
	must(os.WriteFile(filepath.Join(root, "sites", "a.json"), []byte(`{"x": 1}`), 0o600))
	must(os.WriteFile(filepath.Join(root, "sites", "b.json"), []byte(`{}`), 0o600))
	must(os.WriteFile(filepath.Join(root, "t.tmpl"), []byte("hello ${upper(name)}%{ if loud }!%{ endif }"), 0o600))
	must(os.WriteFile(filepath.Join(root, "bad.tmpl"), []byte("a\n${nothing}"), 0o600))
	must(os.WriteFile(filepath.Join(root, "again.tmpl"), []byte(`${templatefile("again.tmpl", {})}`), 0o600))
	must(os.WriteFile(filepath.Join(root, "binary"), []byte{0xff, 0}, 0o600))
	must(os.Symlink(outside, filepath.Join(root, "link")))
	read := map[string][sha256.Size]byte{}
	table := Table(root, func(name string, sum [sha256.Size]byte) { read[name] = sum })
	tests := []struct{ expr, want, problem string }{
		{`file("sites/a.json")`, `"{\"x\": 1}"`, ""},
		{`file("./sites/../sites/a.json")`, `"{\"x\": 1}"`, ""},
		{`fileexists("sites/a.json")`, `true`, ""},
		{`fileexists("sites")`, `false`, ""},
		{`fileexists("nothing")`, `false`, ""},
		{`fileset("sites", "*.json")`, `["a.json", "b.json"]`, ""},
		{`fileset(".", "*/a*")`, `["sites/a.json"]`, ""},
		{`fileset("sites", "*.yaml")`, `[]`, ""},
		{`templatefile("t.tmpl", { name = "lb1", loud = true })`, `"hello LB1!"`, ""},
		{`filebase64("binary")`, `"/wA="`, ""},
		{`file("binary")`, "", "not UTF-8"},
		{`file("link")`, "", "leads out"},
		{`file("../x")`, "", "leads out"},
		{`file("/etc/passwd")`, "", "not below"},
		{`file("sites")`, "", "not a regular file"},
		{`file("nothing")`, "", "no such file"},
		{`templatefile("bad.tmpl", {})`, "", `bad.tmpl:2:3: there is nothing named "nothing"`},
		{`templatefile("again.tmpl", {})`, "", `no function named "templatefile"`},
		{`templatefile("t.tmpl", [])`, "", "an object"},
	}
	for _, tt := range tests {
		got, problem := eval(t, table, tt.expr, nil)
		if got != tt.want || !strings.Contains(problem, tt.problem) || (tt.problem == "") != (problem == "") {
			t.Errorf("%s = %s %q, want %s %q", tt.expr, got, problem, tt.want, tt.problem)
		}
	}
	if read["sites/a.json"] != sha256.Sum256([]byte(`{"x": 1}`)) {
		t.Errorf("the digest of sites/a.json was not told: %v", read)
	}
}

func TestEveryFunctionIsDescribed(t *testing.T) {
	table := Table("", nil)
	for _, name := range Names() {
		f := table[name]
		if f.Description() == "" {
			t.Errorf("%s has no description", name)
		}
		if strings.ContainsAny(f.Description(), "\\\t") || strings.Contains(f.Description(), "dynamic") {
			t.Errorf("%s has a description that is not for people: %s", name, f.Description())
		}
		for _, p := range f.Params() {
			if p.Description == "" {
				t.Errorf("%s: parameter %s has no description", name, p.Name)
			}
		}
	}
	for _, name := range []string{"timestamp", "uuid", "bcrypt", "env", "random", "pathexpand"} {
		if _, ok := table[name]; ok {
			t.Errorf("%s would make plans differ from run to run", name)
		}
	}
}
