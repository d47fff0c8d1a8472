package schema

import (
	"fmt"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

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

// SysctlValue is the value of a sysctl: a text or a whole number. Its Go value is a string with single blanks.
type SysctlValue struct{}

// Type is string.
func (SysctlValue) Type() cty.Type { return cty.String }

// Parse takes texts and numbers, since most sysctls are numbers.
func (k SysctlValue) Parse(v cty.Value) (any, error) {
	switch v.Type() {
	case cty.Number:
		if !v.AsBigFloat().IsInt() {
			return nil, wrong(CodeNotWhole, "is %s; this is %s", k.Words(), Describe(v))
		}
		return printValue(v), nil
	case cty.String:
		text := strings.Join(strings.Fields(v.AsString()), " ")
		if text == "" {
			return nil, wrong(CodeName, "is empty")
		}
		return text, nil
	}
	return nil, wrong(CodeWrongType, "is %s; this is %s", k.Words(), Describe(v))
}

// Print is the value.
func (SysctlValue) Print(v any) string { s, _ := v.(string); return s }

// Words names the kind.
func (SysctlValue) Words() string { return "a text or a whole number" }
