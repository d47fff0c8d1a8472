package decode

import (
	"github.com/zclconf/go-cty/cty"

	"ha/hcl/schema"
)

// spec is a block of the schema prepared for decoding many blocks.
type spec struct {
	schema   *schema.Block
	args     map[string]int // by name, into schema.Args
	defaults []any          // by argument; nil where there is none or it is computed
	nested   map[string]int // by type, into schema.Blocks
	kids     []*spec        // by nested block
	rules    []boundRule
}

// boundRule is a rule of the schema with the function that checks it.
type boundRule struct {
	check ruleFunc
	why   string
}

func newSpec(b *schema.Block) *spec {
	s := &spec{schema: b, args: map[string]int{}, defaults: make([]any, len(b.Args)), nested: map[string]int{}}
	for i, a := range b.Args {
		s.args[a.Name] = i
		s.defaults[i] = defaultOf(a)
	}
	for i, n := range b.Blocks {
		s.nested[n.Block.Type] = i
		s.kids = append(s.kids, newSpec(n.Block))
	}
	for _, r := range b.Rules {
		if check, ok := ruleOf(r.Name); ok { // a test walks the table: every rule has its function
			s.rules = append(s.rules, boundRule{check: check, why: r.Doc})
		}
	}
	return s
}

// defaultOf is the Go value of a default; nil when the table holds none. A test walks the table, so a default that
// does not parse never leaves the house.
func defaultOf(a schema.Arg) any {
	if a.Default.Value == cty.NilVal {
		return nil
	}
	list, isList := a.Kind.(schema.List)
	if !isList {
		v, err := a.Kind.Parse(a.Default.Value)
		if err != nil {
			return nil
		}
		return v
	}
	var items []any
	for it := a.Default.Value.ElementIterator(); it.Next(); {
		_, item := it.Element()
		v, err := list.Elem.Parse(item)
		if err != nil {
			return nil
		}
		items = append(items, v)
	}
	return items
}
