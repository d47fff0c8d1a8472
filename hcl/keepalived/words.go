package keepalived

import "strings"

// splitWords splits an ordinary line: blanks separate, double quotes hold together, and there are no escapes. A quote also
// ends the word before it. open tells that the last quote has no end; what is behind it is no word.
func splitWords(text string) (words []string, open bool) {
	for {
		text = strings.TrimLeft(text, " \t")
		if text == "" {
			return words, false
		}
		if text[0] == '"' {
			end := strings.IndexByte(text[1:], '"')
			if end < 0 {
				return words, true
			}
			words = append(words, text[1:1+end])
			text = text[end+2:]
			continue
		}
		end := strings.IndexAny(text, " \t\"")
		if end < 0 {
			return append(words, text), false
		}
		words = append(words, text[:end])
		text = text[end:]
	}
}

// SplitScript splits the raw text of a statement with a script as keepalived does: into words, of which the second is
// the command, the third a user and the fourth a group; then the command into its arguments. Single and double quotes hold
// together. ok is false when a quote has no end; then the words before it count.
func SplitScript(raw string) (argv []string, user, group string, ok bool) {
	words, ok := splitQuoted(raw, false)
	if len(words) < 2 {
		return nil, "", "", ok
	}
	if len(words) > 2 {
		user = words[2]
	}
	if len(words) > 3 {
		group = words[3]
	}
	argv, whole := splitQuoted(words[1], true)
	return argv, user, group, ok && whole
}

// splitQuoted splits at blanks outside of quotes; parts that touch are one word. With escapes a backslash means what it
// does in C.
func splitQuoted(text string, escapes bool) (words []string, ok bool) {
	var word []byte
	inWord, quote := false, byte(0)
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case escapes && c == '\\' && i+1 < len(text):
			value, used := unescape(text[i+1:])
			word, inWord = append(word, value), true
			i += used
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == '"' || c == '\''):
			quote, inWord = c, true
		case quote == 0 && (c == ' ' || c == '\t'):
			if inWord {
				words = append(words, string(word))
			}
			word, inWord = nil, false
		default:
			word, inWord = append(word, c), true
		}
	}
	if inWord && quote == 0 {
		words = append(words, string(word))
	}
	return words, quote == 0
}

// unescape reads what stands behind a backslash: a byte, and how many characters it took. text is not empty.
func unescape(text string) (value byte, used int) {
	const from, to = "abEefnrtv", "\a\b\x1b\x1b\f\n\r\t\v"
	c := text[0]
	if i := strings.IndexByte(from, c); i >= 0 {
		return to[i], 1
	}
	switch {
	case c >= '0' && c <= '7':
		for used < 3 && used < len(text) && text[used] >= '0' && text[used] <= '7' {
			value = value<<3 | (text[used] - '0')
			used++
		}
		return value, used
	case c == 'x' && len(text) > 1 && hexDigit(text[1]) >= 0:
		for used = 1; used < 3 && used < len(text) && hexDigit(text[used]) >= 0; used++ {
			value = value<<4 | byte(hexDigit(text[used]))
		}
		return value, used
	case c == 'c' && len(text) > 1:
		return text[1] & 0x1f, 2
	}
	return c, 1
}

func hexDigit(c byte) int { return strings.IndexByte("0123456789abcdef", c|0x20) }
