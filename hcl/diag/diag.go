// Package diag is what the language says to people: diagnostics with a stable code, a place, a reason and a
// remedy, sorted, rendered as text and JSON.
package diag

import "github.com/hashicorp/hcl/v2"

// Extra is our part of an hcl.Diagnostic; it travels in Diagnostic.Extra and is fetched with
// hcl.DiagnosticExtra[*Extra].
type Extra struct {
	Code    string // HA2104; its meaning never changes
	Help    string // what to do: Did you mean "weight"?
	Related []Related
	Fix     *Fix
	Node    string // the node concerned, for findings about one node
	Address string // the configured thing: pool.web.server.web1
	// In says where the place is in words for the second line: pool "web" > server "web1".
	In string
	// Hidden are places that nobody is shown, here or in what is said of other lines: they may hold secrets.
	Hidden []hcl.Range
	// Inner is what the library put into the same place (hcl.FunctionCallDiagExtra, for instance).
	Inner any
}

// UnwrapDiagnosticExtra lets hcl.DiagnosticExtra find what the library itself had to say.
func (e *Extra) UnwrapDiagnosticExtra() any { return e.Inner }

// Related is a second place.
type Related struct {
	Message string
	Range   hcl.Range
}

// Fix is an edit that removes the cause.
type Fix struct {
	Title string
	Edits []Edit
}

// Edit replaces a range by text.
type Edit struct {
	Range   hcl.Range
	NewText string
}
