package eval

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"ha/hcl/diag"
)

// generator writes the body of one block: without meta-arguments, dynamic blocks expanded, and expressions with
// mistakes replaced by ones that are silent.
type generator struct {
	*evaluator
	template   *template
	ctx        *hcl.EvalContext
	iterations map[hcl.Body]Iteration
	incomplete bool // a dynamic block could not be expanded
}

// body copies a body for a round of dynamic blocks; nil stands for none.
func (g *generator) body(b *hclsyntax.Body, it *iterations) *hclsyntax.Body {
	out := &hclsyntax.Body{SrcRange: b.SrcRange, EndRange: b.EndRange, Attributes: b.Attributes}
	if g.changes(b, it) {
		out.Attributes = make(hclsyntax.Attributes, len(b.Attributes))
		for name, attr := range b.Attributes {
			if attr != g.template.forEach {
				out.Attributes[name] = g.attribute(attr, it)
			}
		}
	}
	out.Blocks = make(hclsyntax.Blocks, 0, len(b.Blocks))
	for _, block := range b.Blocks {
		if block.Type == "dynamic" {
			out.Blocks = g.expand(block, it, out.Blocks)
			continue
		}
		inner := *block
		inner.Body = g.body(block.Body, it)
		if it != nil {
			g.iterations[inner.Body] = Iteration{At: it.at, rounds: it}
		}
		out.Blocks = append(out.Blocks, &inner)
	}
	return out
}

// changes tells whether any argument of a body differs from what was written.
func (g *generator) changes(b *hclsyntax.Body, it *iterations) bool {
	for _, attr := range b.Attributes {
		if attr == g.template.forEach || it != nil && !isLiteral(attr.Expr) {
			return true
		}
		if x := g.template.exprs[attr]; x != nil && x.bad {
			return true
		}
	}
	return false
}

func (g *generator) attribute(attr *hclsyntax.Attribute, it *iterations) *hclsyntax.Attribute {
	expr := newScoped(attr.Expr, it.iterators())
	if x := g.template.exprs[attr]; x != nil && x.bad {
		expr = &hclsyntax.LiteralValueExpr{Val: cty.DynamicVal, SrcRange: attr.Expr.Range()}
	}
	if expr == attr.Expr {
		return attr
	}
	changed := *attr
	changed.Expr = expr
	return &changed
}

// expand appends the blocks that a dynamic block generates.
func (g *generator) expand(block *hclsyntax.Block, it *iterations, list hclsyntax.Blocks) hclsyntax.Blocks {
	d := g.template.dynamic[block]
	if d == nil || g.isBad(d.forEach) {
		g.incomplete = true
		return list
	}
	items, diags := Evaluate(d.forEach.Expr, withIterators(g.ctx, it.iterators()))
	if diags.HasErrors() {
		g.fail(it, diags...)
		return list
	}
	if !items.IsKnown() {
		g.incomplete = true
		return list
	}
	what := fmt.Sprintf("for_each of %s", header(block))
	if bad := unfit(items, d.forEach.Expr, what); bad != nil {
		g.fail(it, bad)
		return list
	}
	if !items.CanIterateElements() {
		g.fail(it, diag.Error("HA3041", d.forEach.Expr.Range().Ptr(), fmt.Sprintf("%s is %s; it takes a list, set or map", what, describe(items)), "",
			diag.Help("Write brackets around a single value: for_each = [ … ].")))
		return list
	}
	for i := items.ElementIterator(); i.Next(); {
		key, value := i.Element()
		made := g.generate(d, it.enter(d.iterator, key, value, d.forEach.Expr.Range()))
		if made == nil {
			break // the other rounds would fail alike
		}
		list = append(list, made)
	}
	return list
}

func (g *generator) isBad(attr *hclsyntax.Attribute) bool {
	x := g.template.exprs[attr]
	return x != nil && x.bad
}

// fail reports why a dynamic block generates nothing; inside of another one it says in which round.
func (g *generator) fail(it *iterations, diags ...*hcl.Diagnostic) {
	g.incomplete = true
	for _, d := range diags {
		if it != nil {
			d = WithIteration(d, Iteration{At: it.at, rounds: it})
		}
		g.report(d)
	}
}

// generate makes the block of one round; nil after a mistake.
func (g *generator) generate(d *dynamicBlock, it *iterations) *hclsyntax.Block {
	made := &hclsyntax.Block{
		Type: d.block.Labels[0], TypeRange: d.block.LabelRanges[0],
		OpenBraceRange: d.content.OpenBraceRange, CloseBraceRange: d.content.CloseBraceRange,
	}
	if d.labelsAt != nil && d.labelsAt.bad {
		g.incomplete = true
		return nil
	}
	ctx := withIterators(g.ctx, it.iterators())
	for _, e := range d.labels {
		label, ok := g.label(d, e, ctx, it)
		if !ok {
			return nil
		}
		made.Labels = append(made.Labels, label)
		made.LabelRanges = append(made.LabelRanges, e.Range())
	}
	made.Body = g.body(d.content.Body, it)
	g.iterations[made.Body] = Iteration{At: it.at, rounds: it}
	return made
}

func (g *generator) label(d *dynamicBlock, e hclsyntax.Expression, ctx *hcl.EvalContext, it *iterations) (string, bool) {
	v, diags := Evaluate(e, ctx)
	if diags.HasErrors() {
		g.fail(it, diags...)
		return "", false
	}
	if !v.IsKnown() {
		g.incomplete = true
		return "", false
	}
	if v.ContainsMarked() {
		g.fail(it, diag.Error("HA3043", e.Range().Ptr(), fmt.Sprintf("this label is made from %s, which is a secret", SecretOf(v)), "Labels show in every plan.",
			diag.Help("Use a value that is no secret for the label.")))
		return "", false
	}
	text, err := Convert(v, cty.String)
	if err != nil || !usable(text) {
		g.fail(it, diag.Error("HA3045", e.Range().Ptr(), fmt.Sprintf("this label is %s; labels are texts", describe(v)), "",
			diag.Help(fmt.Sprintf("Take a part of the element that is a text, for example %s.value.name.", d.iterator)), diag.Evaluated(e, ctx)))
		return "", false
	}
	return text.AsString(), true
}

// WithIteration says in a diagnostic which round of a dynamic block it is about.
func WithIteration(d *hcl.Diagnostic, it Iteration) *hcl.Diagnostic {
	if it.rounds == nil {
		return d
	}
	changed := *d
	extra := diag.Extra{Inner: d.Extra}
	if ours := diag.Of(d); ours != nil {
		extra = *ours
	}
	extra.Related = append(extra.Related[:len(extra.Related):len(extra.Related)], diag.Related{Message: "for " + it.Text(), Range: it.At})
	changed.Extra = &extra
	return &changed
}

// instances makes the blocks of one template.
func (ev *evaluator) instances(t *template) []*Block {
	var exprs []*expression
	for _, x := range t.order {
		if ev.bind(x) {
			exprs = append(exprs, x)
		}
	}
	if t.result.failed {
		return nil
	}
	ctx := ev.context(exprs...)
	var shared *hclsyntax.Body
	var list []*Block
	for _, key := range t.keys() {
		g := &generator{evaluator: ev, template: t, ctx: t.instance(ctx, key), iterations: map[hcl.Body]Iteration{}}
		body := shared
		if body == nil {
			body = t.block.Body
			if t.forEach != nil || t.dynamic != nil || t.hasMistakes() {
				body = g.body(t.block.Body, nil)
			}
			if t.dynamic == nil {
				shared = body // nothing in it depends on the instance
			}
		}
		block := &Block{
			Type: t.block.Type, Labels: t.block.Labels, Key: key, ForEach: t.forEach != nil, Address: t.instanceAddress(key),
			Body: body, Ctx: g.ctx, TypeRange: t.block.TypeRange, LabelRanges: t.block.LabelRanges,
			DefRange: t.block.DefRange(), BodyRange: t.block.Range(), Incomplete: g.incomplete,
		}
		if len(g.iterations) > 0 {
			block.Iterations = g.iterations
		}
		list = append(list, block)
	}
	return list
}

func (t *template) hasMistakes() bool {
	for _, x := range t.order {
		if x.bad {
			return true
		}
	}
	return false
}
