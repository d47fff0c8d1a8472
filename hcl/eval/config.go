// Package eval turns parsed files into expanded blocks: it declares names, checks references before anything is
// evaluated, orders variables, locals and blocks in a graph, evaluates each once and expands for_each and dynamic.
//
// What it does not do: it does not look into the arguments of a block beyond their references. Types, ranges and
// missing arguments are for package decode, which evaluates each argument with [Block.Ctx].
package eval

import (
	"github.com/hashicorp/hcl/v2"
)

// Config is a folder after expansion: all blocks of all files, in order of file name and place.
type Config struct {
	Blocks    []*Block
	Variables []Variable // with effective value and origin, sorted by name
}

// Block is one block after expansion. Its Body still has to be decoded.
type Block struct {
	Type    string   // vip
	Labels  []string // as written; the name is the last one
	Key     string   // of for_each; empty without
	ForEach bool     // whether for_each made it
	Address string   // vip.web, vip.web["a"], check.http.login
	// Body is without meta-arguments, dynamic expanded; it is a *hclsyntax.Body. An expression with a mistake that
	// was already reported evaluates to cty.DynamicVal without a diagnostic.
	Body hcl.Body
	// Ctx evaluates the block's arguments: variables, locals, other blocks, each, functions.
	Ctx         *hcl.EvalContext
	TypeRange   hcl.Range
	LabelRanges []hcl.Range
	DefRange    hcl.Range // the header
	BodyRange   hcl.Range // from the header to the closing brace
	// Iterations tells for the body of each nested block that dynamic generated which rounds made it.
	Iterations map[hcl.Body]Iteration
	// Incomplete blocks lack nested blocks because of a mistake that is reported: what seems to be missing in them is
	// no finding.
	Incomplete bool
}

// Iteration is one round of a dynamic block, with the rounds of those around it. A diagnostic about a generated block
// needs it, since all rounds share one place in the file; see [WithIteration].
type Iteration struct {
	At     hcl.Range // the for_each expression
	rounds *iterations
}

// Variable is an input variable with its value for this run.
type Variable struct {
	Name      string
	Origin    string // default, file NAME, environment, flag
	Value     string // printable; empty for sensitive ones
	Sensitive bool
}
