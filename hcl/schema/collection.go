package schema

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// errCollection reports a caller that parses a collection whole.
var errCollection = errors.New("is a collection, which is decoded element by element")

// List is several values of one kind in order. Its Go value is []any, each element a value of Elem.
type List struct {
	Elem Kind
	// Unique refuses an element that stands twice.
	Unique bool
}

// Type is a list.
func (k List) Type() cty.Type {
	if k.Elem.Type() == cty.DynamicPseudoType {
		return cty.DynamicPseudoType
	}
	return cty.List(k.Elem.Type())
}

// Parse is never called: lists are decoded element by element.
func (List) Parse(cty.Value) (any, error) { return nil, errCollection }

// Print is a list as HCL writes it.
func (k List) Print(v any) string {
	items, _ := v.([]any)
	parts := make([]string, len(items))
	for i, item := range items {
		parts[i] = printItem(k.Elem, item)
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// Words names the kind.
func (k List) Words() string { return "a list, each element " + k.Elem.Words() }

// Map is values of one kind by free names. Its Go value is map[string]any.
type Map struct {
	Elem Kind
	// Key checks a name; nil allows any.
	Key func(name string) *ValueError
	// KeyWords says in words what the names are.
	KeyWords string
}

// Type is a map.
func (k Map) Type() cty.Type {
	if k.Elem.Type() == cty.DynamicPseudoType {
		return cty.DynamicPseudoType
	}
	return cty.Map(k.Elem.Type())
}

// Parse is never called: maps are decoded element by element.
func (Map) Parse(cty.Value) (any, error) { return nil, errCollection }

// Print is a map as HCL writes it, sorted by name.
func (k Map) Print(v any) string {
	items, _ := v.(map[string]any)
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(items)) {
		key := name
		if !isIdentifier(name) {
			key = quote(name)
		}
		parts = append(parts, key+" = "+printItem(k.Elem, items[name]))
	}
	if len(parts) == 0 {
		return "{}"
	}
	return "{ " + strings.Join(parts, ", ") + " }"
}

// Words names the kind.
func (k Map) Words() string {
	return "a map from " + k.KeyWords + " to values, each " + k.Elem.Words()
}

// printItem quotes what HCL quotes inside a collection.
func printItem(k Kind, v any) string {
	text := k.Print(v)
	switch k.(type) {
	case Bool, Int, Ref, Depends, List, Map, Any, Secret:
		return text
	}
	return quote(text)
}
