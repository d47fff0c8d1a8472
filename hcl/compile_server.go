package hcl

import (
	"net/netip"

	"ha/hcl/check"
	"ha/planner"
)

// serverSide compiles what a real server needs for direct routing and tunnels: the ends of the tunnels, and the listeners'
// addresses where nobody asks for them by ARP. They are never the source of what the node begins itself. The sysctls that keep it
// so come from [check.Sysctls].
func (k *compiler) serverSide() {
	ends := check.Ends(k.cfg, k.node)
	for _, e := range ends {
		k.placeEnd(e.Pool.Address, e.Name, planner.Interface{Kind: planner.InterfaceKind(e.Kind), Local: e.Local}, sourceOf(e.Pool.Def))
	}
	type place struct {
		device string
		ip     netip.Addr
	}
	taken := map[place]bool{}
	dummy := k.node.VIPs.Val == "lo"
	for _, serving := range check.Servings(k.cfg, k.node) {
		at := sourceOf(serving.Pool.Def)
		for _, l := range serving.Pool.Listen {
			ip := l.Val.Addr()
			for _, device := range serving.Devices(k.node, ends, ip) {
				if !dummy && device == k.node.VIPs.Val {
					dummy = true
					k.placeEnd(serving.Pool.Address, device, planner.Interface{Kind: planner.Dummy}, at)
				}
				if taken[place{device, ip}] {
					continue // another port or pool with the same address
				}
				taken[place{device, ip}] = true
				value := planner.Address{Scope: planner.ScopeHost}
				if ip.Is6() {
					value = planner.Address{NoDAD: true, Options: planner.AddressOptions{Deprecated: true}}
				}
				s := &k.out.Plan.Statics[k.static(serving.Pool.Address, at)]
				s.Addresses = append(s.Addresses, planner.PlacedAddress{
					Key:   planner.AddressKey{Device: device, Prefix: netip.PrefixFrom(ip, ip.BitLen())},
					Value: value, Source: sourceOf(l.At),
				})
			}
		}
	}
}

// placeEnd places an interface that stands on no other.
func (k *compiler) placeEnd(owner, name string, v planner.Interface, at planner.Source) {
	v.Up = true
	s := &k.out.Plan.Statics[k.static(owner, at)]
	s.Interfaces = append(s.Interfaces, planner.PlacedInterface{Key: planner.InterfaceKey(name), Value: v, Source: at})
}

// follow lets the services of pools that the director is a real server of, behind another director, stand only while their VIPs
// are Active here: else it would balance anew what the other hands to it.
func (k *compiler) follow() {
	served := map[string]bool{}
	for _, s := range check.Servings(k.cfg, k.node) {
		served[s.Pool.Address] = true
	}
	for i := range k.out.Plan.Pools {
		pool := &k.out.Plan.Pools[i]
		if !served[pool.Name] {
			continue
		}
		for j := range pool.Listeners {
			pool.Listeners[j].When = check.VIPOf(k.cfg, k.node, pool.Listeners[j].Key.Addr.Addr())
		}
	}
}
