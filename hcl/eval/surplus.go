package eval

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"ha/hcl/diag"
)

// surplus reports attributes that an object type does not have: conversion would drop them in silence.
//
// The expression may be nil; where it is a literal, the diagnostic stands at the attribute's own key.
func surplus(v cty.Value, ty cty.Type, e hcl.Expression, at hcl.Range, path string) hcl.Diagnostics {
	if e != nil {
		at = e.Range()
	}
	if !usable(v) || !v.CanIterateElements() {
		return nil
	}
	var diags hcl.Diagnostics
	switch {
	case ty.IsObjectType() && (v.Type().IsObjectType() || v.Type().IsMapType()):
		known := slices.Sorted(maps.Keys(ty.AttributeTypes()))
		for it := v.ElementIterator(); it.Next(); {
			key, item := it.Element()
			name := key.AsString()
			keyAt, valueExpr := attribute(e, name)
			if ty.HasAttribute(name) {
				diags = append(diags, surplus(item, ty.AttributeType(name), valueExpr, at, path+"."+name)...)
				continue
			}
			if keyAt == nil {
				keyAt = &at
			}
			diags = append(diags, diag.Error("HA3034", keyAt, fmt.Sprintf("%s has no attribute %q", path, name), "",
				suggestOr(name, known, fmt.Sprintf("Its type has %s.", shortList(known)))))
		}
	case ty.IsMapType() && (v.Type().IsObjectType() || v.Type().IsMapType()):
		for it := v.ElementIterator(); it.Next(); {
			key, item := it.Element()
			_, valueExpr := attribute(e, key.AsString())
			diags = append(diags, surplus(item, ty.ElementType(), valueExpr, at, path+"["+quote(key.AsString())+"]")...)
		}
	case ty.IsListType() || ty.IsSetType() || ty.IsTupleType():
		for i, item := range v.AsValueSlice() {
			want := cty.DynamicPseudoType
			if !ty.IsTupleType() {
				want = ty.ElementType()
			} else if i < ty.Length() {
				want = ty.TupleElementType(i)
			}
			diags = append(diags, surplus(item, want, element(e, i), at, fmt.Sprintf("%s[%d]", path, i))...)
		}
	}
	return diags
}

// attribute finds an attribute in an object that is written out.
func attribute(e hcl.Expression, name string) (key *hcl.Range, value hcl.Expression) {
	object, ok := e.(*hclsyntax.ObjectConsExpr)
	if !ok {
		return nil, nil
	}
	for _, item := range object.Items {
		if literalKey(item.KeyExpr) == name {
			return item.KeyExpr.Range().Ptr(), item.ValueExpr
		}
	}
	return nil, nil
}

// literalKey is the key of an object item that is a word or a text; empty for computed ones.
func literalKey(e hcl.Expression) string {
	if word := hcl.ExprAsKeyword(e); word != "" {
		return word
	}
	key, ok := e.(*hclsyntax.ObjectConsKeyExpr)
	if !ok {
		return ""
	}
	t, ok := key.Wrapped.(*hclsyntax.TemplateExpr)
	if !ok || !t.IsStringLiteral() {
		return ""
	}
	v, diags := t.Value(nil)
	if diags.HasErrors() || !usable(v) || v.Type() != cty.String {
		return ""
	}
	return v.AsString()
}

// element finds an element of a list that is written out.
func element(e hcl.Expression, i int) hcl.Expression {
	tuple, ok := e.(*hclsyntax.TupleConsExpr)
	if !ok || i >= len(tuple.Exprs) {
		return nil
	}
	return tuple.Exprs[i]
}

// inside follows a path into a list or object that is written out, as far as it is.
func inside(e hcl.Expression, path cty.Path) hcl.Expression {
	for _, step := range path {
		var next hcl.Expression
		switch s := step.(type) {
		case cty.GetAttrStep:
			_, next = attribute(e, s.Name)
		case cty.IndexStep:
			switch {
			case !usable(s.Key) || s.Key.IsMarked():
			case s.Key.Type() == cty.String:
				_, next = attribute(e, s.Key.AsString())
			case s.Key.Type() == cty.Number:
				if i, acc := s.Key.AsBigFloat().Int64(); acc == big.Exact && i >= 0 {
					next = element(e, int(i))
				}
			}
		}
		if next == nil {
			return e
		}
		e = next
	}
	return e
}

// pathText writes a path into a value as HCL: .name["key"][0].
func pathText(path cty.Path) string {
	var b strings.Builder
	for _, step := range path {
		switch s := step.(type) {
		case cty.GetAttrStep:
			b.WriteString("." + s.Name)
		case cty.IndexStep:
			b.WriteString("[" + show(s.Key, 40) + "]")
		}
	}
	return b.String()
}
