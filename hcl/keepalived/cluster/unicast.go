package cluster

import (
	"slices"
	"strings"

	"ha/hcl/keepalived/layout"
)

// others lets the peers of unicast be what they are by themselves, where all nodes of a VIP send from their own address to
// those of all others.
func (m *merger) others(g *group) {
	own := map[int]string{}
	for _, x := range g.members {
		own[x.node] = value(m.nodes[x.node].Part.Nodes[0], "address")
	}
	for _, x := range g.members {
		u := nested(x.Block, "unicast")
		if u == nil || own[x.node] == "" || value(u, "source") != own[x.node] {
			return
		}
		var want []string
		for _, y := range g.members {
			if y.node != x.node {
				want = append(want, own[y.node])
			}
		}
		have := peers(u)
		slices.Sort(want)
		if slices.Contains(want, "") || !slices.Equal(have, want) {
			return
		}
	}
	for _, x := range g.members {
		u := nested(x.Block, "unicast")
		here := "vip " + layout.Quote(g.name) + " → unicast"
		for _, name := range []string{"source", "peers"} {
			m.books[x.node][x.was+" → unicast: "+name+" = "+u.Arg(name).Text()] = here + ": the addresses of the nodes"
		}
		m.books[x.node][x.was+" → unicast: peers"] = here + ": the addresses of the nodes"
		u.Args = slices.DeleteFunc(u.Args, func(a *layout.Arg) bool { return a.Name == "source" || a.Name == "peers" })
	}
}

// peers are those of a unicast block, sorted.
func peers(u *layout.Block) []string {
	a := u.Arg("peers")
	if a == nil {
		return nil
	}
	list := a.Elems()
	slices.Sort(list)
	return slices.DeleteFunc(list, func(e string) bool { return strings.TrimSpace(e) == "" })
}
