package cluster

import (
	"fmt"
	"strings"

	"ha/hcl/keepalived"
	"ha/hcl/keepalived/account"
	"ha/hcl/keepalived/layout"
)

// statement is where an argument or a nested block comes from, else the block itself; nil for what has no line. What is
// the default has no argument, though somebody may have written it.
func (m *merger) statement(b *layout.Block, name string) *keepalived.Statement {
	if a := b.Arg(name); a != nil {
		if s, ok := a.Origin.(*keepalived.Statement); ok {
			return s
		}
	}
	if in := nested(b, name); in != nil && name != "" {
		return m.statement(in, "")
	}
	for _, o := range b.Origins {
		s, ok := o.(*keepalived.Statement)
		if !ok {
			continue
		}
		if word := m.word(b, name); word != "" && s.Block != nil {
			if own := s.Block.Find(word); len(own) > 0 {
				return own[0]
			}
		}
		return s
	}
	return nil
}

// word is keepalived's word for an argument.
func (m *merger) word(b *layout.Block, name string) string {
	if sch := m.schemas[b.Type]; sch != nil {
		arg, _ := sch.Arg(name)
		return arg.Keepalived
	}
	return ""
}

// line is a place for the middle of a sentence: lb1 (master.conf:12).
func (m *merger) line(x member, name string) string {
	if s := m.statement(x.Block, name); s != nil {
		return m.label(x.node) + " (" + s.Place.String() + ")"
	}
	return m.label(x.node)
}

// remark adds a remark to the account of the node whose block it is about.
func (m *merger) remark(x member, name, code string, severity account.Severity, what, effect string) {
	if s := m.statement(x.Block, name); s != nil {
		m.nodes[x.node].Account.Remark(s, code, severity, what, effect)
	}
}

// unlike says how an argument, or a nested block, differs on two nodes. A secret is never told.
func (m *merger) unlike(a, b member, name string) string {
	was, is := said(a.Block, name), said(b.Block, name)
	if was == is {
		return "differs on " + m.line(a, name) + " and " + m.line(b, name)
	}
	return fmt.Sprintf("is %s on %s and %s on %s", was, m.line(a, name), is, m.line(b, name))
}

func said(b *layout.Block, name string) string {
	a := b.Arg(name)
	switch {
	case a == nil && nested(b, name) != nil:
		return "set"
	case a == nil && name == "authentication":
		return "not there"
	case a == nil:
		return "the default"
	case strings.Contains(a.Text(), "secret("):
		return "a secret"
	}
	return account.OneLine(strings.Trim(a.Text(), `"`))
}
