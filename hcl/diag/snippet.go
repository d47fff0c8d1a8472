package diag

import (
	"bytes"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
)

const (
	maxSubjectLines = 6   // of a range over many lines, the first ones are shown
	maxLineBytes    = 240 // longer lines are cut around the place
)

// lineIndex finds lines of one file by binary search, so that many diagnostics on a big file cost little each.
type lineIndex struct {
	src    string // a copy: cutting lines out of it costs nothing, however long they are
	starts []int  // byte at which each line begins
}

func newLineIndex(src []byte) *lineIndex {
	starts := []int{0}
	for i := 0; ; {
		n := bytes.IndexByte(src[i:], '\n')
		if n < 0 {
			return &lineIndex{string(src), starts}
		}
		i += n + 1
		starts = append(starts, i)
	}
}

// at returns the index of the line that holds a byte; at the end of the file that is the last line with text.
func (x *lineIndex) at(pos int) int {
	pos = min(max(pos, 0), len(x.src))
	line := sort.Search(len(x.starts), func(i int) bool { return x.starts[i] > pos }) - 1
	if line > 0 && x.starts[line] == len(x.src) { // behind the last line break
		line--
	}
	return line
}

// text returns a line without its end, and the byte at which it begins.
func (x *lineIndex) text(line int) (string, int) {
	start, end := x.starts[line], len(x.src)
	if line+1 < len(x.starts) {
		end = x.starts[line+1] - 1
	}
	return strings.TrimSuffix(x.src[start:end], "\r"), start
}

// snippet cuts out the lines of a range with their neighbours, and the first line of the context. Ranges that lie
// outside of the file or are inverted, which the library does produce, are brought inside.
func (x *lineIndex) snippet(subject hcl.Range, context *hcl.Range) *Snippet {
	from := min(max(subject.Start.Byte, 0), len(x.src))
	to := min(max(subject.End.Byte, from), len(x.src))
	first, last := x.at(from), x.at(max(from, to-1))
	shownLast := min(last, first+maxSubjectLines-1)

	s := &Snippet{StartLine: first + 1, Values: []Value{}}
	if context != nil {
		if c := x.at(context.Start.Byte); c < first-1 && context.Start.Byte >= 0 {
			s.Lines = append(s.Lines, x.line(c, 0, 0))
		}
	}
	if first > 0 {
		s.Lines = appendText(s.Lines, x.line(first-1, 0, 0))
	}
	var code strings.Builder
	for n := first; n <= shownLast; n++ {
		if n > first {
			code.WriteByte('\n')
		}
		l := x.line(n, from, max(to, from+1))
		s.Lines = append(s.Lines, l)
		if n == first {
			s.HighlightStart = min(l.From, len(l.Text))
		}
		s.HighlightEnd = code.Len() + min(l.To, len(l.Text))
		code.WriteString(l.Text)
	}
	s.Code = code.String()
	if last+1 < len(x.starts) && shownLast == last {
		s.Lines = appendText(s.Lines, x.line(last+1, 0, 0))
	}
	return s
}

// appendText adds a neighbour, unless the line is empty.
func appendText(lines []Line, l Line) []Line {
	if strings.TrimSpace(l.Text) == "" {
		return lines
	}
	return append(lines, l)
}

// line returns a line with the part of it marked that bytes from to to of the file cover.
func (x *lineIndex) line(n, from, to int) Line {
	text, start := x.text(n)
	l := Line{Number: n + 1, Text: text}
	if from < to {
		l.From, l.To = min(max(from-start, 0), len(text)), min(max(to-start, 0), len(text))
		if from < start { // a range over several lines begins at the text, not at the margin
			l.From = min(len(text)-len(strings.TrimLeft(text, " \t")), l.To)
		}
		if l.To <= l.From {
			l.To = l.From + 1 // an empty range, or the end of the line
		}
	}
	return cut(l)
}

// cut shortens a long line to a window around what is marked.
func cut(l Line) Line {
	if len(l.Text) <= maxLineBytes {
		return l
	}
	from := max(0, l.From-maxLineBytes/3)
	to := min(len(l.Text), from+maxLineBytes)
	from, to = runeStart(l.Text, from), runeStart(l.Text, to)
	text, shift := l.Text[from:to], -from
	if from > 0 {
		text, shift = "…"+text, shift+len("…")
	}
	end := len(text)
	if to < len(l.Text) {
		text += "…"
	}
	if l.To > 0 {
		l.From = min(max(l.From+shift, 0), end)
		l.To = min(max(l.To+shift, l.From+1), end+1)
	}
	l.Text = text
	return l
}

// runeStart moves a place in a text back to where its character begins. Bytes that belong to none stay apart.
func runeStart(text string, at int) int {
	for back := range min(at+1, utf8.UTFMax) {
		if at == len(text) || utf8.RuneStart(text[at-back]) {
			return at - back
		}
	}
	return at
}

// blot returns source in which the bytes of some ranges are stars; those of its lines stay where they are.
func blot(src []byte, ranges []hcl.Range) []byte {
	if len(ranges) == 0 {
		return src
	}
	src = bytes.Clone(src)
	for _, r := range ranges {
		for i := max(r.Start.Byte, 0); i < min(r.End.Byte, len(src)); i++ {
			if src[i] != '\n' && src[i] != '\r' {
				src[i] = '*'
			}
		}
	}
	return src
}

// indexes makes the line index of each file once.
type indexes struct {
	files  Files
	byName map[string]*lineIndex
	hidden map[string][]hcl.Range // by file
}

func (x *indexes) of(name string) *lineIndex {
	if x.files == nil || name == "" {
		return nil
	}
	index, ok := x.byName[name]
	if !ok {
		if src := x.files.Bytes(name); len(src) > 0 && slices.Index(src, 0) < 0 {
			index = newLineIndex(blot(src, x.hidden[name]))
		}
		x.byName[name] = index
	}
	return index
}
