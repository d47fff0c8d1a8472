package eval

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"ha/hcl/diag"
	"ha/hcl/schema"
)

// dynamicBlock is a dynamic block as written: dynamic "server" { for_each, iterator, labels, content { … } }.
//
// It is expanded here rather than by the library's own extension: that one loses the iterators when a list is decoded
// element by element, repeats its errors for each round, and hides where arguments stand.
type dynamicBlock struct {
	block    *hclsyntax.Block
	iterator string
	forEach  *hclsyntax.Attribute
	labels   []hclsyntax.Expression
	labelsAt *expression // of the labels argument, after the static check
	content  *hclsyntax.Block
}

// nested is the schema of a block inside another one; nil when there is none of that type.
func nested(sch *schema.Block, word string) *schema.Block {
	if sch == nil {
		return nil
	}
	for i := range sch.Blocks {
		if sch.Blocks[i].Block.Type == word {
			return sch.Blocks[i].Block
		}
	}
	if sch.Overlay && word == "node" {
		return &schema.Block{Type: "node", Labels: []schema.Label{{Name: "name", Ref: "node"}}, Args: sch.Args, Blocks: sch.Blocks}
	}
	return nil
}

// body checks the references in a body and everything inside it.
func (r *resolver) body(t *template, b *hclsyntax.Body, sch *schema.Block, in context) {
	for _, attr := range sortedAttributes(b) {
		if attr == t.forEach {
			t.check(attr, r.resolve(attr.Expr, context{}))
			continue
		}
		t.check(attr, r.resolve(attr.Expr, in))
	}
	for _, block := range b.Blocks {
		if block.Type == "dynamic" {
			r.dynamicBlock(t, block, sch, in)
			continue
		}
		r.body(t, block.Body, nested(sch, block.Type), in)
	}
}

// check keeps the result of the static check of an argument, if there is any.
func (t *template) check(attr *hclsyntax.Attribute, x *expression) {
	if x == nil {
		return
	}
	if t.exprs == nil {
		t.exprs = map[*hclsyntax.Attribute]*expression{}
	}
	t.exprs[attr] = x
	t.order = append(t.order, x)
}

// dynamicBlock checks a dynamic block. One with a mistake in its own shape generates nothing.
func (r *resolver) dynamicBlock(t *template, block *hclsyntax.Block, sch *schema.Block, in context) {
	before := len(r.diags)
	d := r.readDynamic(block, sch)
	if len(r.diags) > before || d == nil {
		d = nil
	} else {
		t.check(d.forEach, r.resolve(d.forEach.Expr, in))
		inner := in.with(d.iterator)
		if attr := block.Body.Attributes["labels"]; attr != nil {
			d.labelsAt = r.resolve(attr.Expr, inner)
			t.check(attr, d.labelsAt)
		}
		r.body(t, d.content.Body, nested(sch, block.Labels[0]), inner)
	}
	if t.dynamic == nil {
		t.dynamic = map[*hclsyntax.Block]*dynamicBlock{}
	}
	t.dynamic[block] = d
}

// readDynamic takes a dynamic block apart and reports what is wrong with its shape.
func (r *resolver) readDynamic(block *hclsyntax.Block, sch *schema.Block) *dynamicBlock {
	if len(block.Labels) != 1 {
		r.report(diag.Error("HA3044", block.TypeRange.Ptr(), fmt.Sprintf("%s needs one label, the type of block to generate", header(block)), "",
			diag.Help("Write for example `dynamic \"server\" {`.")))
		return nil
	}
	word := block.Labels[0]
	inner := nested(sch, word)
	if sch != nil && inner == nil {
		r.report(unknownDynamic(block, sch))
		return nil
	}
	d := &dynamicBlock{block: block, iterator: word}
	for _, attr := range sortedAttributes(block.Body) {
		switch attr.Name {
		case "for_each":
			d.forEach = attr
		case "labels":
			d.labels = r.labelExprs(attr)
		case "iterator":
			if d.iterator = hcl.ExprAsKeyword(attr.Expr); d.iterator == "" {
				r.report(diag.Error("HA3044", attr.Expr.Range().Ptr(), "iterator takes a name, without quotes", "", diag.Help("Write for example `iterator = item`, and item.value inside.")))
			}
		default:
			r.report(diag.Error("HA3044", attr.NameRange.Ptr(), fmt.Sprintf("unknown argument %q in %s", attr.Name, header(block)), "",
				suggestOr(attr.Name, []string{"for_each", "labels", "iterator"}, "Arguments of the generated blocks go into `content { … }`.")))
		}
	}
	r.readContent(d)
	if d.forEach == nil {
		r.report(diag.Error("HA3044", block.TypeRange.Ptr(), header(block)+" has no for_each", "",
			diag.Help("Add `for_each`, a list or map: one block is generated for each element.")))
	}
	if inner != nil {
		r.checkDynamicLabels(d, inner)
	}
	return d
}

func unknownDynamic(block *hclsyntax.Block, sch *schema.Block) *hcl.Diagnostic {
	var words []string
	for _, n := range sch.Blocks {
		words = append(words, n.Block.Type)
	}
	if sch.Overlay {
		words = append(words, "node")
	}
	otherwise := fmt.Sprintf("%s holds no blocks.", sch.Type)
	if len(words) > 0 {
		otherwise = fmt.Sprintf("%s holds %s.", sch.Type, join(words, "and"))
	}
	return diag.Error("HA3044", block.LabelRanges[0].Ptr(), fmt.Sprintf("there is no block %q inside %s", block.Labels[0], sch.Type), "",
		suggestOr(block.Labels[0], words, otherwise))
}

func (r *resolver) labelExprs(attr *hclsyntax.Attribute) []hclsyntax.Expression {
	tuple, ok := attr.Expr.(*hclsyntax.TupleConsExpr)
	if !ok {
		r.report(diag.Error("HA3045", attr.Expr.Range().Ptr(), "labels takes a list that is written out", "", diag.Help("Write for example `labels = [server.key]`.")))
		return nil
	}
	return tuple.Exprs
}

func (r *resolver) readContent(d *dynamicBlock) {
	for _, b := range d.block.Body.Blocks {
		switch {
		case b.Type != "content":
			r.report(diag.Error("HA3044", b.TypeRange.Ptr(), fmt.Sprintf("%q stands beside content, not in it", b.Type), "",
				suggestOr(b.Type, []string{"content"}, fmt.Sprintf("Move it into `content { … }` of %s.", header(d.block)))))
		case d.content != nil:
			r.report(diag.Error("HA3044", b.TypeRange.Ptr(), header(d.block)+" has two content blocks", "",
				diag.See("the first one stands here", d.content.TypeRange), diag.Help("Move everything into one of them.")))
		case len(b.Labels) > 0:
			d.content = b
			r.report(diag.Error("HA3044", b.LabelRanges[0].Ptr(), "content takes no label", "",
				diag.Help("Labels of the generated blocks are given by `labels = [ … ]` beside it.")))
		default:
			d.content = b
		}
	}
	if d.content == nil {
		r.report(diag.Error("HA3044", d.block.TypeRange.Ptr(), header(d.block)+" has no content", "",
			diag.Help("Add `content { … }` with the arguments of each generated block.")))
	}
}

func (r *resolver) checkDynamicLabels(d *dynamicBlock, inner *schema.Block) {
	attr := d.block.Body.Attributes["labels"]
	want, got := len(inner.Labels), len(d.labels)
	if attr != nil {
		if _, list := attr.Expr.(*hclsyntax.TupleConsExpr); !list {
			return // reported
		}
	}
	if want == got {
		return
	}
	at := d.block.TypeRange
	if attr != nil {
		at = attr.Expr.Range()
	}
	help := "Remove `labels`."
	if want == 1 {
		help = fmt.Sprintf("Write `labels = [%s.key]` for maps, [%s.value] for lists of texts.", d.iterator, d.iterator)
	} else if want > 1 {
		help = fmt.Sprintf("Write `labels = [ … ]` with %s.", count(want, "element"))
	}
	r.report(diag.Error("HA3045", at.Ptr(), fmt.Sprintf("%s gives %s, and %s takes %d", header(d.block), count(got, "label"), inner.Type, want), "", diag.Help(help)))
}
