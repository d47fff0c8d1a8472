// Package eval turns parsed files into expanded blocks: it declares names, checks references before anything is
// evaluated, orders variables, locals and blocks in a graph, evaluates each once and expands for_each and dynamic.
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
	Body    hcl.Body // without meta-arguments, dynamic expanded
	// Ctx evaluates the block's arguments: variables, locals, other blocks, each, functions.
	Ctx         *hcl.EvalContext
	TypeRange   hcl.Range
	LabelRanges []hcl.Range
	DefRange    hcl.Range // the header
	BodyRange   hcl.Range // from the header to the closing brace
}

// Variable is an input variable with its value for this run.
type Variable struct {
	Name      string
	Origin    string // default, file NAME, environment, flag
	Value     string // printable; empty for sensitive ones
	Sensitive bool
}
