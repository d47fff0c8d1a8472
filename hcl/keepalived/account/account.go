package account

import (
	"slices"
	"strings"

	"ha/hcl/keepalived"
	"ha/hcl/keepalived/words"
)

// Ignored is the fate of what keepalived itself passes over: it is wrong, or something later takes its place. The other
// fates are those of [words].
const Ignored words.Fate = "ignored"

// Entry is what became of a statement. The zero value is a statement of which nobody has decided yet.
type Entry struct {
	Fate   words.Fate
	Why    string
	Became []string // the HCL, one argument or block each
	More   bool     // it became more than is listed
}

// most is how much of what a statement became is listed: a global default may hold for thousands of VIPs.
const most = 8

// Severity is how much a remark matters.
type Severity int

// The severities.
const (
	Notice Severity = iota // the result does what keepalived does, which may not be what was meant
	Loss                   // something is missing in the result, or somebody must do it by hand
	Fatal                  // it has no meaning, so nothing is converted
)

// String is the word for reports.
func (s Severity) String() string { return [...]string{"notice", "loss", "error"}[s] }

// Remark is something about a line that somebody should know.
type Remark struct {
	keepalived.Place
	Code     string // misspelt-keyword
	Severity Severity
	What     string // the finding, in words
	Effect   string // what keepalived does with it, and what the result does
	Node     string // whose file it is about; empty where there is one file
	at       *keepalived.Statement
}

// Account is the books of a file and what it includes; of the files of several nodes after [Join].
type Account struct {
	files   []file
	entries []Entry // by the number of their statement
	remarks []Remark
}

// file is what was read for a node.
type file struct {
	node string // empty where there is one
	root *keepalived.Block
}

// New opens the books of a tree.
func New(root *keepalived.Block, found []keepalived.Remark) *Account {
	a := &Account{files: []file{{root: root}}}
	n := 0
	a.walk(func(string, *keepalived.Statement, int) { n++ })
	a.entries = make([]Entry, n)
	for _, r := range found {
		severity := Notice
		if r.Kind == keepalived.IncludeFailed || r.Kind == keepalived.IncludeCycle || r.Kind == keepalived.TooMuch {
			severity = Loss
		}
		a.remarks = append(a.remarks, Remark{Place: r.Place, Code: string(r.Kind), Severity: severity, What: r.What, Effect: r.Effect})
	}
	return a
}

func (a *Account) entry(s *keepalived.Statement) *Entry {
	return &a.entries[s.Number]
}

// Of returns what became of a statement.
func (a *Account) Of(s *keepalived.Statement) Entry {
	return a.entries[s.Number]
}

// Converted books what a statement has become; it may become several things.
func (a *Account) Converted(s *keepalived.Statement, hcl string) {
	if s == nil {
		return
	}
	e := a.entry(s)
	e.Fate, e.Why = words.Converted, ""
	switch {
	case slices.Contains(e.Became, hcl):
	case len(e.Became) == most:
		e.More = true
	default:
		e.Became = append(e.Became, hcl)
	}
}

// Set books a fate. What has become something stays so.
func (a *Account) Set(s *keepalived.Statement, fate words.Fate, why string) {
	if s == nil {
		return
	}
	if e := a.entry(s); len(e.Became) == 0 {
		e.Fate, e.Why = fate, why
	}
}

// SetAll books the same fate for a statement and all within its block.
func (a *Account) SetAll(s *keepalived.Statement, fate words.Fate, why string) {
	a.Set(s, fate, why)
	if s.Block != nil {
		for _, inner := range s.Block.Statements {
			a.SetAll(inner, fate, why)
		}
	}
}

// Remark adds a remark about a statement.
func (a *Account) Remark(s *keepalived.Statement, code string, severity Severity, what, effect string) {
	a.remarks = append(a.remarks, Remark{Place: s.Place, Code: code, Severity: severity, What: what, Effect: effect, at: s})
}

// Ignore books that keepalived passes over a statement with what is in it, with a remark.
func (a *Account) Ignore(s *keepalived.Statement, code, what, effect string) {
	a.SetAll(s, Ignored, what)
	a.Remark(s, code, Notice, what, effect)
}

// Lost books that a statement with what is in it is missing in the result, with a remark.
func (a *Account) Lost(s *keepalived.Statement, code, what, effect string) {
	why := what
	if code == "not-supported" {
		why = effect
	}
	a.SetAll(s, words.Unsupported, why)
	a.Remark(s, code, Loss, what, effect)
}

// Withdraw books that what a statement with all within its block has become is not in the result after all.
func (a *Account) Withdraw(s *keepalived.Statement, code, what, effect string) {
	a.clear(s)
	a.SetAll(s, words.Unsupported, what)
	a.Remark(s, code, Loss, what, effect)
}

func (a *Account) clear(s *keepalived.Statement) {
	a.entries[s.Number] = Entry{}
	if s.Block != nil {
		for _, inner := range s.Block.Statements {
			a.clear(inner)
		}
	}
}

// Remarks returns the remarks in order of their places.
func (a *Account) Remarks() []Remark {
	list := slices.Clone(a.remarks)
	order := map[[2]string]int{} // the files of a node one after the other
	a.walk(func(node string, s *keepalived.Statement, _ int) {
		if key := [2]string{node, s.File}; order[key] == 0 {
			order[key] = len(order) + 1
		}
	})
	slices.SortStableFunc(list, func(x, y Remark) int {
		if x.File != y.File || x.Node != y.Node {
			return order[[2]string{x.Node, x.File}] - order[[2]string{y.Node, y.File}]
		}
		return x.Line - y.Line
	})
	return list
}

// Worst is the greatest severity of the remarks; ok is false without remarks.
func (a *Account) Worst() (worst Severity, ok bool) {
	for _, r := range a.remarks {
		worst = max(worst, r.Severity)
	}
	return worst, len(a.remarks) > 0
}

// Line is a statement in the account.
type Line struct {
	keepalived.Place
	Node  string // whose file it is; empty where there is one file
	Depth int
	Text  string // as it stands in the file, without secrets
	Entry
}

// Lines returns all statements in the order of the file.
func (a *Account) Lines() []Line {
	var lines []Line
	a.walk(func(node string, s *keepalived.Statement, depth int) {
		lines = append(lines, Line{Place: s.Place, Node: node, Depth: depth, Text: Show(s), Entry: a.Of(s)})
	})
	return lines
}

func (a *Account) walk(visit func(node string, s *keepalived.Statement, depth int)) {
	var inner func(node string, b *keepalived.Block, depth int)
	inner = func(node string, b *keepalived.Block, depth int) {
		for _, s := range b.Statements {
			visit(node, s, depth)
			if s.Block != nil {
				inner(node, s.Block, depth+1)
			}
		}
	}
	for _, f := range a.files {
		inner(f.node, f.root, 0)
	}
}

// Show is the text of a statement as it may be printed: what is a secret, or may be one, is left out.
func Show(s *keepalived.Statement) string {
	if Secret(s) {
		return s.Keyword + " …"
	}
	return strings.ToValidUTF8(s.Raw, "\uFFFD")
}

// Secret tells whether what follows the keyword is a secret, or may be one with the keyword misspelt.
func Secret(s *keepalived.Statement) bool {
	word := strings.ToLower(s.Keyword)
	switch {
	case len(s.Words) == 0:
		return false
	case word == "key":
		return len(s.Words) > 1 && !strings.HasPrefix(s.Words[1], "file:")
	}
	return strings.Contains(word, "pass") && !strings.HasPrefix(word, "passive") || strings.HasPrefix(word, "auth_p")
}
