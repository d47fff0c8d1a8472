package layout

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"ha/hcl/schema"
)

// Quote writes a text as an expression.
func Quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i, c := range s {
		switch {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteRune(c)
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\r':
			b.WriteString(`\r`)
		case c == '\t':
			b.WriteString(`\t`)
		case (c == '$' || c == '%') && strings.HasPrefix(s[i+1:], "{"):
			b.WriteRune(c)
			b.WriteRune(c)
		case c < ' ' || c == 0x7f || !unicode.IsPrint(c) && c <= 0xffff && c != unicode.ReplacementChar:
			fmt.Fprintf(&b, `\u%04x`, c)
		default:
			b.WriteRune(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// Quotes writes texts as a list on one line.
func Quotes(texts []string) string {
	quoted := make([]string, len(texts))
	for i, s := range texts {
		quoted[i] = Quote(s)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// Duration writes a duration as it is written elsewhere: "1m30s".
func Duration(d time.Duration) string { return Quote(schema.FormatDuration(d)) }

// IsName tells whether a text is an identifier, so that references can name it.
func IsName(s string) bool { return s != "" && Name(s) == s }

// Name makes an identifier of a text: letters and digits stay, all else is an underscore.
func Name(s string) string {
	var b strings.Builder
	for i, c := range s {
		switch {
		case c == '_' || c < 0x80 && unicode.IsLetter(c):
			b.WriteRune(c)
		case i > 0 && (c == '-' || c >= '0' && c <= '9'):
			b.WriteRune(c)
		case i == 0 && c >= '0' && c <= '9':
			b.WriteByte('_')
			b.WriteRune(c)
		default:
			b.WriteByte('_')
		}
	}
	return b.String()
}
