// Package source reads a folder of configuration: files, limits, syntax. It keeps the bytes of each file, since
// whoever shows a mistake needs them, and says what is wrong in the words of the people who write configuration. It
// knows nothing of what the blocks mean.
package source

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Files is a folder of configuration.
type Files struct {
	Root string  // as given to Load; empty for what was parsed from memory
	List []*File // in byte order of names
}

// File is one file.
type File struct {
	Name  string // relative to the root, with "/"; ranges bear it
	Bytes []byte
	// Body is what was understood, never nil. Of a broken file it holds guesses: its blocks may be declared, so that
	// references to them are not reported as unknown, but must never be decoded.
	Body   *hclsyntax.Body
	Broken bool // had errors of syntax, or could not be read
}

// New makes Files of files that were parsed from memory, sorted by name.
func New(list ...*File) *Files {
	slices.SortFunc(list, func(a, b *File) int { return strings.Compare(a.Name, b.Name) })
	return &Files{List: list}
}

// File returns the file of that name; nil if there is none.
func (f *Files) File(name string) *File {
	if f == nil {
		return nil
	}
	i, ok := slices.BinarySearchFunc(f.List, name, func(x *File, name string) int { return strings.Compare(x.Name, name) })
	if !ok {
		return nil
	}
	return f.List[i]
}

// Bytes returns the bytes of the file of that name; nil if there is none.
func (f *Files) Bytes(name string) []byte {
	if file := f.File(name); file != nil {
		return file.Bytes
	}
	return nil
}

// Broken tells whether any file had errors of syntax.
func (f *Files) Broken() bool {
	return slices.ContainsFunc(f.List, func(x *File) bool { return x.Broken })
}

// Blocks returns the headers of the blocks around a place, the outermost first: `pool "web"`, `server "web1"`. A block
// whose header the range covers is not around it.
func (f *Files) Blocks(at hcl.Range) []string {
	file := f.File(at.Filename)
	if file == nil {
		return nil
	}
	var headers []string
	for body := file.Body; body != nil; {
		i := sort.Search(len(body.Blocks), func(i int) bool { return body.Blocks[i].OpenBraceRange.End.Byte > at.Start.Byte })
		if i == 0 {
			break
		}
		inner := body.Blocks[i-1] // the last one that begins before the place
		if end := inner.CloseBraceRange.End.Byte; at.Start.Byte >= end && end != 0 {
			break
		}
		headers = append(headers, header(inner))
		body = inner.Body
	}
	return headers
}

// header writes the first line of a block as people write it, without the brace.
func header(b *hclsyntax.Block) string {
	var s strings.Builder
	s.WriteString(b.Type)
	for _, l := range b.Labels {
		fmt.Fprintf(&s, " %q", l)
	}
	return s.String()
}
