package translate

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"ha/hcl/keepalived"
	"ha/hcl/keepalived/account"
	"ha/hcl/keepalived/layout"
	"ha/hcl/keepalived/meaning"
	"ha/hcl/keepalived/words"
)

func itoa(n int) string { return strconv.Itoa(n) }

// block is a block that is being written.
type block struct {
	*layout.Block
	t    *translator
	path string // how the account calls it: vip "web": announce
}

func (t *translator) block(kind string, labels ...string) *block {
	b := &layout.Block{Type: kind, Labels: labels}
	return &block{b, t, b.Head()}
}

// inner adds a block within.
func (b *block) inner(kind string, labels ...string) *block {
	in := b.t.block(kind, labels...)
	in.path = b.path + " → " + in.path
	b.Blocks = append(b.Blocks, in.Block)
	return in
}

// arg adds an argument with the comments of the statements that it comes from.
func (b *block) arg(name, value string, from ...*keepalived.Statement) *layout.Arg {
	a := &layout.Arg{Name: name, Value: value}
	b.Args = append(b.Args, a)
	for _, s := range from {
		if s == nil {
			continue
		}
		if a.Origin == nil {
			a.Origin = s
		}
		b.t.a.Converted(s, b.path+": "+name+" = "+value)
		above, beside := b.t.tell(s)
		a.Above = append(a.Above, above...)
		switch {
		case beside == "":
		case a.Beside == "":
			a.Beside = beside
		default:
			a.Above = append(a.Above, beside)
		}
	}
	return a
}

// list adds an argument with a list, on one line where it is short and has no comments.
func (b *block) list(name string, elems []layout.Elem, from ...*keepalived.Statement) {
	values, width, plain := make([]string, len(elems)), 0, true
	for i, e := range elems {
		values[i] = e.Value
		width += len(e.Value) + 2
		plain = plain && e.Beside == "" && len(e.Above) == 0
	}
	a := b.arg(name, "["+strings.Join(values, ", ")+"]", from...)
	if !plain || width > 90 {
		a.Value, a.List = "", elems
	}
}

// elem is an element with the comments of its statement.
func (t *translator) elem(value string, s *keepalived.Statement) layout.Elem {
	above, beside := t.tell(s)
	return layout.Elem{Value: value, Above: above, Beside: beside}
}

// lead puts the comments of a statement before a block.
func (t *translator) lead(b *block, s *keepalived.Statement) {
	if s == nil {
		return
	}
	if len(b.Origins) == 0 {
		b.Origins = append(b.Origins, s)
	}
	above, beside := t.tell(s)
	if beside != "" {
		above = append(above, beside)
	}
	b.Above = append(b.Above, above...)
}

// tell returns the comments of a statement, once.
func (t *translator) tell(s *keepalived.Statement) (above []string, beside string) {
	if s == nil || t.told[s] {
		return nil, ""
	}
	if len(s.Above) == 0 && s.Beside == "" {
		return nil, ""
	}
	t.told[s] = true
	for _, c := range s.Above {
		above = append(above, account.Comment(c))
	}
	return above, account.Comment(s.Beside)
}

// left adds to a block, as comments, what of a statement's block has no other place: comments, and lines that became
// nothing.
func (t *translator) left(to *[]string, s *keepalived.Statement) {
	if s.Block == nil {
		return
	}
	for _, inner := range s.Block.Statements {
		t.leftover(to, inner, "")
	}
	if !t.ended[s] {
		t.ended[s] = true
		for _, c := range s.Block.Below {
			*to = append(*to, account.Comment(c))
		}
	}
}

// leftover adds one statement.
func (t *translator) leftover(to *[]string, s *keepalived.Statement, indent string) {
	if t.full(to) {
		return
	}
	e := t.a.Of(s)
	above, beside := t.tell(s)
	*to = append(*to, above...)
	if t.quoted[s] {
		return
	}
	t.quoted[s] = true
	switch {
	case e.Fate == words.Unsupported || e.Fate == words.ByHand || e.Fate == account.Ignored:
		t.quote(to, s, e, beside, indent)
		return
	case beside != "":
		*to = append(*to, strings.TrimSpace(account.Show(s))+": "+beside)
	}
	t.left(to, s)
}

// maxQuoted bounds the lines of keepalived.conf that stand as comments in the result, and maxIndent how far they are
// indented: all of them are in the report.
const (
	maxQuoted = 20000
	maxIndent = 16
)

// full tells that no more lines are quoted, and says so the first time.
func (t *translator) full(to *[]string) bool {
	t.lines++
	if t.lines == maxQuoted {
		*to = append(*to, "More lines of keepalived.conf became nothing; the report has all of them.")
	}
	return t.lines >= maxQuoted
}

// quote adds a line of keepalived.conf with the reason why it became nothing, and its block.
func (t *translator) quote(to *[]string, s *keepalived.Statement, e account.Entry, beside, indent string) {
	text := "keepalived: " + indent + account.Show(s)
	if s.Block != nil {
		text += " {"
	}
	if e.Why != "" && indent == "" {
		text += " — " + e.Why
	}
	if beside != "" {
		text += " # " + beside
	}
	*to = append(*to, account.OneLine(text))
	if s.Block == nil {
		return
	}
	if len(indent) < maxIndent {
		indent += "  "
	}
	for _, inner := range s.Block.Statements {
		if t.full(to) {
			return
		}
		above, beside := t.tell(inner)
		*to = append(*to, above...)
		in := t.a.Of(inner)
		t.quoted[inner] = true
		if in.Why == e.Why {
			in.Why = ""
		}
		t.quote(to, inner, in, beside, indent)
	}
	*to = append(*to, "keepalived: "+indent[min(2, len(indent)):]+"}")
}

// rest collects what stands at the top of the file and has not found a place.
func (t *translator) rest() {
	for _, s := range t.c.Root.Statements {
		if s.Keyword == "global_defs" {
			t.left(&t.part.Nodes[0].Below, s)
			continue
		}
		t.leftover(&t.part.Left, s, "")
	}
	for _, c := range t.c.Root.Below {
		t.part.Left = append(t.part.Left, account.Comment(c))
	}
}

// defaulted books that a value is what holds in ha without a word.
func (t *translator) defaulted(s *keepalived.Statement) {
	t.a.Set(s, words.Default, "it is the default")
}

// number writes a number unless it is the default of ha.
func (b *block) number(name string, v meaning.Value[int], def int) {
	if v.V == def {
		b.t.defaulted(v.At)
		return
	}
	b.keepaliveds(b.arg(name, itoa(v.V), v.At), v.At)
}

// duration writes a duration unless it is the default of ha.
func (b *block) duration(name string, v meaning.Value[time.Duration], def time.Duration) {
	if v.V == def {
		b.t.defaulted(v.At)
		return
	}
	b.keepaliveds(b.arg(name, layout.Duration(v.V), v.At), v.At)
}

// flag writes true or false unless it is the default of ha.
func (b *block) flag(name string, v bool, def bool, at *keepalived.Statement) {
	if v == def {
		b.t.defaulted(at)
		return
	}
	b.arg(name, strconv.FormatBool(v), at)
}

// keepaliveds says of an argument that nobody set that it is keepalived's default.
func (b *block) keepaliveds(a *layout.Arg, at *keepalived.Statement) {
	if at == nil && a.Beside == "" {
		a.Beside = "keepalived's default"
	}
}

// within moves a value into bounds, with a remark.
func within[T int | time.Duration](t *translator, v meaning.Value[T], low, high T, name string, about *keepalived.Statement) meaning.Value[T] {
	bound := min(max(v.V, low), high)
	if bound == v.V {
		return v
	}
	at := v.At
	if at == nil {
		at = about
	}
	t.a.Remark(at, "beyond-bounds", account.Loss, fmt.Sprintf("%s of %v is beyond what ha has", name, v.V), fmt.Sprintf("the result has %v", bound))
	v.V = bound
	return v
}
