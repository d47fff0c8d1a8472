package functions

import (
	"fmt"
	"math"
	"math/big"
	"net/netip"
	"strings"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// checkReal judges functions of two numbers whose result may be none: the logarithm of a negative number.
func checkReal(f func(a, b float64) float64) func([]cty.Value) error {
	return func(args []cty.Value) error {
		var n []float64
		for _, a := range args {
			if a == cty.NilVal || a.Type() != cty.Number {
				return nil // the function itself has an error for this
			}
			x, _ := a.AsBigFloat().Float64()
			n = append(n, x)
		}
		if len(n) == 2 && (math.IsNaN(f(n[0], n[1])) || math.IsInf(f(n[0], n[1]), 0)) {
			return fmt.Errorf("the result for %v and %v is no finite number", n[0], n[1])
		}
		return nil
	}
}

func checkDigits(args []cty.Value) error {
	if n := len(text(args, 0)); n > maxDigits {
		return function.NewArgErrorf(0, "a number of %d digits; the limit is %d", n, maxDigits)
	}
	return nil
}

// checkFormat judges the widths of a format and the sizes of what is put in.
func checkFormat(args []cty.Value) error {
	if err := checkWeight(args); err != nil {
		return err
	}
	format, digits := text(args, 0), 0
	for i := range len(format) {
		if format[i] < '0' || format[i] > '9' {
			digits = 0
			continue
		}
		if digits = digits*10 + int(format[i]-'0'); digits > maxWidth && strings.LastIndexByte(format[:i], '%') >= 0 {
			return function.NewArgErrorf(0, "a width of more than %d columns", maxWidth)
		}
	}
	bytes, verbs := 0, strings.Count(format, "%")
	for _, a := range args[min(1, len(args)):] {
		elements := 0
		_ = weigh(a, &elements, &bytes) // judged above
	}
	if len(format)+verbs*bytes > 4*MaxText { // each verb may name the same argument
		return tooLong()
	}
	return nil
}

func checkIndent(args []cty.Value) error {
	if len(args) < 2 || args[0] == cty.NilVal || args[0].Type() != cty.Number {
		return nil
	}
	spaces, _ := args[0].AsBigFloat().Int64()
	if spaces < 0 || spaces > maxWidth {
		return function.NewArgErrorf(0, "must be a number of spaces from 0 to %d", maxWidth)
	}
	if lines := strings.Count(text(args, 1), "\n"); len(text(args, 1))+lines*int(spaces) > MaxText {
		return tooLong()
	}
	return nil
}

func checkJoin(args []cty.Value) error {
	if err := checkWeight(args); err != nil {
		return err
	}
	n := 0
	for _, a := range args[min(1, len(args)):] {
		n += count(a)
	}
	if len(text(args, 0))*n > MaxText {
		return tooLong()
	}
	return nil
}

// checkReplace judges replace(text, what, by) by the worst case: what is found at each byte.
func checkReplace(args []cty.Value) error {
	s, what, by := text(args, 0), text(args, 1), text(args, 2)
	n := len(s) + 1
	if !isRegex(what) {
		n = strings.Count(s, what)
	}
	if len(by) > 0 && n > 4*MaxText/len(by) {
		return tooLong()
	}
	return nil
}

func checkSplit(args []cty.Value) error {
	sep, s := text(args, 0), text(args, 1)
	if len(s) > MaxElements && strings.Count(s, sep) > MaxElements {
		return tooMany()
	}
	return nil
}

// checkTextLength judges functions that may make an element of each byte.
func checkTextLength(args []cty.Value) error {
	for i := range args {
		if len(text(args, i)) > MaxElements {
			return function.NewArgErrorf(i, "a text of more than %d bytes, which is the limit here", MaxElements)
		}
	}
	return nil
}

func checkSum(args []cty.Value) error {
	n := 0
	for _, a := range args {
		if n += count(a); n > MaxElements {
			return tooMany()
		}
	}
	return nil
}

// checkQuadratic judges functions that compare each element with each other.
func checkQuadratic(args []cty.Value) error {
	if n := count(args[0]); n > 20_000 {
		return function.NewArgErrorf(0, "a list of %d elements; the limit here is 20000, toset takes more", n)
	}
	return nil
}

func checkProduct(args []cty.Value) error {
	n := 1
	for _, a := range args {
		c := count(a)
		if c == 0 {
			return nil
		}
		if n *= c; n > MaxElements {
			return tooMany()
		}
	}
	return nil
}

// checkRange judges range(limit), range(start, limit) and range(start, limit, step).
func checkRange(args []cty.Value) error {
	start, limit, step := big.NewFloat(0), big.NewFloat(0), big.NewFloat(1)
	var given []*big.Float
	for _, a := range args {
		if a == cty.NilVal || a.Type() != cty.Number {
			return nil // the function itself has an error for this
		}
		if a.AsBigFloat().IsInf() {
			return fmt.Errorf("a range cannot be infinite")
		}
		given = append(given, a.AsBigFloat())
	}
	switch len(given) {
	case 1:
		limit = given[0]
		if limit.Sign() < 0 {
			step = big.NewFloat(-1)
		}
	case 2:
		start, limit = given[0], given[1]
		if limit.Cmp(start) < 0 {
			step = big.NewFloat(-1)
		}
	case 3:
		start, limit, step = given[0], given[1], given[2]
	}
	if step.Sign() == 0 {
		return nil
	}
	n := new(big.Float).Quo(new(big.Float).Sub(limit, start), step)
	if n.Cmp(big.NewFloat(MaxElements)) > 0 {
		return tooMany()
	}
	return nil
}

// checkNesting judges JSON and YAML by the brackets that are open at once: decoders go into them by recursion. Brackets
// in texts count too, so the limit is one that only a hostile document reaches.
func checkNesting(args []cty.Value) error {
	depth := 0
	s := text(args, 0)
	if len(s) > MaxText {
		return function.NewArgErrorf(0, "a document of more than %d MiB, which is the limit", MaxText>>20)
	}
	for line := range strings.Lines(s) {
		if n := strings.Count(line[:min(len(line), 4*maxDepth)], "- ") + strings.Count(line[:min(len(line), 4*maxDepth)], "? "); n > maxDepth {
			return function.NewArgErrorf(0, "nested more than %d levels deep", maxDepth)
		}
		for i := range len(line) {
			switch line[i] {
			case '[', '{':
				depth++
			case ']', '}':
				depth = max(0, depth-1)
			}
			if depth > maxDepth {
				return function.NewArgErrorf(0, "nested more than %d levels deep", maxDepth)
			}
		}
		if indent := len(line) - len(strings.TrimLeft(line, " ")); indent > 20*maxDepth {
			return function.NewArgErrorf(0, "indented by more than %d columns", 20*maxDepth)
		}
	}
	return nil
}

func checkPrefix(args []cty.Value) error {
	if args[0] == cty.NilVal {
		return nil
	}
	if _, err := netip.ParsePrefix(text(args, 0)); err != nil {
		return function.NewArgErrorf(0, "%q is not a prefix like 192.0.2.0/24 or 2001:db8::/64", text(args, 0))
	}
	for i, a := range args[1:] {
		if a == cty.NilVal || a.Type() != cty.Number {
			continue
		}
		if _, acc := a.AsBigFloat().Int64(); acc != big.Exact {
			return function.NewArgErrorf(i+1, "must be a whole number")
		}
	}
	return nil
}

func checkPrefix4(args []cty.Value) error {
	if err := checkPrefix(args); err != nil {
		return err
	}
	if p, err := netip.ParsePrefix(text(args, 0)); err == nil && !p.Addr().Is4() {
		return function.NewArgErrorf(0, "%s is an IPv6 prefix; only IPv4 has netmasks", p)
	}
	return nil
}
