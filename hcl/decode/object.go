package decode

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"ha/hcl/eval"
	"ha/hcl/schema"
)

// State is what became of an argument.
type State uint8

// The states of a cell.
const (
	Unset  State = iota // not written: the default holds, if there is one
	Null                // written as null: back to the default, also from an overlay
	Set                 // written, and understood
	Failed              // written, and not understood; the reason was reported
)

// Cell is one argument of one block. It keeps places, not expressions: syntax trees are large.
type Cell struct {
	// Val is the Go value of the argument's kind, nil when there is neither value nor default.
	Val   any
	State State
	Node  string               // the overlay that it comes from; empty for the block itself
	At    *hcl.Range           // of the value as written; nil for defaults
	Items []hcl.Range          // places of the elements of a list that is written out
	Keys  map[string]hcl.Range // places of the names in a map that is written out
}

// Object is one block, decoded against its schema.
type Object struct {
	Schema      *schema.Block
	Address     string // pool.web.server.web1
	Labels      []string
	LabelRanges []hcl.Range
	LabelVals   []any // the Go values of labels with a kind
	Cells       []Cell
	Kids        []*Object // nested blocks in order of place
	TypeRange   hcl.Range
	DefRange    hcl.Range
	Node        string // the overlay that this block comes from; empty for the block itself
	// Broken tells that something in the block was not understood: what others conclude from it may be wrong.
	Broken    bool
	Iteration *eval.Iteration // of dynamic; nil for blocks as written

	spec *spec
}

// Cell returns the cell of an argument; nil when the schema has no such argument.
func (o *Object) Cell(name string) *Cell {
	i, ok := o.spec.args[name]
	if !ok {
		return nil
	}
	return &o.Cells[i]
}

// Arg returns the schema of the i-th cell.
func (o *Object) Arg(i int) schema.Arg { return o.Schema.Args[i] }

// Default returns the default of the i-th cell; nil when there is none or it is computed.
func (o *Object) Default(i int) any { return o.spec.defaults[i] }

// Blocks returns the nested blocks of a type.
func (o *Object) Blocks(blockType string) []*Object {
	var list []*Object
	for _, k := range o.Kids {
		if k.Schema.Type == blockType {
			list = append(list, k)
		}
	}
	return list
}

// Header is the block as its first line shows it: server "web1".
func (o *Object) Header() string { return header(o.Schema.Type, o.Labels) }

func header(blockType string, labels []string) string {
	var b strings.Builder
	b.WriteString(blockType)
	for _, l := range labels {
		b.WriteString(" " + quote(l))
	}
	return b.String()
}

// At is the place of an argument's value, or of the block's name where the argument is not written.
func (o *Object) At(name string) hcl.Range {
	if c := o.Cell(name); c != nil && c.At != nil {
		return *c.At
	}
	return o.NameRange()
}

// NameRange is the place of what identifies the block: its last label, or its type.
func (o *Object) NameRange() hcl.Range {
	if n := len(o.LabelRanges); n > 0 {
		return o.LabelRanges[n-1]
	}
	return o.TypeRange
}

// broken tells whether the block or one inside it was not understood.
func (o *Object) broken() bool {
	return o.Broken || slices.ContainsFunc(o.Kids, (*Object).broken)
}

// clone copies an object and everything below it, so that defaults can be filled in.
func (o *Object) clone() *Object {
	c := *o
	c.Cells = slices.Clone(o.Cells)
	c.Kids = make([]*Object, len(o.Kids))
	for i, k := range o.Kids {
		c.Kids[i] = k.clone()
	}
	return &c
}
