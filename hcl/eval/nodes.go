package eval

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"ha/hcl/schema"
)

// evaluator gives values to what the resolver found.
type evaluator struct {
	*resolver
	base *hcl.EvalContext // functions and path, shared by all scopes
}

// uses are the nodes that an expression needs.
func (ev *evaluator) uses(x *expression) []edge {
	if x == nil || x.bad {
		return nil
	}
	var list []edge
	for _, r := range x.refs {
		switch {
		case r.local != nil:
			list = append(list, edge{ev.localNode(r.local), r.at})
		case r.template != nil:
			list = append(list, edge{ev.templateNode(r.template, r.attr), r.at})
		case r.group != nil:
			list = append(list, edge{ev.groupNode(r.group, r.attr), r.at})
		}
	}
	return list
}

func (ev *evaluator) localNode(l *local) *node {
	if l.node == nil {
		l.node = &node{name: "local." + l.name, uses: func() []edge { return ev.uses(l.expr) }}
		l.node.run = func() {
			v, diags := ev.evaluate(l.attr.Expr, l.expr)
			ev.diags = append(ev.diags, diags...)
			l.node.values = map[string]cty.Value{"": v}
			l.node.failed = diags.HasErrors() || !v.IsKnown()
		}
	}
	return l.node
}

// evaluate evaluates an expression in a scope of just what it names.
func (ev *evaluator) evaluate(e hclsyntax.Expression, x *expression) (cty.Value, hcl.Diagnostics) {
	if x == nil {
		return Evaluate(e, ev.base)
	}
	if !ev.bind(x) || x.usesFailed() {
		return cty.DynamicVal, nil
	}
	return Evaluate(e, ev.context(x))
}

// usesFailed tells whether an expression names a local that has no value.
func (x *expression) usesFailed() bool {
	return slices.ContainsFunc(x.refs, func(r *ref) bool { return r.local != nil && r.local.node.failed })
}

// templateNode is one argument of a block, or the whole block for "".
func (ev *evaluator) templateNode(t *template, attr string) *node {
	if n := t.nodes[attr]; n != nil {
		return n
	}
	n := &node{name: t.address}
	if attr == "" {
		n.parts = true
		n.uses = func() []edge { return ev.wholeUses(t) }
		n.run = func() { ev.runWhole(t, n) }
	} else {
		n.name += "." + attr
		n.uses = func() []edge { return ev.argumentUses(t, attr) }
		n.run = func() { ev.runArgument(t, attr, n) }
	}
	t.keep(attr, n)
	return n
}

func (t *template) keep(name string, n *node) {
	if t.nodes == nil {
		t.nodes = map[string]*node{}
	}
	t.nodes[name] = n
}

func (ev *evaluator) argumentUses(t *template, attr string) []edge {
	var list []edge
	if t.forEach != nil {
		list = append(list, edge{ev.eachNode(t), t.forEach.NameRange})
	}
	if a := t.block.Body.Attributes[attr]; a != nil {
		list = append(list, ev.uses(t.exprs[a])...)
	}
	return list
}

// wholeUses are the arguments that the value of a block consists of. References to other blocks are left out: the
// value of a sync group would hold its VIPs, theirs the group, and so on.
func (ev *evaluator) wholeUses(t *template) []edge {
	var list []edge
	if t.forEach != nil {
		list = append(list, edge{ev.eachNode(t), t.forEach.NameRange})
	}
	for i := range t.schema.Args {
		arg := &t.schema.Args[i]
		if a := t.block.Body.Attributes[arg.Name]; a != nil && !isRef(arg.Kind) {
			list = append(list, edge{ev.templateNode(t, arg.Name), a.NameRange})
		}
	}
	return list
}

// isRef tells whether a kind holds references to other blocks.
func isRef(k schema.Kind) bool {
	switch k := k.(type) {
	case schema.Ref, schema.AnyRef, schema.Depends:
		return true
	case schema.List:
		return isRef(k.Elem)
	case schema.Map:
		return isRef(k.Elem)
	}
	return false
}

// runArgument evaluates one argument for each instance. What goes wrong is not reported here: decoding evaluates each
// argument again, with its kind at hand, and says it better.
func (ev *evaluator) runArgument(t *template, attr string, n *node) {
	n.values = map[string]cty.Value{}
	if t.result.failed {
		n.failed = true
		return
	}
	spec := slices.IndexFunc(t.schema.Args, func(a schema.Arg) bool { return a.Name == attr })
	for i, l := range t.schema.Labels {
		if spec < 0 && labelName(l) == attr {
			for _, key := range t.keys() {
				n.values[key] = cty.StringVal(t.block.Labels[i])
			}
			return
		}
	}
	a := t.block.Body.Attributes[attr]
	var ctx *hcl.EvalContext
	if a != nil {
		x := t.exprs[a]
		if x != nil && !ev.bind(x) {
			n.failed = true
			return
		}
		ctx = ev.context(x)
	}
	for _, key := range t.keys() {
		v := cty.NilVal
		if a != nil {
			v, _ = Evaluate(a.Expr, t.instance(ctx, key))
		}
		n.values[key] = argumentValue(v, &t.schema.Args[spec])
	}
}

// argumentValue is what references see of an argument: its default where it is not set, converted to its type.
func argumentValue(v cty.Value, arg *schema.Arg) cty.Value {
	ty := arg.Kind.Type()
	if v == cty.NilVal || v.IsNull() {
		v = arg.Default.Value
		if v == cty.NilVal {
			return cty.NullVal(ty)
		}
	}
	converted, err := Convert(v, ty)
	if err != nil {
		return cty.DynamicVal // decoding reports it
	}
	return converted
}

// runWhole makes the value of each instance of a block.
func (ev *evaluator) runWhole(t *template, n *node) {
	n.values = map[string]cty.Value{}
	if t.result.failed {
		n.failed = true
		return
	}
	for _, key := range t.keys() {
		attrs := map[string]cty.Value{schema.RefAttr: cty.StringVal(t.instanceAddress(key))}
		for i, l := range t.schema.Labels {
			attrs[labelName(l)] = cty.StringVal(t.block.Labels[i])
		}
		for i := range t.schema.Args {
			arg := &t.schema.Args[i]
			switch {
			case isRef(arg.Kind):
			case t.block.Body.Attributes[arg.Name] != nil:
				attrs[arg.Name] = t.nodes[arg.Name].value(key)
			default:
				attrs[arg.Name] = argumentValue(cty.NilVal, arg)
			}
		}
		n.values[key] = cty.ObjectVal(attrs)
	}
}

// groupNode is all blocks below some labels, or one argument of each.
func (ev *evaluator) groupNode(g *group, attr string) *node {
	if n := g.nodes[attr]; n != nil {
		return n
	}
	n := &node{name: "every " + g.address, parts: true}
	if attr != "" {
		n.name += "." + attr
	}
	n.uses = func() []edge {
		var list []edge
		for _, t := range g.names.templates(nil) {
			at := t.block.DefRange()
			if a := t.block.Body.Attributes[attr]; a != nil {
				at = a.NameRange
			}
			if !t.broken {
				list = append(list, edge{ev.templateNode(t, attr), at})
			}
		}
		return list
	}
	n.run = func() {
		tree := &tree{}
		for _, t := range g.names.templates(nil) {
			tree.addTemplate(t.block.Labels[len(t.block.Labels)-g.depth:], t, attr)
		}
		n.values = map[string]cty.Value{"": tree.object()}
	}
	g.nodes[attr] = n
	return n
}
