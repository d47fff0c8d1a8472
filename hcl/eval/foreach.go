package eval

import (
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"ha/hcl/diag"
)

// instances are what for_each made of a block.
type instances struct {
	keys   []string // sorted
	values map[string]cty.Value
	failed bool // for_each could not be evaluated, which is reported
}

// keys are those of for_each; a block without has the one key "".
func (t *template) keys() []string {
	if t.forEach == nil {
		return []string{""}
	}
	return t.result.keys
}

// instanceAddress is the address of one instance.
func (t *template) instanceAddress(key string) string {
	if t.forEach == nil {
		return t.address
	}
	return InstanceAddress(t.address, key)
}

// instance is a scope with each.key and each.value of one instance.
func (t *template) instance(ctx *hcl.EvalContext, key string) *hcl.EvalContext {
	if t.forEach == nil {
		return ctx
	}
	child := ctx.NewChild()
	child.Variables = map[string]cty.Value{"each": cty.ObjectVal(map[string]cty.Value{
		"key": cty.StringVal(key), "value": t.result.values[key],
	})}
	return child
}

// eachNode evaluates the for_each of a block.
func (ev *evaluator) eachNode(t *template) *node {
	const name = "for_each"
	if n := t.nodes[name]; n != nil {
		return n
	}
	x := t.exprs[t.forEach]
	n := &node{name: t.address + ".for_each", uses: func() []edge { return ev.uses(x) }}
	t.result.failed = true // until it ran: a circle keeps it from running
	n.run = func() {
		v, diags := ev.evaluate(t.forEach.Expr, x)
		ev.diags = append(ev.diags, diags...)
		if diags.HasErrors() || !v.IsKnown() {
			return
		}
		keys, values, d := forEachItems(v, t.forEach.Expr, t.address)
		if d != nil {
			ev.report(d)
			return
		}
		t.result = instances{keys: keys, values: values}
	}
	t.keep(name, n)
	return n
}

// forEachItems turns the value of for_each into keys and values.
func forEachItems(v cty.Value, e hcl.Expression, owner string) ([]string, map[string]cty.Value, *hcl.Diagnostic) {
	at := e.Range().Ptr()
	if d := unfit(v, e, "for_each of "+owner); d != nil {
		return nil, nil, d
	}
	ty := v.Type()
	switch {
	case ty.IsListType() || ty.IsTupleType():
		return nil, nil, diag.Error("HA3041", at, fmt.Sprintf("for_each of %s is a list", owner),
			"The keys become part of the address, and the places in a list move when something is inserted.",
			diag.Help("Write toset(…) around a list of texts, or give a map."))
	case !ty.IsMapType() && !ty.IsObjectType() && !ty.IsSetType():
		return nil, nil, diag.Error("HA3041", at, fmt.Sprintf("for_each of %s is %s; it takes a map or a set of texts", owner, describe(v)), "",
			diag.Help("Give a map { key = value } or toset([\"a\", \"b\"])."))
	}
	values := make(map[string]cty.Value, v.LengthInt())
	var keys []string
	for it := v.ElementIterator(); it.Next(); {
		key, item := it.Element()
		if ty.IsSetType() && (key.Type() != cty.String || !usable(key)) {
			return nil, nil, diag.Error("HA3041", at, fmt.Sprintf("for_each of %s is a set with %s in it; it takes a map or a set of texts", owner, describe(key)), "",
				diag.Help("The elements become keys. Convert them to texts, or give a map."))
		}
		name := key.AsString()
		if name == "" || len(name) > maxName || diag.Clean(name) != name {
			return nil, nil, diag.Error("HA3041", at, fmt.Sprintf("for_each of %s has the key %s, which cannot be a name", owner, show(key, 40)),
				"Keys become part of the address: 1 to 255 bytes, without control characters.", diag.Help("Choose another key."))
		}
		keys, values[name] = append(keys, name), item
	}
	slices.Sort(keys)
	return keys, values, nil
}

// unfit tells why nothing can be made of the value of a for_each: secret or null.
func unfit(v cty.Value, e hcl.Expression, what string) *hcl.Diagnostic {
	if v.IsMarked() {
		return diag.Error("HA3043", e.Range().Ptr(), fmt.Sprintf("%s is made from %s, which is a secret", what, SecretOf(v)),
			"Keys and the number of blocks would show in every plan.",
			diag.Help("Use a value that is no secret for the keys, and look the secret up inside the block."))
	}
	if v.IsNull() {
		return diag.Error("HA3042", e.Range().Ptr(), what+" is null", "",
			diag.Help("Write {} for no blocks at all; for an optional variable: for_each = var.x == null ? {} : var.x."))
	}
	return nil
}

// describe names a value for a sentence: the text "x", the number 5, a list.
func describe(v cty.Value) string {
	ty := v.Type()
	switch {
	case v.ContainsMarked() || !v.IsWhollyKnown():
		return "a value that cannot be shown"
	case v.IsNull():
		return "null"
	case ty == cty.String:
		return "the text " + show(v, 40)
	case ty == cty.Number:
		return "the number " + show(v, 40)
	case ty.IsPrimitiveType():
		return show(v, 40)
	case ty.IsListType() || ty.IsTupleType():
		return "a list"
	case ty.IsSetType():
		return "a set"
	case ty.IsMapType() || ty.IsObjectType():
		return "a map"
	}
	return "a value of another kind"
}
