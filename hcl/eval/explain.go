package eval

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// explain replaces the library's errors about names that an object or map does not have by ours, which suggest.
func explain(diags hcl.Diagnostics) hcl.Diagnostics {
	for i, d := range diags {
		if better := missingName(d); better != nil {
			better.Expression, better.EvalContext = d.Expression, d.EvalContext
			diags[i] = better
		}
	}
	return diags
}

// missingName finds the step at which a reference ended; nil when the error is about something else.
func missingName(d *hcl.Diagnostic) *hcl.Diagnostic {
	e, ok := d.Expression.(*hclsyntax.ScopeTraversalExpr)
	if !ok || d.EvalContext == nil || len(e.Traversal) < 2 {
		return nil
	}
	at, found := rootValue(d.EvalContext, e.Traversal.RootName())
	for i, step := range e.Traversal[1:] {
		if !found || at.IsMarked() || !usable(at) {
			return nil
		}
		name, where, static := stepName(step)
		ty := at.Type()
		if !static || !ty.IsObjectType() && !ty.IsMapType() {
			return nil
		}
		items := at.AsValueMap()
		next, has := items[name]
		if !has {
			names := map[string]cty.Type{}
			for key := range items {
				names[key] = cty.String
			}
			return noAttribute(name, where, cty.Object(names), text(e.Traversal[:i+1]), e.Range())
		}
		at = next
	}
	return nil
}

// rootValue looks a name up as evaluation does.
func rootValue(ctx *hcl.EvalContext, name string) (cty.Value, bool) {
	for ; ctx != nil; ctx = ctx.Parent() {
		if v, ok := ctx.Variables[name]; ok {
			return v, true
		}
	}
	return cty.NilVal, false
}
