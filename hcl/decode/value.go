package decode

import (
	"fmt"
	"reflect"

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
	if ref, ok := kind.(schema.Ref); ok {
		if address, ok := eval.RefOfExpr(r.root, e); ok {
			if err := ref.Accept(address); err != nil {
				r.report(r.blame(name, element, e, err))
				return nil, Failed
			}
			if !r.known[address] {
				r.report(r.noBlock(element, e, address)...)
				return nil, Failed
			}
			return schema.Address(address), Set
		}
		if text, ok := eval.QuotedRef(r.root, e); ok {
			r.report(r.quotedRef(name, element, e, text))
			return nil, Failed
		}
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

// list decodes a list element by element, so that each wrong one has its own place and message.
func (r reader) list(c *Cell, name string, kind schema.List, e hcl.Expression) {
	if tuple, ok := hcl.UnwrapExpression(e).(*hclsyntax.TupleConsExpr); ok {
		c.State = Set
		items := make([]any, 0, len(tuple.Exprs))
		for _, item := range tuple.Exprs {
			v, state := r.scalar(name, true, kind.Elem, item)
			if state == Null {
				r.report(r.nullItem(name, item.Range()))
				state = Failed
			}
			if state == Failed {
				c.State = Failed
				continue
			}
			items = append(items, v)
			c.Items = append(c.Items, item.Range())
		}
		c.Val = items
		r.unique(c, name, kind, items)
		return
	}
	v, state := r.value(name, e)
	c.State = state
	if state != Set {
		return
	}
	ty := v.Type()
	if !ty.IsListType() && !ty.IsTupleType() && !ty.IsSetType() {
		c.State = Failed
		r.report(r.blame(name, false, e, notAList(kind, v)))
		return
	}
	items := []any{}
	for it := v.ElementIterator(); it.Next(); {
		_, item := it.Element()
		if item.IsNull() {
			r.report(r.nullItem(name, e.Range()))
			c.State = Failed
			continue
		}
		out, err := kind.Elem.Parse(item)
		if err != nil {
			r.report(r.blame(name, true, e, err))
			c.State = Failed
			continue
		}
		items = append(items, out)
	}
	c.Val = items
	r.unique(c, name, kind, items)
}

func notAList(kind schema.List, v cty.Value) *schema.ValueError {
	err := &schema.ValueError{
		Code: schema.CodeWrongType,
		Text: fmt.Sprintf("is %s; this is %s", kind.Words(), schema.Describe(v)),
	}
	if ref, ok := schema.RefOf(v); ok {
		err.Help = fmt.Sprintf("Put it into brackets: [%s].", ref)
	} else if v.Type().IsPrimitiveType() {
		err.Help = fmt.Sprintf("Put it into brackets: [%s].", schema.Any{}.Print(v))
	}
	return err
}

func (r reader) nullItem(name string, at hcl.Range) *hcl.Diagnostic {
	return diag.Error(schema.CodeNullItem, &at, "an element of "+name+" is null",
		"null means \"not set\", and a list has no elements that are not set.",
		r.options(diag.Help("Leave it out, for example by `[for x in … : x if x != null]`."))...)
}

// unique reports elements that stand twice.
func (r reader) unique(c *Cell, name string, kind schema.List, items []any) {
	if !kind.Unique || len(items) < 2 {
		return
	}
	first := make(map[any]int, len(items))
	for i, item := range items {
		if !reflect.TypeOf(item).Comparable() {
			return
		}
		j, twice := first[item]
		if !twice {
			first[item] = i
			continue
		}
		at, opts := *c.At, r.options(diag.Help("Remove one of them."))
		if len(c.Items) == len(items) {
			at = c.Items[i]
			opts = append(opts, diag.See("the first", c.Items[j]))
		}
		c.State = Failed
		r.report(diag.Error(schema.CodeTwice, &at, fmt.Sprintf("%s stands twice in %s", kind.Elem.Print(item), name), "", opts...))
	}
}

// mapping decodes a map element by element.
func (r reader) mapping(c *Cell, name string, kind schema.Map, e hcl.Expression) {
	object, ok := hcl.UnwrapExpression(e).(*hclsyntax.ObjectConsExpr)
	if !ok {
		r.wholeMap(c, name, kind, e)
		return
	}
	c.State = Set
	items := make(map[string]any, len(object.Items))
	c.Keys = make(map[string]hcl.Range, len(object.Items))
	for _, item := range object.Items {
		kv, state := r.value(name, item.KeyExpr)
		if state != Set || kv.Type() != cty.String && kv.Type() != cty.Number {
			if state != Failed {
				r.report(diag.Error(schema.CodeWrongType, item.KeyExpr.Range().Ptr(), "a name in "+name+" is "+schema.Describe(kv)+", not a text", "",
					r.options()...))
			}
			c.State = Failed
			continue
		}
		key := keyText(kv)
		if before, twice := c.Keys[key]; twice {
			r.report(diag.Error(schema.CodeTwice, item.KeyExpr.Range().Ptr(), quote(key)+" stands twice in "+name,
				"The language itself would silently take the second.", r.options(diag.See("the first", before), diag.Help("Remove one of them."))...))
			c.State = Failed
			continue
		}
		if kind.Key != nil {
			if err := kind.Key(key); err != nil {
				r.report(r.blame(name, true, item.KeyExpr, err))
				c.State = Failed
				continue
			}
		}
		c.Keys[key] = item.KeyExpr.Range()
		v, state := r.scalar(name+"."+key, false, kind.Elem, item.ValueExpr)
		switch state {
		case Null: // not set
			continue
		case Failed:
			c.State = Failed
			continue
		}
		items[key] = v
	}
	c.Val = items
}

func (r reader) wholeMap(c *Cell, name string, kind schema.Map, e hcl.Expression) {
	v, state := r.value(name, e)
	c.State = state
	if state != Set {
		return
	}
	if !v.Type().IsObjectType() && !v.Type().IsMapType() {
		c.State = Failed
		r.report(r.blame(name, false, e, &schema.ValueError{
			Code: schema.CodeWrongType,
			Text: fmt.Sprintf("is %s; this is %s", kind.Words(), schema.Describe(v)), Help: "Write `" + name + " = { name = value }`.",
		}))
		return
	}
	items := map[string]any{}
	for it := v.ElementIterator(); it.Next(); {
		kv, item := it.Element()
		key := kv.AsString()
		if item.IsNull() || key == schema.RefAttr {
			continue
		}
		var err error
		if kind.Key != nil {
			if bad := kind.Key(key); bad != nil {
				err = bad
			}
		}
		var out any
		if err == nil {
			out, err = kind.Elem.Parse(item)
		}
		if err != nil {
			r.report(r.blame(name+"."+key, false, e, err))
			c.State = Failed
			continue
		}
		items[key] = out
	}
	c.Val = items
}

// keyText is the text of a map key: names may be written as numbers.
func keyText(v cty.Value) string {
	if v.Type() == cty.String {
		return v.AsString()
	}
	return schema.Any{}.Print(v)
}
