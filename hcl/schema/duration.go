package schema

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"
)

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
	if k.Step > time.Millisecond {
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
