package diag

import (
	"slices"
	"strings"
)

// Meaning is what a code stands for. A code never changes its meaning; one that is no longer used is not given again.
type Meaning struct {
	Code  string // HA2104
	Title string // a few words: unknown argument
	// Explain is the long text that `ha explain CODE` prints: what the rule is, where it comes from, an example of the
	// mistake and the remedy. Paragraphs are separated by an empty line; lines that begin with four spaces are code.
	Explain string
}

// Codes returns every code in ascending order.
//
//	HA1xxx  loading and syntax         codes_syntax.go
//	HA2xxx  schema and types           codes_schema.go
//	HA3xxx  references and evaluation  codes_eval.go
//	HA4xxx  cluster consistency        codes_cluster.go
//
// HA29xx and HA39xx are what the HCL library itself reports (codes_library.go).
func Codes() []Meaning {
	all := slices.Concat(syntaxCodes(), schemaCodes(), evalCodes(), libraryCodes(), clusterCodes())
	slices.SortStableFunc(all, func(a, b Meaning) int { return strings.Compare(a.Code, b.Code) })
	return all
}

// Explain returns the meaning of a code. When there is none, near is a code that differs in one digit, in the last one if
// it can, or "": further away lies another subject.
func Explain(code string) (m Meaning, near string, ok bool) {
	code = strings.ToUpper(strings.TrimSpace(code))
	last := 0
	for _, m := range Codes() {
		if m.Code == code {
			return m, "", true
		}
		if i := oneDigitOff(code, m.Code); i > last {
			near, last = m.Code, i
		}
	}
	return Meaning{}, near, false
}

// oneDigitOff returns the place at which text differs from a code; 0 when there is none, or more than one.
func oneDigitOff(text, code string) (at int) {
	if len(text) != len(code) {
		return 0
	}
	for i := range len(code) {
		if text[i] == code[i] {
			continue
		}
		if at > 0 || i == 0 {
			return 0
		}
		at = i
	}
	return at
}
