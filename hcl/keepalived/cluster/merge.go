package cluster

import (
	"fmt"

	"ha/hcl/keepalived/account"
	"ha/hcl/keepalived/layout"
	"ha/hcl/keepalived/translate"
	"ha/hcl/schema"
)

// Node is what the file of a node has become. Merging changes its blocks and its account.
type Node struct {
	Part    *translate.Part
	Account *account.Account
}

// Merge makes one part of those of several nodes, whose names differ. Blocks and comments stand in the order of the first
// file that has them.
func Merge(nodes []Node) *translate.Part {
	if len(nodes) == 1 {
		return nodes[0].Part
	}
	m := &merger{nodes: nodes, out: &translate.Part{Node: nodes[0].Part.Node}, schemas: map[string]*schema.Block{}, secrets: map[string]string{}, taken: map[string]bool{}}
	for _, b := range schema.Root() {
		m.schemas[b.Type] = b
	}
	for range nodes {
		m.names = append(m.names, map[string]string{})
		m.books = append(m.books, map[string]string{})
	}
	vips := m.matched(func(p *translate.Part) []*layout.Block { return p.VIPs }, newRouters(), byRouter)
	m.machines(vips)
	m.secret() // the names of secrets are those of VIPs
	m.out.Sessions = m.merged(m.matched(func(p *translate.Part) []*layout.Block { return p.Sessions }, names{}, nil))
	m.out.Checks = m.merged(m.matched(func(p *translate.Part) []*layout.Block { return p.Checks }, newTexts(m), nil))
	m.out.Notifies = m.merged(m.matched(func(p *translate.Part) []*layout.Block { return p.Notifies }, newTexts(m), nil))
	m.refers(vips)
	for _, g := range vips {
		m.agree(g)
	}
	m.addressesApart(vips)
	m.out.VIPs = m.merged(vips)
	m.groups(vips)
	pools := m.matched(func(p *translate.Part) []*layout.Block { return p.Pools }, listeners{}, byListener)
	m.refers(pools)
	for _, g := range pools {
		m.poolsDiffer(g)
	}
	m.out.Pools = m.merged(pools)
	m.out.Statics = m.merged(m.matched(func(p *translate.Part) []*layout.Block { return p.Statics }, names{}, nil))
	m.settings()
	m.left()
	m.usedSecrets()
	for k, n := range nodes {
		n.Account.Rewrite(func(became string) string { return m.rebook(k, became) })
	}
	return m.out
}

type merger struct {
	nodes   []Node
	out     *translate.Part
	schemas map[string]*schema.Block
	names   []map[string]string // of each node: what a block is called in the result: "vip VI_1" to "web"
	books   []map[string]string // of each node: where in the result a block or argument stands
	secrets map[string]string   // of the result: their values
	taken   map[string]bool     // names of blocks in the result: "vip web"
}

// group is what becomes one block: at most one block of each node, in the order of nodes.
type group struct {
	name    string // the last label in the result
	members []member
}

// member is a block of a node.
type member struct {
	node int
	*layout.Block
	was string // how the account calls it
}

// refers lets the references in all blocks mean what these are called in the result.
func (m *merger) refers(groups []*group) {
	for _, g := range groups {
		for _, x := range g.members {
			m.refer(x.node, x.Block)
		}
	}
}

func (m *merger) label(node int) string { return m.nodes[node].Part.Node }

// merged makes the block of each group.
func (m *merger) merged(groups []*group) []*layout.Block {
	list := make([]*layout.Block, 0, len(groups))
	for _, g := range groups {
		list = append(list, m.block(g))
	}
	return list
}

// block makes one block of a group.
func (m *merger) block(g *group) *layout.Block {
	first := g.members[0]
	labels := append(append([]string{}, first.Labels[:len(first.Labels)-1]...), g.name)
	here := (&layout.Block{Type: first.Type, Labels: labels}).Head()
	for _, x := range g.members {
		m.books[x.node][x.was] = here
		x.Labels = labels
	}
	sch := m.schemas[first.Type]
	base := first.Block
	if len(g.members) > 1 && sch.Overlay {
		base = m.overlaid(sch, g.members, here)
	} else {
		for _, x := range g.members[1:] { // they have the same text
			base.Origins = append(base.Origins, x.Origins...)
			if len(base.Above) == 0 {
				base.Above = x.Above
			}
		}
	}
	if arg, ok := sch.Arg("nodes"); ok && len(g.members) < len(m.nodes) {
		m.bind(sch, base, arg, g)
	}
	return base
}

// bind says on which nodes a block is, where it is not on all.
func (m *merger) bind(sch *schema.Block, b *layout.Block, arg schema.Arg, g *group) {
	text := ""
	for i, x := range g.members {
		if i > 0 {
			text += ", "
		}
		text += "node." + m.label(x.node)
	}
	at := 0
	for i, a := range b.Args {
		if place(sch, a.Name) < place(sch, arg.Name) {
			at = i + 1
		}
	}
	b.Args = append(b.Args[:at:at], append([]*layout.Arg{{Name: arg.Name, Value: "[" + text + "]"}}, b.Args[at:]...)...)
}

// overlaid makes a base and an overlay for each node that differs from it.
func (m *merger) overlaid(sch *schema.Block, members []member, here string) *layout.Block {
	base, over := m.lay(sch, members, spot{top: here})
	for i, o := range over {
		if len(o.Args)+len(o.Blocks) == 0 {
			base.Below = append(base.Below, o.Below...)
			continue
		}
		o.Type, o.Labels, o.Above, o.Origins = "node", []string{m.label(members[i].node)}, nil, nil
		base.Blocks = append(base.Blocks, o)
	}
	return base
}

// settings makes the one block of settings.
func (m *merger) settings() {
	var members []member
	found := false
	for k, n := range m.nodes {
		b := &layout.Block{Type: "settings"}
		if len(n.Part.Settings) > 0 {
			b, found = n.Part.Settings[0], true
		}
		m.refer(k, b)
		members = append(members, member{k, b, b.Head()})
	}
	if found {
		m.out.Settings = []*layout.Block{m.overlaid(m.schemas["settings"], members, "settings")}
	}
}

// left takes over the variables, and what belongs to no block.
func (m *merger) left() {
	seen, told := map[string]bool{}, map[string]bool{}
	for _, n := range m.nodes {
		for _, b := range n.Part.Variables {
			if !seen[b.Head()] {
				seen[b.Head()] = true
				m.out.Variables = append(m.out.Variables, b)
			}
		}
		lines := fresh(n.Part.Left, told)
		if len(lines) > 0 && len(m.out.Left) > 0 {
			m.out.Left = append(m.out.Left, "", fmt.Sprintf("On %s:", n.Part.Node))
		}
		m.out.Left = append(m.out.Left, lines...)
	}
}
