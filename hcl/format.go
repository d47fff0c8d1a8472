package hcl

import (
	"ha/hcl/diag"
	"ha/hcl/format"
	"ha/hcl/source"
)

// Format returns a file in its layout; name is what diagnostics call it. With errors of syntax it returns src as it is
// and the errors: what is not understood is not touched. Whole folders are for format.Run.
func Format(src []byte, name string) ([]byte, []diag.Diagnostic) {
	out, found := format.Format(src, name)
	files := source.New(&source.File{Name: name, Bytes: src})
	return out, diag.Collect(found, files)
}
