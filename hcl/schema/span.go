package schema

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// SpanRange is the numbers from First to Last, both included.
type SpanRange struct{ First, Last int64 }

// Span is one whole number or a range of them, within Min to Max. Its Go value is a [SpanRange].
type Span struct {
	Min, Max int64
	What     string // what is counted, in the singular: port
}

// Type is string.
func (Span) Type() cty.Type { return cty.String }

// Parse takes "80", "80-90" and the number 80.
func (k Span) Parse(v cty.Value) (any, error) {
	text := ""
	switch v.Type() {
	case cty.Number:
		text = printValue(v)
	case cty.String:
		text = v.AsString()
	default:
		return nil, wrong(CodeWrongType, "is %s; this is %s", k.Words(), Describe(v))
	}
	first, last, ranged := strings.Cut(text, "-")
	if !ranged {
		last = first
	}
	a, errA := strconv.ParseInt(strings.TrimSpace(first), 10, 64)
	b, errB := strconv.ParseInt(strings.TrimSpace(last), 10, 64)
	if errA != nil || errB != nil || min(a, b) < k.Min || max(a, b) > k.Max {
		return nil, wrong(CodeOutOfRange, "is %s, not %s", quote(text), k.Words())
	}
	if a > b {
		e := wrong(CodeOutOfRange, "%s is a range that ends before it begins", quote(text))
		e.Help = fmt.Sprintf(`Write "%d-%d".`, b, a)
		return nil, e
	}
	return SpanRange{First: a, Last: b}, nil
}

// Print is the number or the range.
func (Span) Print(v any) string {
	r, _ := v.(SpanRange)
	if r.First == r.Last {
		return strconv.FormatInt(r.First, 10)
	}
	return fmt.Sprintf("%d-%d", r.First, r.Last)
}

// Words names the kind.
func (k Span) Words() string {
	return fmt.Sprintf(`a %s from %d to %d, or a range such as "80-90"`, k.What, k.Min, k.Max)
}
