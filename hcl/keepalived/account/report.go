package account

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"ha/hcl/keepalived/words"
)

// Report is an account as a document. Its JSON form is part of the interface.
type Report struct {
	Node    string             `json:"node"`   // of several nodes: lb1, lb2
	Counts  map[words.Fate]int `json:"counts"` // statements by their fate
	Remarks []Noted            `json:"remarks"`
	Lines   []Told             `json:"lines"`
}

// Noted is a remark in a report.
type Noted struct {
	Node     string   `json:"node,omitempty"` // whose file it is, of several nodes
	File     string   `json:"file"`
	Line     int      `json:"line"`
	Code     string   `json:"code"`
	Severity string   `json:"severity"`
	What     string   `json:"what"`
	Effect   string   `json:"effect"`
	Became   []string `json:"became"`
	Same     []int    `json:"-"` // further lines with the same remark
}

// Told is a line of keepalived.conf in a report.
type Told struct {
	Node   string     `json:"node,omitempty"` // whose file it is, of several nodes
	File   string     `json:"file"`
	Line   int        `json:"line"`
	Depth  int        `json:"depth"`
	Text   string     `json:"text"`
	Fate   words.Fate `json:"fate"`
	Why    string     `json:"why,omitempty"`
	Became []string   `json:"became,omitempty"`
}

// Report returns the account as a document.
func (a *Account) Report(node string) Report {
	r := Report{Node: node, Counts: map[words.Fate]int{}, Remarks: []Noted{}, Lines: []Told{}}
	for _, l := range a.Lines() {
		r.Counts[l.Fate]++
		r.Lines = append(r.Lines, Told{l.Node, l.File, l.Line, l.Depth, l.Text, l.Fate, l.Why, l.became()})
	}
	for _, m := range a.Remarks() {
		n := Noted{Node: m.Node, File: m.File, Line: m.Line, Code: m.Code, Severity: m.Severity.String(), What: m.What, Effect: m.Effect, Became: []string{}}
		if m.at != nil {
			n.Became = append(n.Became, a.Of(m.at).became()...)
		}
		r.Remarks = append(r.Remarks, n)
	}
	return r
}

func (e Entry) became() []string {
	if e.More {
		return append(e.Became[:len(e.Became):len(e.Became)], "…")
	}
	return e.Became
}

// JSON writes the whole document.
func (r Report) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(r)
}

// fates are the fates in the order of reports.
func fates() []words.Fate {
	return []words.Fate{words.Converted, words.Default, words.Needless, words.ByHand, words.Unsupported, Ignored}
}

// summary says how many statements became what.
func (r Report) summary() string {
	var parts []string
	for _, f := range fates() {
		if n := r.Counts[f]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, f))
		}
	}
	if len(parts) == 0 {
		return "there are no statements"
	}
	return fmt.Sprintf("%d statements: %s", len(r.Lines), strings.Join(parts, ", "))
}

// folded joins remarks that differ in their line only.
func (r Report) folded() []Noted {
	var list []Noted
	at := map[string]int{}
	for _, m := range r.Remarks {
		key := m.Node + "\x00" + m.File + "\x00" + m.Code + "\x00" + m.What + "\x00" + m.Effect
		if i, known := at[key]; known {
			list[i].Same = append(list[i].Same, m.Line)
			continue
		}
		at[key] = len(list)
		list = append(list, m)
	}
	return list
}

// lines are the further lines of a remark: " (also in lines 43 and 55)".
func (n Noted) lines() string {
	const shown = 6
	switch {
	case len(n.Same) == 0:
		return ""
	case len(n.Same) > shown:
		return fmt.Sprintf(" (and in %d more lines, up to %d)", len(n.Same), n.Same[len(n.Same)-1])
	}
	texts := make([]string, len(n.Same))
	for i, l := range n.Same {
		texts[i] = fmt.Sprint(l)
	}
	word := "line"
	if len(texts) > 1 {
		word = "lines"
	}
	return fmt.Sprintf(" (also in %s %s)", word, strings.Join(texts, ", "))
}

// Summary writes the remarks and the counts for a person.
func (r Report) Summary(w io.Writer) error {
	var b strings.Builder
	for _, m := range r.folded() {
		fmt.Fprintf(&b, "%s:%d: %s[%s]: %s%s\n    %s.\n", m.File, m.Line, m.Severity, m.Code, m.What, m.lines(), strings.TrimSuffix(m.Effect, "."))
	}
	if len(r.Remarks) > 0 {
		b.WriteByte('\n')
	}
	fmt.Fprintf(&b, "%s.\n", r.summary())
	_, err := io.WriteString(w, b.String())
	return err
}

// Text writes every line with what became of it, then the summary.
func (r Report) Text(w io.Writer) error {
	var b strings.Builder
	file := ""
	for _, l := range r.Lines {
		if l.place() != file {
			file = l.place()
			fmt.Fprintf(&b, "%s\n", file)
		}
		fmt.Fprintf(&b, "%6d  %s%s\n", l.Line, strings.Repeat("  ", l.Depth), l.Text)
		fmt.Fprintf(&b, "        %s%s\n", strings.Repeat("  ", l.Depth), l.outcome())
	}
	b.WriteByte('\n')
	if _, err := io.WriteString(w, b.String()); err != nil {
		return err
	}
	return r.Summary(w)
}

// place is the file of a line, and whose it is where there are files of several nodes.
func (l Told) place() string {
	if l.Node == "" {
		return l.File
	}
	return l.File + " (" + l.Node + ")"
}

// outcome is what became of a line: → vip "web": priority = 100.
func (l Told) outcome() string {
	switch {
	case len(l.Became) > 0:
		return "→ " + strings.Join(l.Became, "; ")
	case l.Why != "":
		return "· " + string(l.Fate) + ": " + l.Why
	}
	return "· " + string(l.Fate)
}

// Markdown writes the document as a page.
func (r Report) Markdown(w io.Writer) error {
	var b strings.Builder
	cell := strings.NewReplacer("|", `\|`, "\n", " ", "<", "&lt;", "`", "'").Replace
	fmt.Fprintf(&b, "# What became of keepalived.conf on %s\n\n%s.\n", r.Node, cell(r.summary()))
	if len(r.Remarks) > 0 {
		b.WriteString("\n## Remarks\n\n| line | | code | |\n|---|---|---|---|\n")
	}
	for _, m := range r.folded() {
		fmt.Fprintf(&b, "| %s:%d%s | %s | `%s` | %s: %s. |\n", cell(m.File), m.Line, m.lines(), m.Severity, m.Code, cell(m.What), cell(m.Effect))
	}
	b.WriteString("\n## Every line\n\n| line | keepalived.conf | |\n|---|---|---|\n")
	file := ""
	for _, l := range r.Lines {
		if l.Node != "" && l.place() != file {
			file = l.place()
			fmt.Fprintf(&b, "| | **%s** | |\n", cell(file))
		}
		fmt.Fprintf(&b, "| %d | %s`%s` | %s |\n", l.Line, strings.Repeat("&nbsp;&nbsp;", l.Depth), cell(l.Text), cell(l.outcome()))
	}
	_, err := io.WriteString(w, b.String())
	return err
}
