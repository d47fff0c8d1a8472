package schema

import (
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"
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
	return nil, wrong(CodeWrongType, "is %s; this is %s", k.Words(), Describe(v))
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
	n, acc := f.Int64() // infinities and fractions are not exact
	if acc != big.Exact && (f.IsInf() || f.IsInt()) || acc == big.Exact && (n < k.Min || n > k.Max) {
		side, bound := "below", k.Min
		if f.Sign() > 0 && (f.IsInf() || f.Cmp(new(big.Float).SetInt64(k.Max)) > 0) {
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

// Duration is a time with its unit, from Min to Max in steps of Step. Its Go value is a time.Duration.
type Duration struct {
	Min, Max time.Duration
	Step     time.Duration // 0 is any
	Zero     bool          // "0s" is allowed below Min and turns something off
	Why      string        // why the bounds are as they are, with their source; may be empty
}

// Type is string.
func (Duration) Type() cty.Type { return cty.String }

// Parse takes texts such as "500ms", "1m30s".
func (k Duration) Parse(v cty.Value) (any, error) {
	if v.Type() == cty.Number {
		text := printValue(v)
		e := wrong(CodeNoUnit, "is the number %s without a unit", text)
		e.Why = "Durations are strings with a unit: ms, s, m or h."
		e.Help = fmt.Sprintf("If seconds are meant, write %q.", text+"s")
		return nil, e
	}
	if v.Type() != cty.String {
		return nil, wrong(CodeWrongType, "is %s; this is %s", k.Words(), Describe(v))
	}
	text := v.AsString()
	d, err := time.ParseDuration(text)
	if err != nil {
		return nil, k.unreadable(text)
	}
	if k.Zero && d == 0 {
		return d, nil
	}
	if d < k.Min || d > k.Max {
		side, bound := "below", k.Min
		if d > k.Max {
			side, bound = "above", k.Max
		}
		e := wrong(CodeOutOfRange, "%s is %s %s", quote(text), side, FormatDuration(bound))
		e.Why, e.Help = k.Why, fmt.Sprintf("Set it to %s.", k.Words())
		return nil, e
	}
	if k.Step != 0 && d%k.Step != 0 {
		e := wrong(CodeDuration, "%s is not a multiple of %s", quote(text), FormatDuration(k.Step))
		low := d.Truncate(k.Step)
		e.Why, e.Help = k.Why, fmt.Sprintf("The nearest are %q and %q.", FormatDuration(low), FormatDuration(low+k.Step))
		return nil, e
	}
	return d, nil
}

// unreadable guesses what was meant by a text that is no duration.
func (k Duration) unreadable(text string) *ValueError {
	if text == "" {
		return wrong(CodeDuration, "is empty; it is %s", k.Words())
	}
	if _, err := strconv.ParseFloat(text, 64); err == nil {
		e := wrong(CodeNoUnit, "is %s without a unit", quote(text))
		e.Why = "Durations are strings with a unit: ms, s, m or h."
		e.Help = fmt.Sprintf("If seconds are meant, write %q.", text+"s")
		return e
	}
	e := wrong(CodeDuration, "is %s, which does not read as a duration", quote(text))
	e.Help = `Write a number and a unit (ms, s, m, h), for example "500ms" or "1m30s".`
	if n, found := strings.CutSuffix(text, "d"); found {
		if days, err := strconv.Atoi(n); err == nil && days < 10000 {
			e.Help = fmt.Sprintf("Days are written in hours: %q.", strconv.Itoa(days*24)+"h")
		}
	}
	return e
}

// Print is the duration as [FormatDuration] writes it.
func (Duration) Print(v any) string { d, _ := v.(time.Duration); return FormatDuration(d) }

// Words names the kind with its range.
func (k Duration) Words() string {
	words := "a duration from " + FormatDuration(k.Min) + " to " + FormatDuration(k.Max)
	if k.Step != 0 {
		words += " in steps of " + FormatDuration(k.Step)
	}
	if k.Zero {
		words += `, or "0s" for off`
	}
	return words
}

// FormatDuration writes a duration without the zero parts that time.Duration prints: 5m, not 5m0s.
func FormatDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = s[:len(s)-2]
	}
	if strings.HasSuffix(s, "h0m") {
		s = s[:len(s)-2]
	}
	return s
}

// Text is free text of at most Max bytes. Its Go value is a string.
type Text struct {
	Max int
	// What completes the sentence "name is …": a path that begins with "/".
	What string
	// Valid looks closer; nil allows any text.
	Valid func(text string) *ValueError
}

// Type is string.
func (Text) Type() cty.Type { return cty.String }

// Parse takes texts only: a number here is more often a slip than a help.
func (k Text) Parse(v cty.Value) (any, error) {
	if v.Type() != cty.String {
		e := wrong(CodeWrongType, "is %s; this is %s", k.Words(), Describe(v))
		if v.Type() == cty.Number || v.Type() == cty.Bool {
			e.Help = fmt.Sprintf("Put quotes around it: %q.", printValue(v))
		}
		return nil, e
	}
	text := v.AsString()
	if k.Max > 0 && len(text) > k.Max {
		e := wrong(CodeOutOfRange, "%s has %d bytes, more than %d", quote(shorten(text)), len(text), k.Max)
		return nil, e
	}
	if k.Valid != nil {
		if err := k.Valid(text); err != nil {
			return nil, err
		}
	}
	return text, nil
}

// Print is the text itself.
func (Text) Print(v any) string { s, _ := v.(string); return s }

// Words names the kind.
func (k Text) Words() string { return k.What }

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
	if near := Nearest(text, k.Values); near != "" {
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

// Any is any value, for `vars`. Its Go value is the cty.Value itself.
type Any struct{}

// Type is dynamic.
func (Any) Type() cty.Type { return cty.DynamicPseudoType }

// Parse takes everything.
func (Any) Parse(v cty.Value) (any, error) { return v, nil }

// Print is the value as HCL writes it.
func (Any) Print(v any) string {
	if c, ok := v.(cty.Value); ok {
		return printValue(c)
	}
	return ""
}

// Words names the kind.
func (Any) Words() string { return "any value" }
