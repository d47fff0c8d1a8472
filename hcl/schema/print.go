package schema

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/zclconf/go-cty/cty"

	"ha/hcl/diag"
)

// quote writes a text as an HCL string; control characters become escapes.
func quote(s string) string {
	s = strconv.Quote(s)
	s = strings.ReplaceAll(s, "${", "$${")
	return strings.ReplaceAll(s, "%{", "%%{")
}

// shorten keeps quoted values readable in a message.
func shorten(s string) string {
	const limit = 60
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	runes := []rune(s)
	return string(runes[:limit-1]) + "…"
}

// printValue writes a cty value as HCL would, blocks as references, and fractions with 12 digits. Marked, unknown and odd
// values become a placeholder: it never panics.
func printValue(v cty.Value) string {
	switch {
	case v == cty.NilVal || v.IsMarked() || !v.IsKnown():
		return "(hidden)"
	case v.IsNull():
		return "null"
	case v.Type() == cty.String:
		return quote(v.AsString())
	case v.Type() == cty.Bool:
		return strconv.FormatBool(v.True())
	case v.Type() == cty.Number:
		f := v.AsBigFloat()
		if f.IsInf() {
			return "infinity"
		}
		// Writing out a number such as 1e99999999 would take minutes.
		if exp := f.MantExp(nil); exp > 256 {
			return fmt.Sprintf("(a number of %d digits)", int64(exp)*30103/100000+1)
		} else if exp < -256 {
			return "(a number close to 0)"
		}
		return diag.Digits(f)
	case v.Type().IsCapsuleType():
		return "(hidden)"
	case !v.CanIterateElements():
		return "(hidden)"
	}
	if ref, ok := RefOf(v); ok {
		return ref
	}
	keyed := v.Type().IsObjectType() || v.Type().IsMapType()
	var parts []string
	for it := v.ElementIterator(); it.Next(); {
		key, item := it.Element()
		if !keyed {
			parts = append(parts, printValue(item))
			continue
		}
		name := key.AsString()
		if !isIdentifier(name) {
			name = quote(name)
		}
		parts = append(parts, name+" = "+printValue(item))
	}
	if !keyed {
		return "[" + strings.Join(parts, ", ") + "]"
	}
	if len(parts) == 0 {
		return "{}"
	}
	return "{ " + strings.Join(parts, ", ") + " }"
}
