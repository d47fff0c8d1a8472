package cluster

import (
	"fmt"
	"slices"
	"strings"

	"ha/hcl/keepalived/account"
	"ha/hcl/keepalived/layout"
	"ha/hcl/schema"
)

// nested puts the nested blocks of one type into the base where all nodes have them, and into overlays otherwise. An overlay
// can change and add blocks, and take none away: so what one node lacks is never in the base.
func (m *merger) nested(n schema.Nested, members []member, base *layout.Block, over []*layout.Block, at spot) {
	lists, folded := make([][]*layout.Block, len(members)), false
	for i, x := range members {
		for _, b := range x.Blocks {
			if b.Type == n.Block.Type || b.Type == "dynamic" && b.Labels[0] == n.Block.Type {
				lists[i] = append(lists[i], b)
				folded = folded || b.Type == "dynamic"
			}
		}
	}
	whole := !slices.ContainsFunc(lists, func(l []*layout.Block) bool { return len(l) == 0 })
	switch {
	case m.alike(lists):
		for i, b := range lists[0] {
			for _, other := range lists[1:] {
				if other[i] == b {
					continue
				}
				b.Origins = append(b.Origins, other[i].Origins...)
				if len(b.Above) == 0 {
					b.Above = other[i].Above
				}
			}
		}
		base.Blocks = append(base.Blocks, lists[0]...)
	case n.Max == 1 && whole:
		m.nestedIn(n, members, lists, base, over, at)
	case n.Key != "" && len(n.With) == 0 && !folded && (n.Block.Type != "address" || sameOrder(lists)):
		m.keyed(n, members, lists, base, over, at)
	default:
		for i := range members {
			m.apart(n.Block, members[i], lists[i], over[i], at)
		}
	}
}

// keyed lays blocks with the same labels on each other.
func (m *merger) keyed(n schema.Nested, members []member, lists [][]*layout.Block, base *layout.Block, over []*layout.Block, at spot) {
	done := map[string]bool{}
	for _, list := range lists {
		for _, b := range list {
			if done[b.Head()] {
				continue
			}
			done[b.Head()] = true
			some, everywhere := make([][]*layout.Block, len(members)), true
			for i, other := range lists {
				if j := slices.IndexFunc(other, func(x *layout.Block) bool { return x.Head() == b.Head() }); j >= 0 {
					some[i] = other[j : j+1]
				}
				everywhere = everywhere && some[i] != nil
			}
			if everywhere {
				m.nestedIn(n, members, some, base, over, at)
				continue
			}
			for i := range members {
				m.apart(n.Block, members[i], some[i], over[i], at)
			}
		}
	}
}

// nestedIn lays the one block of each list on each other.
func (m *merger) nestedIn(n schema.Nested, members []member, lists [][]*layout.Block, base *layout.Block, over []*layout.Block, at spot) {
	inner := make([]member, len(members))
	for i, x := range members {
		b := lists[i][0]
		inner[i] = member{x.node, b, x.was + " → " + b.Head()}
	}
	in, overs := m.lay(n.Block, inner, at.in(inner[0].Block))
	base.Blocks = append(base.Blocks, in)
	for i, o := range overs {
		if len(o.Args)+len(o.Blocks) > 0 {
			over[i].Blocks = append(over[i].Blocks, o)
		} else {
			in.Below = append(in.Below, o.Below...)
		}
	}
}

// apart puts blocks into the overlay of their node. An overlay cannot say what holds for all nodes.
func (m *merger) apart(sch *schema.Block, x member, list []*layout.Block, over *layout.Block, at spot) {
	for _, b := range list {
		m.unshared(sch, member{x.node, b, x.was + " → " + b.Head()}, at.in(b))
		over.Blocks = append(over.Blocks, b)
		m.books[x.node][x.was+" → "+b.Head()] = at.in(b).over(m.label(x.node))
	}
}

// unshared takes out of a block that only some nodes have what would hold for all.
func (m *merger) unshared(sch *schema.Block, x member, at spot) {
	x.Args = slices.DeleteFunc(x.Args, func(a *layout.Arg) bool {
		arg, _ := sch.Arg(a.Name)
		if arg.Shared {
			m.remark(x, a.Name, "shared-argument", account.Loss, fmt.Sprintf("%s of %s is not in the files of all nodes", a.Name, at.base()),
				"it is one for all nodes that have the block; the result is without it, so say it by hand in the block itself")
			m.books[x.node][x.was+": "+a.Name+" = "+a.Text()] = "nothing: it is not in the files of all nodes"
		}
		return arg.Shared
	})
	for _, in := range x.Blocks {
		if i := slices.IndexFunc(sch.Blocks, func(n schema.Nested) bool { return n.Block.Type == in.Type }); i >= 0 {
			m.unshared(sch.Blocks[i].Block, member{x.node, in, x.was + " → " + in.Head()}, at.in(in))
		}
	}
}

// alike tells whether lists of blocks mean the same.
func (m *merger) alike(lists [][]*layout.Block) bool {
	var first strings.Builder
	m.write(&first, lists[0])
	for _, list := range lists[1:] {
		var b strings.Builder
		m.write(&b, list)
		if b.String() != first.String() {
			return false
		}
	}
	return true
}

// write writes blocks without comments.
func (m *merger) write(w *strings.Builder, list []*layout.Block) {
	for _, b := range list {
		w.WriteString(b.Head())
		m.inside(w, b)
	}
}

func (m *merger) inside(w *strings.Builder, b *layout.Block) {
	w.WriteString(" {\n")
	for _, a := range b.Args {
		w.WriteString(a.Name + " = " + m.text(a) + "\n")
	}
	m.write(w, b.Blocks)
	w.WriteString("}\n")
}

// sameOrder tells whether lists of blocks have the same labels.
func sameOrder(lists [][]*layout.Block) bool {
	for _, list := range lists[1:] {
		if !slices.EqualFunc(lists[0], list, func(a, b *layout.Block) bool { return a.Head() == b.Head() }) {
			return false
		}
	}
	return true
}
