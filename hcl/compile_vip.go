package hcl

import (
	"cmp"
	"net/netip"
	"slices"

	"ha/hcl/decode"
	"ha/hcl/schema"
	"ha/planner"
	"ha/vrrp"
)

// vips compiles the VIPs of a director: what the kernel holds while it is Active, and the elections.
func (k *compiler) vips() {
	for _, g := range k.cfg.SyncGroups {
		for _, ref := range g.Base.VIPs {
			k.groups[string(ref.Val)] = g.Address
		}
		if k.concerns(g.Base) {
			k.intent(g.On(k.node.Name).Object, g.Address)
		}
	}
	for _, p := range k.cfg.VIPs {
		if !k.here(p.Nodes) {
			continue
		}
		vip := p.On(k.node.Name)
		device := vip.InterfaceOn(k.node)
		placed := planner.VIP{Name: vip.Address, LifetimeMS: vip.Life().Milliseconds(), Rivals: k.rivals(p), Source: sourceOf(p.Def)}
		for _, a := range vip.Addresses {
			placed.Addresses = append(placed.Addresses, placeAddress(a, vip.DeviceOn(k.node, a)))
		}
		placed.Routes, placed.Rules = placeRoutes(vip.Routes), placeRules(vip.Rules)
		k.out.Plan.VIPs = append(k.out.Plan.VIPs, placed)
		k.instances(vip, device, k.tracks(p))
		k.transport(vip, p.Nodes)
		k.virtualInterfaces(vip, device)
		k.filters(vip)
		k.intent(vip.Object, vip.Address, append(append(k.peers(vip, p.Nodes), announceDefaults(k.settings())...), computed{"interface", device, k.node.Interface.At},
			computed{"lifetime", schema.Duration{}.Print(vip.Life()), vip.Interval.At})...)
	}
}

// rivals are the other nodes of a VIP's election, the best first.
func (k *compiler) rivals(p *decode.PerNode[decode.VIP]) []planner.Rival {
	var list []planner.Rival
	for _, name := range p.Nodes {
		if name != k.node.Name {
			vip := p.On(name)
			list = append(list, planner.Rival{Node: name, Priority: uint8(vip.Priority.Val), Preempt: vip.Preempt.Val})
		}
	}
	slices.SortStableFunc(list, func(a, b planner.Rival) int { return cmp.Compare(b.Priority, a.Priority) })
	return list
}

// concerns tells whether a member of a sync group is on the node.
func (k *compiler) concerns(g *decode.SyncGroup) bool {
	for _, ref := range g.VIPs {
		for _, p := range k.cfg.VIPs {
			if p.Address == string(ref.Val) && k.here(p.Nodes) {
				return true
			}
		}
	}
	return false
}

// placeAddress is an address with its place. IPv6 addresses are added without duplicate address detection: with it
// they answer nothing for a second, and an address that the old Active node still holds stays unusable.
func placeAddress(a decode.Address, device string) planner.PlacedAddress {
	prefix := a.Prefix.Val
	value := planner.Address{
		Label: a.Label.Val, Scope: scopeOf(a.Scope.Val), Broadcast: a.Broadcast.Val, Peer: a.Peer.Val, NoDAD: prefix.Addr().Is6(),
	}
	if prefix.Addr().Is6() && prefix.Addr().IsLinkLocalUnicast() {
		value.Scope = planner.ScopeLink // the kernel derives it from the address
	}
	value.Options = planner.AddressOptions{
		Deprecated: a.Deprecated(), NoPrefixRoute: a.PrefixRoute.Set && !a.PrefixRoute.Val, Home: a.Home.Val, Temporaries: a.Temporaries.Val,
	}
	return planner.PlacedAddress{
		Key: planner.AddressKey{Device: device, Prefix: prefix}, Value: value, Source: sourceOf(a.Prefix.At),
	}
}

func scopeOf(word string) planner.Scope {
	switch word {
	case "site":
		return planner.ScopeSite
	case "link":
		return planner.ScopeLink
	case "host":
		return planner.ScopeHost
	}
	return planner.ScopeGlobal
}

// instances makes one election per address family. Two of one VIP move together, as do those of a sync group.
func (k *compiler) instances(vip *decode.VIP, device string, tracks []vrrp.Track) {
	var four, local, six []netip.Addr
	for _, a := range vip.Addresses {
		switch ip := a.Prefix.Val.Addr(); {
		case a.Silent: // moves with the others
		case ip.Is4():
			four = append(four, ip)
		case ip.IsLinkLocalUnicast():
			local = append(local, ip)
		default:
			six = append(six, ip)
		}
	}
	six = append(local, six...) // RFC 9568 section 5.2.9: the first is link-local
	group := k.groups[vip.Address]
	if group == "" && len(four) > 0 && len(six) > 0 {
		group = vip.Address
	}
	add := func(suffix string, list []netip.Addr, ipv6 bool) {
		if len(list) == 0 {
			return
		}
		k.out.Instances = append(k.out.Instances, vrrp.Instance{
			Name: vip.Address + suffix, VIP: vip.Address, Group: group, Interface: device, Addresses: list,
			StartDelay: vip.StartDelay.Val, Debounce: k.debounce(device), AnyLink: !vip.TrackPrimary.Val, Tracks: tracks,
			Config: vrrp.Config{
				VRID: uint8(vip.VRID.Val), Version: uint8(vip.Version.Val), IPv6: ipv6, Priority: uint8(vip.Priority.Val),
				Interval: vip.Interval.Val, Preempt: vip.Preempt.Val, PreemptDelay: vip.PreemptDelay.Val, Quiet: !vip.Answer.Val,
				DownAdverts: downAdverts(vip),
				Announce:    k.announce(vip),
			},
		})
	}
	add("/ipv4", four, false)
	add("/ipv6", six, true)
}
