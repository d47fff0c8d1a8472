package check

import (
	"fmt"
	"slices"
	"time"

	"ha/hcl/decode"
	"ha/hcl/diag"
)

// trackedThings: checks have a target, pools are there and large enough.
func trackedThings(v *view) {
	told := map[string]bool{}
	for _, p := range v.cfg.VIPs {
		if p.Broken {
			continue
		}
		for _, c := range contenders(v, p) {
			for _, s := range c.stakes {
				if told[s.Track.Name] {
					continue
				}
				told[s.Track.Name] = s.Check != "" && (v.aimless(p, s) || v.offPath(p, s)) || s.Pool != "" && v.unfitPool(p, c, s)
			}
		}
	}
}

// aimless: a check outside a pool has no server to probe.
func (v *view) aimless(p *decode.PerNode[decode.VIP], s Stake) bool {
	check := v.checks[string(s.Check)]
	if check != nil && !check.Broken && check.Watched() && s.Block != nil && s.Block.Target.Set {
		v.fail("HA4085", s.Block.Target.At, fmt.Sprintf("%s gives %s a target, and it has none", s.Label, s.Check),
			"A check of this kind is about the node itself.", "Remove the target.", about(p.Head, diag.See(string(s.Check), check.At))...)
		return true
	}
	if check == nil || check.Broken || check.Local() || s.Target.IsValid() {
		return false
	}
	help := "Set `target` in the check, for example to \"192.0.2.31:5432\"."
	at := s.At
	if s.Block != nil {
		at, help = s.Block.Check.At, "Add for example `target = \"192.0.2.31:5432\"` here or in the check."
	}
	v.fail("HA4085", at, fmt.Sprintf("%s does not say what %s probes", s.Label, s.Check),
		"A check that stands in no pool has no server whose address it could probe.", help, about(p.Head, diag.See(string(s.Check), check.At))...)
	return true
}

// offPath: a check outside a pool has no listeners to ask for.
func (v *view) offPath(p *decode.PerNode[decode.VIP], s Stake) bool {
	check := v.checks[string(s.Check)]
	if check == nil || check.Broken || !check.DataPath.Val {
		return false
	}
	at := s.At
	if s.Block != nil {
		at = s.Block.Check.At
	}
	v.fail("HA4054", at, fmt.Sprintf("%s cannot follow %s, which goes by way of the servers of a pool", s.Label, s.Check),
		"With data_path a check probes the listeners of the pools that refer to it.", "Refer to the pool, or to a check without data_path.",
		about(p.Head, diag.See("data_path", check.DataPath.At))...)
	return true
}

// unfitPool: the pool of a stake is on the node, and has as many servers as must be up.
func (v *view) unfitPool(p *decode.PerNode[decode.VIP], c contender, s Stake) bool {
	pool := v.pools[string(s.Pool)]
	if pool == nil || pool.Broken || pool.On(c.node).Broken {
		return false
	}
	at, size := s.At, s.At
	if s.Block != nil {
		at, size = s.Block.Pool.At, s.Block.AtLeast.At
	}
	if !slices.Contains(pool.Nodes, c.node) {
		v.fail("HA4086", at, fmt.Sprintf("%s is not on %s, where %s tracks it", s.Pool, c.node, p.Address),
			"Each node sees with its own checks how many servers are up.", "Give both the same `nodes`.", about(p.Head, diag.OnNode(c.node), diag.See(string(s.Pool), pool.At))...)
		return true
	}
	n, checked := 0, false
	for _, server := range pool.On(c.node).Servers {
		if server.Weight.Val > 0 {
			n++
		}
		checked = checked || len(pool.On(c.node).Checks)+len(pool.On(c.node).Inline)+len(server.Checks)+len(server.Inline) > 0 || server.BFD.Set
	}
	switch {
	case s.Track.AtLeast > n:
		v.fail("HA4086", size, fmt.Sprintf("%s never has %s up", s.Pool, count(s.Track.AtLeast, "server")),
			fmt.Sprintf("Of its servers, %d may take connections.", n),
			"Lower `at_least`, or add servers.", about(p.Head, diag.OnNode(c.node), diag.See(string(s.Pool), pool.At))...)
	case !checked:
		v.warn("HA4080", at, fmt.Sprintf("%s can never move %s", s.Label, p.Address), fmt.Sprintf("No server of %s is checked, so all are always up.", s.Pool),
			"Add a check to the pool.", about(p.Head, diag.See(string(s.Pool), pool.At))...)
	default:
		return false
	}
	return true
}

// patience: a node that believes in its interface longer than the others wait is Active beside another one.
func patience(v *view) {
	told := map[string]bool{}
	for _, p := range v.cfg.VIPs {
		for _, c := range contenders(v, p) {
			device, interval := c.vip.InterfaceOn(v.nodes[c.node]), c.vip.Interval.Val
			link := v.cfg.Settings.On(c.node).Link(device)
			most := time.Duration(c.vip.DownAdverts.Val-1)*interval - interval/256
			if link == nil || link.Broken || link.Down.Val < most || link.Down.Val == 0 || !c.vip.TrackPrimary.Val || told[link.Address] {
				continue
			}
			told[link.Address] = true
			v.warn("HA4087", link.Down.At, fmt.Sprintf("%s is believed to be up for %v, and %s is taken over before that", device, link.Down.Val, p.Address),
				"The node goes on as Active until the delay ends, while another one already is: both answer, each to those that reach it.",
				fmt.Sprintf("Set down_delay below %v, or a longer interval.", most.Round(time.Millisecond)),
				about(link.Head, diag.OnNode(c.node), diag.See(p.Address, p.At))...)
		}
	}
}
