package check

import (
	"fmt"
	"net/netip"

	"ha/hcl/decode"
	"ha/hcl/diag"
	"ha/hcl/schema"
)

// checkSources: a probe leaves from an address of the family of what it probes.
func checkSources(v *view) {
	told := map[*decode.Check]bool{}
	fits := func(c *decode.Check, target netip.Addr, what string, opts []diag.Option) {
		from := c.From.Address
		if c.Probed.Set {
			target, what = c.Probed.Val, "the address that it probes"
		}
		if c.Broken || told[c] || !from.Set || !target.IsValid() || from.Val.Is4() == target.Is4() {
			return
		}
		told[c] = true
		v.fail("HA4053", from.At, fmt.Sprintf("%s is %s, and %s, %s, is %s", from.Val, family(from.Val), what, target, family(target)),
			"A connection has two ends of one address family.", "Write an address of that family, or a check of its own for the servers of the other one.",
			opts...)
	}
	for _, c := range v.cfg.Checks {
		fits(c, c.Target.Val.Addr(), "its target", about(c.Head))
	}
	eachPool(v, func(pool *decode.Pool, opts []diag.Option) {
		for _, s := range pool.Servers {
			for _, c := range v.checksOf(pool, s) {
				if c.DataPath.Val {
					for _, l := range pool.Listen {
						fits(c, l.Val.Addr(), "a listener of "+pool.Address, opts)
					}
					continue
				}
				fits(c, s.Addr.Val.Addr(), fmt.Sprintf("server %q of %s", s.Name, pool.Address), opts)
			}
		}
	})
}

// checksOf are the checks that a server must pass, in the order in which they are compiled.
func (v *view) checksOf(pool *decode.Pool, s *decode.Server) []*decode.Check {
	var list []*decode.Check
	for _, refs := range [][]decode.Arg[schema.Address]{pool.Checks, s.Checks} {
		for _, ref := range refs {
			if c := v.checks[string(ref.Val)]; c != nil {
				list = append(list, c)
			}
		}
	}
	return append(append(list, pool.Inline...), s.Inline...)
}

// dataPaths: only direct routing and tunnels bring packets for the listeners to the servers.
func dataPaths(v *view) {
	told := map[*decode.Check]bool{}
	eachPool(v, func(pool *decode.Pool, opts []diag.Option) {
		for _, s := range pool.Servers {
			for _, c := range v.checksOf(pool, s) {
				way, _ := pool.Way(s)
				if c.Broken || told[c] || !c.DataPath.Val || way.Val != "nat" && len(pool.Listen) > 0 {
					continue
				}
				told[c] = true
				if len(pool.Listen) == 0 {
					v.fail("HA4054", c.DataPath.At, fmt.Sprintf("%s has no listener that a check could ask by way of a server", pool.Address),
						"With data_path a check probes the listeners of the pools that refer to it; a firewall mark has no address.",
						"Add the addresses as listeners, or remove data_path.", append(opts, diag.See("marks", pool.Marks[0].At))...)
					continue
				}
				v.fail("HA4054", c.DataPath.At, fmt.Sprintf("server %q of %s is not on a data path", s.Name, pool.Address),
					"With forwarding \"nat\" packets of clients are rewritten: the server gets them at its own address, which is what a plain check probes.",
					"Remove data_path.", append(opts, diag.See("forwarding", way.At))...)
			}
		}
	})
	for _, c := range v.cfg.Checks {
		if c.Broken || told[c] || !c.DataPath.Val || !c.Own().IsValid() {
			continue
		}
		v.fail("HA4054", c.DataPath.At, c.Address+" has a target of its own, which no server leads to", "With data_path a check probes the listeners of the pools that refer to it.",
			"Remove the target, or data_path.", about(c.Head)...)
	}
}
