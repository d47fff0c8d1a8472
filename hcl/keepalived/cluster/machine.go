package cluster

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"ha/hcl/keepalived/account"
	"ha/hcl/keepalived/layout"
)

// machines takes over the blocks of the nodes. Comments that an earlier one has stand there.
func (m *merger) machines(vips []*group) {
	told := map[string]bool{}
	moving := map[netip.Addr]bool{}
	for _, g := range vips {
		for _, x := range g.members {
			for _, a := range placed(x.Block) {
				moving[a] = true
			}
		}
	}
	first := map[string]member{}
	for k, n := range m.nodes {
		for _, b := range n.Part.Nodes {
			x := member{k, b, b.Head()}
			m.ownAddress(x, moving, first)
			b.Above = fresh(b.Above, told)
			m.out.Nodes = append(m.out.Nodes, b)
		}
	}
}

// ownAddress drops the address of a node, which is that from which adverts leave, when another node has it, too, or it moves.
func (m *merger) ownAddress(x member, moving map[netip.Addr]bool, first map[string]member) {
	text := strings.Trim(value(x.Block, "address"), `"`)
	if text == "" {
		return
	}
	a, err := netip.ParseAddr(text)
	other, twice := first[text]
	switch {
	case twice:
		m.remark(x, "address", "address-of-two-nodes", account.Notice, fmt.Sprintf("adverts leave from %s on %s and %s", a, m.line(other, "address"), m.line(x, "address")),
			"an address is that of one machine; the result does not say which is that of "+m.label(x.node))
	case err == nil && moving[a]:
		m.remark(x, "address", "address-of-a-vip", account.Notice, fmt.Sprintf("adverts leave from %s, which is an address of a VIP", a),
			"the result does not say which address "+m.label(x.node)+" has")
	default:
		first[text] = x
		return
	}
	x.Args = slices.DeleteFunc(x.Args, func(a *layout.Arg) bool { return a.Name == "address" })
}

// fresh are the lines that were not told before; it notes them.
func fresh(lines []string, told map[string]bool) []string {
	var list []string
	for _, l := range lines {
		if l != "" && told[l] {
			continue
		}
		told[l] = true
		list = append(list, l)
	}
	return list
}
