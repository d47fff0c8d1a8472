package diag

import (
	"cmp"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/clipperhouse/displaywidth"
)

// TextOptions say how the text form looks.
type TextOptions struct {
	ASCII bool // nothing outside of ASCII, for locales without UTF-8
	Color bool // ANSI colours
	Width int  // columns at which details are wrapped; 0 is 100
	Max   int  // diagnostics to print; 0 is 50, negative is all
	// Hint is put behind "and 12 more": how to see them, for instance "--all-errors shows them".
	Hint string
}

// Text writes diagnostics for people: what is wrong, where, the source with carets, why, the values involved, other
// places, what to do.
func Text(w io.Writer, list []Diagnostic, o TextOptions) error {
	limit := cmp.Or(o.Max, 50)
	if limit < 0 || limit > len(list) {
		limit = len(list)
	}
	p := painter{TextOptions: o}
	for i, d := range list[:limit] {
		if i > 0 {
			p.line("")
		}
		p.diagnostic(d)
	}
	if more := len(list) - limit; more > 0 {
		p.line("")
		p.line(strings.TrimSuffix(fmt.Sprintf("and %d more: %s", more, o.Hint), ": "))
	}
	_, err := io.WriteString(w, p.String())
	return err
}

// painter collects the text.
type painter struct {
	TextOptions
	strings.Builder
}

func (p *painter) line(s string) {
	p.WriteString(strings.TrimRight(s, " "))
	p.WriteByte('\n')
}

func (p *painter) diagnostic(d Diagnostic) {
	color := red
	if d.Severity == "warning" {
		color = yellow
	}
	p.line(p.paint(color+bold, d.Severity+"["+p.clean(d.Code)+"]") + p.paint(bold, ": "+p.clean(d.Summary)))
	p.place(d)
	if d.Snippet != nil {
		p.line("")
		p.source(d.Snippet.Lines, color)
	}
	p.line("")
	for _, text := range p.remarks(d) {
		p.paragraph(text, "  ")
	}
	for _, n := range d.Related {
		p.note(n)
	}
	if d.Help != "" {
		p.paragraph(d.Help, "  ")
	}
	p.line("  More: ha explain " + p.clean(d.Code))
}

// place writes the second line: file, line and column, and in words what it is in.
func (p *painter) place(d Diagnostic) {
	where := ""
	if d.Range != nil {
		where = position(*d.Range)
	}
	if d.In != "" {
		where += ", in " + d.In
	}
	if d.Node != "" {
		where += ", on node " + strconv.Quote(d.Node)
	}
	if where = strings.TrimPrefix(where, ", "); where != "" {
		p.line("  " + p.paint(blue, p.clean(where)))
	}
}

// position is file:line:column; only the file where the range names it as a whole.
func position(s Span) string {
	if s.Start.Line == 0 || s.Start.Byte == 0 && s.End.Byte == 0 {
		return s.Filename
	}
	return fmt.Sprintf("%s:%d:%d", s.Filename, s.Start.Line, s.Start.Column)
}

// source writes numbered lines, with carets under what is marked.
func (p *painter) source(lines []Line, color string) {
	if len(lines) == 0 {
		return
	}
	bar, gap := "│", "┆"
	if p.ASCII {
		bar, gap = "|", ":"
	}
	digits := max(2, len(strconv.Itoa(lines[len(lines)-1].Number)))
	margin := strings.Repeat(" ", digits+4)
	for i, l := range lines {
		if i > 0 && l.Number != lines[i-1].Number+1 {
			p.line(p.paint(blue, margin+gap))
		}
		text, before, marked := p.columns(l)
		p.line(p.paint(blue, fmt.Sprintf("  %*d %s", digits+1, l.Number, bar)) + " " + text)
		if marked > 0 {
			p.line(p.paint(blue, margin+bar) + " " + strings.Repeat(" ", before) + p.paint(color, strings.Repeat("^", marked)))
		}
	}
}

// columns returns a line as it is printed, and how many columns stand before and under the mark.
func (p *painter) columns(l Line) (text string, before, marked int) {
	from, to := min(l.From, len(l.Text)), min(l.To, len(l.Text))
	head := p.expand(l.Text[:from], 0)
	before = displaywidth.String(head)
	middle := p.expand(l.Text[from:to], before)
	marked = displaywidth.String(middle)
	tail := p.expand(l.Text[to:], before+marked)
	if l.To > l.From && marked == 0 {
		marked = 1 // an empty range, or the end of the line
	}
	return head + middle + tail, before, marked
}

// expand makes a piece of source printable: tabs become spaces to the next multiple of four, all else is cleaned.
func (p *painter) expand(s string, column int) string {
	var b strings.Builder
	for i, part := range strings.Split(s, "\t") {
		if i > 0 {
			n := 4 - column%4
			b.WriteString(strings.Repeat(" ", n))
			column += n
		}
		part = p.clean(part)
		b.WriteString(part)
		column += displaywidth.String(part)
	}
	return b.String()
}

// remarks are the detail and the values of references.
func (p *painter) remarks(d Diagnostic) []string {
	var all []string
	if d.Detail != "" {
		all = append(all, d.Detail)
	}
	if d.Snippet != nil {
		for _, v := range d.Snippet.Values {
			all = append(all, strings.TrimSuffix(v.Traversal+" "+v.Statement, "…")+ending(v.Statement))
		}
	}
	return all
}

// ending ends the sentence about a value; one that was cut ends with dots already.
func ending(statement string) string {
	if strings.HasSuffix(statement, "…") {
		return "…"
	}
	return "."
}

// note writes a second place with its source line.
func (p *painter) note(n Note) {
	p.paragraph(n.Message+":", "  ")
	line := "    " + p.paint(blue, p.clean(position(n.Range)))
	if n.Line != "" {
		line += "  " + p.expand(n.Line, 0)
	}
	p.line(line)
}

// paragraph writes a text wrapped and indented. Lines that begin with a space are code and stay as they are.
func (p *painter) paragraph(text, indent string) {
	width := cmp.Or(p.Width, 100) - len(indent)
	for _, raw := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		if strings.HasPrefix(raw, " ") {
			p.line(indent + p.expand(raw, 0))
			continue
		}
		line, columns := "", 0
		for _, word := range strings.Fields(raw) {
			word = p.clean(word)
			n := displaywidth.String(word)
			if line != "" && columns+1+n > width {
				p.line(indent + line)
				line, columns = "", 0
			}
			if line != "" {
				line, columns = line+" ", columns+1
			}
			line, columns = line+word, columns+n
		}
		p.line(indent + line)
	}
}
