// Package decode makes objects of expanded blocks: each argument becomes a cell with its typed value, its origin and
// its place; overlays are laid on cells per node, defaults and required arguments follow, then the rules of one
// block. What comes out are the structs of model.go, one per block and, where overlays differ, per node.
//
// It knows the schema and nothing of the cluster: what two blocks say together is for package check.
package decode
