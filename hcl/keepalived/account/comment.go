package account

import (
	"regexp"
	"strings"
)

// passwords are lines of keepalived.conf with a password that were commented out, or told in a comment.
var passwords = regexp.MustCompile(`(?i)\b(aut[a-z]*_?pas[a-z]*)[ \t:=]+[^ \t]+`)

// Comment is a comment of the author as it may be printed: on one line, and without a password that was commented out.
func Comment(text string) string {
	if strings.Contains(strings.ToLower(text), "pas") {
		text = passwords.ReplaceAllString(text, "$1 …")
	}
	return OneLine(text)
}

// OneLine is a text as it may stand in a comment.
func OneLine(text string) string {
	text = strings.Map(func(c rune) rune {
		if c < ' ' && c != '\t' || c == 0x7f {
			return -1
		}
		return c
	}, text)
	return strings.TrimRight(text, " \t")
}
