package planner

import (
	"bufio"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Detail is how much a rendered plan tells.
type Detail int

// The levels of detail.
const (
	Changed Detail = iota // one line per change with the fields that differ
	Brief                 // one line per change, those of several nodes together
	Full                  // all fields of every change
)

// RenderOptions say for whom a plan is printed.
type RenderOptions struct {
	Detail Detail
	Color  bool // with ANSI colours, which never carry information alone
	Width  int  // columns of the terminal; 0 is none: nothing is aligned to the right
}

// Render prints a plan for people. The symbol stands in column 1 and nothing else does, one change to a line, and
// the last line is the summary. Every string from elsewhere is sanitised.
func Render(w io.Writer, doc *Document, opt RenderOptions) error {
	buffer := bufio.NewWriter(w)
	r := &renderer{w: buffer, opt: opt, doc: doc}
	r.document()
	return buffer.Flush()
}

// renderer prints one document. Its writer keeps the first error until the end.
type renderer struct {
	w   *bufio.Writer
	opt RenderOptions
	doc *Document
}

func (r *renderer) document() {
	summary := Summarise(r.doc.Nodes...)
	r.line(r.header(summary))
	switch {
	case summary.NodesChanged+summary.Conflicts == 0:
		r.quiet()
		return
	case r.opt.Detail == Brief:
		r.brief()
	default:
		for _, n := range r.doc.Nodes {
			r.node(n)
		}
	}
	r.line("")
	if summary.Reversible {
		r.line("Undo     complete")
	} else {
		r.line("Undo     complete, except that connections which end do not come back")
	}
	r.line("")
	r.line(summary.String())
}

// header says which plan this is.
func (r *renderer) header(s Summary) string {
	head := "Cluster " + Sanitise(r.doc.Config.Cluster)
	if c := r.doc.Config.Commit; c != nil {
		state := "clean"
		if c.Dirty {
			state = "with uncommitted changes"
		}
		head += ", " + Sanitise(c.Commit) + " (" + state + ")"
	}
	nodes := strconv.Itoa(len(r.doc.Nodes)) + " " + plural(len(r.doc.Nodes), "node")
	verb := " change"
	switch s.NodesChanged {
	case 0:
		return head + ": " + nodes + " compared"
	case 1:
		verb = " changes"
	}
	return head + ": " + strconv.Itoa(s.NodesChanged) + " of " + nodes + verb
}

// quiet prints a plan that does nothing, and what that was found out from.
func (r *renderer) quiet() {
	r.line("")
	for _, n := range r.doc.Nodes {
		r.line(join("   ", Sanitise(n.Name), "no changes", rolesOf(n), r.observed(n)))
		r.notes(n)
	}
	r.line("")
	r.line("No changes.")
}

// node prints the changes of one node.
func (r *renderer) node(n NodePlan) {
	r.line("")
	if len(n.Changes)+len(n.Conflicts) == 0 {
		r.line(join("   ", Sanitise(n.Name), "no changes", rolesOf(n), r.observed(n)))
		r.notes(n)
		return
	}
	generation := strconv.Itoa(n.Base.Generation)
	r.line(join("   ", Sanitise(n.Name), rolesOf(n), "generation "+generation+" -> "+strconv.Itoa(n.Base.Generation+1), r.observed(n)))

	var all []line
	var full [][]string
	for _, c := range n.Changes {
		of := lines(c, false)
		all = append(all, of...)
		full = append(full, make([][]string, len(of))...)
		if r.opt.Detail == Full && (c.Layer != Behaviour || c.Action != Update) {
			full[len(full)-1] = fullLines(c)
		}
	}
	names := nameColumn(all)
	for i, l := range all {
		r.change(l, names)
		for _, field := range full[i] {
			r.line("      " + field)
		}
	}
	for _, c := range n.Conflicts {
		r.line("  conflict " + Sanitise(c.Name) + ": " + Sanitise(c.Message) + at(where(c.Source)))
	}
	r.notes(n)
	r.line("  impact   " + impactWords(n))
}

func (r *renderer) notes(n NodePlan) {
	for _, note := range n.Notes {
		r.line("  note     " + Sanitise(note))
	}
}

// brief prints each change once with the nodes that it belongs to.
func (r *renderer) brief() {
	type entry struct{ symbol, name, detail string }
	nodes := make(map[entry][]string)
	var order []entry
	for _, n := range r.doc.Nodes {
		for _, c := range n.Changes {
			for _, l := range lines(c, true) {
				e := entry{l.symbol, l.name, l.detail}
				if nodes[e] == nil {
					order = append(order, e)
				}
				if on := nodes[e]; len(on) == 0 || on[len(on)-1] != n.Name {
					nodes[e] = append(on, n.Name)
				}
			}
		}
	}
	r.line("")
	all := make([]line, len(order))
	for i, e := range order {
		all[i] = line{e.symbol, e.name, e.detail, Sanitise(strings.Join(nodes[e], ","))}
	}
	names := nameColumn(all)
	for _, l := range all {
		r.change(l, names)
	}
	for _, n := range r.doc.Nodes {
		for _, c := range n.Conflicts {
			r.line("  conflict " + Sanitise(n.Name) + " " + Sanitise(c.Name) + ": " + Sanitise(c.Message))
		}
	}
}

// change prints one line; names is where details begin. Values are never cut or wrapped.
func (r *renderer) change(l line, names int) {
	text := l.symbol + " " + pad(l.name, names-len(l.symbol)-1)
	if l.detail != "" {
		text += "  " + l.detail
	}
	text = strings.TrimRight(text, " ")
	if l.place != "" {
		text = pad(text, r.opt.Width-width(l.place)-2) + "  " + l.place
	}
	if r.opt.Color {
		text = color(l.symbol) + l.symbol + "\x1b[0m" + text[len(l.symbol):]
	}
	r.line(text)
}

// nameColumn returns how wide symbols and names are. A few long names do not move everybody else's details.
func nameColumn(all []line) int {
	const widest = 56
	names := 0
	for _, l := range all {
		names = max(names, min(len(l.symbol)+1+width(l.name), widest))
	}
	return names
}

func pad(s string, columns int) string {
	return s + strings.Repeat(" ", max(columns-width(s), 0))
}

func color(symbol string) string {
	switch symbol {
	case "+":
		return "\x1b[32m"
	case "-", "-/+":
		return "\x1b[31m"
	case "~":
		return "\x1b[33m"
	case "!":
		return "\x1b[35m"
	case "?":
		return "\x1b[36m"
	}
	return "\x1b[34m"
}

// rolesOf prints the roles of a node: active of vip.web, backup of vip.mail.
func rolesOf(n NodePlan) string {
	of := make(map[string][]string)
	for _, vip := range slices.Sorted(maps.Keys(n.Base.Roles)) {
		role := n.Base.Roles[vip]
		of[role] = append(of[role], vip)
	}
	var parts []string
	for _, role := range slices.Sorted(maps.Keys(of)) {
		parts = append(parts, role+" of "+strings.Join(of[role], " and "))
	}
	return Sanitise(strings.Join(parts, ", "))
}

// observed says what live state was compared, and how old it was.
func (r *renderer) observed(n NodePlan) string {
	if n.Base.ObservedAt.IsZero() {
		return "no live state"
	}
	age := max(r.doc.Meta.CreatedAt.Sub(n.Base.ObservedAt).Truncate(time.Second), 0) // clocks differ
	words := "live state " + strings.TrimSuffix(age.String(), "s") + " s old"
	if age >= time.Minute {
		words = "live state " + age.String() + " old"
	}
	if n.Base.Via != "" {
		words += " (" + Sanitise(n.Base.Via) + ")"
	}
	return words
}

// impactWords names the highest impact on a node and what causes it.
func impactWords(n NodePlan) string {
	if n.Impact == ImpactNone {
		if backup(n) {
			return "none (backup)"
		}
		return "none"
	}
	const named = 3
	var causes []string
	for _, c := range n.Changes {
		if c.Layer != Latent && c.Impact == n.Impact && !slices.Contains(causes, c.Name) {
			causes = append(causes, c.Name)
		}
	}
	words := n.Impact.String() + ": " + strings.Join(causes[:min(named, len(causes))], ", ")
	if more := len(causes) - named; more > 0 {
		words += " and " + strconv.Itoa(more) + " more"
	}
	return Sanitise(words)
}

// backup tells whether a node has VIPs and is Active of none.
func backup(n NodePlan) bool {
	for _, role := range n.Base.Roles {
		if role != "backup" {
			return false
		}
	}
	return len(n.Base.Roles) > 0
}

func at(place string) string {
	if place == "" {
		return ""
	}
	return "  " + place
}

func join(with string, parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), with)
}

func (r *renderer) line(s string) {
	r.w.WriteString(s)  //nolint:errcheck // a bufio.Writer keeps its error for Flush
	r.w.WriteByte('\n') //nolint:errcheck // likewise
}
