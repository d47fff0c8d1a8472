package schema

import (
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"ha/hcl/diag"
)

// Bool is true or false. Its Go value is a bool.
type Bool struct{}

// Type is bool.
func (Bool) Type() cty.Type { return cty.Bool }

// Parse takes booleans and the texts "true" and "false", which variables may hold.
func (k Bool) Parse(v cty.Value) (any, error) {
	switch {
	case v.Type() == cty.Bool:
		return v.True(), nil
	case v.Type() == cty.String && v.AsString() == "true":
		return true, nil
	case v.Type() == cty.String && v.AsString() == "false":
		return false, nil
	}
	e := wrong(CodeWrongType, "is %s; this is %s", k.Words(), Describe(v))
	switch Describe(v) {
	case `the text "yes"`, `the text "on"`, "the number 1":
		e.Help = "Write true."
	case `the text "no"`, `the text "off"`, "the number 0":
		e.Help = "Write false."
	}
	return nil, e
}

// Print is true or false.
func (Bool) Print(v any) string { b, _ := v.(bool); return strconv.FormatBool(b) }

// Words names the kind.
func (Bool) Words() string { return "true or false" }

// Int is a whole number from Min to Max. Its Go value is an int64.
type Int struct {
	Min, Max int64
	Unit     string // what is counted: bytes; empty for plain numbers
	Why      string // why the range is as it is, with its source; may be empty
}

// Type is number.
func (Int) Type() cty.Type { return cty.Number }

// Parse takes whole numbers and texts that hold one.
func (k Int) Parse(v cty.Value) (any, error) {
	switch v.Type() {
	case cty.Number:
	case cty.String:
		n, err := strconv.ParseInt(v.AsString(), 10, 64)
		if err != nil {
			return nil, wrong(CodeWrongType, "is %s; this is %s", k.Words(), Describe(v))
		}
		v = cty.NumberIntVal(n)
	default:
		return nil, wrong(CodeWrongType, "is %s; this is %s", k.Words(), Describe(v))
	}
	f := v.AsBigFloat()
	if f.IsInf() {
		e := wrong(CodeNotWhole, "is infinite")
		e.Why, e.Help = "A division by zero gives infinity.", fmt.Sprintf("Set it to %s.", k.Words())
		return nil, e
	}
	n, acc := f.Int64() // fractions and what is too large are not exact
	if acc != big.Exact && f.IsInt() || acc == big.Exact && (n < k.Min || n > k.Max) {
		side, bound := "below", k.Min
		if f.Sign() > 0 && f.Cmp(new(big.Float).SetInt64(k.Max)) > 0 {
			side, bound = "above", k.Max
		}
		e := wrong(CodeOutOfRange, "%s is %s %d", printValue(v), side, bound)
		e.Why, e.Help = k.Why, fmt.Sprintf("Set it to %s.", k.Words())
		return nil, e
	}
	if acc != big.Exact {
		e := wrong(CodeNotWhole, "is %s; this is %s", k.Words(), printValue(v))
		return nil, e
	}
	return n, nil
}

// Print is the decimal number.
func (Int) Print(v any) string { n, _ := v.(int64); return strconv.FormatInt(n, 10) }

// Words names the kind with its range.
func (k Int) Words() string {
	if k.Unit != "" {
		return fmt.Sprintf("a whole number of %s from %d to %d", k.Unit, k.Min, k.Max)
	}
	return fmt.Sprintf("a whole number from %d to %d", k.Min, k.Max)
}

// Enum is one of a few words. Its Go value is a string.
type Enum struct{ Values []string }

// Type is string.
func (Enum) Type() cty.Type { return cty.String }

// Parse takes exactly the words of the list.
func (k Enum) Parse(v cty.Value) (any, error) {
	if v.Type() != cty.String {
		return nil, wrong(CodeWrongType, "is %s; this is %s", k.Words(), Describe(v))
	}
	text := v.AsString()
	if slices.Contains(k.Values, text) {
		return text, nil
	}
	e := wrong(CodeNotWord, "is %s, not %s", quote(text), k.Words())
	if near := diag.Suggest(text, k.Values); near != "" {
		e.Help = fmt.Sprintf("Did you mean %q?", near)
	}
	return nil, e
}

// Print is the word.
func (Enum) Print(v any) string { s, _ := v.(string); return s }

// Words lists the words.
func (k Enum) Words() string {
	if len(k.Values) == 1 {
		return quote(k.Values[0])
	}
	var b strings.Builder
	b.WriteString("one of ")
	for i, v := range k.Values {
		switch {
		case i == len(k.Values)-1:
			b.WriteString(" and ")
		case i > 0:
			b.WriteString(", ")
		}
		b.WriteString(v)
	}
	return b.String()
}
