package cluster

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"ha/hcl/keepalived/account"
	"ha/hcl/keepalived/layout"
)

// placed are the addresses of a VIP, in their order.
func placed(b *layout.Block) []netip.Addr {
	var list []netip.Addr
	add := func(text string) {
		if p, err := netip.ParsePrefix(text); err == nil {
			list = append(list, p.Addr())
		}
	}
	if a := b.Arg("addresses"); a != nil {
		for _, e := range a.Elems() {
			add(strings.Trim(e, `"`))
		}
	}
	for _, in := range b.Blocks {
		if in.Type == "address" {
			add(in.Labels[0])
		}
	}
	return list
}

// lacks tells whether a list is without one of the others.
func lacks(list, others []netip.Addr) bool {
	have := map[netip.Addr]bool{}
	for _, a := range list {
		have[a] = true
	}
	return slices.ContainsFunc(others, func(a netip.Addr) bool { return !have[a] })
}

// addresses gives all nodes the same addresses. What any of them has, all have: else it would answer nowhere after a takeover.
func (m *merger) addresses(g *group) {
	first := g.members[0]
	differ := slices.ContainsFunc(g.members[1:], func(x member) bool {
		return lacks(placed(first.Block), placed(x.Block)) || lacks(placed(x.Block), placed(first.Block))
	})
	if !differ {
		return
	}
	var plain []layout.Elem
	var blocks []*layout.Block
	known := map[netip.Addr]bool{}
	for i, x := range g.members {
		var own []string
		if a := x.Arg("addresses"); a != nil {
			own = a.Elems()
		}
		for _, text := range own {
			if p, err := netip.ParsePrefix(strings.Trim(text, `"`)); err == nil && !known[p.Addr()] {
				known[p.Addr()] = true
				plain = append(plain, layout.Elem{Value: text})
			}
		}
		for _, b := range x.Blocks {
			if b.Type != "address" {
				continue
			}
			if p, err := netip.ParsePrefix(b.Labels[0]); err == nil && !known[p.Addr()] {
				known[p.Addr()] = true
				blocks = append(blocks, b)
			}
		}
		if i > 0 {
			m.remark(x, "addresses", "nodes-disagree", account.Loss, fmt.Sprintf("the addresses of vip %q differ on %s and %s", g.name, m.line(first, "addresses"), m.line(x, "addresses")),
				"in keepalived some of them answer on one node only; the result has all of them on all nodes")
		}
	}
	for _, x := range g.members {
		x.Args = slices.DeleteFunc(x.Args, func(a *layout.Arg) bool { return a.Name == "addresses" })
		if len(plain) > 0 {
			x.Args = append(x.Args, &layout.Arg{Name: "addresses", List: slices.Clone(plain)})
		}
		x.Blocks = slices.DeleteFunc(x.Blocks, func(b *layout.Block) bool { return b.Type == "address" })
		for _, b := range blocks {
			x.Blocks = append(x.Blocks, copied(b))
		}
	}
}

// addressesApart remarks addresses that nodes have in different VIPs: all those nodes answer for them.
func (m *merger) addressesApart(vips []*group) {
	type home struct {
		g *group
		x member
	}
	first := map[netip.Addr]home{}
	for _, g := range vips {
		for _, x := range g.members {
			for _, a := range placed(x.Block) {
				other, twice := first[a]
				if !twice {
					first[a] = home{g, x}
					continue
				}
				if other.g == g {
					continue
				}
				m.remark(x, "vrid", "address-in-two-vips", account.Notice,
					fmt.Sprintf("%s is in vip %q (VRID %s) on %s and in vip %q (VRID %s) on %s", a, other.g.name, value(other.x.Block, "vrid"), m.line(other.x, "vrid"),
						g.name, value(x.Block, "vrid"), m.line(x, "vrid")),
					"with different VRIDs the nodes do not hear each other and all answer for the address, in keepalived and in the result; give both one VRID")
				break
			}
		}
	}
}
