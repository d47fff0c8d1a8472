package check

import (
	"fmt"
	"strings"

	"ha/hcl/decode"
	"ha/hcl/diag"
)

// link is where a VRID must be unique: an interface of a node in one address family.
type link struct {
	node, device string
	ipv6         bool
}

// vrids: on one link and family a VRID belongs to one VIP.
func vrids(v *view) {
	type use struct {
		vrid int64
		link
	}
	first := map[use]*decode.VIP{}
	taken := map[link]map[int64]bool{}
	seen := once{}
	type clash struct {
		vip, other *decode.VIP
		use
	}
	var clashes []clash
	for _, p := range v.cfg.VIPs {
		for _, name := range v.directors(p.Nodes) {
			vip := p.On(name)
			device := vip.InterfaceOn(v.nodes[name])
			if vip.Broken || device == "" {
				continue
			}
			for _, six := range families6(vip) {
				u := use{vrid: vip.VRID.Val, link: link{node: name, device: device, ipv6: six}}
				if taken[u.link] == nil {
					taken[u.link] = map[int64]bool{}
				}
				taken[u.link][u.vrid] = true
				other, twice := first[u]
				if !twice {
					first[u] = vip
				} else if seen.first(vip.Address, other.Address) {
					clashes = append(clashes, clash{vip: vip, other: other, use: u})
				}
			}
		}
	}
	for _, c := range clashes {
		v.fail("HA4001", c.vip.VRID.At, fmt.Sprintf("vrid %d is used by %s and %s on %s of %s", c.vrid, c.other.Address, c.vip.Address, c.device, c.node),
			"Nodes tell virtual routers on one link and of one address family apart by the VRID alone (RFC 9568 section 5.2.3).",
			"Choose another; free on this link: "+free(taken[c.link])+".",
			about(c.vip.Head, diag.OnNode(c.node), diag.See(c.other.Address, c.other.VRID.At))...)
	}
}

// families6 tells for which families a VIP runs an election: IPv6 is true.
func families6(vip *decode.VIP) []bool {
	var four, six bool
	for _, a := range vip.Addresses {
		if a.Silent {
			continue
		}
		four = four || a.Prefix.Val.Addr().Is4()
		six = six || a.Prefix.Val.Addr().Is6()
	}
	switch {
	case four && six:
		return []bool{false, true}
	case six:
		return []bool{true}
	case four:
		return []bool{false}
	}
	return nil
}

// free lists the VRIDs that are not taken as ranges, the first few of them.
func free(taken map[int64]bool) string {
	var ranges []string
	for id := int64(1); id <= 255 && len(ranges) < 3; id++ {
		if taken[id] {
			continue
		}
		last := id
		for last < 255 && !taken[last+1] {
			last++
		}
		if last == id {
			ranges = append(ranges, fmt.Sprint(id))
		} else {
			ranges = append(ranges, fmt.Sprintf("%d-%d", id, last))
		}
		id = last
	}
	if len(ranges) == 0 {
		return "none"
	}
	return strings.Join(ranges, ", ")
}
