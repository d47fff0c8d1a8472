// Package schema is the language as one table: every block, argument, type, range, unit, default and its
// documentation. Decoding, suggestions, `ha validate --explain` and REFERENCE.md are derived from it; a fact about
// an argument stands here and nowhere else.
package schema

import (
	"slices"

	"github.com/zclconf/go-cty/cty"
)

// Block describes one type of block.
type Block struct {
	Type   string  // the word: vip
	Labels []Label // a fixed number per type
	Doc    string  // one paragraph
	Args   []Arg   // order = order of docs and of generated HCL
	Blocks []Nested
	Rules  []Rule // what no single argument can see, checked on the effective block
	// ForEach tells whether the block takes for_each (top level only).
	ForEach bool
	// Overlay tells whether a nested `node "name" { … }` may override arguments for one node.
	Overlay bool
	Example string // HCL that validates in a minimal cluster
	// Single tells that a configuration holds at most one such block.
	Single bool
	// Free tells that the arguments have names of the author's choice, as in locals.
	Free bool
	// ByEval tells that package eval reads the block: it shapes the evaluation instead of being decoded.
	ByEval bool
}

// Root returns the blocks that stand at the top level of a file, in the order of the documentation. Every call
// builds the table anew: it is nobody's shared state.
func Root() []*Block {
	return []*Block{
		clusterBlock(), nodeBlock(), vipBlock(), syncGroupBlock(), poolBlock(), checkBlock(), bfdBlock(), notifyBlock(), staticBlock(),
		settingsBlock(), variableBlock(), localsBlock(),
	}
}

// Arg returns the argument of that name.
func (b *Block) Arg(name string) (Arg, bool) {
	for _, a := range b.Args {
		if a.Name == name {
			return a, true
		}
	}
	return Arg{}, false
}

// Names returns the names of the arguments that a block with these labels takes.
func (b *Block) Names(labels []string) []string {
	var names []string
	for _, a := range b.Args {
		if a.For(labels) {
			names = append(names, a.Name)
		}
	}
	return names
}

// Label describes one label of a block.
type Label struct {
	Name string // what the docs call it: name
	Doc  string
	// Ref is the block type whose label this one must be ("node"); empty for a new name.
	Ref string
	// OneOf are the words allowed; empty for any name.
	OneOf []string
	// Kind reads the label where it is more than a name ("192.0.2.20/32"); nil otherwise.
	Kind Kind
}

// Nested is a block inside a block.
type Nested struct {
	Block *Block
	Min   int
	Max   int // 0 is no limit
	// Switch tells that the block says something by being there: no defaults hold when it is not written.
	Switch bool
	// Key is the label by which an overlay finds its base ("name"); empty: an overlay replaces the whole group.
	Key string
	// With are arguments that tell blocks of one label apart, too. Where a block has several of that label, an
	// overlay means the one with the same values.
	With []string
}

// Arg describes one argument.
type Arg struct {
	Name       string
	Kind       Kind
	Required   bool
	Default    Default
	Doc        string // a sentence with unit and range in words
	Example    string // an HCL expression
	Keepalived string // the keyword of keepalived.conf it comes from
	// Impact is what changing the argument costs clients of an Active VIP or a loaded pool: none,
	// new-connections, existing-connections, failover, outage.
	Impact string
	// Deaf tells that nodes on which it differs do not hear each other, so that a change costs as much on a Backup.
	Deaf bool
	// Only are the first labels of which a block must have one to take the argument ("http"); empty: every block takes it.
	Only []string
	// Shared tells that the argument holds for all nodes: an overlay cannot set it.
	Shared bool
}

// For tells whether a block with these labels takes the argument.
func (a Arg) For(labels []string) bool {
	return len(a.Only) == 0 || len(labels) > 0 && slices.Contains(a.Only, labels[0])
}

// Default is what an argument is when nobody set it.
type Default struct {
	Value cty.Value // cty.NilVal: not set, or computed
	Text  string    // how docs say it where Value cannot: "the node's interface"
}

// Rule is a condition on several arguments of one block. Decoding finds Check by the rule's name.
type Rule struct {
	Name string // one of the closed set that package decode implements
	Args []string
	Doc  string
}
