package layout

import (
	"slices"
	"strings"
)

// File is a file of HCL.
type File struct {
	Name   string
	Blocks []*Block
	Below  []string // comments at its end
}

// Block is a block with its comments.
type Block struct {
	Type    string
	Labels  []string
	Above   []string // comments before it, one line each; an empty one makes an empty comment line
	Args    []*Arg
	Blocks  []*Block // behind the arguments
	Below   []string // comments at its end
	Origins []any    // what the block was made of, for whoever made it

	first, last int // the lines on which it was printed, from 1
}

// At returns the blocks of a file that a line was printed for, outermost first.
func (f *File) At(line int) []*Block {
	var path []*Block
	for list := f.Blocks; ; {
		i := slices.IndexFunc(list, func(b *Block) bool { return b.first <= line && line <= b.last })
		if i < 0 {
			return path
		}
		path = append(path, list[i])
		list = list[i].Blocks
	}
}

// Lines are the lines of a block, as they were printed.
func (b *Block) Lines() (first, last int) { return b.first, b.last }

// Arg is an argument.
type Arg struct {
	Name   string
	Value  string // an expression on one line; Quote makes one of a text
	List   []Elem // an expression with one element per line; then there is no Value
	Above  []string
	Beside string // the comment behind the value
	Origin any    // what the argument was made of; nil for what nobody wrote
}

// Elem is an element of a list.
type Elem struct {
	Value  string
	Above  []string
	Beside string
}

// Text is the value on one line, without comments.
func (a *Arg) Text() string {
	if a.List == nil {
		return a.Value
	}
	return "[" + strings.Join(a.Elems(), ", ") + "]"
}

// Elems are the elements of a list of words or references.
func (a *Arg) Elems() []string {
	if a.List == nil {
		inside := strings.TrimSuffix(strings.TrimPrefix(a.Value, "["), "]")
		if inside == "" {
			return nil
		}
		return strings.Split(inside, ", ")
	}
	texts := make([]string, len(a.List))
	for i, e := range a.List {
		texts[i] = e.Value
	}
	return texts
}

// Arg returns the argument of that name; nil for none.
func (b *Block) Arg(name string) *Arg {
	for _, a := range b.Args {
		if a.Name == name {
			return a
		}
	}
	return nil
}

// Head is how the block is spoken of: vip "web".
func (b *Block) Head() string {
	head := b.Type
	for _, l := range b.Labels {
		head += " " + Quote(l)
	}
	return head
}
