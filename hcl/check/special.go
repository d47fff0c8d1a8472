package check

import (
	"fmt"
	"net/netip"

	"github.com/hashicorp/hcl/v2"

	"ha/hcl/decode"
	"ha/hcl/diag"
)

// special says why no other machine can reach an address, by its meaning (RFC 6890); empty when one can. Why is a
// whole sentence about addresses of that kind.
func special(a netip.Addr) (kind, why string) {
	switch {
	case a.IsLoopback():
		return "a loopback address", "On every machine it is that machine itself, and it never leaves it: no client and no other node gets there."
	case a.IsUnspecified():
		return "the unspecified address", "It stands for no address at all, and there is no wildcard here."
	case a.IsMulticast():
		return "a multicast address", "It names a group of receivers, and this is the address of one machine."
	}
	return "", ""
}

// specialAddresses: addresses that others must reach are those of one machine. Static blocks may hold loopback
// addresses, on lo.
func specialAddresses(v *view) {
	type spot struct {
		block string
		at    hcl.Range
		ip    netip.Addr
	}
	seen := map[spot]bool{}
	judge := func(h decode.Head, who string, at hcl.Range, ip netip.Addr, help string, opts []diag.Option) {
		kind, why := special(ip)
		if s := (spot{block: h.Address, at: at, ip: ip}); kind != "" && !seen[s] {
			seen[s] = true
			v.fail("HA4050", at, fmt.Sprintf("%s is %s, %s", who, ip, kind), why, help, opts...)
		}
	}
	for _, n := range v.cfg.Nodes {
		if n.Addr.Set {
			judge(n.Head, "the address of "+n.Address, n.Addr.At, n.Addr.Val, "Write the address by which the other nodes reach it.", about(n.Head))
		}
	}
	for _, p := range v.cfg.VIPs {
		for _, x := range healthy(p) {
			for _, a := range x.Val.Addresses {
				judge(p.Head, "an address of "+p.Address, a.Prefix.At, a.Prefix.Val.Addr(),
					"Choose an address that clients reach. What belongs on lo stands in a static block.", about(p.Head))
			}
		}
	}
	eachPool(v, func(pool *decode.Pool, opts []diag.Option) {
		for _, l := range pool.Listen {
			judge(pool.Head, "a listener of "+pool.Address, l.At, l.Val.Addr(), "Listen on the addresses of VIPs, each by itself.", opts)
		}
		for _, s := range pool.Servers {
			judge(pool.Head, fmt.Sprintf("server %q of %s", s.Name, pool.Address), s.Addr.At, s.Addr.Val.Addr(),
				"Write the address by which the director reaches it.", opts)
		}
	})
}
