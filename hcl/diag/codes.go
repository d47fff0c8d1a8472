package diag

import (
	"maps"
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

// Explain returns the meaning of a code. When there is none, near is the code that is most likely meant, or "".
func Explain(code string) (m Meaning, near string, ok bool) {
	byCode := map[string]Meaning{}
	for _, m := range Codes() {
		byCode[m.Code] = m
	}
	code = strings.ToUpper(strings.TrimSpace(code))
	if m, ok = byCode[code]; ok {
		return m, "", true
	}
	return Meaning{}, Suggest(code, slices.Sorted(maps.Keys(byCode))), false
}
