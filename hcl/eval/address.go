package eval

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"ha/hcl/schema"
)

// Address is how a block is written in references: vip.web, check.http.login, vip["a b"].
func Address(blockType string, labels ...string) string {
	var b strings.Builder
	b.WriteString(blockType)
	for _, l := range labels {
		if hclsyntax.ValidIdentifier(l) {
			b.WriteString("." + l)
			continue
		}
		b.WriteString("[" + quote(l) + "]")
	}
	return b.String()
}

// InstanceAddress is the address of one instance of a block with for_each: vip.web["a"].
func InstanceAddress(block, key string) string { return block + "[" + quote(key) + "]" }

// quote writes a text as an HCL string.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case (r == '$' || r == '%') && strings.HasPrefix(s[i+1:], "{"):
			b.WriteRune(r)
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// RefOf returns the address of the block whose value v is, for references that are computed:
// [for k in var.names : vip.web[k]].
func RefOf(v cty.Value) (address string, ok bool) {
	return schema.RefOf(v)
}

// RefOfTraversal returns the address that a traversal names when it names a whole block and nothing inside it:
// vip.web, vip.web["a"], check.http.login. Whether the block exists is for the caller to look up in [Config.Blocks].
func RefOfTraversal(root []*schema.Block, t hcl.Traversal) (address string, ok bool) {
	if len(t) == 0 || t.IsRelative() {
		return "", false
	}
	for _, s := range root {
		if s.Type != t.RootName() {
			continue
		}
		names, static := stepNames(t[1:])
		n := len(s.Labels)
		switch {
		case !static || n == 0:
			return "", false
		case len(names) == n:
			return Address(s.Type, names...), true
		case len(names) == n+1 && s.ForEach:
			if _, index := t[n+1].(hcl.TraverseIndex); index {
				return InstanceAddress(Address(s.Type, names[:n]...), names[n]), true
			}
		}
		return "", false
	}
	return "", false
}

// RefOfExpr is RefOfTraversal for an expression that is nothing but a traversal.
func RefOfExpr(root []*schema.Block, e hcl.Expression) (address string, ok bool) {
	t, diags := hcl.AbsTraversalForExpr(e)
	if diags.HasErrors() {
		return "", false
	}
	return RefOfTraversal(root, t)
}

// QuotedRef tells whether e is a reference that someone put in quotes, "vip.web", and returns it without them.
func QuotedRef(root []*schema.Block, e hcl.Expression) (text string, ok bool) {
	t, is := hcl.UnwrapExpression(e).(*hclsyntax.TemplateExpr)
	if !is || !t.IsStringLiteral() {
		return "", false
	}
	v, diags := t.Value(nil)
	if diags.HasErrors() || v.IsNull() || v.Type() != cty.String || len(v.AsString()) > 256 {
		return "", false
	}
	traversal, diags := hclsyntax.ParseTraversalAbs([]byte(v.AsString()), "", hcl.InitialPos)
	if diags.HasErrors() {
		return "", false
	}
	if _, ok = RefOfTraversal(root, traversal); !ok {
		return "", false
	}
	return v.AsString(), true
}

// stepNames returns the names of the steps of a traversal; static is false from the first step that is no name.
func stepNames(steps hcl.Traversal) (names []string, static bool) {
	for _, step := range steps {
		name, _, ok := stepName(step)
		if !ok {
			return names, false
		}
		names = append(names, name)
	}
	return names, true
}

// stepName is the name in .name or ["name"], and its place without dot and brackets.
func stepName(step hcl.Traverser) (name string, at hcl.Range, ok bool) {
	switch s := step.(type) {
	case hcl.TraverseRoot:
		return s.Name, s.SrcRange, true
	case hcl.TraverseAttr:
		at = s.SrcRange
		if at.End.Byte-at.Start.Byte == len(s.Name)+1 { // the range includes the dot
			at.Start.Byte++
			at.Start.Column++
		}
		return s.Name, at, true
	case hcl.TraverseIndex:
		if s.Key.IsMarked() || s.Key.IsNull() || !s.Key.IsKnown() || s.Key.Type() != cty.String {
			return "", s.SrcRange, false
		}
		return s.Key.AsString(), s.SrcRange, true
	}
	return "", step.SourceRange(), false
}
