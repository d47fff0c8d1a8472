package eval_test

import (
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"ha/hcl/diag"
	"ha/hcl/eval"
	"ha/hcl/source"
)

// FuzzExpand takes any text as configuration, with a secret and a null in scope, expands it and evaluates every
// argument as decoding would: nothing panics, and our own diagnostics have a code and what to do.
func FuzzExpand(f *testing.F) {
	seeds := []string{
		"vip \"a\" {\n  vrid = var.secret\n  priority = vip.a.vrid\n}\n",
		"pool \"a\" {\n  for_each = var.secret\n}\n",
		"pool \"a\" {\n  for_each = toset([var.secret, \"b\"])\n}\n",
		"pool \"a\" {\n  for_each = { a = var.secret }\n  dynamic \"server\" {\n    for_each = [each.value, var.null]\n    labels = [server.value]\n    content {\n      address = [server.value]\n    }\n  }\n}\n",
		"locals {\n  a = { (var.secret) = 1 }\n  b = [for k, v in local.a : k if v == 1]\n  c = local.a[var.null]\n  d = jsonencode(vip)\n}\nvip \"x\" {\n}\n",
		"locals {\n  a = vip[local.b].vrid[0][*].x\n  b = vip.x[*]\n}\nvip \"x\" {\n  for_each = {}\n  vrid = each.key\n}\n",
		"variable \"v\" {\n  type = object({ a = optional(list(object({ b = optional(string, \"x\") })), []) })\n  default = { a = [{}] }\n  validation {\n    condition = var.secret != var.v.a[0].b\n    error_message = \"${var.v.a[0].b}\"\n  }\n}\n",
		"variable \"v\" {\n  type = set(tuple([string, any]))\n  default = [[\"a\", 1], [\"b\", {}]]\n}\nvip \"a\" {\n  checks = [for c in check : c]\n  vrid = \"%{ for x in var.v }${x[0]}%{ endfor }\"\n}\n",
		"vip \"a\" {\n  node \"b\" {\n    dynamic \"node\" {\n      for_each = vip.a\n      content {}\n    }\n  }\n  vrid = 1e999999999 / 0\n}\n",
		"vip \"\x7f\" {\n}\nvip \"${x}\" {\n}\nlocals {\n  a = local.a.b.c[0]\n}\n",
		"pool \"p\" {\n  dynamic \"server\" {\n    iterator = each\n    for_each = { a = null }\n    labels = [each.key]\n    content {\n      weight = each.value.x\n    }\n  }\n}\n",
	}
	for _, s := range seeds {
		f.Add(s, "text")
	}
	f.Fuzz(func(t *testing.T, text, flag string) {
		file, _ := source.Parse("a.hcl", []byte(text))
		fixed, _ := source.Parse("b.hcl", []byte("variable \"secret\" {\n  type = string\n  sensitive = true\n}\nvariable \"null\" {\n  default = null\n}\n"))
		vars := &eval.Assignments{}
		_ = vars.AddFlag("secret=" + flag)
		_ = vars.AddFlag("v=" + flag)
		vars.AddEnvironment([]string{"HA_VAR_v=" + text})
		cfg, diags := eval.Expand(source.New(file, fixed), language(), eval.Inputs{Variables: vars, Functions: functions()})
		for _, d := range diags {
			if e := diag.Of(d); e != nil && (e.Code == "" || e.Help == "" && e.Code != "HA3035" || d.Summary == "") {
				t.Errorf("a diagnostic without its parts: %s", report(hcl.Diagnostics{d}))
			}
		}
		for _, b := range cfg.Blocks {
			evaluateAll(b, b.Body.(*hclsyntax.Body))
		}
	})
}

func evaluateAll(b *eval.Block, body *hclsyntax.Body) {
	for _, attr := range body.Attributes {
		v, _ := eval.Evaluate(attr.Expr, b.Ctx)
		_ = eval.SecretOf(v)
		_, _ = eval.RefOf(v)
		_, _ = eval.RefOfExpr(language(), attr.Expr)
		_, _ = eval.QuotedRef(language(), attr.Expr)
		list, _ := hcl.ExprList(attr.Expr)
		for _, e := range list {
			_, _ = eval.Evaluate(e, b.Ctx)
		}
		pairs, _ := hcl.ExprMap(attr.Expr)
		for _, p := range pairs {
			_, _ = eval.Evaluate(p.Value, b.Ctx)
		}
	}
	for _, inner := range body.Blocks {
		evaluateAll(b, inner.Body)
	}
}
