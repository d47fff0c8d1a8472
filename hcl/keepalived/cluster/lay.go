package cluster

import (
	"fmt"
	"slices"
	"strings"

	"ha/hcl/keepalived/account"
	"ha/hcl/keepalived/layout"
	"ha/hcl/schema"
)

// spot is where something stands in the result: the block at the top, and the way from there.
type spot struct{ top, way string }

func (s spot) base() string { return s.top + s.way }

func (s spot) over(node string) string { return s.top + " → node " + layout.Quote(node) + s.way }

func (s spot) in(b *layout.Block) spot { return spot{s.top, s.way + " → " + b.Head()} }

// lay makes a base of blocks that mean one thing, and for each of them an overlay with what is otherwise there.
func (m *merger) lay(sch *schema.Block, members []member, at spot) (*layout.Block, []*layout.Block) {
	first := members[0]
	base := &layout.Block{Type: first.Type, Labels: first.Labels}
	over := make([]*layout.Block, len(members))
	for i, x := range members {
		over[i] = &layout.Block{Type: first.Type, Labels: first.Labels, Origins: x.Origins}
		base.Origins = append(base.Origins, x.Origins...)
		if len(base.Above) == 0 {
			base.Above = x.Above
		}
		if len(base.Below) == 0 {
			base.Below = x.Below
			continue
		}
		for _, line := range x.Below { // the comments are those of the first file, and what became nothing is that of all
			if strings.HasPrefix(line, "keepalived: ") && !slices.ContainsFunc(base.Below, func(have string) bool { return code(have) == code(line) }) {
				over[i].Below = append(over[i].Below, line)
			}
		}
	}
	for _, name := range argNames(sch, members) {
		m.arg(sch, members, base, over, name, at)
	}
	for _, n := range sch.Blocks {
		m.nested(n, members, base, over, at)
	}
	return base, over
}

// code is a line of keepalived.conf without its comment.
func code(line string) string {
	text, _, _ := strings.Cut(line, " # ")
	return text
}

// place is where an argument stands in the order of the language.
func place(sch *schema.Block, name string) int {
	return slices.IndexFunc(sch.Args, func(a schema.Arg) bool { return a.Name == name })
}

// argNames are the arguments of blocks in the order of the language.
func argNames(sch *schema.Block, members []member) []string {
	var names []string
	for _, x := range members {
		for _, a := range x.Args {
			if !slices.Contains(names, a.Name) {
				names = append(names, a.Name)
			}
		}
	}
	slices.SortStableFunc(names, func(a, b string) int { return place(sch, a) - place(sch, b) })
	return names
}

// arg puts an argument into the base, with the value that most nodes have, and into the overlays of others. What some
// nodes do not have at all is in overlays only.
func (m *merger) arg(sch *schema.Block, members []member, base *layout.Block, over []*layout.Block, name string, at spot) {
	values := make([]string, len(members))
	for i, x := range members {
		if a := x.Arg(name); a != nil {
			values[i] = m.text(a)
		}
	}
	var common string
	if arg, ok := sch.Arg(name); ok && arg.Shared {
		common = m.first(members, name, values, at)
	} else if !slices.Contains(values, "") {
		common = most(values)
	}
	for i, x := range members {
		a := x.Arg(name)
		switch {
		case a == nil:
		case common != values[i]:
			over[i].Args = append(over[i].Args, a)
			m.books[x.node][x.was+": "+name+" = "+a.Text()] = at.over(m.label(x.node)) + ": " + name + " = " + a.Text()
			if name != "addresses" {
				continue
			}
			for _, e := range a.Elems() { // the account has one by one
				m.books[x.node][x.was+": "+name+" "+e] = at.over(m.label(x.node)) + ": " + name + " " + e
			}
		case base.Arg(name) == nil:
			base.Args = append(base.Args, a)
		default:
			comment(base.Arg(name), a)
		}
	}
}

// first is the value for an argument that holds for all nodes: that of the first one.
func (m *merger) first(members []member, name string, values []string, at spot) string {
	i := slices.IndexFunc(values, func(v string) bool { return v != "" })
	for j, x := range members {
		if values[j] == values[i] {
			continue
		}
		m.remark(x, name, "shared-argument", account.Loss,
			fmt.Sprintf("%s of %s %s", name, at.base(), m.unlike(members[i], x, name)), "it is one for all nodes; the result has that of "+m.label(members[i].node))
		if a := x.Arg(name); a != nil {
			m.overrule(x, a, members[i].Arg(name), at)
		}
		values[j] = values[i]
	}
	return values[i]
}

// overrule lets an argument be that of another node.
func (m *merger) overrule(x member, a, by *layout.Arg, at spot) {
	m.books[x.node][x.was+": "+a.Name+" = "+a.Text()] = at.base() + ": " + a.Name + " = " + by.Text()
	a.Value, a.List = by.Value, slices.Clone(by.List)
}

// most is the most common value; of several the last one.
func most(values []string) string {
	count := map[string]int{}
	for _, v := range values {
		count[v]++
	}
	best := values[len(values)-1]
	for _, v := range slices.Backward(values) {
		if count[v] > count[best] {
			best = v
		}
	}
	return best
}

// comment lets an argument have the comments of another one that means the same, where it has none.
func comment(a, from *layout.Arg) {
	const standard = "keepalived's default"
	if len(a.Above) > 0 || a.Beside != "" && a.Beside != standard {
		return
	}
	if len(from.Above) > 0 || from.Beside != "" && from.Beside != standard {
		a.Above, a.Beside, a.List = from.Above, from.Beside, from.List
	}
}

// text is the value of an argument, with secrets by their value.
func (m *merger) text(a *layout.Arg) string {
	text := a.Text()
	if !strings.Contains(text, secretFolder) {
		return text
	}
	return renamed(text, func(name string) string { return m.secrets[name] })
}
