package schema

import (
	"fmt"

	"github.com/zclconf/go-cty/cty"
)

// Kind is what an argument holds: how it is written, what Go value it becomes, and what is said about a wrong one.
// The Go value of each kind stands in its documentation; decoding hands it on, and nothing parses a string twice.
type Kind interface {
	// Type is the cty type that references to the argument see.
	Type() cty.Type
	// Parse makes the Go value of v, which is known, unmarked and not null. A wrong value is a [*ValueError].
	// [List] and [Map] are decoded element by element instead and never called.
	Parse(v cty.Value) (any, error)
	// Print writes a value of Parse as it would stand in HCL, without quotes around a lone string.
	Print(v any) string
	// Words completes the sentence "vrid is …": a whole number from 1 to 255.
	Words() string
}

// ValueError says what is wrong with a value. Offset and Length point inside a string, in bytes; Length 0 is the
// whole value.
type ValueError struct {
	Code   string // HA2xxx
	Text   string // follows the name of the argument: is 300, above 255
	Why    string // the rule and its source, as a sentence; may be empty
	Help   string // what to do, as a sentence; may be empty
	Offset int
	Length int
}

// Error is the text without the name of the argument.
func (e *ValueError) Error() string { return e.Text }

// Codes of wrong values; package diag explains them.
const (
	CodeWrongType  = "HA2201" // not the kind of value at all
	CodeNoUnit     = "HA2202" // a number where a duration is wanted
	CodeOutOfRange = "HA2203" // below or above
	CodeNotWord    = "HA2204" // not one of the words allowed
	CodeDuration   = "HA2205" // does not read as a duration, or finer than the step
	CodeAddress    = "HA2206" // does not read as an address, prefix or host:port
	CodeHostBits   = "HA2207" // a network with host bits
	CodeName       = "HA2208" // not a possible interface, path, constraint, header …
	CodeNotWhole   = "HA2209" // a number with a fraction, or infinite
	CodeNotRef     = "HA2210" // not a reference, or to the wrong kind of block
	CodeQuotedRef  = "HA2211" // a reference in quotes
	CodeNullItem   = "HA2212" // null inside a collection
	CodeTwice      = "HA2213" // twice in one collection
)

func wrong(code, format string, args ...any) *ValueError {
	return &ValueError{Code: code, Text: fmt.Sprintf(format, args...)}
}

// Describe names a value for a sentence: the number 5, the list ["a"], the text "x".
func Describe(v cty.Value) string {
	if v == cty.NilVal || !v.IsKnown() || v.IsMarked() {
		return "a value that cannot be shown"
	}
	if v.IsNull() {
		return "null"
	}
	ty := v.Type()
	switch {
	case ty == cty.String:
		return fmt.Sprintf("the text %s", quote(v.AsString()))
	case ty == cty.Number:
		return "the number " + printValue(v)
	case ty == cty.Bool:
		return printValue(v)
	case ty.IsTupleType() || ty.IsListType() || ty.IsSetType():
		return "the list " + shorten(printValue(v))
	case ty.IsObjectType():
		if ref, ok := RefOf(v); ok {
			return "the block " + ref
		}
		return "the map " + shorten(printValue(v))
	case ty.IsMapType():
		return "the map " + shorten(printValue(v))
	}
	return "something else"
}
