package source

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"ha/hcl/diag"
)

// strayCharacter knows a dollar sign before a name, comments of keepalived.conf or without their end, and characters that
// are nothing in the language, among them those that cannot be seen.
func strayCharacter(m mistake) *hcl.Diagnostic {
	t := m.tokens[m.at]
	rest := m.src[t.Range.Start.Byte:]
	switch {
	case strings.HasPrefix(string(rest[:min(2, len(rest))]), "/*"):
		at := t.Range
		at.End.Byte, at.End.Column = at.Start.Byte+2, at.Start.Column+2
		return diag.Error("HA1121", &at, "this comment is not closed", "A comment that begins with /* ends with */.",
			diag.Help("Add */ where it ends, or begin each line of it with #."))
	case strings.HasPrefix(string(rest[:min(1, len(rest))]), "$") && !m.insideText(t.Range.Start.Byte):
		end := t.Range.Start.Byte + 1
		for end < len(m.src) && wordByte(m.src[end]) {
			end++
		}
		if name := string(m.src[t.Range.Start.Byte+1 : end]); name != "" {
			at := m.span(t.Range.Start.Byte, end)
			return diag.Error("HA1121", &at, "references have no dollar sign: $"+name, "",
				diag.Help(fmt.Sprintf("Write %s, for an input variable var.%s; in a text: \"${var.%s}\".", name, name, name)))
		}
	case t.Type == hclsyntax.TokenBang && m.at == m.first && m.token(1).Type == hclsyntax.TokenIdent:
		return diag.Error("HA1121", t.Range.Ptr(), "comments begin with #, not with !", "keepalived.conf begins them with either.",
			diag.Help("Write # instead."), replace("Write #", t.Range, "#"))
	case t.Type == hclsyntax.TokenInvalid:
		return unknownCharacter(t)
	}
	return nil
}

// unknownCharacter says which character it is: many of those that come along with copied text look like others, or like
// nothing.
func unknownCharacter(t hclsyntax.Token) *hcl.Diagnostic {
	r, _ := utf8.DecodeRune(t.Bytes)
	code := fmt.Sprintf("U+%04X", r)
	switch {
	case unicode.IsSpace(r) || unicode.Is(unicode.Zs, r):
		return diag.Error("HA1121", t.Range.Ptr(), "this blank is not a space: "+code, "It looks like one, and came along with copied text.",
			diag.Help("Replace it by a space."), replace("Replace it by a space", t.Range, " "))
	case unicode.Is(unicode.Cf, r) || unicode.IsControl(r):
		return diag.Error("HA1121", t.Range.Ptr(), "an invisible character stands here: "+code, "It came along with copied text.",
			diag.Help("Delete it."), replace("Delete it", t.Range, ""))
	case r >= '！' && r <= '～': // the wide forms of ASCII, in its order
		narrow := string(r - '！' + '!')
		return diag.Error("HA1121", t.Range.Ptr(), fmt.Sprintf("the wide character %c (%s) is not the %s of the language", r, code, narrow), "",
			diag.Help("Write "+narrow+"."), replace("Write "+narrow, t.Range, narrow))
	}
	return diag.Error("HA1121", t.Range.Ptr(), fmt.Sprintf("the character %q has no meaning here", r), "",
		diag.Help("Put the text that it belongs to in double quotes, or remove it."))
}

// loneValue knows lines of a block that are a value without a name, as addresses stand in keepalived.conf.
func loneValue(m mistake) *hcl.Diagnostic {
	t, open := m.tokens[m.first], m.openAt()
	if m.body == nil || m.at > m.first+1 || open >= 0 && m.tokens[open].Type != hclsyntax.TokenOBrace {
		return nil
	}
	if t.Type != hclsyntax.TokenNumberLit && t.Type != hclsyntax.TokenOQuote {
		return nil
	}
	line := strings.TrimSpace(string(m.src[t.Range.Start.Byte:m.tokens[m.end].Range.Start.Byte]))
	if strings.Contains(line, "=") {
		return nil // a name in quotes
	}
	word := strings.Trim(strings.Fields(line)[0], `",`)
	at := m.span(t.Range.Start.Byte, t.Range.Start.Byte+len(line))
	return diag.Error("HA1120", &at, "this value has no name", "A block holds arguments (name = value) and blocks. Several values are a list.",
		diag.Help(fmt.Sprintf("Write for example: %s = [%q]", m.listName(open), word)))
}

// listName is the argument that a value without a name may be meant for, judged by the block that a brace opens.
func (m mistake) listName(open int) string {
	for open > 0 && !endsLine(m.tokens[open-1]) {
		open--
	}
	if open < 0 {
		return "name"
	}
	switch string(m.tokens[open].Bytes) {
	case "virtual_ipaddress", "vip", "addresses":
		return "addresses"
	case "pool":
		return "listen"
	}
	return "name"
}
