package eval_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"

	"ha/hcl/diag"
	"ha/hcl/eval"
	"ha/hcl/schema"
	"ha/hcl/source"
)

// language is a small table of blocks, so that these tests do not change with the real one.
func language() []*schema.Block {
	text, number := schema.Any{}, schema.Any{}
	name := []schema.Label{{Name: "name"}}
	check := &schema.Block{
		Type: "check", ForEach: true,
		Labels: []schema.Label{{Name: "kind", OneOf: []string{"tcp", "http"}}, {Name: "name"}},
		Args:   []schema.Arg{{Name: "interval", Kind: text, Default: schema.Default{Value: cty.StringVal("2s")}}, {Name: "port", Kind: number}},
	}
	server := &schema.Block{
		Type: "server", Labels: name,
		Args: []schema.Arg{{Name: "address", Kind: text}, {Name: "weight", Kind: number}},
	}
	return []*schema.Block{
		{Type: "cluster", Args: []schema.Arg{{Name: "name", Kind: text}}},
		{Type: "node", Labels: name, Args: []schema.Arg{{Name: "address", Kind: text}, {Name: "vars", Kind: schema.Map{Elem: schema.Any{}}}}},
		{Type: "vip", Labels: name, ForEach: true, Overlay: true, Args: []schema.Arg{
			{Name: "vrid", Kind: number},
			{Name: "interface", Kind: text, Default: schema.Default{Text: "the node's interface"}},
			{Name: "priority", Kind: number, Default: schema.Default{Value: cty.NumberIntVal(100)}},
			{Name: "checks", Kind: schema.List{Elem: schema.Ref{To: "check"}}},
		}},
		{Type: "sync_group", Labels: name, Args: []schema.Arg{{Name: "vips", Kind: schema.List{Elem: schema.Ref{To: "vip"}}}, {Name: "note", Kind: text}}},
		{
			Type: "pool", Labels: name, ForEach: true, Args: []schema.Arg{{Name: "listen", Kind: text}},
			Blocks: []schema.Nested{{Block: server, Key: "name"}},
		},
		check,
	}
}

func functions() map[string]function.Function {
	return map[string]function.Function{
		"toset": stdlib.MakeToFunc(cty.Set(cty.DynamicPseudoType)), "upper": stdlib.UpperFunc,
		"format": stdlib.FormatFunc, "jsonencode": stdlib.JSONEncodeFunc, "keys": stdlib.KeysFunc, "length": stdlib.LengthFunc,
	}
}

// load parses a text that holds one file or several, each after a line "-- name --".
func load(t testing.TB, text string) (*source.Files, *eval.Assignments) {
	t.Helper()
	var list []*source.File
	vars := &eval.Assignments{}
	name, body := "a.hcl", strings.Builder{}
	flush := func() {
		switch {
		case strings.HasSuffix(name, ".havars"):
			if diags := vars.AddSource(name, []byte(body.String())); diags.HasErrors() {
				t.Fatal(diags)
			}
		case body.Len() > 0:
			f, _ := source.Parse(name, []byte(body.String()))
			list = append(list, f)
		}
	}
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, "-- "); ok {
			flush()
			name, body = strings.TrimSuffix(strings.TrimSpace(rest), " --"), strings.Builder{}
			continue
		}
		body.WriteString(line)
	}
	flush()
	return source.New(list...), vars
}

// report writes diagnostics as one line each, with what belongs to them indented below.
func report(diags hcl.Diagnostics) string {
	at := func(r hcl.Range) string {
		return fmt.Sprintf("%s:%d:%d-%d", r.Filename, r.Start.Line, r.Start.Column, r.End.Column)
	}
	var b strings.Builder
	for _, d := range diags {
		where, code := "-", "library"
		if d.Subject != nil {
			where = at(*d.Subject)
		}
		e := diag.Of(d)
		if e == nil {
			e = &diag.Extra{}
		}
		if e.Code != "" {
			code = e.Code
		}
		severity := ""
		if d.Severity == hcl.DiagWarning {
			severity = "warning "
		}
		fmt.Fprintf(&b, "%s%s %s %s\n", severity, code, where, d.Summary)
		if d.Detail != "" {
			fmt.Fprintf(&b, "  why: %s\n", d.Detail)
		}
		for _, r := range e.Related {
			fmt.Fprintf(&b, "  see: %s %s\n", at(r.Range), r.Message)
		}
		if e.Help != "" {
			fmt.Fprintf(&b, "  do: %s\n", e.Help)
		}
	}
	return b.String()
}

// dump writes what became of the blocks: their address and each argument's value.
func dump(t testing.TB, cfg *eval.Config) string {
	t.Helper()
	var b strings.Builder
	var body func(block *eval.Block, in *hclsyntax.Body, indent string)
	body = func(block *eval.Block, in *hclsyntax.Body, indent string) {
		for _, name := range slices.Sorted(maps.Keys(in.Attributes)) {
			v, diags := eval.Evaluate(in.Attributes[name].Expr, block.Ctx)
			text := printed(v)
			if diags.HasErrors() {
				text = "! " + strings.TrimSpace(report(diags))
			}
			fmt.Fprintf(&b, "%s%s = %s\n", indent, name, text)
		}
		for _, inner := range in.Blocks {
			note := ""
			if it, ok := block.Iterations[inner.Body]; ok {
				note = " # " + it.Text()
			}
			fmt.Fprintf(&b, "%s%s %q%s\n", indent, inner.Type, inner.Labels, note)
			body(block, inner.Body, indent+"  ")
		}
	}
	for _, block := range cfg.Blocks {
		note := ""
		if block.Incomplete {
			note = " # incomplete"
		}
		fmt.Fprintf(&b, "%s%s\n", block.Address, note)
		body(block, block.Body.(*hclsyntax.Body), "  ")
	}
	return b.String()
}

func printed(v cty.Value) string {
	if ref, ok := eval.RefOf(v); ok {
		return "<" + ref + ">"
	}
	switch {
	case v.IsMarked():
		return "marked by " + eval.SecretOf(v)
	case !v.IsKnown():
		return "unknown"
	case v.IsNull():
		return "null"
	case v.Type() == cty.String:
		return fmt.Sprintf("%q", v.AsString())
	case v.Type() == cty.Number:
		return v.AsBigFloat().Text('f', -1)
	case v.Type() == cty.Bool:
		return fmt.Sprint(v.True())
	}
	var parts []string
	keyed := v.Type().IsObjectType() || v.Type().IsMapType()
	for it := v.ElementIterator(); it.Next(); {
		key, item := it.Element()
		if keyed {
			parts = append(parts, key.AsString()+"="+printed(item))
			continue
		}
		parts = append(parts, printed(item))
	}
	return "[" + strings.Join(parts, " ") + "]"
}

func expand(t testing.TB, text string) (*eval.Config, hcl.Diagnostics) {
	t.Helper()
	files, vars := load(t, text)
	return eval.Expand(files, language(), eval.Inputs{Variables: vars, Functions: functions()})
}

func TestValues(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"a block is seen with its arguments, labels and defaults", `
vip "web" {
  vrid     = vip.edge.vrid + 1
  priority = vip.edge.priority
}
vip "edge" {
  vrid = 5
}
pool "p" {
  listen = [vip.web.name, vip.web.vrid, vip.edge.interface, check.tcp.a.kind, check.tcp.a.interval]
}
check "tcp" "a" {
}
`, `vip.web
  priority = 100
  vrid = 6
vip.edge
  vrid = 5
pool.p
  listen = ["web" 6 null "tcp" "2s"]
check.tcp.a
`},
		{"two blocks may use arguments of each other", `
vip "a" {
  vrid     = 1
  priority = vip.b.vrid
}
vip "b" {
  vrid     = 2
  priority = vip.a.vrid
}
`, "vip.a\n  priority = 2\n  vrid = 1\nvip.b\n  priority = 1\n  vrid = 2\n"},
		{"references to blocks carry the address, computed ones too", `
locals {
  names = ["a", "b"]
}
vip "x y" {
}
vip "each" {
  for_each = toset(["k"])
}
check "tcp" "a" {
}
check "tcp" "b" {
}
vip "web" {
  checks = [for n in local.names : check.tcp[n]]
}
sync_group "g" {
  vips = [vip.web, vip["x y"], vip.each["k"], vip.each]
}
`, `vip["x y"]
vip.each["k"]
check.tcp.a
check.tcp.b
vip.web
  checks = [<check.tcp.a> <check.tcp.b>]
sync_group.g
  vips = [<vip.web> <vip["x y"]> <vip.each["k"]> [k=<vip.each["k"]>]]
`},
		{"blocks that refer to each other as blocks are no cycle", `
sync_group "g" {
  vips = [vip.web]
  note = vip.web.name
}
vip "web" {
  checks   = [check.tcp.a]
  priority = upper(sync_group.g.note)
}
check "tcp" "a" {
  port = vip.web.priority
}
`, `sync_group.g
  note = "web"
  vips = [<vip.web>]
vip.web
  checks = [<check.tcp.a>]
  priority = "WEB"
check.tcp.a
  port = "WEB"
`},
		{"a computed index needs one argument of all, not their whole", `
locals {
  other = "b"
}
vip "a" {
  vrid     = 1
  priority = vip[local.other].vrid
}
vip "b" {
  vrid     = 2
  priority = vip["a"].vrid
}
`, "vip.a\n  priority = 2\n  vrid = 1\nvip.b\n  priority = 1\n  vrid = 2\n"},
		{"for_each over maps and sets, in order of keys", `
variable "pools" {
  type = map(object({ port = optional(number, 80) }))
  default = {
    b = {}
    a = { port = 81 }
  }
}
pool "p" {
  for_each = var.pools
  listen   = "${each.key}:${each.value.port}"
}
pool "q" {
  for_each = toset(["z", "y"])
  listen   = pool.p["a"].listen
}
`, `pool.p["a"]
  listen = "a:81"
pool.p["b"]
  listen = "b:80"
pool.q["y"]
  listen = "a:81"
pool.q["z"]
  listen = "a:81"
`},
		{"dynamic knows its rounds, nested ones the outer too", `
pool "p" {
  for_each = { x = ["a", "b"] }
  dynamic "server" {
    for_each = each.value
    labels   = ["${each.key}-${server.value}"]
    content {
      address = server.value
      weight  = [server.key, 7]
    }
  }
  dynamic "server" {
    for_each = { m = { w = 3 } }
    iterator = item
    labels   = [item.key]
    content {
      weight = item.value.w
    }
  }
}
`, `pool.p["x"]
  server ["x-a"] # server.value = "a"
    address = "a"
    weight = [0 7]
  server ["x-b"] # server.value = "b"
    address = "b"
    weight = [1 7]
  server ["m"] # item.key = "m"
    weight = 3
`},
		{"all blocks of a type, and a map of vars", `
node "lb1" {
  address = "192.0.2.1"
  vars    = { rack = "r1" }
}
node "lb2" {
  address = "192.0.2.2"
}
pool "p" {
  listen = [for name, n in node : "${name}=${n.address}"]
}
pool "q" {
  listen = node.lb1.vars.rack
}
`, `node.lb1
  address = "192.0.2.1"
  vars = [rack="r1"]
node.lb2
  address = "192.0.2.2"
pool.p
  listen = ["lb1=192.0.2.1" "lb2=192.0.2.2"]
pool.q
  listen = "r1"
`},
		{"an instance by a computed key needs one argument of it", `
vip "web" {
  for_each = { a = 1, b = 2 }
  vrid     = each.value
  priority = vip.edge.vrid
}
vip "edge" {
  vrid     = vip.web[upper("b") == "B" ? "b" : "a"].vrid
  priority = vip["web"]["a"].priority
}
`, `vip.web["a"]
  priority = 2
  vrid = 1
vip.web["b"]
  priority = 2
  vrid = 2
vip.edge
  priority = 2
  vrid = 2
`},
		{"no instances, and for_each over the blocks of a type", `
node "lb1" {
  address = "192.0.2.1"
}
vip "none" {
  for_each = {}
}
pool "p" {
  for_each = node
  listen   = [each.value.address, keys(vip.none), node[each.key]]
}
`, `node.lb1
  address = "192.0.2.1"
pool.p["lb1"]
  listen = ["192.0.2.1" [] <node.lb1>]
`},
		{"path and cluster", `
cluster {
  name = "edge"
}
pool "p" {
  listen = "${path.root}/${cluster.name}"
}
`, "cluster\n  name = \"edge\"\npool.p\n  listen = \"./edge\"\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cfg, diags := expand(t, tt.in)
			if len(diags) > 0 {
				t.Fatal(report(diags))
			}
			if diff := cmp.Diff(tt.want, dump(t, cfg)); diff != "" {
				t.Errorf("blocks (-want +got):\n%s", diff)
			}
		})
	}
}
