package decode

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"ha/hcl/diag"
	"ha/hcl/eval"
	"ha/hcl/schema"
)

// quote writes a text as people write it in HCL.
func quote(s string) string { return strconv.Quote(s) }

// where is what a diagnostic says besides the mistake itself.
type where struct {
	address   string
	node      string // of the overlay
	def       hcl.Range
	iteration *eval.Iteration
}

func (o *Object) where() where {
	return where{address: o.Address, node: o.Node, def: o.DefRange, iteration: o.Iteration}
}

// options are what every diagnostic about a block carries.
func (w where) options(more ...diag.Option) []diag.Option {
	opts := []diag.Option{diag.About(w.address), diag.Around(w.def)}
	if w.node != "" {
		opts = append(opts, diag.OnNode(w.node))
	}
	opts = append(opts, more...)
	if w.iteration != nil {
		it := *w.iteration
		opts = append(opts, func(d *hcl.Diagnostic, e *diag.Extra) { *e = *diag.Of(eval.WithIteration(d, it)) })
	}
	return opts
}

// blame turns a wrong value into a diagnostic. Name is the argument; element tells that the value is one element of
// a collection.
func (r reader) blame(name string, element bool, e hcl.Expression, err error) *hcl.Diagnostic {
	var ve *schema.ValueError
	if !errors.As(err, &ve) {
		ve = &schema.ValueError{Code: schema.CodeWrongType, Text: err.Error()}
	}
	at := within(e, ve)
	opts := r.options(diag.Help(ve.Help))
	if _, isRef := eval.RefOfExpr(r.root, e); !isRef && !isLiteral(e) { // the parts of a block explain nothing
		opts = append(opts, diag.Evaluated(e, r.ctx))
	}
	return diag.Error(ve.Code, &at, sentence(name, element, ve.Text), ve.Why, opts...)
}

// sentence puts the name of the argument before what is wrong with it.
func sentence(name string, element bool, text string) string {
	isClause := strings.HasPrefix(text, "is ")
	switch {
	case element && isClause:
		return fmt.Sprintf("an element of %s %s", name, text)
	case element:
		return fmt.Sprintf("in %s, %s", name, text)
	}
	return name + " " + text
}

// within narrows the place of a value to the part of a string that is wrong, where the string is written out.
func within(e hcl.Expression, ve *schema.ValueError) hcl.Range {
	whole := e.Range()
	inner, ok := literalText(e)
	if !ok || ve.Length == 0 || inner.SrcRange.Start.Line != inner.SrcRange.End.Line {
		return whole
	}
	text := inner.Val.AsString()
	if inner.SrcRange.End.Byte-inner.SrcRange.Start.Byte != len(text) || ve.Offset+ve.Length > len(text) {
		return whole // escapes: bytes of the value are not bytes of the file
	}
	at := inner.SrcRange
	at.Start = forward(inner.SrcRange.Start, text[:ve.Offset])
	at.End = forward(at.Start, text[ve.Offset:ve.Offset+ve.Length])
	return at
}

func forward(p hcl.Pos, text string) hcl.Pos {
	p.Byte += len(text)
	p.Column += utf8.RuneCountInString(text)
	return p
}

// literalText returns the text of a string that is written out without templates.
func literalText(e hcl.Expression) (*hclsyntax.LiteralValueExpr, bool) {
	t, ok := hcl.UnwrapExpression(e).(*hclsyntax.TemplateExpr)
	if !ok || !t.IsStringLiteral() {
		return nil, false
	}
	lit, ok := t.Parts[0].(*hclsyntax.LiteralValueExpr)
	return lit, ok
}

// isLiteral tells whether an expression is written out, so that showing its parts would add nothing.
func isLiteral(e hcl.Expression) bool {
	if _, ok := literalText(e); ok {
		return true
	}
	_, ok := hcl.UnwrapExpression(e).(*hclsyntax.LiteralValueExpr)
	return ok
}
