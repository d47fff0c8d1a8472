package cluster

import (
	"fmt"
	"slices"
	"strings"

	"ha/hcl/keepalived/account"
	"ha/hcl/keepalived/layout"
	"ha/hcl/keepalived/translate"
)

// sharing matches sync groups that have a VIP in common.
type sharing struct {
	m     *merger
	known map[string]*group
}

func (s sharing) find(node int, b *layout.Block) []*group {
	var list []*group
	for _, vip := range s.vips(node, b) {
		if g := s.known[vip]; g != nil {
			list = append(list, g)
		}
	}
	return list
}

func (s sharing) note(node int, b *layout.Block, g *group) {
	for _, vip := range s.vips(node, b) {
		if s.known[vip] == nil {
			s.known[vip] = g
		}
	}
}

func (s sharing) vips(node int, b *layout.Block) []string {
	a := b.Arg("vips")
	if a == nil {
		return nil
	}
	list := a.Elems()
	for i, e := range list {
		list[i] = s.m.referred(node, e)
	}
	return list
}

// groups makes the sync groups. A group is one on all nodes: it has the members of all files that are on the same nodes.
func (m *merger) groups(vips []*group) {
	list := m.matched(func(p *translate.Part) []*layout.Block { return p.Groups }, sharing{m, map[string]*group{}}, nil)
	m.refers(list)
	on := map[string]string{} // on which nodes a VIP is
	for _, g := range vips {
		for _, x := range g.members {
			on["vip."+g.name] += " " + m.label(x.node)
		}
	}
	for _, g := range list {
		m.together(g, on)
		x := g.members[0]
		if a := x.Arg("vips"); a != nil && len(a.Elems()) > 0 && len(strings.Fields(on[a.Elems()[0]])) > len(g.members) {
			m.remark(x, "vips", "group-on-some", account.Notice, fmt.Sprintf("the sync group %q is not in the files of all nodes", g.name), "the result has it on all nodes of its VIPs")
		}
	}
	m.out.Groups = m.merged(list)
}

// together gives a group the same members on all nodes.
func (m *merger) together(g *group, on map[string]string) {
	var all []layout.Elem
	var why []string
	for i, x := range g.members {
		a := x.Arg("vips")
		if a == nil || len(a.Elems()) == 0 {
			return
		}
		for _, e := range a.Elems() {
			if !slices.ContainsFunc(all, func(have layout.Elem) bool { return have.Value == e }) {
				all = append(all, layout.Elem{Value: e})
			}
		}
		if first := g.members[0]; i > 0 && a.Text() != first.Arg("vips").Text() {
			why = append(why, "the members of the sync group "+layout.Quote(g.name)+" differ on "+m.line(first, "vips")+" and "+m.line(x, "vips"))
		}
	}
	most := on[all[0].Value]
	kept := slices.DeleteFunc(slices.Clone(all), func(e layout.Elem) bool { return on[e.Value] != most })
	if len(kept) < len(all) {
		why = append(why, "not all members of the sync group "+layout.Quote(g.name)+" are on the same nodes")
	}
	if len(why) == 0 {
		return
	}
	last := g.members[len(g.members)-1]
	for _, text := range why {
		m.remark(last, "vips", "nodes-disagree", account.Loss, text, "a group is one on all nodes: the result has all members that are on the same nodes")
	}
	for _, x := range g.members {
		a := x.Arg("vips")
		m.books[x.node][x.was+": vips = "+a.Text()] = fmt.Sprintf("sync_group %q: vips", g.name)
		a.Value, a.List = "", slices.Clone(kept)
	}
}
