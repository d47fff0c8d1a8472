package eval_test

import (
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"ha/hcl/eval"
)

func TestRefOfExpr(t *testing.T) {
	tests := []struct{ expr, address, quoted string }{
		{`vip.web`, "vip.web", ""},
		{`vip["web"]`, "vip.web", ""},
		{`vip["a b"]`, `vip["a b"]`, ""},
		{`vip.web["a"]`, `vip.web["a"]`, ""},
		{`check.http.login`, "check.http.login", ""},
		{`check.http["x"]["k"]`, `check.http.x["k"]`, ""},
		{`vip.web.vrid`, "", ""},
		{`node.lb1["a"]`, "", ""}, // node takes no for_each
		{`vip`, "", ""},
		{`vip[0]`, "", ""},
		{`check.http`, "", ""},
		{`cluster`, "", ""},
		{`other.web`, "", ""},
		{`vip.web + 1`, "", ""},
		{`"vip.web"`, "", "vip.web"},
		{`"check.http.login"`, "", "check.http.login"},
		{`"vip.web[\"a\"]"`, "", `vip.web["a"]`},
		{`"web"`, "", ""},
		{`"vip.web.vrid"`, "", ""},
		{`"vip.${x}"`, "", ""},
		{`["vip.web"]`, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.expr, func(t *testing.T) {
			e, diags := hclsyntax.ParseExpression([]byte(tt.expr), "", hcl.InitialPos)
			if diags.HasErrors() {
				t.Fatal(diags)
			}
			if got, ok := eval.RefOfExpr(language(), e); got != tt.address || ok != (tt.address != "") {
				t.Errorf("RefOfExpr = %q, %v; want %q", got, ok, tt.address)
			}
			if got, ok := eval.QuotedRef(language(), e); got != tt.quoted || ok != (tt.quoted != "") {
				t.Errorf("QuotedRef = %q, %v; want %q", got, ok, tt.quoted)
			}
		})
	}
}

func TestAddressIsWhatReferencesWrite(t *testing.T) {
	for want, got := range map[string]string{
		"vip.web":           eval.Address("vip", "web"),
		`check.http["a.b"]`: eval.Address("check", "http", "a.b"),
		`vip["a\"$${x}\n"]`: eval.Address("vip", "a\"${x}\n"),
		`vip.web["k"]`:      eval.InstanceAddress("vip.web", "k"),
		`cluster`:           eval.Address("cluster"),
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// TestScopedParts holds what decoding relies on: the elements of a list in a generated block know the iterator, and
// an iterator is never taken for a reference to a block.
func TestScopedParts(t *testing.T) {
	cfg, diags := expand(t, `
vip "v" {
  dynamic "node" {
    for_each = ["lb1"]
    labels   = [node.value]
    content {
      checks    = [node.value, check.tcp.a]
      priority  = node.value
      interface = { x = node.value, (node.value) = 2 }
      vrid      = vip.v
    }
  }
}
check "tcp" "a" {
}
`)
	if len(diags) > 0 {
		t.Fatal(report(diags))
	}
	block := cfg.Blocks[0]
	attrs := block.Body.(*hclsyntax.Body).Blocks[0].Body.Attributes
	list, diags := hcl.ExprList(attrs["checks"].Expr)
	if diags.HasErrors() || len(list) != 2 {
		t.Fatalf("ExprList: %d elements, %s", len(list), diags)
	}
	if v, _ := eval.Evaluate(list[0], block.Ctx); printed(v) != `"lb1"` {
		t.Errorf("the first element is %s", printed(v))
	}
	if a, ok := eval.RefOfExpr(language(), list[1]); !ok || a != "check.tcp.a" {
		t.Errorf("the second element refers to %q", a)
	}
	if a, ok := eval.RefOfExpr(language(), attrs["priority"].Expr); ok {
		t.Errorf("the iterator is taken for the block %q", a)
	}
	if a, _ := eval.RefOfExpr(language(), attrs["vrid"].Expr); a != "vip.v" {
		t.Errorf("vip.v refers to %q", a)
	}
	pairs, diags := hcl.ExprMap(attrs["interface"].Expr)
	if diags.HasErrors() || len(pairs) != 2 {
		t.Fatalf("ExprMap: %d pairs, %s", len(pairs), diags)
	}
	if v, _ := eval.Evaluate(pairs[0].Value, block.Ctx); printed(v) != `"lb1"` {
		t.Errorf("the first value is %s", printed(v))
	}
	if v, _ := eval.Evaluate(pairs[1].Key, block.Ctx); printed(v) != `"lb1"` {
		t.Errorf("the second key is %s", printed(v))
	}
	for _, traversal := range attrs["checks"].Expr.Variables() {
		if traversal.RootName() == "node" {
			t.Error("the iterator is reported as a reference")
		}
	}
}
