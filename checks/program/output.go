package program

import (
	"bytes"
	"strings"
	"unicode"
)

// maxLine bounds what is kept of a program's output, in bytes.
const maxLine = 200

// firstLine is a writer that keeps the first line that is not blank, up to [maxLine], and swallows the rest: a program that
// writes without end fills no memory. Its zero value is empty.
type firstLine struct {
	text  []byte
	whole bool // the line has ended
}

// Write never fails.
func (l *firstLine) Write(p []byte) (int, error) {
	n := len(p)
	for !l.whole && len(p) > 0 {
		line, rest, ended := bytes.Cut(p, []byte("\n"))
		l.text = append(l.text, line[:min(len(line), maxLine-len(l.text))]...)
		if len(bytes.TrimSpace(l.text)) == 0 {
			l.text = l.text[:0]
		} else {
			l.whole = ended || len(l.text) == maxLine
		}
		p = rest
	}
	return n, nil
}

// String is the line without characters that a terminal would obey.
func (l *firstLine) String() string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, string(l.text)))
}
