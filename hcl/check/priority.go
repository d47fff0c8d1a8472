package check

import (
	"fmt"

	"ha/hcl/decode"
	"ha/hcl/diag"
)

const owner = 255

// owners: one node at most owns the addresses.
func owners(v *view) {
	for _, p := range v.cfg.VIPs {
		first := ""
		for _, name := range v.directors(p.Nodes) {
			vip := p.On(name)
			if vip.Broken || vip.Priority.Val != owner {
				continue
			}
			if first == "" {
				first = name
				continue
			}
			v.fail("HA4003", vip.Priority.At, fmt.Sprintf("%s has two owners: priority 255 on %s and on %s", p.Address, first, name),
				"255 says that the addresses are the node's own (RFC 9568 section 5.2.4). Two owners both stay Active.",
				"Give all nodes but one a priority from 1 to 254.", about(p.Head, diag.OnNode(name), diag.See("on "+first, p.On(first).Priority.At))...)
		}
	}
}

// priorities: nodes of one VIP should differ in priority.
func priorities(v *view) {
	for _, p := range v.cfg.VIPs {
		first := map[int64]string{}
		for _, name := range v.directors(p.Nodes) {
			vip := p.On(name)
			prio := vip.Priority.Val
			if vip.Broken || prio == owner {
				continue
			}
			other, twice := first[prio]
			if !twice {
				first[prio] = name
				continue
			}
			was := p.On(other)
			opts := about(p.Head, diag.OnNode(name))
			if was != vip {
				opts = append(opts, diag.See("on "+other, was.Priority.At))
			}
			v.warn("HA4007", vip.Priority.At, fmt.Sprintf("%s has priority %d on %s and on %s", p.Address, prio, other, name),
				"Between equal priorities the greater address of the interface decides (RFC 9568 section 6.4.3), which few people expect.",
				fmt.Sprintf("Set different ones, for example `node %q { priority = %d }` inside the vip.", other, better(prio, first)), opts...)
			break
		}
	}
}

// better is a priority above prio that no node has yet.
func better(prio int64, taken map[int64]string) int64 {
	for _, up := range []int64{50, 20, 10, 5, 1} {
		if p := prio + up; p < owner && taken[p] == "" {
			return p
		}
	}
	return max(prio-1, 1)
}

// agreement: what all nodes of a VIP must say alike.
func agreement(v *view) {
	for _, p := range v.cfg.VIPs {
		variants := healthy(p)
		if len(variants) < 2 {
			continue
		}
		first := variants[0]
		for _, other := range variants[1:] {
			a, b := first.Val, other.Val
			differ := func(name, was, is, why string) {
				v.fail("HA4002", b.Object.At(name), fmt.Sprintf("%s has %s %s on %s and %s on %s", p.Address, name, was, first.Node, is, other.Node), why,
					"Set it once, in the vip itself.", about(p.Head, diag.OnNode(other.Node), diag.See("on "+first.Node, a.Object.At(name)))...)
			}
			if a.VRID.Val != b.VRID.Val {
				differ("vrid", fmt.Sprint(a.VRID.Val), fmt.Sprint(b.VRID.Val), "Nodes with different VRIDs do not hear each other: both become Active.")
			}
			if a.Version.Val != b.Version.Val {
				differ("version", fmt.Sprint(a.Version.Val), fmt.Sprint(b.Version.Val), "Adverts of another version are dropped: both nodes become Active.")
			}
			if a.DownAdverts.Val != b.DownAdverts.Val {
				differ("down_adverts", fmt.Sprint(a.DownAdverts.Val), fmt.Sprint(b.DownAdverts.Val),
					"A node that waits for fewer missing adverts takes over before a better one does.")
			}
			if a.Interval.Val != b.Interval.Val {
				differ("interval", a.Interval.Val.String(), b.Interval.Val.String(),
					"VRRP 2 drops adverts with another interval (RFC 3768 section 7.1); in VRRP 3 a node with a shorter one may take over "+
						"before it heard the other.")
			}
		}
	}
}

// healthy are the variants of a VIP of which everything was understood.
func healthy(p *decode.PerNode[decode.VIP]) []decode.Variant[decode.VIP] {
	var list []decode.Variant[decode.VIP]
	for _, x := range p.Variants() {
		if !x.Val.Broken {
			list = append(list, x)
		}
	}
	return list
}
