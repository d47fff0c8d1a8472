package keepalived

import (
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// definition is the value of a name: one line, or the lines of a body.
type definition struct {
	lines []string
	multi bool
}

// define stores a line of the form $NAME=VALUE; false when it is another line.
func (r *reader) define(l line) bool {
	name, value, ok := definitionIn(l.text)
	if !ok {
		return false
	}
	body, more := strings.CutSuffix(value, `\`)
	if !more {
		r.names[name] = definition{lines: []string{value}}
		return true
	}
	r.collecting, r.body = name, nil
	if body = strings.TrimRight(body, " \t"); body != "" {
		r.body = append(r.body, body)
	}
	return true
}

// definitionIn takes a definition apart.
func definitionIn(text string) (name, value string, ok bool) {
	if !strings.HasPrefix(text, "$") {
		return "", "", false
	}
	end := nameLen(text[1:])
	if end == 0 || 1+end >= len(text) || text[1+end] != '=' {
		return "", "", false
	}
	return text[1 : 1+end], strings.Trim(text[2+end:], " \t"), true
}

// collect takes a line of a body; the first one without a backslash at its end is the last.
func (r *reader) collect(l line) {
	text, more := strings.CutSuffix(l.text, `\`)
	if text = strings.TrimRight(text, " \t"); text != "" {
		r.body = append(r.body, text)
	}
	if !more {
		r.names[r.collecting] = definition{lines: r.body, multi: true}
		r.collecting, r.body = "", nil
	}
}

// nameLen is how long the name is with which a text begins.
func nameLen(text string) int {
	for i := range len(text) {
		c := text[i]
		letter := c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return i
		}
	}
	return len(text)
}

// maxReferences bounds the references of one line: definitions that name each other in a circle never end.
const maxReferences = 5000

// substitute replaces references until nothing changes. The lines of a body that stands at the end of the line come back as
// rest. An unknown name stays as it is, and so does a reference that would make the line too long.
func (r *reader) substitute(l line) (text string, rest []string) {
	text = l.text
	replaced := 0
	for from := 0; ; {
		i := strings.IndexByte(text[from:], '$')
		if i < 0 {
			return text, rest
		}
		i += from
		name, args, end := reference(text[i:])
		if name == "" {
			from = i + 1
			continue
		}
		d, known := r.lookup(l, name, args)
		value := ""
		if len(d.lines) > 0 {
			value = d.lines[0]
		}
		if !known || d.multi && i+end != len(text) || len(text)-end+len(value) >= maxLine {
			from = i + end
			continue
		}
		if replaced++; replaced > maxReferences {
			r.remark(l.Place, BadDefinition, "the definition of "+name+" leads back to itself", "keepalived replaces it for ever; here the line stays as it is")
			return l.text, nil
		}
		text = text[:i] + value + text[i+end:]
		if d.multi && len(d.lines) > 1 {
			rest = append(slices.Clone(d.lines[1:]), rest...)
		}
		r.work += len(text)
		from = 0 // what was inserted may refer to more, or complete a reference
	}
}

// reference reads $NAME or ${NAME ARGUMENTS} at the start of a text: end is behind it. Without braces a blank, a comma, a
// closing parenthesis or the end of the line must follow.
func reference(text string) (name, args string, end int) {
	if strings.HasPrefix(text, "${") {
		closing := strings.IndexByte(text, '}')
		if closing < 0 {
			return "", "", 0
		}
		name, args, _ = strings.Cut(text[2:closing], " ")
		if n := nameLen(name); n == 0 || n != len(name) {
			return "", "", 0
		}
		return name, trim(args), closing + 1
	}
	n := nameLen(text[1:])
	if n == 0 || 1+n < len(text) && !strings.ContainsRune(" \t,)", rune(text[1+n])) {
		return "", "", 0
	}
	return text[1 : 1+n], "", 1 + n
}

// lookup finds what a name stands for at a line.
func (r *reader) lookup(l line, name, args string) (definition, bool) {
	if d, ok := r.names[name]; ok {
		return d, true
	}
	one := func(value string) (definition, bool) { return definition{lines: []string{value}}, true }
	switch name {
	case "_PWD":
		return one(filepath.Dir(l.File))
	case "_INSTANCE":
		return one(r.options.ID)
	case "_HASH":
		return one("#")
	case "_BANG":
		return one("!")
	case "_ENV":
		return one(r.options.Env(args))
	case "_RANDOM":
		return one(strconv.Itoa(random(r.random, args)))
	}
	return definition{}, false
}

// random is a number of ${_RANDOM MIN MAX}.
func random(rng *rand.Rand, args string) int {
	low, high := 0, 32767
	fields := strings.Fields(args)
	if len(fields) > 0 {
		low, _ = strconv.Atoi(fields[0]) // 0 for what is no number, as keepalived has it
	}
	if len(fields) > 1 {
		high, _ = strconv.Atoi(fields[1]) // likewise
	}
	if high <= low || high-low < 0 {
		return low
	}
	return low + rng.IntN(high-low+1)
}
