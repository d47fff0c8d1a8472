package diag

import (
	"strings"
	"unicode/utf8"
)

// ANSI sequences; the only ones that ever reach a terminal, since clean removes all others.
const (
	bold   = "\x1b[1m"
	red    = "\x1b[31m"
	yellow = "\x1b[33m"
	blue   = "\x1b[34m"
	reset  = "\x1b[0m"
)

func (p *painter) paint(color, s string) string {
	if !p.Color || s == "" {
		return s
	}
	return color + s + reset
}

func (p *painter) clean(s string) string {
	s = Clean(s)
	if !p.ASCII {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r < utf8.RuneSelf:
			return r
		case r == '“' || r == '”':
			return '"'
		case r == '–' || r == '—':
			return '-'
		}
		return '?'
	}, strings.NewReplacer("…", "...", "→", "->").Replace(s))
}

// Clean replaces everything in a text that could command a terminal or deceive a reader: control characters become
// their pictures (␛), marks that turn the direction of writing and bytes that are not UTF-8 become �.
func Clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r < 0x20:
			return 0x2400 + r
		case r == 0x7f:
			return 0x2421
		case r >= 0x80 && r < 0xa0, // C1
			r == 0x061c, r == 0x200e, r == 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, // direction
			r == 0x2028, r == 0x2029: // line ends that editors do not show
			return utf8.RuneError
		case r == 0xfeff: // a byte-order mark has no width anywhere
			return -1
		}
		return r
	}, s)
}
