package keepalived

import (
	"fmt"
	"strconv"
	"strings"
)

// loop is a line that is processed once for each value of its variables.
type loop struct {
	names  []string
	values [][]string // one list for each round
	body   string
}

// loopIn reads a loop; is tells that the line begins like one, and err why it cannot be one.
func (r *reader) loopIn(l line) (found loop, is bool, err error) {
	kind := ""
	for _, k := range []string{"~SEQ", "~SEQx", "~LST"} {
		if strings.HasPrefix(l.text, k+"(") {
			kind = k
		}
	}
	if kind == "" {
		return loop{}, false, nil
	}
	text := l.text[len(kind)+1:]
	end := strings.IndexByte(text, ')')
	if end < 0 {
		return loop{}, true, fmt.Errorf("%s has no closing parenthesis", kind)
	}
	inner, _ := r.substitute(line{Place: l.Place, text: text[:end]})
	found.body = trim(text[end+1:])
	if kind == "~LST" {
		err = found.list(inner)
	} else {
		err = found.sequence(inner, kind == "~SEQx")
	}
	return found, true, err
}

// maxRounds bounds a loop: more lines than any file of keepalived has.
const maxRounds = 100_000

// sequence reads VAR, [START, [STEP,]] END.
func (l *loop) sequence(inner string, hex bool) error {
	parts := strings.Split(inner, ",")
	if len(parts) < 2 || len(parts) > 4 {
		return fmt.Errorf("~SEQ takes a variable and one to three numbers, not %q", inner)
	}
	l.names = []string{trim(parts[0])}
	numbers := make([]int64, len(parts)-1)
	for i, p := range parts[1:] {
		n, err := strconv.ParseInt(trim(p), 0, 32)
		if err != nil {
			return fmt.Errorf("%q is no number", trim(p))
		}
		if hex && n < 0 {
			return fmt.Errorf("~SEQx takes no negative number such as %d", n)
		}
		numbers[i] = n
	}
	start, step, end := int64(1), int64(1), numbers[len(numbers)-1]
	switch len(numbers) {
	case 1:
		if end < 0 {
			start, step = -1, -1
		}
	case 2:
		if start = numbers[0]; end < start {
			step = -1
		}
	case 3:
		start, step = numbers[0], numbers[1]
	}
	if step == 0 || (end > start) != (step > 0) && end != start {
		return fmt.Errorf("~SEQ never comes from %d to %d in steps of %d", start, end, step)
	}
	if (end-start)/step >= maxRounds {
		return fmt.Errorf("~SEQ from %d to %d has more than %d rounds", start, end, maxRounds)
	}
	for n := start; step > 0 && n <= end || step < 0 && n >= end; n += step {
		text := strconv.FormatInt(n, 10)
		if hex {
			text = strconv.FormatInt(n, 16)
		}
		l.values = append(l.values, []string{text})
	}
	return nil
}

// list reads VAR, v1, v2 … or {A,B}, {a1,b1}, {a2,b2} ….
func (l *loop) list(inner string) error {
	groups, err := splitGroups(inner)
	if err != nil {
		return err
	}
	l.names = groups[0]
	for _, g := range groups[1:] {
		if len(g) > len(l.names) {
			return fmt.Errorf("~LST has the values %s for %d variables", strings.Join(g, ","), len(l.names))
		}
		l.values = append(l.values, append(g, make([]string, len(l.names)-len(g))...))
	}
	return nil
}

// splitGroups splits at commas outside of braces; a part in braces is several values.
func splitGroups(text string) ([][]string, error) {
	var groups [][]string
	for {
		text = trim(text)
		if inner, ok := strings.CutPrefix(text, "{"); ok {
			end := strings.IndexByte(inner, '}')
			if end < 0 {
				return nil, fmt.Errorf("~LST has a brace without its end in %q", text)
			}
			var group []string
			for _, v := range strings.Split(inner[:end], ",") {
				group = append(group, trim(v))
			}
			groups = append(groups, group)
			text = trim(inner[end+1:])
			if text == "" {
				return groups, nil
			}
			if text[0] != ',' {
				return nil, fmt.Errorf("~LST wants a comma before %q", text)
			}
			text = text[1:]
			continue
		}
		value, rest, more := strings.Cut(text, ",")
		groups = append(groups, []string{trim(value)})
		if !more {
			return groups, nil
		}
		text = rest
	}
}
