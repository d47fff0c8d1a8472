package decode

import (
	"fmt"
	"reflect"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"ha/hcl/diag"
	"ha/hcl/schema"
)

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
		if state == Failed {
			c.State = Failed
		}
		if state == Set { // null is not set
			items[key] = v
		}
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
		if kind.Key != nil {
			if err := kind.Key(key); err != nil {
				r.report(r.blame(name, true, e, err))
				c.State = Failed
				continue
			}
		}
		out, err := kind.Elem.Parse(item)
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
