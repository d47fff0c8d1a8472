package planner

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth bounds how deep a document may nest.
const maxDepth = 200

// member is one name of an object with its value in canonical form.
type member struct {
	name, value []byte // the name as it stands between its quotes, unescaped
}

// canonicalMembers returns the members of a JSON object in canonical form and order: names sorted, no white space,
// shortest escapes (RFC 8785). Numbers must be whole, since documents of ha hold no others. Unlike encoding/json it
// refuses names that stand twice in one object: readers would disagree about which one counts.
func canonicalMembers(data []byte) ([]member, error) {
	if !utf8.Valid(data) {
		return nil, errors.New("it is not UTF-8 text")
	}
	var whole json.RawMessage
	if err := json.Unmarshal(data, &whole); err != nil {
		return nil, explained(err, len(data))
	}
	c := &canoniser{src: data, out: make([]byte, 0, len(data))}
	if c.next() != '{' {
		return nil, errors.New("it is no JSON object")
	}
	if err := c.members(); err != nil {
		return nil, err
	}
	out := make([]member, len(c.stack))
	for i, m := range c.stack {
		out[i] = member{m.name, c.out[m.value:m.end]}
	}
	return out, nil
}

// explained says where a document stops being one.
func explained(err error, size int) error {
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) {
		return err
	}
	if syntax.Offset >= int64(size) && syntax.Error() == "unexpected end of JSON input" {
		return fmt.Errorf("it ends after %d bytes in the middle of a value: truncated", size)
	}
	return fmt.Errorf("at byte %d: %w", syntax.Offset, err)
}

// joinMembers writes an object of members in canonical form, those that keep wants.
func joinMembers(members []member, keep func(name string) bool) []byte {
	out := []byte{'{'}
	for _, m := range members {
		if !keep(string(m.name)) {
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(appendString(out, m.name), ':')
		out = append(out, m.value...)
	}
	return append(out, '}')
}

// canoniser copies JSON that is known to be valid into canonical form without building a tree of it.
type canoniser struct {
	src   []byte
	pos   int
	out   []byte
	depth int
	stack []span // members of the objects around the present place
}

// span is a member that has been written: from its name to the end of its value.
type span struct {
	name              []byte
	begin, value, end int
}

// next skips white space and returns the byte that follows.
func (c *canoniser) next() byte {
	for c.src[c.pos] <= ' ' {
		c.pos++
	}
	return c.src[c.pos]
}

func (c *canoniser) value() error {
	switch b := c.next(); {
	case b == '{':
		return c.object()
	case b == '[':
		return c.array()
	case b == '"':
		s, err := c.text()
		c.out = appendString(c.out, s)
		return err
	case b == '-' || b >= '0' && b <= '9':
		return c.number()
	}
	for c.pos < len(c.src) && c.src[c.pos] >= 'a' && c.src[c.pos] <= 'z' { // true, false, null
		c.out = append(c.out, c.src[c.pos])
		c.pos++
	}
	return nil
}

func (c *canoniser) number() error {
	begin := c.pos
	for c.pos < len(c.src) && bytes.IndexByte([]byte("+-.0123456789Ee"), c.src[c.pos]) >= 0 {
		c.pos++
	}
	n, err := strconv.ParseInt(string(c.src[begin:c.pos]), 10, 64)
	if err != nil {
		return fmt.Errorf("at byte %d: %s is not a whole number of 64 bits", begin, c.src[begin:c.pos])
	}
	c.out = strconv.AppendInt(c.out, n, 10)
	return nil
}

// text reads a string and returns it without its quotes and escapes.
func (c *canoniser) text() ([]byte, error) {
	begin, escaped := c.pos, false
	for c.pos++; c.src[c.pos] != '"'; c.pos++ {
		if c.src[c.pos] == '\\' {
			escaped = true
			c.pos++
		}
	}
	c.pos++
	if !escaped {
		return c.src[begin+1 : c.pos-1], nil
	}
	var s string
	err := json.Unmarshal(c.src[begin:c.pos], &s)
	return []byte(s), err
}

func (c *canoniser) array() error {
	if err := c.enter(); err != nil {
		return err
	}
	c.out = append(c.out, '[')
	for first := true; c.next() != ']'; first = false {
		if !first {
			c.pos++ // the comma
			c.out = append(c.out, ',')
		}
		if err := c.value(); err != nil {
			return err
		}
	}
	c.out = append(c.out, ']')
	c.leave()
	return nil
}

func (c *canoniser) object() error {
	begin, around := len(c.out), len(c.stack)
	if err := c.members(); err != nil {
		return err
	}
	mine := c.stack[around:]
	sorted := make([]byte, 0, len(c.out)-begin+len(mine)+1)
	sorted = append(sorted, '{')
	for i, m := range mine {
		if i > 0 {
			sorted = append(sorted, ',')
		}
		sorted = append(sorted, c.out[m.begin:m.end]...)
	}
	c.out = append(append(c.out[:begin], sorted...), '}')
	c.stack = c.stack[:around]
	return nil
}

// members writes the members of an object one after the other, and leaves their spans sorted on the stack.
func (c *canoniser) members() error {
	if err := c.enter(); err != nil {
		return err
	}
	around := len(c.stack)
	for first := true; c.next() != '}'; first = false {
		if !first {
			c.pos++ // the comma
			c.next()
		}
		name, err := c.text()
		if err != nil {
			return err
		}
		m := span{name: name, begin: len(c.out)}
		c.out = append(appendString(c.out, name), ':')
		m.value = len(c.out)
		c.next()
		c.pos++ // the colon
		if err := c.value(); err != nil {
			return err
		}
		m.end = len(c.out)
		c.stack = append(c.stack, m)
	}
	mine := c.stack[around:]
	slices.SortFunc(mine, func(a, b span) int { return compareUTF16(a.name, b.name) })
	for i := 1; i < len(mine); i++ {
		if bytes.Equal(mine[i-1].name, mine[i].name) {
			return fmt.Errorf("before byte %d %q stands twice in one object", c.pos, mine[i].name)
		}
	}
	c.leave()
	return nil
}

// enter goes past an opening bracket.
func (c *canoniser) enter() error {
	c.pos++
	if c.depth++; c.depth > maxDepth {
		return fmt.Errorf("it nests deeper than %d", maxDepth)
	}
	return nil
}

// leave goes past a closing bracket.
func (c *canoniser) leave() {
	c.pos++
	c.depth--
}

// compareUTF16 orders names by their UTF-16 code units (RFC 8785 section 3.2.3), which differs from the order of
// bytes only beyond U+D7FF.
func compareUTF16(a, b []byte) int {
	if i := bytes.IndexFunc(a, beyondD7FF); i < 0 && bytes.IndexFunc(b, beyondD7FF) < 0 {
		return bytes.Compare(a, b)
	}
	return slices.Compare(utf16.Encode([]rune(string(a))), utf16.Encode([]rune(string(b))))
}

func beyondD7FF(r rune) bool { return r > 0xd7ff }

// appendString writes a string with the escapes of RFC 8785 section 3.2.2.2.
func appendString(to, s []byte) []byte {
	const short = "btn\x00fr" // escapes of U+0008 to U+000D; U+000B has none
	to = append(to, '"')
	for _, b := range s {
		switch {
		case b == '"' || b == '\\':
			to = append(to, '\\', b)
		case b >= 8 && b <= 13 && b != 11:
			to = append(to, '\\', short[b-8])
		case b < ' ':
			to = fmt.Appendf(to, "\\u%04x", b)
		default:
			to = append(to, b)
		}
	}
	return append(to, '"')
}
