package diag

import (
	"strings"

	"github.com/agext/levenshtein"
)

// Suggest returns the candidate that is most likely meant by word, or "" when none is near. Of equally near ones the
// first in byte order wins, so that the answer does not depend on the order of candidates.
func Suggest(word string, candidates []string) string {
	if len(word) > 64 { // nobody mistypes a word of that length; the distance costs its square
		return ""
	}
	best, bestDistance := "", 1+len([]rune(word))/3
	if bestDistance > 4 {
		bestDistance = 4
	}
	for _, c := range candidates {
		if c == word || c == "" || len(c) > 64 {
			continue
		}
		d := distance(word, c)
		if d < bestDistance || d == bestDistance && (best == "" || c < best) {
			best, bestDistance = c, d
		}
	}
	return best
}

// distance is the edit distance, with the mistakes that people make more often counted as nearer: wrong case, a dash
// for an underscore, two letters swapped, singular and plural.
func distance(word, candidate string) int {
	plain := func(s string) string { return strings.ReplaceAll(strings.ToLower(s), "-", "_") }
	a, b := plain(word), plain(candidate)
	if a == b {
		return 0
	}
	d := levenshtein.Distance(a, b, nil)
	if d == 2 && swapped(a, b) {
		return 1
	}
	return d
}

// swapped tells whether a and b differ by two neighbours only.
func swapped(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	return i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}
