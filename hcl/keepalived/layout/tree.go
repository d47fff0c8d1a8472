package layout

// File is a file of HCL.
type File struct {
	Name   string
	Blocks []*Block
	Below  []string // comments at its end
}

// Block is a block with its comments.
type Block struct {
	Type   string
	Labels []string
	Above  []string // comments before it, one line each; an empty one makes an empty comment line
	Args   []*Arg
	Blocks []*Block // behind the arguments
	Below  []string // comments at its end
}

// Arg is an argument.
type Arg struct {
	Name   string
	Value  string // an expression on one line; Quote makes one of a text
	List   []Elem // an expression with one element per line; then there is no Value
	Above  []string
	Beside string // the comment behind the value
}

// Elem is an element of a list.
type Elem struct {
	Value  string
	Above  []string
	Beside string
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
