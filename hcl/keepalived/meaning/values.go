package meaning

import (
	"fmt"
	"math"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"ha/hcl/keepalived"
	"ha/hcl/keepalived/account"
)

// put gives a value; the statement that set it before is overridden.
func put[T any](r *reader, to *Value[T], s *keepalived.Statement, v T) {
	if to.At != nil && to.At != s {
		r.a.SetAll(to.At, account.Ignored, fmt.Sprintf("line %d sets it again", s.Line))
	}
	*to = Value[T]{v, s}
}

// first is the first word after the keyword; ok is false, with a remark, where there is none.
func (r *reader) first(s *keepalived.Statement) (word string, ok bool) {
	if len(s.Words) > 0 {
		return s.Words[0], true
	}
	r.a.Ignore(s, "missing-value", s.Keyword+" has no value", "keepalived stops here and does not start; the line is left out")
	return "", false
}

func (r *reader) bad(s *keepalived.Statement, value, wanted string) {
	shown := printable(value)
	if account.Secret(s) {
		shown = "the value"
	}
	r.a.Ignore(s, "bad-value", fmt.Sprintf("%s of %s is not %s", shown, s.Keyword, wanted), "keepalived ignores the line, and the default holds")
}

func (r *reader) text(to *Value[string], s *keepalived.Statement) {
	if v, ok := r.first(s); ok {
		put(r, to, s, v)
	}
}

// integer reads a whole number within bounds; what is outside is ignored as keepalived does.
func (r *reader) integer(to *Value[int], s *keepalived.Statement, low, high int) {
	v, ok := r.first(s)
	if !ok {
		return
	}
	n, err := strconv.Atoi(strings.TrimLeft(v, " \t"))
	if err != nil || n < low || n > high {
		r.bad(s, v, fmt.Sprintf("a whole number from %d to %d", low, high))
		return
	}
	put(r, to, s, n)
}

// seconds reads a time in seconds, with decimals, to the microsecond.
func (r *reader) seconds(to *Value[time.Duration], s *keepalived.Statement, low, high time.Duration) {
	r.time(to, s, time.Second, low, high)
}

func (r *reader) time(to *Value[time.Duration], s *keepalived.Statement, unit, low, high time.Duration) {
	v, ok := r.first(s)
	if !ok {
		return
	}
	d, ok := decimal(v, unit)
	if !ok || d < low || d > high {
		r.bad(s, v, fmt.Sprintf("a number of %s from %s to %s", unitName(unit), count(low, unit), count(high, unit)))
		return
	}
	put(r, to, s, d)
}

func count(d, unit time.Duration) string {
	return strconv.FormatFloat(float64(d)/float64(unit), 'f', -1, 64)
}

func unitName(unit time.Duration) string {
	if unit == time.Millisecond {
		return "milliseconds"
	}
	return "seconds"
}

// decimal reads a number with decimals as so many units.
func decimal(text string, unit time.Duration) (time.Duration, bool) {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(f) || math.Abs(f) > 1e9 || strings.ContainsAny(text, "eExXpP_iI") {
		return 0, false
	}
	return time.Duration(math.Round(f*float64(unit/time.Microsecond))) * time.Microsecond, true
}

// boolean reads a word of on and off, which may be missing for on.
func (r *reader) boolean(to *Value[bool], s *keepalived.Statement) {
	if len(s.Words) == 0 {
		put(r, to, s, true)
		return
	}
	switch s.Words[0] {
	case "on", "true", "yes":
		put(r, to, s, true)
	case "off", "false", "no":
		put(r, to, s, false)
	default:
		r.bad(s, s.Words[0], "on or off")
	}
}

// flag sets a value by the keyword alone. A word that would turn it off does not.
func (r *reader) flag(to *Value[bool], s *keepalived.Statement, v bool) {
	if len(s.Words) > 0 && (s.Words[0] == "off" || s.Words[0] == "no" || s.Words[0] == "false") {
		r.a.Remark(s, "argument-ignored", account.Notice, s.Keyword+" takes no argument", "keepalived turns it on all the same; so does the result")
	}
	put(r, to, s, v)
}

func (r *reader) address(to *Value[netip.Addr], s *keepalived.Statement) {
	v, ok := r.first(s)
	if !ok {
		return
	}
	a, err := netip.ParseAddr(v)
	if err != nil {
		r.bad(s, v, "an address")
		return
	}
	put(r, to, s, a.WithZone(""))
}

// device reads the name of an interface. An alias (eth0:1) is none.
func (r *reader) device(to *Value[string], s *keepalived.Statement) {
	v, ok := r.first(s)
	if !ok {
		return
	}
	if base, _, alias := strings.Cut(v, ":"); alias && base != "" {
		r.a.Remark(s, "alias-of-interface", account.Notice, v+" is an alias, and no interface", "keepalived does not find it and stops; the result has "+base)
		v = base
	}
	if !isDevice(v) {
		r.bad(s, v, "the name of an interface")
		return
	}
	put(r, to, s, v)
}

// isDevice tells whether the kernel would take a name for an interface.
func isDevice(name string) bool {
	if name == "" || len(name) > 15 || name == "." || name == ".." {
		return false
	}
	for _, c := range name {
		if c <= ' ' || c == '/' || c == ':' || c == 0x7f {
			return false
		}
	}
	return true
}

// weight reads a weight: N [reverse].
func (r *reader) weight(to *Value[int], reverse *bool, s *keepalived.Statement, limit int) {
	r.integer(to, s, -limit, limit)
	if to.At == s {
		*reverse = len(s.Words) > 1 && s.Words[1] == "reverse"
	}
}

// scriptWeight reads the weight of a vrrp_script, which keepalived keeps although it is out of range.
func (r *reader) scriptWeight(x *Script, s *keepalived.Statement) {
	n, err := strconv.Atoi(firstOf(s))
	if bound := min(max(n, -253), 253); err == nil && n != bound {
		r.a.Remark(s, "weight-out-of-range", account.Notice, fmt.Sprintf("the weight %d is out of range", n),
			"keepalived complains and keeps it, and no priority gets beyond 1 and 254; the result has "+strconv.Itoa(bound))
		put(r, &x.Weight, s, bound)
		x.Reverse = len(s.Words) > 1 && s.Words[1] == "reverse"
		return
	}
	r.weight(&x.Weight, &x.Reverse, s, 253)
}

// user reads USER [GROUP].
func (r *reader) user(to *Value[User], s *keepalived.Statement) {
	if v, ok := r.first(s); ok {
		u := User{Name: v}
		if len(s.Words) > 1 {
			u.Group = strings.TrimPrefix(s.Words[1], ":")
		}
		put(r, to, s, u)
	}
}

// command reads a program, of which only the first word of the line counts.
func (r *reader) command(to *Value[Command], s *keepalived.Statement) {
	argv, user, _, ok := keepalived.SplitScript(s.Raw)
	if len(argv) == 0 {
		r.first(s)
		if len(s.Words) > 0 {
			r.bad(s, s.Words[0], "a command")
		}
		return
	}
	if !ok {
		r.a.Remark(s, "open-quote", account.Notice, "a quotation mark of the command is missing", "keepalived takes what stands before it")
	}
	if strings.ContainsAny(argv[0], "“”‘’„") {
		r.a.Remark(s, "typographic-quotes", account.Notice, "the quotation marks are typographic ones", "keepalived takes them for part of the name of the program, which it does not find; so does the result")
	}
	text := strings.Join(argv, " ")
	if len(s.Words) > 0 && strings.HasPrefix(strings.TrimSpace(strings.TrimPrefix(s.Raw, s.Keyword)), `"`) {
		text = s.Words[0]
	}
	if user != "" {
		r.a.Remark(s, "arguments-lost", account.Notice, "the command has no quotation marks around it, so what follows the program is not part of it",
			"keepalived runs the program without arguments; so does the result")
	}
	put(r, to, s, Command{argv, text})
}
