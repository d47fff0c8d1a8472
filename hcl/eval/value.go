package eval

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"ha/hcl/diag"
)

// Sensitive marks what comes from a variable with sensitive = true, so that an error can say whose secret it is.
type Sensitive struct {
	Variable string // the name, without "var."
}

// SecretOf names the variables that make v a secret, for a message: var.key, var.token. It is empty when nothing
// in v is marked, and says "a secret" when only other marks are.
func SecretOf(v cty.Value) string {
	if v == cty.NilVal || !v.ContainsMarked() {
		return ""
	}
	_, marks := v.UnmarkDeep()
	var names []string
	for m := range marks {
		if s, ok := m.(Sensitive); ok {
			names = append(names, "var."+s.Variable)
		}
	}
	if len(names) == 0 {
		return "a secret"
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// Evaluate is e.Value with three promises: a value that came with an error is cty.DynamicVal; a panic of the library,
// which panics by design when it is misused, is an error with the place; and a value is of a size that can be looked
// at whole.
func Evaluate(e hcl.Expression, ctx *hcl.EvalContext) (v cty.Value, diags hcl.Diagnostics) {
	defer func() {
		if r := recover(); r != nil {
			v = cty.DynamicVal
			diags = hcl.Diagnostics{diag.Error("HA3050", e.Range().Ptr(), "this expression cannot be evaluated",
				fmt.Sprintf("The expression library gave up on it: %s. This is a mistake in ha, not only in your file.", firstLine(r)),
				diag.Help("Please report it together with the expression. Writing it in smaller steps, as locals, usually avoids it."))}
		}
	}()
	v, diags = e.Value(ctx)
	if diags.HasErrors() || v == cty.NilVal {
		return cty.DynamicVal, explain(diags)
	}
	if tooLarge(v) {
		return cty.DynamicVal, hcl.Diagnostics{diag.Error("HA3051", e.Range().Ptr(), "this value is too large",
			fmt.Sprintf("A value may have %d million parts and be %d levels deep, its numbers %d bits long; what stands in it twice counts twice.", MaxValueParts/1_000_000, MaxValueDepth, MaxNumberBits),
			diag.Help("Look for a local that holds another one several times, or for products of large numbers."))}
	}
	return v, diags
}

func firstLine(r any) string {
	line, _, _ := strings.Cut(fmt.Sprint(r), "\n")
	return line
}

// Convert is convert.Convert that returns an error where the library would panic.
func Convert(v cty.Value, to cty.Type) (out cty.Value, err error) {
	defer func() {
		if r := recover(); r != nil {
			out, err = cty.DynamicVal, fmt.Errorf("cannot be converted: %s", firstLine(r))
		}
	}()
	return convert.Convert(v, to)
}

// usable tells whether v is neither null nor unknown and can be looked into once its own marks are gone.
func usable(v cty.Value) bool {
	return v != cty.NilVal && !v.IsNull() && v.IsKnown()
}

// show prints a value as HCL, shortened to limit bytes (0: whole), with secrets hidden. It never panics.
func show(v cty.Value, limit int) (text string) {
	defer func() {
		if recover() != nil {
			text = "(not printable)"
		}
	}()
	switch {
	case v == cty.NilVal:
		return "(nothing)"
	case v.ContainsMarked():
		return "(sensitive)"
	case !v.IsWhollyKnown():
		return "(not known)"
	}
	text = string(hclwrite.TokensForValue(v).Bytes())
	if limit > 0 && len(text) > limit {
		text = strings.ToValidUTF8(text[:limit], "") + "…"
	}
	return text
}
