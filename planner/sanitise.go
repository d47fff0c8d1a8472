package planner

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Sanitise makes a string from a file, the kernel or a peer safe to print: control characters become their
// pictures (U+2400 and up), and what could hide or reorder text becomes U+FFFD. Nothing in the result reaches
// beyond its own line, and nothing steers a terminal.
func Sanitise(s string) string {
	if !strings.ContainsFunc(s, steers) && utf8.ValidString(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r < ' ':
			return '␀' + r
		case r == 0x7f:
			return '␡'
		case steers(r):
			return utf8.RuneError
		}
		return r
	}, strings.ToValidUTF8(s, string(utf8.RuneError)))
}

// steers tells whether a character does something other than standing in its place: controls (C0, C1), format
// characters such as those that turn the direction of text, line and paragraph separators.
func steers(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}

// width is how many columns a sanitised string takes. Combining characters take none, East Asian wide ones two.
func width(s string) int {
	n := 0
	for _, r := range s {
		switch {
		case unicode.In(r, unicode.Mn, unicode.Me):
		case wide(r):
			n += 2
		default:
			n++
		}
	}
	return n
}

// wide covers the blocks of wide characters that names are written in (Unicode Standard Annex 11).
func wide(r rune) bool {
	return r >= 0x1100 && (r <= 0x115f || r >= 0x2e80 && r <= 0xa4cf || r >= 0xac00 && r <= 0xd7a3 ||
		r >= 0xf900 && r <= 0xfaff || r >= 0xfe30 && r <= 0xfe6f || r >= 0xff00 && r <= 0xff60 ||
		r >= 0x1f300 && r <= 0x1faff || r >= 0x20000 && r <= 0x3fffd)
}
