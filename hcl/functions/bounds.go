package functions

import (
	"fmt"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// Limits of what one call may make.
const (
	MaxElements = 1_000_000 // elements of a collection, those of its elements included
	MaxText     = 16 << 20  // bytes of a text
	maxWidth    = 10_000    // columns in format and indent
	maxDepth    = 200       // nesting of decoded documents
	maxDigits   = 10_000    // decimal digits of a number
)

// plainArgs returns the arguments without marks and with unknown and null ones replaced by NilVal, so that checks need
// not care for them.
func plainArgs(args []cty.Value) []cty.Value {
	plain := make([]cty.Value, len(args))
	for i, a := range args {
		a, _ = a.UnmarkDeep()
		if a.IsKnown() && !a.IsNull() {
			plain[i] = a
		}
	}
	return plain
}

func text(args []cty.Value, i int) string {
	if i >= len(args) || args[i] == cty.NilVal || args[i].Type() != cty.String {
		return ""
	}
	return args[i].AsString()
}

// count returns the number of elements of a collection, 0 for all else.
func count(v cty.Value) int {
	if v == cty.NilVal || !v.CanIterateElements() {
		return 0
	}
	return v.LengthInt()
}

func tooMany() error {
	return fmt.Errorf("the result would have more than %d elements, which is the limit", MaxElements)
}

func tooLong() error {
	return fmt.Errorf("the result would be a text of more than %d MiB, which is the limit", MaxText>>20)
}

// checkResult judges what a call has made. Only the outermost level is counted: what lies inside was made, and judged,
// before.
func checkResult(v cty.Value) error {
	v, _ = v.Unmark()
	switch {
	case !v.IsKnown() || v.IsNull():
		return nil
	case v.Type() == cty.String && len(v.AsString()) > MaxText:
		return tooLong()
	case v.CanIterateElements() && v.LengthInt() > MaxElements:
		return tooMany()
	}
	return nil
}

// weigh counts elements and bytes of a value with all that is in it, and stops at the limits. Values share what they
// hold, so a small one in memory can be an endless one to go through.
func weigh(v cty.Value, elements, bytes *int) error {
	if v == cty.NilVal {
		return nil
	}
	if v, _ = v.Unmark(); !v.IsKnown() || v.IsNull() {
		return nil
	}
	*elements++
	if *elements > MaxElements {
		return fmt.Errorf("the value has more than %d elements, which is the limit", MaxElements)
	}
	switch {
	case v.Type() == cty.String:
		if *bytes += len(v.AsString()); *bytes > MaxText {
			return fmt.Errorf("the value has more than %d MiB of text, which is the limit", MaxText>>20)
		}
	case v.Type() == cty.Number:
		return number(v)
	case v.CanIterateElements():
		for it := v.ElementIterator(); it.Next(); {
			_, elem := it.Element()
			if err := weigh(elem, elements, bytes); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkWeight(args []cty.Value) error {
	elements, bytes := 0, 0
	for i, a := range args {
		if err := weigh(a, &elements, &bytes); err != nil {
			return function.NewArgError(i, err)
		}
	}
	return nil
}

// number refuses numbers whose digits would fill the memory: 1e99999999.
func number(v cty.Value) error {
	f := v.AsBigFloat()
	if exp := f.MantExp(nil); !f.IsInf() && (exp > 4*maxDigits || exp < -4*maxDigits) {
		return fmt.Errorf("the number has more than %d digits, which is the limit", maxDigits)
	}
	return nil
}

func checkNumbers(args []cty.Value) error {
	for i, a := range args {
		if a != cty.NilVal && a.Type() == cty.Number {
			if err := number(a); err != nil {
				return function.NewArgError(i, err)
			}
		}
	}
	return nil
}
