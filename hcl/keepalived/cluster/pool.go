package cluster

import (
	"fmt"

	"ha/hcl/keepalived/account"
	"ha/hcl/keepalived/layout"
)

// poolsDiffer remarks what nodes say otherwise about a pool, and clients would notice after a takeover. It stays so.
func (m *merger) poolsDiffer(g *group) {
	first := g.members[0]
	for _, x := range g.members[1:] {
		for _, name := range []string{"listen", "scheduler", "forwarding", "persistence"} {
			if value(first.Block, name) != value(x.Block, name) {
				m.remark(x, name, "pools-differ", account.Notice, fmt.Sprintf("%s of pool %q %s", name, g.name, m.unlike(first, x, name)),
					"clients notice it after a takeover, with keepalived and with ha")
			}
		}
		if !m.alike([][]*layout.Block{serversOf(first.Block), serversOf(x.Block)}) {
			m.remark(x, "", "pools-differ", account.Notice, fmt.Sprintf("the servers of pool %q differ on %s and %s", g.name, m.line(first, ""), m.line(x, "")),
				"each node balances to its own, with keepalived and with ha")
		}
	}
}

func serversOf(b *layout.Block) []*layout.Block {
	var list []*layout.Block
	for _, in := range b.Blocks {
		if in.Type == "server" || in.Type == "dynamic" {
			list = append(list, in)
		}
	}
	return list
}
