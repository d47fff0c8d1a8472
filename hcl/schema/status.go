package schema

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// StatusRange is HTTP status codes from First to Last, both included.
type StatusRange struct{ First, Last int }

// Status is one HTTP status code or a range of them. Its Go value is a [StatusRange].
type Status struct{}

// Type is string.
func (Status) Type() cty.Type { return cty.String }

// Parse takes "200", "200-399" and the number 200.
func (k Status) Parse(v cty.Value) (any, error) {
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
	a, errA := strconv.Atoi(strings.TrimSpace(first))
	b, errB := strconv.Atoi(strings.TrimSpace(last))
	if errA != nil || errB != nil || a < 100 || b > 599 {
		e := wrong(CodeOutOfRange, "is %s, not %s", quote(text), k.Words())
		return nil, e
	}
	if a > b {
		e := wrong(CodeOutOfRange, "%s is a range that ends before it begins", quote(text))
		e.Help = fmt.Sprintf(`Write "%d-%d".`, b, a)
		return nil, e
	}
	return StatusRange{First: a, Last: b}, nil
}

// Print is the code or the range.
func (Status) Print(v any) string {
	r, _ := v.(StatusRange)
	if r.First == r.Last {
		return strconv.Itoa(r.First)
	}
	return fmt.Sprintf("%d-%d", r.First, r.Last)
}

// Words names the kind.
func (Status) Words() string { return `a status code from 100 to 599, or a range such as "200-399"` }
