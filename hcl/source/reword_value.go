package source

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"ha/hcl/diag"
)

// quotes knows single and curly quotes.
func quotes(m mistake) *hcl.Diagnostic {
	t := m.tokens[m.at]
	for _, other := range m.tokens[m.first:m.end] { // around a label the library blames the type of the block
		if other.Type == hclsyntax.TokenInvalid && t.Type == hclsyntax.TokenIdent && isCurly(other.Bytes) {
			t = other
			break
		}
	}
	switch t.Type {
	case hclsyntax.TokenApostrophe:
		from := t.Range.Start.Byte
		to := lineEnd(m.src, from)
		if n := strings.IndexByte(string(m.src[from+1:to]), '\''); n >= 0 {
			text := string(m.src[from+1 : from+1+n])
			at := m.span(from, from+n+2)
			return diag.Error("HA1105", &at, "single quotes around "+strconv.Quote(text), "Texts take double quotes.",
				diag.Help("Write "+strconv.Quote(text)+"."), replace("Use double quotes", at, strconv.Quote(text)))
		}
		return diag.Error("HA1105", t.Range.Ptr(), "a single quote outside of a text", "Texts take double quotes.",
			diag.Help(`Write "text".`))
	case hclsyntax.TokenBadUTF8, hclsyntax.TokenInvalid:
		if isCurly(t.Bytes) {
			return diag.Error("HA1105", t.Range.Ptr(), fmt.Sprintf("the quote %s is not the straight one", t.Bytes),
				"Word processors and chat programs turn straight quotes into curly ones.",
				diag.Help(`Replace the quotes at both ends of the text with ".`))
		}
	}
	return nil
}

// isCurly tells whether a token is a quote as word processors make it.
func isCurly(token []byte) bool {
	r, _ := utf8.DecodeRune(token)
	return strings.ContainsRune("“”„‟‘’‚«»", r)
}

// unclosedText knows texts whose closing quote is missing.
func unclosedText(m mistake) *hcl.Diagnostic {
	if d := m.unclosedHeredoc(); d != nil {
		return d
	}
	open := -1 // the last quote that is open where the error is
	var quotes []int
	for i := m.first; i <= m.at && i < len(m.tokens); i++ {
		switch m.tokens[i].Type {
		case hclsyntax.TokenOQuote:
			quotes = append(quotes, i)
		case hclsyntax.TokenCQuote:
			if len(quotes) > 0 {
				quotes = quotes[:len(quotes)-1]
			}
		}
	}
	if len(quotes) > 0 && m.tokens[m.at].Type == hclsyntax.TokenQuotedNewline {
		open = quotes[0]
	}
	if open < 0 {
		return nil
	}
	quote := m.tokens[open].Range
	text := strings.TrimRight(string(m.src[quote.Start.Byte:lineEnd(m.src, quote.Start.Byte)]), " \t\r")
	at := m.span(quote.Start.Byte, quote.Start.Byte+len(text))
	return diag.Error("HA1111", &at, "the closing quote of this text is missing",
		"A text ends in the line in which it begins. What stands in the following lines is not judged before this is repaired.",
		diag.Help("Add the closing quote. A text of several lines is written as a heredoc: <<EOT … EOT, or with \\n."))
}

// unclosedHeredoc knows <<EOT whose EOT does not come: then the rest of the file is its text, and the error is at its end.
func (m mistake) unclosedHeredoc() *hcl.Diagnostic {
	open := m.at
	for open > 0 && m.tokens[open].Type != hclsyntax.TokenOHeredoc {
		if m.tokens[open].Type == hclsyntax.TokenCHeredoc {
			return nil
		}
		open--
	}
	if open == 0 || m.tokens[m.at].Type != hclsyntax.TokenEOF {
		return nil
	}
	t := m.tokens[open]
	begin := strings.TrimSpace(string(t.Bytes))
	at := t.Range
	at.End = hcl.Pos{Line: at.Start.Line, Column: at.Start.Column + len(begin), Byte: at.Start.Byte + len(begin)}
	return diag.Error("HA1111", &at, "the end of the text that "+begin+" begins is missing",
		"It ends with a line that holds the marker alone. What stands in the following lines is not judged before this is repaired.",
		diag.Help(fmt.Sprintf("Add a line with %s behind the text.", strings.TrimLeft(begin, "<-"))))
}

// wordByte tells which bytes make a bare word: what people write for addresses, durations, names and URLs.
func wordByte(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= utf8.RuneSelf ||
		strings.IndexByte("_.:/%-@+~", c) >= 0
}

// bareWord knows values without quotes that the lexer takes apart: addresses, durations, numbers with units.
func bareWord(m mistake) *hcl.Diagnostic {
	from, to := m.was.Subject.Start.Byte, m.was.Subject.Start.Byte
	if m.insideText(from) {
		return nil
	}
	for from > 0 && wordByte(m.src[from-1]) {
		from--
	}
	for to < len(m.src) && wordByte(m.src[to]) {
		to++
	}
	word := string(m.src[from:to])
	if !m.behindEquals(from) {
		return nil
	}
	return m.judgeWord(word, m.span(from, to))
}

// judgeWord says what a word is that the lexer took apart; nil for numbers and for words that it did not.
func (m mistake) judgeWord(word string, at hcl.Range) *hcl.Diagnostic {
	if _, err := strconv.ParseFloat(word, 64); word == "" || err == nil && !strings.ContainsAny(word, "_xX") {
		return nil
	}
	if c := word[0]; !strings.Contains(word, ":") && c != '-' && c != '.' && (c < '0' || c > '9') {
		return nil // a name
	}
	quoted := strconv.Quote(word)
	fix := []diag.Option{diag.Help("Write " + quoted + "."), replace("Put it in double quotes", at, quoted)}
	switch {
	case isAddress(word):
		return diag.Error("HA1101", &at, "the address "+word+" needs double quotes",
			"Addresses, prefixes and listeners are texts.", fix...)
	case regexp.MustCompile(`^([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}$`).MatchString(word):
		return diag.Error("HA1103", &at, "the MAC address "+word+" needs double quotes", "MAC addresses are texts.", fix...)
	case isDuration(word):
		return diag.Error("HA1102", &at, "the duration "+word+" needs double quotes",
			"Durations are texts with a unit: ms, s, m, h.", fix...)
	case regexp.MustCompile(`^-?0[xXbBoO][0-9A-Fa-f_]+$`).MatchString(word):
		options := []diag.Option{diag.Help("Write " + quoted + " where the argument takes a text, as fwmark does.")}
		if n, err := strconv.ParseInt(word, 0, 64); err == nil {
			options = []diag.Option{diag.Help(fmt.Sprintf("Write %d, or %s where the argument takes a text, as fwmark does.", n, quoted))}
		}
		return diag.Error("HA1104", &at, word+" is not a number", "Numbers are decimal.", options...)
	case regexp.MustCompile(`^-?[0-9]+(_[0-9]+)+$`).MatchString(word):
		n := strings.ReplaceAll(word, "_", "")
		return diag.Error("HA1104", &at, word+" is not a number", "Numbers have no separators.",
			diag.Help("Write "+n+"."), replace("Remove the separators", at, n))
	case regexp.MustCompile(`^[0-9.]+%$`).MatchString(word):
		n := strings.TrimSuffix(word, "%")
		return diag.Error("HA1104", &at, word+" is not a number", "Numbers have no percent sign.",
			diag.Help("Write "+n+"."), replace("Remove the percent sign", at, n))
	case strings.Contains(word, ":") || word[0] >= '0' && word[0] <= '9':
		return diag.Error("HA1127", &at, "the text "+word+" needs double quotes",
			"Without quotes it is neither a number nor a reference.", fix...)
	}
	return nil
}

// insideText tells whether a byte lies in a quoted text or a heredoc.
func (m mistake) insideText(at int) bool {
	switch m.tokens[m.at].Type {
	case hclsyntax.TokenQuotedLit, hclsyntax.TokenStringLit, hclsyntax.TokenQuotedNewline, hclsyntax.TokenOQuote,
		hclsyntax.TokenOHeredoc, hclsyntax.TokenCHeredoc, hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl:
		return m.tokens[m.at].Range.Start.Byte <= at
	}
	return false
}

// behindEquals tells whether a value begins at a byte: behind =, a bracket, a comma or an operator of its line.
func (m mistake) behindEquals(at int) bool {
	for i := at - 1; i >= 0; i-- {
		switch c := m.src[i]; c {
		case ' ', '\t':
			continue
		case '\n': // an item of a list that stands on its own line
			return m.first > 0 && m.openBracket()
		default:
			return strings.IndexByte("=[(,?:", c) >= 0
		}
	}
	return len(m.src) > 0 && m.tokens[m.first].Range.Start.Byte == 0 && m.wholeExpression()
}

// openBracket tells whether the line lies in a list.
func (m mistake) openBracket() bool {
	depth := 0
	for i := m.first - 1; i >= 0 && m.first-i < 10_000; i-- {
		switch m.tokens[i].Type {
		case hclsyntax.TokenCBrack:
			depth++
		case hclsyntax.TokenOBrack:
			if depth == 0 {
				return true
			}
			depth--
		case hclsyntax.TokenOBrace, hclsyntax.TokenCBrace:
			if depth == 0 {
				return false
			}
		}
	}
	return false
}

// wholeExpression tells whether the source is one value, as flags are, and no file.
func (m mistake) wholeExpression() bool {
	return strings.HasPrefix(m.was.Subject.Filename, "<")
}

func isAddress(s string) bool {
	if _, err := netip.ParseAddr(s); err == nil {
		return true
	}
	if _, err := netip.ParsePrefix(s); err == nil {
		return true
	}
	if _, err := netip.ParseAddrPort(s); err == nil {
		return true
	}
	return regexp.MustCompile(`^[0-9]+(\.[0-9]+){3}([/:][0-9]*)?$`).MatchString(s) // mistyped, but meant as one
}

func isDuration(s string) bool {
	if _, err := time.ParseDuration(s); err == nil {
		return s != "0"
	}
	return regexp.MustCompile(`^-?[0-9.]+(sec|secs|seconds?|min|mins|minutes?|hours?|days?|msec|d|w)$`).MatchString(s)
}

// missingValue knows arguments without a value.
func missingValue(m mistake) *hcl.Diagnostic {
	if !m.types(hclsyntax.TokenIdent, hclsyntax.TokenEqual) || m.at != m.end || m.tokens[m.end].Type == hclsyntax.TokenEOF {
		return nil
	}
	name := string(m.token(0).Bytes)
	last := m.tokens[m.end-1]
	at := m.span(m.token(0).Range.Start.Byte, last.Range.End.Byte)
	operators := []hclsyntax.TokenType{
		hclsyntax.TokenPlus, hclsyntax.TokenMinus, hclsyntax.TokenStar, hclsyntax.TokenSlash, hclsyntax.TokenPercent,
		hclsyntax.TokenAnd, hclsyntax.TokenOr, hclsyntax.TokenBang, hclsyntax.TokenEqualOp, hclsyntax.TokenNotEqual,
		hclsyntax.TokenLessThan, hclsyntax.TokenLessThanEq, hclsyntax.TokenGreaterThan, hclsyntax.TokenGreaterThanEq,
		hclsyntax.TokenQuestion, hclsyntax.TokenColon,
	}
	switch {
	case last.Type == hclsyntax.TokenEqual:
		return diag.Error("HA1116", &at, fmt.Sprintf("the argument %q has no value", name),
			"The value begins on the line of the equals sign.",
			diag.Help("Write the value behind the equals sign, or remove the line to keep the default."))
	case slices.Contains(operators, last.Type):
		return diag.Error("HA1116", last.Range.Ptr(), fmt.Sprintf("a value is missing behind %q", last.Bytes),
			"An expression ends with its line, unless a parenthesis or bracket is open.",
			diag.Help("Complete the expression, or put all of it in parentheses to write it on several lines."))
	}
	return nil
}

// lineEnd returns the byte at which the line of a byte ends.
func lineEnd(src []byte, at int) int {
	for at < len(src) && src[at] != '\n' {
		at++
	}
	return at
}
