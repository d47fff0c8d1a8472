package layout

import (
	"strings"
	"unicode/utf8"
)

// line is a line in cells, of which neighbours are aligned.
type line struct {
	depth   int
	lead    string
	assign  string // begins with the equals sign; empty where there is nothing to align
	comment string
}

// Print returns the text of a file.
func (f *File) Print() []byte {
	p := &printer{}
	for i, b := range f.Blocks {
		if i > 0 {
			p.add(line{})
		}
		p.block(b, 0)
		p.flush() // lines of different blocks are not aligned with each other
	}
	if len(f.Below) > 0 {
		if p.printed > 0 {
			p.add(line{})
		}
		p.comments(f.Below, 0)
		p.flush()
	}
	return p.out
}

type printer struct {
	lines   []line // that are not printed yet
	printed int    // how many are
	out     []byte
}

func (p *printer) add(l line) { p.lines = append(p.lines, l) }

func (p *printer) comments(list []string, depth int) {
	for _, text := range list {
		p.add(line{depth: depth, lead: strings.TrimRight("# "+text, " \t")})
	}
}

func (p *printer) block(b *Block, depth int) {
	p.comments(b.Above, depth)
	b.first = p.printed + len(p.lines) + 1
	p.add(line{depth: depth, lead: b.Head() + " {"})
	for _, a := range b.Args {
		p.arg(a, depth+1)
	}
	for i, inner := range b.Blocks {
		if i > 0 || len(b.Args) > 0 {
			p.add(line{})
		}
		p.block(inner, depth+1)
	}
	if len(b.Below) > 0 && len(b.Args)+len(b.Blocks) > 0 {
		p.add(line{})
	}
	p.comments(b.Below, depth+1)
	p.add(line{depth: depth, lead: "}"})
	b.last = p.printed + len(p.lines)
}

func (p *printer) arg(a *Arg, depth int) {
	p.comments(a.Above, depth)
	if a.List == nil {
		p.add(line{depth: depth, lead: a.Name, assign: "= " + a.Value, comment: beside(a.Beside)})
		return
	}
	p.add(line{depth: depth, lead: a.Name + " = [", comment: beside(a.Beside)})
	for _, e := range a.List {
		p.comments(e.Above, depth+1)
		p.add(line{depth: depth + 1, lead: e.Value + ",", comment: beside(e.Beside)})
	}
	p.add(line{depth: depth, lead: "]"})
}

func beside(comment string) string {
	if comment == "" {
		return ""
	}
	return "# " + comment
}

// flush prints the lines that wait.
func (p *printer) flush() {
	columns := make([]int, len(p.lines)) // of what stands so far
	for i, l := range p.lines {
		columns[i] = 2*l.depth + width(l.lead)
	}
	assign := aligned(len(p.lines), columns, func(i int) string { return p.lines[i].assign })
	for i, l := range p.lines {
		columns[i] += assign[i] + width(l.assign)
	}
	comment := aligned(len(p.lines), columns, func(i int) string { return p.lines[i].comment })
	for i, l := range p.lines {
		if l.lead != "" {
			p.blanks(2 * l.depth)
			p.out = append(p.out, l.lead...)
		}
		p.blanks(assign[i])
		p.out = append(p.out, l.assign...)
		p.blanks(comment[i])
		p.out = append(p.out, l.comment...)
		p.out = append(p.out, '\n')
	}
	p.printed += len(p.lines)
	p.lines = p.lines[:0]
}

// aligned returns how many blanks go before a cell of each line, so that neighbours which have one have it in the same
// column.
func aligned(lines int, columns []int, cell func(i int) string) []int {
	before := make([]int, lines)
	for from := 0; from < lines; from++ {
		to, widest := from, 0
		for ; to < lines && cell(to) != ""; to++ {
			widest = max(widest, columns[to])
		}
		for i := from; i < to; i++ {
			before[i] = widest - columns[i] + 1
		}
		from = max(from, to)
	}
	return before
}

func width(s string) int { return utf8.RuneCountInString(s) }

func (p *printer) blanks(n int) {
	for range n {
		p.out = append(p.out, ' ')
	}
}
