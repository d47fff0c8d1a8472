package planner

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth bounds how deep a document may nest.
const maxDepth = 200

// parseTree reads one JSON value: map[string]any, []any, string, json.Number, bool or nil. Unlike encoding/json it
// refuses names that stand twice in one object, since readers would disagree about which one counts.
func parseTree(data []byte) (any, error) {
	if !utf8.Valid(data) {
		return nil, errors.New("it is not UTF-8 text")
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	v, err := parseValue(d, 0)
	if err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, fmt.Errorf("it ends after %d bytes in the middle of a value: truncated", len(data))
		}
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("there is more after the document, at byte %d", d.InputOffset())
	}
	return v, nil
}

func parseValue(d *json.Decoder, depth int) (any, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("it nests deeper than %d", maxDepth)
	}
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		return parseObject(d, depth)
	case json.Delim('['):
		list := []any{}
		for d.More() {
			v, err := parseValue(d, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err = d.Token()
		return list, err
	}
	return token, nil
}

func parseObject(d *json.Decoder, depth int) (any, error) {
	object := make(map[string]any)
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		key, ok := name.(string)
		if !ok {
			return nil, fmt.Errorf("at byte %d a name is expected", d.InputOffset())
		}
		if _, twice := object[key]; twice {
			return nil, fmt.Errorf("at byte %d %q stands twice in one object", d.InputOffset(), key)
		}
		if object[key], err = parseValue(d, depth+1); err != nil {
			return nil, err
		}
	}
	_, err := d.Token()
	return object, err
}

// canonical writes a tree as RFC 8785 orders it: sorted names, no white space, shortest escapes. Numbers must be
// whole; documents of ha hold no others.
func canonical(to []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return append(to, "null"...), nil
	case bool:
		return strconv.AppendBool(to, v), nil
	case string:
		return quote(to, v), nil
	case json.Number:
		n, err := strconv.ParseInt(v.String(), 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%s is not a whole number of 64 bits", v)
		}
		return strconv.AppendInt(to, n, 10), nil
	case []any:
		to = append(to, '[')
		for i, element := range v {
			if i > 0 {
				to = append(to, ',')
			}
			var err error
			if to, err = canonical(to, element); err != nil {
				return nil, err
			}
		}
		return append(to, ']'), nil
	case map[string]any:
		return canonicalObject(to, v)
	}
	return nil, fmt.Errorf("a %T is no JSON value", v)
}

func canonicalObject(to []byte, object map[string]any) ([]byte, error) {
	to = append(to, '{')
	for i, name := range slices.SortedFunc(maps.Keys(object), compareUTF16) {
		if i > 0 {
			to = append(to, ',')
		}
		to = append(quote(to, name), ':')
		var err error
		if to, err = canonical(to, object[name]); err != nil {
			return nil, err
		}
	}
	return append(to, '}'), nil
}

// compareUTF16 orders names by their UTF-16 code units (RFC 8785 section 3.2.3).
func compareUTF16(a, b string) int {
	return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
}

// quote writes a string with the escapes of RFC 8785 section 3.2.2.2.
func quote(to []byte, s string) []byte {
	const short = "btn\x00fr" // escapes of U+0008 to U+000D; U+000B has none
	to = append(to, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			to = append(to, '\\', byte(r))
		case r >= 8 && r <= 13 && r != 11:
			to = append(to, '\\', short[r-8])
		case r < ' ':
			to = fmt.Appendf(to, "\\u%04x", r)
		default:
			to = utf8.AppendRune(to, r)
		}
	}
	return append(to, '"')
}

// treeOf turns any value that encodes to JSON into a tree.
func treeOf(v any) (any, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return parseTree(data)
}
