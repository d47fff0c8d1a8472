package source

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"ha/hcl/diag"
)

// assignment knows lines that set an argument in another language: x: 1, x := 1, x => 1, x 1.
func assignment(m mistake) *hcl.Diagnostic {
	if m.token(0).Type != hclsyntax.TokenIdent || m.first >= m.end || m.inList() {
		return nil
	}
	name, second := m.token(0), m.token(1)
	value := strings.TrimSpace(string(m.src[min(second.Range.End.Byte, m.tokens[m.end].Range.Start.Byte):m.tokens[m.end].Range.Start.Byte]))
	switch second.Type {
	case hclsyntax.TokenColon, hclsyntax.TokenFatArrow, hclsyntax.TokenEqualOp:
		sign := second.Range
		if t := m.token(2); second.Type == hclsyntax.TokenColon && t.Type == hclsyntax.TokenEqual {
			sign = hcl.RangeBetween(sign, t.Range) // :=
			value = strings.TrimSpace(strings.TrimPrefix(value, "="))
		}
		return diag.Error("HA1106", &sign, fmt.Sprintf("the argument %q takes \"=\", not %q", name.Bytes, sign.SliceBytes(m.src)), "",
			diag.Help(fmt.Sprintf("Write: %s = %s", name.Bytes, value)), replace(`Use "="`, sign, m.padded(sign)))
	case hclsyntax.TokenNumberLit, hclsyntax.TokenMinus:
		return m.keepalivedLine(name)
	}
	if d := m.dotted(name, second); d != nil {
		return d
	}
	if len(m.wordsOnly()) > 1 && !m.braceFollows() && m.tokens[m.end-1].Type != hclsyntax.TokenOBrace {
		return m.keepalivedLine(name)
	}
	return nil
}

// padded is an equals sign with the spaces that the sign it replaces lacks.
func (m mistake) padded(sign hcl.Range) string {
	eq := "="
	if sign.Start.Byte > 0 && m.src[sign.Start.Byte-1] != ' ' {
		eq = " " + eq
	}
	if sign.End.Byte < len(m.src) && m.src[sign.End.Byte] != ' ' {
		eq += " "
	}
	return eq
}

// dotted knows a.b = 1.
func (m mistake) dotted(name, second hclsyntax.Token) *hcl.Diagnostic {
	if second.Type != hclsyntax.TokenDot {
		return nil
	}
	for i := 0; m.first+i < m.end; i++ {
		if m.token(i).Type != hclsyntax.TokenEqual {
			continue
		}
		at := m.span(name.Range.Start.Byte, m.token(i-1).Range.End.Byte)
		return diag.Error("HA1120", &at, fmt.Sprintf("%q cannot be set from outside", at.SliceBytes(m.src)),
			"An argument is set inside of its block.",
			diag.Help(fmt.Sprintf("Set %q inside of the block %q.", m.token(i-1).Bytes, name.Bytes)))
	}
	return nil
}

// wordsOnly returns the tokens of the line if all of them are names and texts, as in lines of keepalived.conf.
func (m mistake) wordsOnly() []string {
	var words []string
	for i := m.first; i < m.end; i++ {
		switch t := m.tokens[i]; t.Type {
		case hclsyntax.TokenIdent, hclsyntax.TokenNumberLit, hclsyntax.TokenQuotedLit:
			words = append(words, string(t.Bytes))
		case hclsyntax.TokenOQuote, hclsyntax.TokenCQuote:
		default:
			return nil
		}
	}
	return words
}

// keepalivedLine says that a line lacks its equals sign, or is one of keepalived.conf.
func (m mistake) keepalivedLine(name hclsyntax.Token) *hcl.Diagnostic {
	rest := strings.TrimSpace(string(m.src[name.Range.End.Byte:m.tokens[m.end].Range.Start.Byte]))
	last := m.tokens[m.end-1]
	at := m.span(name.Range.Start.Byte, last.Range.End.Byte)
	if last.Type == hclsyntax.TokenOBrace {
		label := strings.TrimSpace(strings.TrimSuffix(rest, "{"))
		return diag.Error("HA1126", &at, fmt.Sprintf("the labels of the block %q need double quotes", name.Bytes),
			"keepalived.conf writes them without; here each label is a text.",
			diag.Help(fmt.Sprintf("Write: %s %s {", name.Bytes, strconv.Quote(label))))
	}
	value := rest
	if _, err := strconv.ParseFloat(rest, 64); err != nil && rest != "true" && rest != "false" && !strings.HasPrefix(rest, `"`) {
		value = strconv.Quote(rest)
	}
	return diag.Error("HA1126", &at, fmt.Sprintf("an equals sign is missing between %q and its value", name.Bytes),
		"keepalived.conf separates them by a space; here arguments take an equals sign.",
		diag.Help(fmt.Sprintf("Write: %s = %s", name.Bytes, value)))
}

// separators knows commas and semicolons between arguments, and several arguments on one line.
func separators(m mistake) *hcl.Diagnostic {
	t := m.tokens[m.at]
	if m.inList() {
		return m.listSeparator(t)
	}
	oneLine := m.braceOnLine()
	switch {
	case t.Type == hclsyntax.TokenSemicolon && oneLine, t.Type == hclsyntax.TokenComma && oneLine:
		return diag.Error("HA1107", t.Range.Ptr(), "a block on one line takes one argument only",
			"Arguments are separated by line breaks, so several of them need several lines.",
			diag.Help("Write the block on several lines, one argument per line."))
	case t.Type == hclsyntax.TokenSemicolon || t.Type == hclsyntax.TokenComma:
		options := []diag.Option{diag.Help(fmt.Sprintf("Start a new line instead of the %q.", t.Bytes))}
		if m.at+1 == m.end {
			options = []diag.Option{diag.Help(fmt.Sprintf("Remove the %q.", t.Bytes)), replace("Remove it", t.Range, "")}
		}
		return diag.Error("HA1107", t.Range.Ptr(), fmt.Sprintf("arguments are separated by line breaks, not by %q", t.Bytes), "", options...)
	case oneLine && t.Type != hclsyntax.TokenOBrace && m.equalsSigns() > 1:
		return diag.Error("HA1107", t.Range.Ptr(), "a block on one line takes one argument only",
			"Arguments are separated by line breaks, so several of them need several lines.",
			diag.Help("Write the block on several lines, one argument per line."))
	case oneLine && m.at == m.end && m.equalsSigns() == 1:
		return diag.Error("HA1107", m.was.Subject, "a block that begins with an argument on its first line must end there",
			"", diag.Help("Start a new line behind the opening brace."))
	case t.Type == hclsyntax.TokenCBrace && m.types(hclsyntax.TokenIdent, hclsyntax.TokenEqual):
		return diag.Error("HA1118", t.Range.Ptr(), "the closing brace needs a line of its own",
			"Behind the value of an argument the line ends.", diag.Help("Start a new line before the brace."),
			replace("Start a new line", t.Range, "\n}"))
	}
	return nil
}

// listSeparator knows missing commas in lists.
func (m mistake) listSeparator(t hclsyntax.Token) *hcl.Diagnostic {
	if m.at == 0 {
		return nil
	}
	before := m.at - 1
	for before > 0 && endsLine(m.tokens[before]) {
		before--
	}
	value := func(t hclsyntax.TokenType) bool {
		return t == hclsyntax.TokenOQuote || t == hclsyntax.TokenCQuote || t == hclsyntax.TokenNumberLit || t == hclsyntax.TokenIdent
	}
	if !value(t.Type) || !value(m.tokens[before].Type) {
		return nil
	}
	end := m.tokens[before].Range.End
	gap := hcl.Range{Filename: t.Range.Filename, Start: end, End: end}
	return diag.Error("HA1115", t.Range.Ptr(), "a comma is missing before this item",
		"Items of a list are separated by commas, also when each has a line of its own.",
		diag.Help("Add a comma behind the item before."), replace("Add the comma", gap, ","))
}

// inList tells whether the error lies between brackets or parentheses that are still open.
func (m mistake) inList() bool {
	var open []hclsyntax.TokenType
	for i := max(0, m.at-10_000); i < m.at; i++ {
		switch t := m.tokens[i].Type; t {
		case hclsyntax.TokenOBrack, hclsyntax.TokenOParen, hclsyntax.TokenOBrace:
			open = append(open, t)
		case hclsyntax.TokenCBrack, hclsyntax.TokenCParen, hclsyntax.TokenCBrace:
			if len(open) > 0 {
				open = open[:len(open)-1]
			}
		}
	}
	return len(open) > 0 && open[len(open)-1] != hclsyntax.TokenOBrace
}

// braceOnLine tells whether a block is opened on the line of the error and before it.
func (m mistake) braceOnLine() bool {
	if m.token(0).Type != hclsyntax.TokenIdent || m.token(1).Type == hclsyntax.TokenEqual {
		return false
	}
	for i := m.first; i < m.at; i++ {
		if m.tokens[i].Type == hclsyntax.TokenOBrace {
			return true
		}
	}
	return false
}

func (m mistake) equalsSigns() int {
	n := 0
	for i := m.first; i < m.end; i++ {
		if m.tokens[i].Type == hclsyntax.TokenEqual {
			n++
		}
	}
	return n
}

// braces knows braces that are too many, on the wrong line or behind an equals sign, and words that stand alone.
func braces(m mistake) *hcl.Diagnostic {
	t := m.tokens[m.at]
	switch {
	case t.Type == hclsyntax.TokenCBrace && m.at == m.first:
		return diag.Error("HA1124", t.Range.Ptr(), "this closing brace closes nothing",
			"All blocks before it are closed already.",
			diag.Help("Remove the brace, or look for a block above that is closed too early."))
	case t.Type == hclsyntax.TokenEqual && m.at > m.first && m.tokens[m.at+1].Type == hclsyntax.TokenOBrace:
		header := strings.TrimSpace(string(m.src[m.token(0).Range.Start.Byte:t.Range.Start.Byte]))
		return diag.Error("HA1110", t.Range.Ptr(), fmt.Sprintf("the block %s takes no \"=\"", header),
			"Only arguments have an equals sign.", diag.Help("Write: "+header+" {"),
			replace(`Remove the "="`, m.span(t.Range.Start.Byte, m.tokens[m.at+1].Range.Start.Byte), ""))
	case m.token(0).Type == hclsyntax.TokenIdent && m.braceFollows():
		header := strings.TrimSpace(string(m.src[m.token(0).Range.Start.Byte:m.tokens[m.end].Range.Start.Byte]))
		at := m.span(m.token(0).Range.Start.Byte, m.token(0).Range.Start.Byte+len(header))
		return diag.Error("HA1108", &at, fmt.Sprintf("the opening brace of the block %s stands on another line", header),
			"It belongs to the line of the block's type and labels.", diag.Help("Write: "+header+" {"))
	case m.first+1 == m.end && m.token(0).Type == hclsyntax.TokenIdent && m.at <= m.end:
		name := string(m.token(0).Bytes)
		return diag.Error("HA1120", m.token(0).Range.Ptr(), fmt.Sprintf("%q stands alone", name),
			"A line is an argument (name = value) or begins a block.",
			diag.Help(fmt.Sprintf("Write %s = value, for a switch: %s = true.", name, name)))
	}
	return nil
}

// braceFollows tells whether the line holds names and texts only and the next line with something begins with {.
func (m mistake) braceFollows() bool {
	for i := m.first; i < m.end; i++ {
		switch m.tokens[i].Type {
		case hclsyntax.TokenIdent, hclsyntax.TokenOQuote, hclsyntax.TokenQuotedLit, hclsyntax.TokenCQuote:
		default:
			return false
		}
	}
	i := m.end
	for i < len(m.tokens)-1 && endsLine(m.tokens[i]) {
		i++
	}
	return i > m.end && m.tokens[i].Type == hclsyntax.TokenOBrace
}
