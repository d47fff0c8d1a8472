package eval

import (
	"fmt"
	"strings"
)

// join lists words for a sentence: a, b and c.
func join(words []string, last string) string {
	switch len(words) {
	case 0:
		return "nothing"
	case 1:
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " " + last + " " + words[len(words)-1]
}

func quoteAll(words []string) []string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = quote(w)
	}
	return quoted
}

// count is a number with its noun: no label, 1 label, 2 labels.
func count(n int, noun string) string {
	switch n {
	case 0:
		return "no " + noun
	case 1:
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// countOnly is a number for the end of a sentence.
func countOnly(n int) string {
	if n == 0 {
		return "none"
	}
	return fmt.Sprint(n)
}

// article puts a or an before a word.
func article(word string) string {
	if word != "" && strings.ContainsRune("aeiou", rune(word[0])) {
		return "an " + word
	}
	return "a " + word
}

// short cuts what somebody wrote down to what a message has room for.
func short(s string) string {
	const enough = 80
	if r := []rune(s); len(r) > enough {
		return string(r[:enough]) + "…"
	}
	return s
}
