package source

import (
	"cmp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"ha/hcl/diag"
)

// maxReworded is how many errors of a file are looked at closely: a recogniser may go through the whole file, and nobody
// reads on.
const maxReworded = 100

// reword says errors of syntax in the words of people who do not know the grammar. What a mistake is, is recognised by
// the tokens around it, never by the library's message. What is not recognised is left as it is: package diag has
// words for every message of the library.
//
// Of each line only the first error is kept: the library often reports one mistake from the lexer and again from the
// parser. Behind a text that is not closed nothing is kept, since from there on texts and code are taken for each other.
//
// The library leaves out the line behind one that it did not understand, so words that need quotes and values that
// are missing are looked for in all lines.
func reword(src []byte, tokens hclsyntax.Tokens, body *hclsyntax.Body, diags hcl.Diagnostics) hcl.Diagnostics {
	if !diags.HasErrors() {
		return diags
	}
	slices.SortStableFunc(diags, func(a, b *hcl.Diagnostic) int {
		return cmp.Or(cmp.Compare(a.Subject.Start.Byte, b.Subject.Start.Byte), cmp.Compare(a.Subject.End.Byte, b.Subject.End.Byte))
	})
	var out hcl.Diagnostics
	said := map[int]bool{}
	for _, d := range diags {
		better := d
		if len(out) < maxReworded {
			m := newMistake(src, tokens, d)
			m.body = body
			if known := m.recognise(); known != nil {
				better = known
			}
		}
		if line := better.Subject.Start.Line; !said[line] {
			said[line] = true
			out = append(out, better)
		}
		if e := diag.Of(better); e != nil && e.Code == "HA1111" {
			return out
		}
	}
	return append(out, otherWords(src, tokens, said)...)
}

// otherWords finds values without quotes in lines about which nothing has been said yet: name = 5s.
func otherWords(src []byte, tokens hclsyntax.Tokens, said map[int]bool) hcl.Diagnostics {
	var out hcl.Diagnostics
	for i, t := range tokens {
		starts := i == 0 || endsLine(tokens[i-1])
		if !starts || said[t.Range.Start.Line] || t.Type != hclsyntax.TokenIdent || tokens[i+1].Type != hclsyntax.TokenEqual {
			continue
		}
		m := newMistake(src, tokens, &hcl.Diagnostic{Subject: t.Range.Ptr()})
		if d := m.otherWord(tokens[i+1].Range.End.Byte); d != nil {
			out = append(out, d)
		} else if m.at = m.end; !m.opens() {
			if d := missingValue(m); d != nil {
				out = append(out, d)
			}
		}
	}
	return out
}

// otherWord judges the value that begins behind a byte, if it is one word and the rest of the line is empty.
func (m mistake) otherWord(from int) *hcl.Diagnostic {
	for from < len(m.src) && (m.src[from] == ' ' || m.src[from] == '\t') {
		from++
	}
	to := from
	for to < len(m.src) && wordByte(m.src[to]) {
		to++
	}
	rest := strings.TrimSpace(string(m.src[to:lineEnd(m.src, to)]))
	if rest != "" && !strings.HasPrefix(rest, "#") && !strings.HasPrefix(rest, "//") {
		return nil
	}
	return m.judgeWord(string(m.src[from:to]), m.span(from, to))
}

// opens tells whether a bracket is opened on the line and not closed there: then the value goes on in the next.
func (m mistake) opens() bool {
	depth := 0
	for _, t := range m.tokens[m.first:m.end] {
		switch t.Type {
		case hclsyntax.TokenOParen, hclsyntax.TokenOBrack, hclsyntax.TokenOBrace:
			depth++
		case hclsyntax.TokenCParen, hclsyntax.TokenCBrack, hclsyntax.TokenCBrace:
			depth--
		}
	}
	return depth > 0
}

// mistake is an error of syntax with what stands around it.
type mistake struct {
	src    []byte
	tokens hclsyntax.Tokens // of the whole file
	at     int              // index of the token where the error is
	first  int              // index of the first token of the line
	end    int              // index of the token that ends the line: a line break, a comment or the end of the file
	was    *hcl.Diagnostic
	body   *hclsyntax.Body // as far as it was understood; nil for expressions
}

func newMistake(src []byte, tokens hclsyntax.Tokens, d *hcl.Diagnostic) mistake {
	m := mistake{src: src, tokens: tokens, was: d}
	m.at, _ = slices.BinarySearchFunc(tokens, d.Subject.Start.Byte, func(t hclsyntax.Token, pos int) int {
		if t.Range.End.Byte <= pos && t.Type != hclsyntax.TokenEOF {
			return -1
		}
		return 1
	})
	m.at = min(m.at, len(tokens)-1)
	m.first = m.at
	for m.first > 0 && !endsLine(tokens[m.first-1]) {
		m.first--
	}
	m.end = m.at
	for m.end < len(tokens)-1 && !endsLine(tokens[m.end]) {
		m.end++
	}
	return m
}

// endsLine tells whether a token holds the end of a line.
func endsLine(t hclsyntax.Token) bool {
	switch t.Type {
	case hclsyntax.TokenNewline, hclsyntax.TokenComment, hclsyntax.TokenEOF:
		return true
	}
	return len(t.Bytes) > 0 && t.Bytes[len(t.Bytes)-1] == '\n'
}

// recognise asks one recogniser after the other, the more certain ones first; nil if none knows the mistake.
func (m mistake) recognise() *hcl.Diagnostic {
	for _, known := range []func(mistake) *hcl.Diagnostic{
		quotes, unclosedText, unclosedBlock, unclosedList, strayCharacter, loneValue, foreignBlock, twice, bareWord, assignment, separators, braces, missingValue,
	} {
		if d := known(m); d != nil {
			return d
		}
	}
	return nil
}

// token returns the i-th token of the line; the end of the file when there are fewer.
func (m mistake) token(i int) hclsyntax.Token {
	if m.first+i >= m.end {
		return m.tokens[m.end]
	}
	return m.tokens[m.first+i]
}

// types tells whether the line begins with tokens of these types.
func (m mistake) types(types ...hclsyntax.TokenType) bool {
	for i, t := range types {
		if m.first+i > m.end || m.tokens[m.first+i].Type != t {
			return false
		}
	}
	return true
}

// pos returns line and column of a byte of the line that holds the error. Columns are those of the library where a
// token begins, and count characters between.
func (m mistake) pos(at int) hcl.Pos {
	i := m.first
	for i < len(m.tokens)-1 && m.tokens[i].Range.End.Byte <= at {
		i++
	}
	p := m.tokens[i].Range.Start
	for p.Byte < at {
		if m.src[p.Byte]&0xc0 != 0x80 { // not in the middle of a character
			p.Column++
		}
		p.Byte++
	}
	if p.Byte > at { // between two tokens
		p.Column -= p.Byte - at
		p.Byte = at
	}
	return p
}

// span is the range of bytes from to to of the line that holds the error.
func (m mistake) span(from, to int) hcl.Range {
	return hcl.Range{Filename: m.was.Subject.Filename, Start: m.pos(from), End: m.pos(to)}
}

// replace is a fix that replaces one range.
func replace(title string, at hcl.Range, text string) diag.Option {
	return diag.Repair(title, diag.Edit{Range: at, NewText: text})
}
