package eval

import (
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// scoped is an expression that came out of a dynamic block and knows the iterators around it.
//
// The parts of a list or object are scoped as well, so that decoding a list element by element finds the iterators.
// It does not unwrap: what is inside must not be evaluated without them.
type scoped struct {
	hclsyntax.Expression
	iterators map[string]cty.Value
}

func newScoped(e hclsyntax.Expression, iterators map[string]cty.Value) hclsyntax.Expression {
	if isLiteral(e) || len(iterators) == 0 {
		return e
	}
	return scoped{e, iterators}
}

// Value evaluates with the iterators in scope.
func (s scoped) Value(ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	return s.Expression.Value(withIterators(ctx, s.iterators))
}

func withIterators(ctx *hcl.EvalContext, iterators map[string]cty.Value) *hcl.EvalContext {
	if len(iterators) == 0 {
		return ctx
	}
	child := ctx.NewChild()
	child.Variables = iterators
	return child
}

// Variables are the references that are no iterators.
func (s scoped) Variables() []hcl.Traversal {
	return slices.DeleteFunc(s.Expression.Variables(), func(t hcl.Traversal) bool {
		_, iterator := s.iterators[t.RootName()]
		return iterator
	})
}

// AsTraversal is the reference that the expression is, nil if it is none or begins with an iterator.
func (s scoped) AsTraversal() hcl.Traversal {
	t, diags := hcl.AbsTraversalForExpr(s.Expression)
	if diags.HasErrors() {
		return nil
	}
	if _, iterator := s.iterators[t.RootName()]; iterator {
		return nil
	}
	return t
}

// ExprList are the elements of a list that is written out, nil for anything else.
func (s scoped) ExprList() []hcl.Expression {
	tuple, ok := s.Expression.(*hclsyntax.TupleConsExpr)
	if !ok {
		return nil
	}
	list := make([]hcl.Expression, len(tuple.Exprs))
	for i, e := range tuple.Exprs {
		list[i] = newScoped(e, s.iterators)
	}
	return list
}

// ExprMap are the items of an object that is written out, nil for anything else.
func (s scoped) ExprMap() []hcl.KeyValuePair {
	object, ok := s.Expression.(*hclsyntax.ObjectConsExpr)
	if !ok {
		return nil
	}
	list := make([]hcl.KeyValuePair, len(object.Items))
	for i, item := range object.Items {
		key := hcl.Expression(item.KeyExpr)
		if literalKey(item.KeyExpr) == "" {
			key = newScoped(item.KeyExpr, s.iterators)
		}
		list[i] = hcl.KeyValuePair{Key: key, Value: newScoped(item.ValueExpr, s.iterators)}
	}
	return list
}

// iterations are the rounds that lead to a generated block, innermost last.
type iterations struct {
	outer      *iterations
	name       string
	key, value cty.Value
	at         hcl.Range
	scope      map[string]cty.Value // all iterators
}

// enter is one more round.
func (it *iterations) enter(name string, key, value cty.Value, at hcl.Range) *iterations {
	scope := map[string]cty.Value{}
	if it != nil {
		maps.Copy(scope, it.scope)
	}
	scope[name] = cty.ObjectVal(map[string]cty.Value{"key": key, "value": value})
	return &iterations{outer: it, name: name, key: key, value: value, at: at, scope: scope}
}

// iterators are the names in scope; a nil receiver has none.
func (it *iterations) iterators() map[string]cty.Value {
	if it == nil {
		return nil
	}
	return it.scope
}

// Text says which round it is: server.value = "192.0.2.1". Rounds of outer dynamic blocks come first.
func (i Iteration) Text() string {
	var parts []string
	for it := i.rounds; it != nil; it = it.outer {
		what, v := ".value", it.value
		if !usable(v) || v.IsMarked() || !v.Type().IsPrimitiveType() {
			what, v = ".key", it.key
		}
		parts = append(parts, it.name+what+" = "+show(v, 60))
	}
	slices.Reverse(parts)
	return strings.Join(parts, ", ")
}
