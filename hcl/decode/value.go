package decode

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"ha/hcl/diag"
	"ha/hcl/eval"
	"ha/hcl/schema"
)

// reader decodes the arguments of one block.
type reader struct {
	*decoder
	where
	ctx *hcl.EvalContext
}

// cell decodes one argument.
func (r reader) cell(arg schema.Arg, attr *hclsyntax.Attribute) Cell {
	at := attr.Expr.Range()
	c := Cell{At: &at, Node: r.node}
	switch kind := arg.Kind.(type) {
	case schema.List:
		r.list(&c, arg.Name, kind, attr.Expr)
	case schema.Map:
		r.mapping(&c, arg.Name, kind, attr.Expr)
	default:
		c.Val, c.State = r.scalar(arg.Name, false, kind, attr.Expr)
	}
	return c
}

// value evaluates an expression. The state is Null for null, Failed after an error and for the placeholder of an
// earlier one, else Set.
func (r reader) value(name string, e hcl.Expression) (cty.Value, State) {
	v, diags := eval.Evaluate(e, r.ctx)
	for _, d := range diags {
		if r.iteration != nil {
			d = eval.WithIteration(d, *r.iteration)
		}
		r.report(d)
	}
	if diags.HasErrors() {
		return cty.DynamicVal, Failed
	}
	if secret := eval.SecretOf(v); secret != "" {
		r.report(diag.Error("HA2214", e.Range().Ptr(), fmt.Sprintf("%s would show %s, which is sensitive", name, secret),
			"Plans, events and logs print this argument, and a plan must hold no secret.",
			r.options(diag.Help("Use a variable that is not sensitive."))...))
		return cty.DynamicVal, Failed
	}
	switch {
	case v == cty.NilVal || !v.IsWhollyKnown():
		return cty.DynamicVal, Failed
	case v.IsNull():
		return v, Null
	}
	return v, Set
}

// scalar decodes a value that is no collection.
func (r reader) scalar(name string, element bool, kind schema.Kind, e hcl.Expression) (any, State) {
	if ref, ok := kind.(schema.Referring); ok {
		if address, ok := eval.RefOfExpr(r.root, e); ok {
			if err := ref.Accept(address); err != nil {
				r.report(r.blame(name, element, e, err))
				return nil, Failed
			}
			if !r.known[address] {
				r.report(r.noBlock(element, e, address)...)
				return nil, Failed
			}
			return ref.Referred(address), Set
		}
		if text, ok := eval.QuotedRef(r.root, e); ok {
			r.report(r.quotedRef(name, element, e, text))
			return nil, Failed
		}
	}
	if _, ok := kind.(schema.Secret); ok {
		return r.secret(name, e)
	}
	v, state := r.value(name, e)
	if state != Set {
		return nil, state
	}
	out, err := kind.Parse(v)
	if err != nil {
		r.report(r.blame(name, element, e, err))
		return nil, Failed
	}
	return out, Set
}

// noBlock says why a reference names no block. Names that are nowhere declared were reported before.
func (r reader) noBlock(element bool, e hcl.Expression, address string) hcl.Diagnostics {
	keys := r.instances[address]
	if len(keys) == 0 && !r.faultless {
		return nil
	}
	what, help := "has for_each and came out empty", "Refer to it by `values("+address+")`, which is empty, too."
	if len(keys) > 0 {
		what = fmt.Sprintf("has for_each: it is %d blocks, and one is wanted here", len(keys))
		help = fmt.Sprintf("Write %s", eval.InstanceAddress(address, keys[0]))
		if element {
			help += fmt.Sprintf(", or `values(%s)` in place of the list for all of them", address)
		}
		help += "."
	}
	return hcl.Diagnostics{diag.Error("HA2215", e.Range().Ptr(), fmt.Sprintf("%s %s", address, what), "", r.options(diag.Help(help))...)}
}

func (r reader) quotedRef(name string, element bool, e hcl.Expression, text string) *hcl.Diagnostic {
	what := sentence(name, element, "is the text "+quote(text)+"; a reference stands without quotes")
	return diag.Error(schema.CodeQuotedRef, e.Range().Ptr(), what, "", r.options(
		diag.Help("Write "+text+"."),
		diag.Repair("Remove the quotes", diag.Edit{Range: e.Range(), NewText: text}))...)
}
