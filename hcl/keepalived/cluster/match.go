package cluster

import (
	"fmt"
	"strings"

	"ha/hcl/keepalived/layout"
	"ha/hcl/keepalived/translate"
)

// matcher finds the group of a block among those of earlier nodes. Every block is given to note once, with its group.
type matcher interface {
	find(node int, b *layout.Block) []*group // the best first
	note(node int, b *layout.Block, g *group)
}

// matched groups the blocks of all nodes that are one thing, and gives each group a name. another is what is added to a
// name that something else has; nil: that of the node is.
func (m *merger) matched(of func(*translate.Part) []*layout.Block, how matcher, another func(*layout.Block) string) []*group {
	var groups []*group
	for k, n := range m.nodes {
		for _, b := range of(n.Part) {
			x := member{k, b, b.Head()}
			g := free(how.find(k, b), k)
			if g == nil {
				g = &group{name: m.take(b, k, another)}
				groups = append(groups, g)
			}
			g.members = append(g.members, x)
			how.note(k, b, g)
			if label := b.Labels[len(b.Labels)-1]; label != g.name {
				m.names[k][kind(b)+" "+label] = g.name
			}
		}
	}
	return groups
}

// free is the first group without a block of a node.
func free(groups []*group, node int) *group {
	for _, g := range groups {
		if g.members[len(g.members)-1].node != node {
			return g
		}
	}
	return nil
}

// kind is what the name of a block must be unique in.
func kind(b *layout.Block) string {
	return strings.Join(append([]string{b.Type}, b.Labels[:len(b.Labels)-1]...), ".")
}

// take gives a new group a name: its own, or one that says how it differs from what has that.
func (m *merger) take(b *layout.Block, node int, another func(*layout.Block) string) string {
	own := m.wanted(b, node)
	name := own
	for n := 1; m.taken[kind(b)+" "+name]; n++ {
		name = own + "_" + m.label(node)
		switch {
		case n == 1 && another != nil:
			name = layout.Name(own + "_" + another(b))
		case n > 2:
			name += fmt.Sprintf("_%d", n-1)
		}
	}
	m.taken[kind(b)+" "+name] = true
	return name
}

// wanted is the name that a block had best: its own, or for who is told of a VIP the name that this has in the result.
func (m *merger) wanted(b *layout.Block, node int) string {
	own := b.Labels[len(b.Labels)-1]
	if b.Type == "notify" {
		return orSelf(m.names[node]["vip "+own], own)
	}
	return own
}

// names match blocks by their labels.
type names map[string]*group

func (n names) find(_ int, b *layout.Block) []*group {
	if g := n[b.Head()]; g != nil {
		return []*group{g}
	}
	return nil
}

func (n names) note(_ int, b *layout.Block, g *group) { n[b.Head()] = g }

// texts match blocks that say the same, whatever they are called; and where nodes may differ also those of one name.
type texts struct {
	m             *merger
	known, unlike map[string]*group // by text, by name
}

func newTexts(m *merger) texts { return texts{m, map[string]*group{}, map[string]*group{}} }

func (t texts) key(b *layout.Block) string {
	var w strings.Builder
	w.WriteString(kind(b))
	t.m.inside(&w, b)
	return w.String()
}

func (t texts) name(node int, b *layout.Block) string { return kind(b) + " " + t.m.wanted(b, node) }

func (t texts) find(node int, b *layout.Block) []*group {
	var list []*group
	if g := t.known[t.key(b)]; g != nil {
		list = append(list, g)
	}
	if g := t.unlike[t.name(node, b)]; g != nil && t.m.schemas[b.Type].Overlay {
		list = append(list, g)
	}
	return list
}

func (t texts) note(node int, b *layout.Block, g *group) {
	if key := t.key(b); t.known[key] == nil {
		t.known[key] = g
	}
	if name := t.name(node, b); t.unlike[name] == nil {
		t.unlike[name] = g
	}
}

// routers match VIPs by their VRID and family, with an address that both have, or on interfaces of one name.
type routers struct{ shared, same map[string][]*group }

func newRouters() routers { return routers{map[string][]*group{}, map[string][]*group{}} }

func (r routers) keys(b *layout.Block) (addresses []string, link string) {
	vrid, family := value(b, "vrid"), ""
	for _, a := range placed(b) {
		if family == "" {
			family = map[bool]string{true: " IPv6 ", false: " IPv4 "}[a.Is6()]
		}
		addresses = append(addresses, vrid+family+a.String())
	}
	return addresses, vrid + family + value(b, "interface")
}

func (r routers) find(_ int, b *layout.Block) []*group {
	addresses, link := r.keys(b)
	var list []*group
	for _, a := range addresses {
		list = append(list, r.shared[a]...)
	}
	return append(list, r.same[link]...)
}

func (r routers) note(_ int, b *layout.Block, g *group) {
	addresses, link := r.keys(b)
	for _, a := range addresses {
		r.shared[a] = append(r.shared[a], g)
	}
	r.same[link] = append(r.same[link], g)
}

// value is an argument of a block as a text; empty where it has none.
func value(b *layout.Block, name string) string {
	if a := b.Arg(name); a != nil {
		return a.Text()
	}
	return ""
}

// byRouter tells VIPs of one name apart.
func byRouter(b *layout.Block) string { return value(b, "vrid") }

// listeners match pools that listen on an address and port, or balance the same mark.
type listeners map[string]*group

func (l listeners) keys(b *layout.Block) []string {
	protocol := `"tcp"`
	if a := b.Arg("protocol"); a != nil {
		protocol = a.Text()
	}
	var keys []string
	if a := b.Arg("listen"); a != nil {
		for _, e := range a.Elems() {
			keys = append(keys, protocol+" "+e)
		}
	}
	if a := b.Arg("fwmark"); a != nil {
		for _, e := range a.Elems() {
			keys = append(keys, "fwmark "+value(b, "fwmark_family")+" "+e)
		}
	}
	return keys
}

func (l listeners) find(_ int, b *layout.Block) []*group {
	var list []*group
	for _, key := range l.keys(b) {
		if g := l[key]; g != nil {
			list = append(list, g)
		}
	}
	return list
}

func (l listeners) note(_ int, b *layout.Block, g *group) {
	for _, key := range l.keys(b) {
		if l[key] == nil {
			l[key] = g
		}
	}
}

// byListener tells pools of one name apart.
func byListener(b *layout.Block) string {
	for _, name := range []string{"listen", "fwmark"} {
		a := b.Arg(name)
		if a == nil || len(a.Elems()) == 0 {
			continue
		}
		first := strings.Trim(a.Elems()[0], `"`)
		if colon := strings.LastIndexByte(first, ':'); colon > 0 {
			first = first[:colon] // the port is in the name
		}
		return strings.NewReplacer("[", "", "]", "", ".", "_", ":", "_").Replace(first)
	}
	return b.Type
}
