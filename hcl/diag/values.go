package diag

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

const (
	maxExpression = 1000 // bytes; in longer ones nobody looks for a reference, and they may nest thousands deep
	maxValues     = 8    // references whose values are shown
	maxValueRunes = 60   // of one value
	maxDigits     = 12   // of a fraction, counted from the first that is not 0
)

// values says what the references in a failed expression were, each once. Sensitive values are named, not shown.
func values(d *hcl.Diagnostic) []Value {
	list := []Value{}
	if d.Expression == nil || d.EvalContext == nil {
		return list
	}
	if r := d.Expression.Range(); r.End.Byte-r.Start.Byte > maxExpression {
		return list
	}
	seen := map[string]bool{}
	for _, t := range d.Expression.Variables() {
		name := traversalText(t)
		if seen[name] || len(list) == maxValues {
			continue
		}
		seen[name] = true
		v, diags := t.TraverseAbs(d.EvalContext)
		for ; diags.HasErrors() && len(t) > 2; v, diags = t.TraverseAbs(d.EvalContext) {
			t = t[:len(t)-1] // what is there where the reference ends in nothing
		}
		if diags.HasErrors() || v == cty.NilVal || name != traversalText(t) && seen[traversalText(t)] {
			continue
		}
		name = traversalText(t)
		seen[name] = true
		if s := statement(v); s != "" {
			list = append(list, Value{Traversal: name, Statement: s})
		}
	}
	slices.SortStableFunc(list, func(a, b Value) int { return strings.Compare(a.Traversal, b.Traversal) })
	return list
}

// traversalText writes a reference as people write it.
func traversalText(t hcl.Traversal) string {
	var b strings.Builder
	for _, step := range t {
		switch s := step.(type) {
		case hcl.TraverseRoot:
			b.WriteString(s.Name)
		case hcl.TraverseAttr:
			b.WriteString("." + s.Name)
		case hcl.TraverseIndex:
			b.WriteString("[" + ShowValue(s.Key) + "]")
		case hcl.TraverseSplat:
			b.WriteString("[*]")
		}
	}
	return b.String()
}

// statement is the second half of "var.n is 0"; empty when there is nothing to say.
func statement(v cty.Value) string {
	if v.IsMarked() {
		return "is sensitive"
	}
	if !v.IsKnown() {
		return ""
	}
	text := ShowValue(v)
	if utf8.RuneCountInString(text) > maxValueRunes {
		return "is " + sizeOf(v, text)
	}
	return "is " + text
}

// sizeOf describes a value that is too long to be shown.
func sizeOf(v cty.Value, text string) string {
	ty := v.Type()
	switch {
	case ty.IsListType() || ty.IsTupleType() || ty.IsSetType():
		return fmt.Sprintf("a list of %d elements", v.LengthInt())
	case ty.IsMapType():
		return fmt.Sprintf("a map of %d entries", v.LengthInt())
	case ty.IsObjectType():
		names := slices.DeleteFunc(slices.Sorted(maps.Keys(ty.AttributeTypes())), hidden)
		if more := len(names) - 6; more > 0 {
			return fmt.Sprintf("an object with %s and %d more", strings.Join(names[:6], ", "), more)
		}
		return "an object with " + strings.Join(names, ", ")
	}
	return string([]rune(text)[:maxValueRunes]) + "…"
}

// ShowValue writes a value as people write it, for texts of diagnostics. Whatever is sensitive in it is replaced by
// (sensitive); values that are not known by (unknown); big ones are cut.
func ShowValue(v cty.Value) string {
	var b strings.Builder
	show(&b, v, 0)
	return b.String()
}

func show(b *strings.Builder, v cty.Value, depth int) {
	const enough = 4 * maxValueRunes // nobody reads further
	switch {
	case v == cty.NilVal:
		b.WriteString("null")
	case v.IsMarked():
		b.WriteString("(sensitive)")
	case !v.IsKnown():
		b.WriteString("(unknown)")
	case v.IsNull():
		b.WriteString("null")
	case depth > 4 || b.Len() > enough:
		b.WriteString("…")
	case v.Type() == cty.String:
		fmt.Fprintf(b, "%q", short(v.AsString(), enough))
	case v.Type() == cty.Number:
		b.WriteString(numberText(v.AsBigFloat()))
	case v.Type() == cty.Bool:
		fmt.Fprint(b, v.True())
	case v.Type().IsCapsuleType():
		b.WriteString("a " + v.Type().FriendlyName())
	case v.Type().IsObjectType() || v.Type().IsMapType():
		showEntries(b, v, depth)
	case v.CanIterateElements():
		showElements(b, v, depth)
	default:
		b.WriteString("…")
	}
}

// numberText writes a number in full, unless that would be very long.
func numberText(f *big.Float) string {
	switch exp := f.MantExp(nil); {
	case f.IsInf():
		return "infinite (a division by zero?)"
	case exp > 1000 || exp < -1000: // the binary exponent: 300 decimal digits
		return f.Text('g', 6)
	}
	return Digits(f)
}

// Digits writes a finite number: a whole one in full, a fraction with at most 12 digits that count and an ellipsis where
// more follow. The text of 1e99999999 would be as long as the number is large: the caller sees to it.
func Digits(f *big.Float) string {
	text := f.Text('f', -1)
	point := strings.IndexByte(text, '.')
	if point < 0 {
		return text
	}
	counted := 0
	for i, c := range []byte(text) {
		if counted == maxDigits && i > point+1 {
			return text[:i] + "…"
		}
		if counted > 0 && c != '.' || c >= '1' && c <= '9' {
			counted = min(counted+1, maxDigits)
		}
	}
	return text
}

// hidden tells whether an attribute is not for people: its name cannot be written in HCL.
func hidden(name string) bool { return strings.HasPrefix(name, "\x00") }

func showEntries(b *strings.Builder, v cty.Value, depth int) {
	before, separator := b.Len(), "{ "
	for it := v.ElementIterator(); it.Next(); {
		key, elem := it.Element()
		if hidden(key.AsString()) {
			continue
		}
		b.WriteString(separator)
		separator = ", "
		if b.Len() > 4*maxValueRunes {
			b.WriteString("…")
			break
		}
		b.WriteString(key.AsString() + " = ")
		show(b, elem, depth+1)
	}
	if b.Len() == before {
		b.WriteString("{}")
		return
	}
	b.WriteString(" }")
}

func showElements(b *strings.Builder, v cty.Value, depth int) {
	b.WriteString("[")
	for it, first := v.ElementIterator(), true; it.Next(); first = false {
		if !first {
			b.WriteString(", ")
		}
		if b.Len() > 4*maxValueRunes {
			b.WriteString("…")
			break
		}
		_, elem := it.Element()
		show(b, elem, depth+1)
	}
	b.WriteString("]")
}

// short cuts a text at a rune.
func short(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}
