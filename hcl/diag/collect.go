package diag

import (
	"cmp"
	"reflect"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

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
	index := &indexes{files: files, byName: map[string]*lineIndex{}, hidden: hiddenIn(diags)}
	lib := newLibrary()
	list := make([]Diagnostic, 0, len(diags))
	for _, d := range diags {
		if d != nil {
			list = append(list, printable(d, index, lib))
		}
	}
	list = withoutFollowers(list)
	slices.SortStableFunc(list, compare)
	return slices.CompactFunc(list, func(a, b Diagnostic) bool { return reflect.DeepEqual(a, b) })
}

// hiddenIn are the places that may hold secrets, by file.
func hiddenIn(diags hcl.Diagnostics) map[string][]hcl.Range {
	hidden := map[string][]hcl.Range{}
	for _, d := range diags {
		if d == nil {
			continue
		}
		if extra := Of(d); extra != nil {
			for _, at := range extra.Hidden {
				hidden[at.Filename] = append(hidden[at.Filename], at)
			}
		}
	}
	return hidden
}

// Count returns the number of errors and warnings.
func Count(list []Diagnostic) (errors, warnings int) {
	for _, d := range list {
		if d.Severity == "error" {
			errors++
		} else {
			warnings++
		}
	}
	return errors, warnings
}

// withoutFollowers drops what later phases say about files that were not understood.
func withoutFollowers(list []Diagnostic) []Diagnostic {
	broken := map[string]bool{}
	for _, d := range list {
		if d.Range != nil && isSyntax(d) {
			broken[d.Range.Filename] = true
		}
	}
	return slices.DeleteFunc(list, func(d Diagnostic) bool {
		return d.Range != nil && broken[d.Range.Filename] && !isSyntax(d)
	})
}

func isSyntax(d Diagnostic) bool {
	return d.Severity == "error" && strings.HasPrefix(d.Code, "HA1")
}

func compare(a, b Diagnostic) int {
	if (a.Range == nil) != (b.Range == nil) {
		if a.Range == nil {
			return 1
		}
		return -1
	}
	var at, bt Span
	if a.Range != nil {
		at, bt = *a.Range, *b.Range
	}
	return cmp.Or(
		strings.Compare(at.Filename, bt.Filename),
		cmp.Compare(at.Start.Byte, bt.Start.Byte),
		strings.Compare(a.Severity, b.Severity), // error before warning
		strings.Compare(a.Summary, b.Summary),
		strings.Compare(a.Detail, b.Detail),
		strings.Compare(a.Code, b.Code),
		strings.Compare(a.Node, b.Node),
		strings.Compare(a.Address, b.Address),
		cmp.Compare(at.End.Byte, bt.End.Byte),
	)
}

// printable makes one finding flat.
func printable(d *hcl.Diagnostic, index *indexes, lib *library) Diagnostic {
	out := Diagnostic{Severity: "error", Summary: d.Summary, Detail: d.Detail}
	if d.Severity == hcl.DiagWarning {
		out.Severity = "warning"
	}
	extra := Of(d)
	if extra == nil || extra.Code == "" {
		lib.say(d, &out)
	}
	if extra != nil {
		out.Code = cmp.Or(extra.Code, out.Code)
		out.Help = cmp.Or(extra.Help, out.Help)
		out.Node, out.Address, out.In = extra.Node, extra.Address, extra.In
		for _, r := range extra.Related {
			out.Related = append(out.Related, note(r, index))
		}
		if extra.Fix != nil {
			out.Fix = remedy(*extra.Fix)
		}
	}
	if d.Subject == nil {
		return out
	}
	at := span(*d.Subject)
	out.Range = &at
	if blocks, ok := index.files.(Blocks); ok && out.In == "" {
		out.In = strings.Join(blocks.Blocks(*d.Subject), " > ")
	}
	if x := index.of(d.Subject.Filename); x != nil && !wholeFile(*d.Subject) {
		out.Snippet = x.snippet(*d.Subject, d.Context)
		out.Snippet.Values = values(d)
		if out.In != "" {
			header := out.In[strings.LastIndex(out.In, " > ")+1:]
			header = strings.TrimPrefix(header, "> ")
			out.Snippet.Context = &header
		}
	}
	return out
}

// wholeFile tells whether a range names a file rather than a place in it: empty, at its first byte.
func wholeFile(r hcl.Range) bool {
	return r.Start.Byte == 0 && r.End.Byte == 0
}

func note(r Related, index *indexes) Note {
	n := Note{Message: r.Message, Range: span(r.Range)}
	if x := index.of(r.Range.Filename); x != nil && !wholeFile(r.Range) {
		text, _ := x.text(x.at(r.Range.Start.Byte))
		n.Line = short(strings.TrimSpace(text), maxLineBytes)
	}
	return n
}

func remedy(f Fix) *Remedy {
	r := &Remedy{Title: f.Title, Edits: []Replacement{}}
	for _, e := range f.Edits {
		r.Edits = append(r.Edits, Replacement{Range: span(e.Range), NewText: e.NewText})
	}
	return r
}

func span(r hcl.Range) Span {
	return Span{
		Filename: r.Filename,
		Start:    Point{r.Start.Line, r.Start.Column, r.Start.Byte},
		End:      Point{r.End.Line, r.End.Column, r.End.Byte},
	}
}
