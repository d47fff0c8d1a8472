package translate

import (
	"fmt"
	"strings"

	"ha/hcl/keepalived"
	"ha/hcl/keepalived/layout"
)

// probe is a block of a check as ha has it, with where it comes from. Equal checks have equal keys.
type probe struct {
	kind   string
	labels []string
	args   []probeArg
	inner  []probe
	at     *keepalived.Statement
	name   string // one that says what the check asks for
}

type probeArg struct {
	name, value string
	words       []string // of a command; then there is no value
	from        []*keepalived.Statement
	own         bool // it is keepalived's default, and not that of ha
}

func (p *probe) add(name, value string, from ...*keepalived.Statement) {
	p.args = append(p.args, probeArg{name: name, value: value, from: from, own: len(from) > 0 && from[0] == nil})
}

// key is the same for equal checks.
func (p probe) key() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s%q", p.kind, p.labels)
	for _, a := range p.args {
		fmt.Fprintf(&b, "\x00%s=%s%q", a.name, a.value, a.words)
	}
	for _, in := range p.inner {
		b.WriteString("\x00{" + in.key() + "}")
	}
	return b.String()
}

// write adds what stands within the block.
func (p probe) write(in *block) {
	in.t.lead(in, p.at)
	for _, a := range p.args {
		if a.words != nil {
			elems := make([]layout.Elem, len(a.words))
			for i, w := range a.words {
				elems[i].Value = w
			}
			in.list(a.name, elems, a.from...)
			continue
		}
		arg := in.arg(a.name, a.value, a.from...)
		if a.own && arg.Beside == "" {
			arg.Beside = "keepalived's default"
		}
	}
	in.t.a.Converted(p.at, in.path)
	for _, inner := range p.inner {
		inner.write(in.inner(inner.kind, inner.labels...))
	}
}

// book notes what a check became, although it is written elsewhere.
func (p probe) book(t *translator, path string) {
	t.a.Converted(p.at, path)
	for _, a := range p.args {
		for _, s := range a.from {
			t.a.Converted(s, path+": "+a.name+" = "+a.value)
		}
	}
	for _, inner := range p.inner {
		inner.book(t, path+" → "+inner.kind)
	}
}

// writeProbes writes checks where they are used, or refers to those that several pools share.
func (t *translator) writeProbes(b *block, list []probe) {
	var refs []layout.Elem
	seen := map[string]bool{}
	for _, p := range list {
		key := p.key()
		if seen[key] {
			p.book(t, b.path)
			continue
		}
		seen[key] = true
		s := t.shared[key]
		if s == nil || s.pools < 2 {
			p.write(b.inner("check", p.kind))
			continue
		}
		if s.name == "" {
			s.name = t.names.take(p.kind, p.name)
			top := t.block("check", p.kind, s.name)
			p.write(top)
			t.part.Checks = append(t.part.Checks, top.Block)
		}
		refs = append(refs, layout.Elem{Value: "check." + p.kind + "." + s.name})
		p.book(t, "check "+layout.Quote(p.kind)+" "+layout.Quote(s.name))
	}
	if refs != nil {
		b.list("checks", refs)
	}
}

// sharedCheck is a check that pools want.
type sharedCheck struct {
	pools int
	name  string // empty until its block is written
}
