package check

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"ha/hcl/decode"
	"ha/hcl/diag"
	"ha/hcl/schema"
)

// nodeAddresses: the address of a node is its own, and servers have one.
func nodeAddresses(v *view) {
	first := map[netip.Addr]*decode.Node{}
	for _, n := range v.cfg.Nodes {
		if !n.Addr.Set {
			if !n.Director() && !n.Broken {
				v.fail("HA2101", n.At, n.Address+" has no address", "Servers are recognised by their address.",
					`Set the address by which the directors reach it: address = "192.0.2.31".`, about(n.Head)...)
			}
			continue
		}
		other, twice := first[n.Addr.Val]
		if !twice {
			first[n.Addr.Val] = n
			continue
		}
		v.fail("HA4017", n.Addr.At, fmt.Sprintf("%s and %s have the same address %s", n.Address, other.Address, n.Addr.Val),
			"Real servers are recognised by the address of their node, so it must be that of one machine.",
			"Give each node its own address.", about(n.Head, diag.See(other.Address, other.Addr.At))...)
	}
}

// roles: VIPs and pools live on directors.
func roles(v *view) {
	check := func(h decode.Head) {
		for _, ref := range nodeRefs(h.Object) {
			for _, n := range v.cfg.Nodes {
				if n.Address == string(ref.Val) && !n.Director() && !n.Broken {
					v.fail("HA4016", ref.At, fmt.Sprintf("%s names %s, which is a server", h.Address, n.Address),
						"Only directors run elections and balance; nodes with role \"server\" answer behind them.",
						"Remove it from nodes, or make it a director.", about(h, diag.See("its role", n.Role.At))...)
				}
			}
		}
	}
	for _, p := range v.cfg.VIPs {
		check(p.Head)
	}
	for _, p := range v.cfg.Pools {
		check(p.Head)
	}
	for _, p := range v.cfg.BFDs {
		check(p.Head)
	}
}

// overlays: an overlay is for a node where the block is in force.
func overlays(v *view) {
	for _, p := range v.cfg.VIPs {
		v.overlaysOf(p.Head, p.Overlays, p.Nodes)
	}
	for _, p := range v.cfg.Pools {
		v.overlaysOf(p.Head, p.Overlays, p.Nodes)
	}
	for _, p := range v.cfg.BFDs {
		v.overlaysOf(p.Head, p.Overlays, p.Nodes)
	}
	for _, p := range v.cfg.Statics {
		v.overlaysOf(p.Head, p.Overlays, p.Nodes)
	}
}

func (v *view) overlaysOf(h decode.Head, overlays []*decode.Object, nodes []string) {
	if len(overlays) == 0 {
		return
	}
	in := map[string]bool{}
	for _, n := range nodes {
		in[n] = true
	}
	for _, o := range overlays {
		n := v.nodes[o.Node]
		if n == nil || in[o.Node] || n.Broken || h.Broken {
			continue
		}
		why, opts := "It is for all directors, and the node is a server.", about(h, diag.OnNode(o.Node), diag.See("its role", n.Role.At))
		if c := h.Object.Cell("nodes"); c.State == decode.Set {
			why, opts = "It is only for the nodes that it lists.", about(h, diag.OnNode(o.Node), diag.See("nodes", h.Object.At("nodes")))
		}
		v.fail("HA4018", o.NameRange(), fmt.Sprintf("%s is not in force on %s, so this overlay never is", h.Address, n.Address), why,
			"Add the node to `nodes`, or remove the overlay.", opts...)
	}
}

// inForce: a block that is on no node does nothing.
func inForce(v *view) {
	check := func(h decode.Head, nodes []string) {
		switch {
		case len(nodes) > 0:
			return
		case h.Object.Cell("nodes").State == decode.Set:
			v.fail("HA4026", h.Object.At("nodes"), h.Address+" is on no node: nodes is an empty list", "",
				"List nodes, or leave the argument out for all directors.", about(h)...)
			return
		}
		v.fail("HA4026", h.At, h.Address+" is on no node", "It is for all directors where it does not list nodes, and there is no director.",
			"Add a node block, for example `node \"lb1\" { address = \"192.0.2.11\" }`, or list nodes.", about(h)...)
	}
	for _, p := range v.cfg.VIPs {
		check(p.Head, p.Nodes)
	}
	for _, p := range v.cfg.Pools {
		check(p.Head, p.Nodes)
	}
	for _, p := range v.cfg.BFDs {
		check(p.Head, p.Nodes)
	}
	for _, p := range v.cfg.Statics {
		check(p.Head, p.Nodes)
	}
}

// nodeRefs are the references of the argument `nodes`.
func nodeRefs(o *decode.Object) []decode.Arg[schema.Address] { return decode.Refs(o, "nodes") }

// requiredVersion: the files may ask for a version of ha.
func requiredVersion(v *view, version string) {
	c := v.cfg.Cluster
	if version == "" || !c.Required.Set || c.Required.Val.Allows(version) {
		return
	}
	v.fail("HA4030", c.Required.At, fmt.Sprintf("this is ha %s, and the configuration wants %s", strings.TrimPrefix(version, "v"), c.Required.Val),
		"An older or newer version may read the same files differently.", "Install a version that fits, or change required_version.", about(c.Head)...)
}

// interfaces: a VIP needs an interface on each of its nodes.
func interfaces(v *view) {
	for _, p := range v.cfg.VIPs {
		if p.Broken {
			continue
		}
		var missing []string
		var at hcl.Range
		for _, name := range v.directors(p.Nodes) {
			n := v.nodes[name]
			if n.Broken || n.Object.Cell("interface").State == decode.Failed {
				continue
			}
			if vip := p.On(name); !vip.Broken && vip.InterfaceOn(n) == "" {
				if len(missing) == 0 {
					at = n.At
				}
				missing = append(missing, name)
			}
		}
		if len(missing) == 0 {
			continue
		}
		v.fail("HA4006", p.At, fmt.Sprintf("%s has no interface on %s", p.Address, strings.Join(missing, ", ")),
			"The interface of a VIP is its own or the default of the node, and neither is set.",
			"Add `interface = \"eth0\"` to the vip, or to the node for all its VIPs.", about(p.Head, diag.OnNode(missing[0]), diag.See("the node", at))...)
	}
}
