package cluster

import (
	"fmt"
	"slices"

	"ha/hcl/keepalived/account"
	"ha/hcl/keepalived/layout"
)

// agree makes alike what all nodes of a VIP must say alike, and remarks what differs and should not.
func (m *merger) agree(g *group) {
	if len(g.members) < 2 {
		x := g.members[0]
		m.remark(x, "", "on-one-node", account.Notice, fmt.Sprintf("%s stands in the file of %s only", x.was, m.label(x.node)),
			"no other node takes over; the result has it on this node")
		return
	}
	m.states(g)
	m.priorities(g)
	m.addresses(g)
	m.common(g, g.members, "version", "adverts of another version are dropped")
	m.common(g, g.members, "interval", "with VRRP 2 adverts with another interval are dropped, with VRRP 3 a node may take over too early")
	m.common(g, g.members, "down_adverts", "the node that waits for fewer adverts takes over before a better one does")
	m.authentication(g)
	m.transport(g)
	m.others(g)
}

// common gives an argument the value that most nodes have.
func (m *merger) common(g *group, members []member, name, why string) {
	values := make([]string, len(members))
	for i, x := range members {
		values[i] = value(x.Block, name)
	}
	best := most(values)
	from := members[slices.Index(values, best)]
	for i, x := range members {
		if values[i] == best {
			continue
		}
		m.remark(x, name, "nodes-disagree", account.Loss, fmt.Sprintf("%s of vip %q %s", name, g.name, m.unlike(from, x, name)),
			why+": in keepalived the nodes may both be MASTER; the result has that of "+m.label(from.node)+" on all nodes")
		m.become(x, from, name)
	}
}

// become lets an argument be as another node has it.
func (m *merger) become(x, from member, name string) {
	a, by := x.Arg(name), from.Arg(name)
	now := from.was + ": " + name + " as on " + m.label(from.node)
	if a != nil {
		m.books[x.node][x.was+": "+name+" = "+a.Text()] = now
		x.Args = slices.DeleteFunc(x.Args, func(b *layout.Arg) bool { return b == a })
	} else if s := m.statement(x.Block, name); s != m.statement(x.Block, "") {
		m.nodes[x.node].Account.Converted(s, now) // it was the default
	}
	if by != nil {
		taken := *by
		x.Args = append(x.Args, &taken)
	}
}

// states remarks a state that all nodes begin with.
func (m *merger) states(g *group) {
	last := member{}
	for _, x := range g.members {
		s := m.statement(x.Block, "")
		if s == nil || s.Block == nil {
			return
		}
		states := s.Block.Find("state")
		if len(states) == 0 || len(states[0].Words) == 0 || states[0].Words[0] != "MASTER" {
			return
		}
		last = x
	}
	s := m.statement(last.Block, "").Block.Find("state")[0]
	m.nodes[last.node].Account.Remark(s, "all-master", account.Notice, fmt.Sprintf("the state of vip %q is MASTER on all nodes", g.name),
		"in keepalived each begins as MASTER and the highest priority stays; in the result the priorities alone decide")
}

// priorities remarks those that are the same; there is one owner of addresses.
func (m *merger) priorities(g *group) {
	first := map[string]member{}
	for _, x := range g.members {
		p := value(x.Block, "priority")
		other, twice := first[p]
		switch {
		case !twice:
			first[p] = x
		case p == "255":
			m.remark(x, "priority", "two-owners", account.Loss, fmt.Sprintf("the priority of vip %q is 255 on %s and %s", g.name, m.line(other, "priority"), m.line(x, "priority")),
				"in keepalived both stay MASTER; the result has 254 on "+m.label(x.node))
			m.books[x.node][x.was+": priority = 255"] = x.was + ": priority = 254"
			x.Arg("priority").Value = "254"
		default:
			m.remark(x, "priority", "equal-priorities", account.Notice, fmt.Sprintf("the priority of vip %q is %s on %s and %s", g.name, p, m.line(other, "priority"), m.line(x, "priority")),
				"the node with the greater address wins, with keepalived and with ha")
		}
	}
}

// authentication lets all nodes authenticate in one way, and remarks keys that differ.
func (m *merger) authentication(g *group) {
	kinds := make([]string, len(g.members))
	for i, x := range g.members {
		if a := nested(x.Block, "authentication"); a != nil {
			kinds[i] = value(a, "type")
		}
	}
	from := m.agreed(g, kinds)
	for _, x := range g.members {
		a, by := nested(x.Block, "authentication"), nested(from.Block, "authentication")
		if by == nil || x.node == from.node || a != nil && m.alike([][]*layout.Block{{a}, {by}}) {
			continue
		}
		if a == nil || value(a, "type") != value(by, "type") || value(a, "type") == `"hmac"` {
			m.remark(x, "authentication", "nodes-disagree", account.Loss, fmt.Sprintf("the authentication of vip %q %s", g.name, m.unlike(from, x, "authentication")),
				"in keepalived they drop each other's adverts, and all are MASTER; the result has that of "+m.label(from.node)+" on all nodes")
			m.replace(x, from, "authentication")
			continue
		}
		m.remark(x, "authentication", "passwords-differ", account.Notice, fmt.Sprintf("the password of vip %q %s", g.name, m.unlike(from, x, "authentication")),
			"keepalived drops adverts with another password, and all nodes are MASTER; so it is in the result, until both have one")
	}
}

// agreed is the node whose kind of something all nodes get: the most common one that any of them has.
func (m *merger) agreed(g *group, kinds []string) member {
	some := slices.DeleteFunc(slices.Clone(kinds), func(k string) bool { return k == "" })
	if len(some) == 0 {
		return g.members[0]
	}
	return g.members[slices.Index(kinds, most(some))]
}

// replace lets a nested block be as another node has it.
func (m *merger) replace(x, from member, kind string) {
	m.books[x.node][x.was+" → "+kind] = from.was + " → " + kind + " as on " + m.label(from.node)
	x.Blocks = slices.DeleteFunc(x.Blocks, func(b *layout.Block) bool { return b.Type == kind })
	if by := nested(from.Block, kind); by != nil {
		x.Blocks = append(x.Blocks, copied(by))
	}
}

// transport lets all nodes send in one way: to peers, or to one multicast group.
func (m *merger) transport(g *group) {
	var unicast, multicast []member
	for _, x := range g.members {
		if nested(x.Block, "unicast") != nil {
			unicast = append(unicast, x)
		} else {
			multicast = append(multicast, x)
		}
	}
	if len(multicast) > 0 {
		for _, x := range unicast {
			m.remark(x, "unicast", "nodes-disagree", account.Loss, fmt.Sprintf("vip %q is unicast on %s and multicast on %s", g.name, m.line(x, "unicast"), m.line(multicast[0], "")),
				"in keepalived they do not hear each other, and all are MASTER; the result is multicast on all nodes")
			m.replace(x, multicast[0], "unicast")
		}
	}
	groups := make([]string, len(g.members))
	for i, x := range g.members {
		if a := nested(x.Block, "adverts"); a != nil {
			groups[i] = value(a, "groups")
		}
	}
	from := m.agreed(g, groups)
	for i, x := range g.members {
		if len(unicast) == len(g.members) || groups[i] == groups[slices.IndexFunc(g.members, func(y member) bool { return y.node == from.node })] {
			continue
		}
		m.remark(x, "adverts", "nodes-disagree", account.Loss, fmt.Sprintf("the multicast group of vip %q %s", g.name, m.unlike(from, x, "adverts")),
			"in keepalived they do not hear each other, and all are MASTER; the result has that of "+m.label(from.node)+" on all nodes")
		a := nested(x.Block, "adverts")
		if a == nil {
			a = &layout.Block{Type: "adverts"}
			x.Blocks = append(x.Blocks, a)
		}
		m.become(member{x.node, a, x.was + " → adverts"}, member{from.node, nested(from.Block, "adverts"), from.was + " → adverts"}, "groups")
	}
}

// nested is the one block of a type within a block; nil for none.
func nested(b *layout.Block, kind string) *layout.Block {
	for _, in := range b.Blocks {
		if in.Type == kind {
			return in
		}
	}
	return nil
}

// copied is a block that can change without the other.
func copied(b *layout.Block) *layout.Block {
	c := *b
	c.Args, c.Blocks = nil, nil
	for _, a := range b.Args {
		arg := *a
		arg.List = slices.Clone(a.List)
		c.Args = append(c.Args, &arg)
	}
	for _, in := range b.Blocks {
		c.Blocks = append(c.Blocks, copied(in))
	}
	return &c
}
