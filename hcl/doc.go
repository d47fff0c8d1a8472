// Package hcl is the door of the language: [Load] reads a folder and finds every mistake in it, [Config.Compile] makes
// of it what one node must do, [Config.Explain] shows effective values with their origin.
//
// What leaves this package is pure data of packages planner, vrrp and checks, and diagnostics that can be printed. The
// work is done in the folders below:
//
//	schema     the language as one table
//	source     files, limits, syntax
//	functions  what expressions may call
//	eval       names, references, variables, for_each, dynamic
//	decode     cells, types, overlays per node
//	check      what blocks say together
//	diag       diagnostics, codes, rendering
//	format     ha fmt
package hcl

//go:generate go test -run TestReferenceIsCurrent -update .
