package eval

import (
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty/function"

	"ha/hcl/diag"
)

// expression is one argument after the static check.
type expression struct {
	expr hclsyntax.Expression
	refs []*ref
	// bad expressions had a mistake that is reported already: they evaluate to cty.DynamicVal in silence.
	bad bool
}

// context is what an expression may refer to besides the names of the folder.
type context struct {
	each       bool
	repeatable bool            // whether the block around could have for_each
	iterators  map[string]bool // of the dynamic blocks around
	// constant, if not empty, says what the expression is and that it takes no references: the default of a variable.
	constant string
	// unquoted, if not empty, is what to say about a word without quotes instead of the usual.
	unquoted string
}

// with is the context inside a dynamic block.
func (c context) with(iterator string) context {
	c.iterators = maps.Clone(c.iterators)
	if c.iterators == nil {
		c.iterators = map[string]bool{}
	}
	c.iterators[iterator] = true
	return c
}

// resolver finds what expressions refer to, before anything is evaluated.
type resolver struct {
	*symbols
	functions map[string]function.Function
	diags     hcl.Diagnostics
}

func (r *resolver) report(d *hcl.Diagnostic) { r.diags = append(r.diags, d) }

// resolve checks each name in an expression. It returns nil for an expression without references and mistakes, which
// are most.
func (r *resolver) resolve(e hclsyntax.Expression, in context) *expression {
	if isLiteral(e) {
		return nil
	}
	w := &walker{resolver: r, in: in, out: &expression{expr: e}, done: map[hclsyntax.Node]bool{}}
	_ = hclsyntax.Walk(e, w) // the walker reports to the resolver
	if len(w.out.refs) == 0 && !w.out.bad {
		return nil
	}
	return w.out
}

// isLiteral tells whether an expression is a number, a word or a text without ${…}.
func isLiteral(e hclsyntax.Expression) bool {
	switch e := e.(type) {
	case *hclsyntax.LiteralValueExpr:
		return true
	case *hclsyntax.TemplateExpr:
		return e.IsStringLiteral()
	case *hclsyntax.TupleConsExpr:
		for _, item := range e.Exprs {
			if !isLiteral(item) {
				return false
			}
		}
		return true
	}
	return false
}

// walker visits the parts of one expression.
type walker struct {
	*resolver
	in     context
	out    *expression
	scopes []map[string]struct{}   // names that `for` introduces
	done   map[hclsyntax.Node]bool // traversals judged together with the index around them
}

// Enter judges one part.
func (w *walker) Enter(n hclsyntax.Node) hcl.Diagnostics {
	switch n := n.(type) {
	case hclsyntax.ChildScope:
		w.scopes = append(w.scopes, n.LocalNames)
	case *hclsyntax.FunctionCallExpr:
		w.call(n)
	case *hclsyntax.ObjectConsExpr:
		w.keys(n)
	case *hclsyntax.RelativeTraversalExpr:
		if index, ok := n.Source.(*hclsyntax.IndexExpr); ok {
			w.index(index, n.Traversal)
		}
	case *hclsyntax.IndexExpr:
		w.index(n, nil)
	case *hclsyntax.ScopeTraversalExpr:
		if !w.done[n] {
			w.traversal(n, false, nil)
		}
	}
	return nil
}

// Exit leaves a scope.
func (w *walker) Exit(n hclsyntax.Node) hcl.Diagnostics {
	if _, ok := n.(hclsyntax.ChildScope); ok {
		w.scopes = w.scopes[:len(w.scopes)-1]
	}
	return nil
}

// index judges vip[each.key].vrid as a whole: what it may be is narrower than all of vip.
func (w *walker) index(n *hclsyntax.IndexExpr, rest hcl.Traversal) {
	inner, ok := n.Collection.(*hclsyntax.ScopeTraversalExpr)
	if !ok || w.done[inner] {
		return
	}
	w.traversal(inner, true, rest)
}

func (w *walker) traversal(n *hclsyntax.ScopeTraversalExpr, indexed bool, rest hcl.Traversal) {
	w.done[n] = true
	for _, names := range w.scopes {
		if _, ok := names[n.Traversal.RootName()]; ok {
			return
		}
	}
	found, ok := w.find(n.Traversal, indexed, rest, w.in)
	if !ok {
		w.out.bad = true
		return
	}
	if found != nil {
		w.out.refs = append(w.out.refs, found)
	}
}

// keys reports a key that stands twice in an object: the library takes the last one in silence.
func (w *walker) keys(n *hclsyntax.ObjectConsExpr) {
	first := map[string]hcl.Range{}
	for _, item := range n.Items {
		key := literalKey(item.KeyExpr)
		if key == "" {
			continue
		}
		at := item.KeyExpr.Range()
		if before, twice := first[key]; twice {
			w.out.bad = true
			w.report(diag.Error("HA3018", at.Ptr(), fmt.Sprintf("the key %s stands twice in this map", quote(key)), "Only one of the values could be used.",
				diag.See("it stands here first", before), diag.Help("Rename one of the keys or remove it.")))
			continue
		}
		first[key] = at
	}
}

func (w *walker) call(n *hclsyntax.FunctionCallExpr) {
	if _, ok := w.functions[n.Name]; ok {
		return
	}
	w.out.bad = true
	known := slices.Sorted(maps.Keys(w.functions))
	opt := diag.DidYouMean(n.Name, known)
	if diag.Suggest(n.Name, known) == "" {
		opt = diag.Help("The functions are listed in the reference of the language.")
		if why, ok := missingFunctions()[n.Name]; ok {
			opt = diag.Help(why)
		}
	}
	w.report(diag.Error("HA3014", n.NameRange.Ptr(), fmt.Sprintf("there is no function %q", n.Name), "", opt, diag.Around(n.Range())))
}

// missingFunctions are Terraform's functions that are left out on purpose, with what to do instead.
func missingFunctions() map[string]string {
	const impure = "The same files must give the same plan, so there is no clock, chance or environment in expressions. Pass the value as a variable."
	return map[string]string{
		"timestamp": impure, "plantimestamp": impure, "uuid": impure, "bcrypt": impure, "env": impure, "getenv": impure,
		"sensitive":    "Mark the variable with `sensitive = true`.",
		"nonsensitive": "A secret stays one; remove `sensitive = true` from the variable if it is none.",
	}
}
