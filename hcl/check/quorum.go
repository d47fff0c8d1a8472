package check

import (
	"fmt"
	"net/netip"

	"ha/hcl/decode"
	"ha/hcl/diag"
)

// quorums: a pool can have the weight that it needs.
func quorums(v *view) {
	eachPool(v, func(pool *decode.Pool, opts []diag.Option) {
		if pool.Quorum == nil || pool.Quorum.Broken || len(pool.Servers) == 0 || moves(v, pool) {
			return
		}
		sum := int64(0)
		for _, s := range pool.Servers {
			sum += s.Weight.Val
		}
		q, at := pool.Quorum, pool.Quorum.Weight.At
		needed := fmt.Sprintf("It is gained when those that are up weigh %d", q.Weight.Val+q.Hysteresis.Val)
		if q.Hysteresis.Val > 0 {
			needed += ", the weight and the hysteresis together"
			if q.Weight.Val <= sum {
				at = q.Hysteresis.At
			}
		}
		if sum >= q.Weight.Val+q.Hysteresis.Val {
			return
		}
		v.fail("HA4130", at, fmt.Sprintf("%s never has its quorum: all servers together weigh %d", pool.Address, sum),
			needed+".",
			fmt.Sprintf("Ask for %d at most, hysteresis included, or give the servers more weight.", sum), opts...)
	})
}

// moves tells whether checks move weights of a pool, so that nobody can say what its servers may weigh.
func moves(v *view, pool *decode.Pool) bool {
	weighs := func(checks []*decode.Check) bool {
		for _, c := range checks {
			if c.Weight != nil {
				return true
			}
		}
		return false
	}
	lists := [][]*decode.Check{pool.Inline}
	refs := pool.Checks
	for _, s := range pool.Servers {
		lists, refs = append(lists, s.Inline), append(refs[:len(refs):len(refs)], s.Checks...)
	}
	for _, ref := range refs {
		if c := v.checks[string(ref.Val)]; c != nil && c.Weight != nil {
			return true
		}
	}
	for _, list := range lists {
		if weighs(list) {
			return true
		}
	}
	return false
}

// sorries: the sorry server can stand in behind every listener.
func sorries(v *view) {
	eachPool(v, func(pool *decode.Pool, opts []diag.Option) {
		sorry := pool.Sorry
		if sorry == nil || sorry.Broken {
			return
		}
		addr, forwarding := sorry.Addr.Val, pool.Forwarding
		if sorry.Forwarding.Set {
			forwarding = sorry.Forwarding
		}
		for _, l := range pool.Listen {
			seen := append(opts[:len(opts):len(opts)], diag.See("listener", l.At))
			switch {
			case l.Val == addr:
				v.fail("HA4051", sorry.Addr.At, fmt.Sprintf("the sorry server of %s is %s, which the pool itself listens on", pool.Address, addr),
					"The director would hand connections back to itself, without end.", "Write the server's own address, or another port.", seen...)
			case forwarding.Val != "tunnel" && l.Val.Addr().Is4() != addr.Addr().Is4():
				v.fail("HA4012", sorry.Addr.At, fmt.Sprintf("the sorry server is %s, and the listener %s is %s", family(addr.Addr()), l.Val, family(l.Val.Addr())),
					fmt.Sprintf("It stands in behind every listener, and %s cannot change the family.", forwarding.Val), "Make one pool per family.", seen...)
			case addr.Port() != 0 && l.Val.Port() != addr.Port() && (forwarding.Val != "nat" || l.Val.Port() == 0):
				v.fail("HA4010", sorry.Addr.At, fmt.Sprintf("the sorry server has port %d, and the listener %s has %d", addr.Port(), l.Val, l.Val.Port()),
					"Without forwarding \"nat\", or behind a listener for every port, connections reach the server on the port that the client chose.",
					"Write the address without a port.", append(seen, diag.See("forwarding", forwarding.At))...)
			default:
				continue
			}
			return
		}
	})
}

// tiers: servers of later tiers stand by at some time.
func tiers(v *view) {
	eachPool(v, func(pool *decode.Pool, opts []diag.Option) {
		last, before := (*decode.Server)(nil), int64(0)
		for _, s := range pool.Servers {
			if last == nil || s.Tier.Val > last.Tier.Val {
				last = s
			}
		}
		if last == nil {
			return
		}
		for _, s := range pool.Servers {
			if s.Tier.Val < last.Tier.Val && s.Weight.Val > 0 {
				before++
			}
		}
		switch one := last.Tier.Val == 1 || before == 0; {
		case one && pool.TierAtLeast.Set:
			v.warn("HA4132", pool.TierAtLeast.At, fmt.Sprintf("tier_at_least does nothing: all servers of %s are of one tier", pool.Address),
				"It says how many servers of the tiers before must be up for those of a later one to stand by.",
				"Set `tier = 2` in servers that shall stand by, or remove it.", opts...)
		case !one && pool.TierAtLeast.Val > before:
			v.warn("HA4132", pool.TierAtLeast.At, fmt.Sprintf("server %q of %s never stands by", last.Name, pool.Address),
				fmt.Sprintf("It does while %d servers of the tiers before %d are up; %d of them take connections at all.", pool.TierAtLeast.Val, last.Tier.Val, before),
				fmt.Sprintf("Set tier_at_least to %d or less, or add servers.", before), append(opts, diag.See("tier", last.Tier.At))...)
		}
	})
}

// suspended: checks of a pool can rest, because VIPs hold all of its listeners.
func suspended(v *view) {
	seen := once{}
	held := map[string]map[netip.Addr]bool{}
	for _, p := range v.cfg.VIPs {
		for _, name := range p.Nodes {
			if held[name] == nil {
				held[name] = map[netip.Addr]bool{}
			}
			for _, a := range p.On(name).Addresses {
				held[name][a.Prefix.Val.Addr()] = true
			}
		}
	}
	for _, p := range v.cfg.Pools {
		for _, name := range p.Nodes {
			pool := p.On(name)
			if pool.Broken || !pool.Suspend.Val {
				continue
			}
			if len(pool.Marks) > 0 && seen.first(p.Address, "") {
				v.warn("HA4131", pool.Suspend.At, fmt.Sprintf("checks of %s never rest: it has firewall marks", p.Address),
					"They rest while the VIPs that hold the listeners are Active elsewhere. A mark is on no node alone.",
					"Remove `suspend`, or make a pool of the listeners alone.", about(p.Head, diag.OnNode(name), diag.See("fwmark", pool.Marks[0].At))...)
			}
			for _, l := range pool.Listen {
				if held[name][l.Val.Addr()] || !seen.first(p.Address, "") {
					continue
				}
				v.warn("HA4131", pool.Suspend.At, fmt.Sprintf("checks of %s never rest on %s: no VIP holds %s", p.Address, name, l.Val.Addr()),
					"They rest while the VIPs that hold the listeners are Active elsewhere. What no VIP holds is always here.",
					"Put the address into a vip of this node, or remove `suspend`.", about(p.Head, diag.OnNode(name), diag.See("listener", l.At))...)
			}
		}
	}
}
