package eval

import (
	"math/big"

	"github.com/zclconf/go-cty/cty"
)

// Limits of one value. Thirty locals that each hold the one before twice make a value of a billion parts that costs
// nothing until something looks at all of it, and a value that is too deep overflows the stack of whoever does.
const (
	MaxValueParts = 1_000_000
	MaxValueDepth = 500
	// MaxNumberBits is the size of a number on either side of the point. Products of products have millions of digits,
	// and writing them as text takes for ever. Infinity is for whoever takes the number to refuse.
	MaxNumberBits = 4096
)

func hugeNumber(f *big.Float) bool {
	if f.IsInf() {
		return false
	}
	bits := f.MantExp(nil)
	return bits > MaxNumberBits || bits < -MaxNumberBits
}

// tooLarge tells whether a value exceeds the limits. It looks at MaxValueParts parts at most.
func tooLarge(v cty.Value) bool {
	left := MaxValueParts
	return !weigh(v, MaxValueDepth, &left)
}

func weigh(v cty.Value, depth int, left *int) bool {
	*left--
	if depth == 0 || *left < 0 {
		return false
	}
	v, _ = v.Unmark()
	if v.IsNull() || !v.IsKnown() {
		return true
	}
	if v.Type() == cty.Number {
		return !hugeNumber(v.AsBigFloat())
	}
	if v.Type().IsPrimitiveType() || !v.CanIterateElements() {
		return true
	}
	for it := v.ElementIterator(); it.Next(); {
		if _, item := it.Element(); !weigh(item, depth-1, left) {
			return false
		}
	}
	return true
}
