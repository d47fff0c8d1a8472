package decode

import (
	"github.com/hashicorp/hcl/v2"

	"ha/hcl/schema"
)

// Arg is an argument with its type.
type Arg[T any] struct {
	Val T
	Set bool // written by the user, here or in an overlay
	// At is the place of the value; of a default, the place of the block's name.
	At hcl.Range
}

// get reads an argument that holds one value. The zero value stands where there is neither value nor default.
func get[T any](o *Object, name string) Arg[T] {
	c := o.Cell(name)
	if c == nil {
		return Arg[T]{At: o.NameRange()}
	}
	v, _ := c.Val.(T)
	return Arg[T]{Val: v, Set: c.State == Set, At: o.At(name)}
}

// list reads an argument that holds a list; each element has its own place where the list is written out.
func list[T any](o *Object, name string) []Arg[T] {
	c := o.Cell(name)
	if c == nil {
		return nil
	}
	items, _ := c.Val.([]any)
	if len(items) == 0 {
		return nil
	}
	out := make([]Arg[T], 0, len(items))
	whole := o.At(name)
	for i, item := range items {
		v, ok := item.(T)
		if !ok {
			continue
		}
		at := whole
		if len(c.Items) == len(items) {
			at = c.Items[i]
		}
		out = append(out, Arg[T]{Val: v, Set: c.State == Set, At: at})
	}
	return out
}

// texts reads an argument that holds a map of texts.
func texts(o *Object, name string) map[string]Arg[string] {
	c := o.Cell(name)
	if c == nil {
		return nil
	}
	items, _ := c.Val.(map[string]any)
	out := make(map[string]Arg[string], len(items))
	for key, item := range items {
		at, written := c.Keys[key]
		if !written {
			at = o.At(name)
		}
		v, _ := item.(string)
		out[key] = Arg[string]{Val: v, Set: true, At: at}
	}
	return out
}

// Head is what all blocks have.
type Head struct {
	Address string    // vip.web, pool.web.server.web1
	Name    string    // web
	At      hcl.Range // what to point at: the name, or the type of a block without one
	Def     hcl.Range // the header
	Broken  bool      // something in the block was not understood
	Object  *Object
}

func headOf(o *Object) Head {
	h := Head{Address: o.Address, At: o.NameRange(), Def: o.DefRange, Broken: o.broken(), Object: o}
	if n := len(o.Labels); n > 0 {
		h.Name = o.Labels[n-1]
	}
	return h
}

// PerNode is a block as it is on each node: once for the nodes without an overlay, once for each with one.
type PerNode[T any] struct {
	Head // of the block itself
	// Nodes are where the block is in force, in order of the configuration.
	Nodes []string
	// Base is the block without overlays.
	Base *T
	// Overlays are the `node` blocks as written, also those for nodes where the block is not in force.
	Overlays []*Object

	effective map[string]*T
}

func perNode[T any](b *block, bind func(*Object) *T) *PerNode[T] {
	p := &PerNode[T]{
		Head: headOf(b.base), Nodes: b.nodes, Overlays: b.overlays, Base: bind(b.base), effective: make(map[string]*T, len(b.effective)),
	}
	for node, o := range b.effective {
		p.effective[node] = bind(o)
	}
	return p
}

// On returns the block as it is on a node, whether or not it is in force there.
func (p *PerNode[T]) On(node string) *T {
	if v, ok := p.effective[node]; ok {
		return v
	}
	return p.Base
}

// Put sets what the block is on a node, for tests that build a configuration by hand.
func (p *PerNode[T]) Put(node string, v *T) {
	if p.effective == nil {
		p.effective = map[string]*T{}
	}
	p.effective[node] = v
}

// Variants returns each different form of the block that is in force somewhere, with the first node that has it.
func (p *PerNode[T]) Variants() []Variant[T] {
	var list []Variant[T]
	base := false
	for _, n := range p.Nodes {
		v, own := p.effective[n]
		switch {
		case own:
			list = append(list, Variant[T]{Node: n, Own: true, Val: v})
		case !base:
			base = true
			list = append(list, Variant[T]{Node: n, Val: p.Base})
		}
	}
	return list
}

// Variant is one form of a block.
type Variant[T any] struct {
	Node string // the first node that has it
	Own  bool   // it comes from an overlay for that node
	Val  *T
}

// Refs reads a list of references.
func Refs(o *Object, name string) []Arg[schema.Address] { return list[schema.Address](o, name) }
