package planner

import "net/netip"

// impact says what clients notice of a change.
func (d *differ) impact(c Change) Impact {
	if _, ok := c.Key.(FilterKey); ok {
		return d.filterImpact(c)
	}
	if c.Action == Create || c.Action == Adopt || c.Action == Release {
		return ImpactNone
	}
	switch k := c.Key.(type) {
	case AddressKey:
		if c.Action == Update {
			return ImpactNone // it stays; only its options change
		}
		return d.addressImpact(k)
	case RouteKey, RuleKey:
		if o, ok := d.ix.Origin(k); ok && o.VIP && c.Action == Delete {
			return ImpactNone // it goes with its VIP
		}
		if c.Action == Delete {
			return ImpactExistingConnections
		}
		return ImpactNewConnections
	case VirtualServerKey:
		switch {
		case !d.serving(k):
			return ImpactNone
		case c.Action == Delete:
			return ImpactOutage
		}
		return ImpactNewConnections
	case RealServerKey:
		return d.serverImpact(k, c)
	case InterfaceKey:
		if _, stays := d.desired.Interfaces[k]; !stays || c.Action == Update {
			return ImpactNone // what stands on it says what it costs
		}
		return ImpactExistingConnections
	case SysctlKey, FilterKey, SyncDaemonKey:
	}
	return ImpactNone
}

func (d *differ) addressImpact(k AddressKey) Impact {
	if d.stays == nil {
		d.stays = make(map[netip.Addr]bool, len(d.desired.Addresses))
		for k := range d.desired.Addresses {
			d.stays[k.Prefix.Addr()] = true
		}
	}
	if d.stays[k.Prefix.Addr()] {
		return ImpactNewConnections // replaced, or with another length or interface: they wait for a moment
	}
	if o, ok := d.ix.Origin(k); ok && o.VIP {
		return ImpactNone // not Active here: another node answers
	}
	if o, ok := d.ix.formerly(k); ok && o.VIP {
		return ImpactOutage
	}
	return ImpactExistingConnections
}

func (d *differ) serverImpact(k RealServerKey, c Change) Impact {
	if !d.serving(k.Service) {
		return ImpactNone
	}
	before, _ := c.Before.(RealServer)
	after, _ := c.After.(RealServer)
	switch {
	case c.Action == Delete && before.Weight > 0:
		return ImpactExistingConnections
	case c.Action == Delete: // took no new ones: drained
		return ImpactNone
	case before.Forwarding == Tunnel && after.Forwarding == Tunnel && before.normal().Tunnel != after.normal().Tunnel:
		return ImpactExistingConnections // they ask the server how to wrap each packet
	case before.Weight > 0 && after.Weight == 0, before.Forwarding != after.Forwarding:
		return ImpactNewConnections
	}
	return ImpactNone
}

// serving tells whether clients reach a service here: not while its VIP is on another node. Firewall marks and
// addresses of no VIP are taken for reached.
func (d *differ) serving(k VirtualServerKey) bool {
	if k.FWMark != 0 {
		return true
	}
	a := k.Addr.Addr()
	if d.ix.VIPOf(a) == "" && (d.ix == nil || d.ix.previous.VIPOf(a) == "") {
		return true
	}
	if d.held == nil {
		d.held = heldAddresses(d.live, d.ix.servesBehind)
	}
	return d.held[a]
}

// heldAddresses are the addresses that the machine has, but for those that it has behind another.
func heldAddresses(live State, behind func(AddressKey) bool) map[netip.Addr]bool {
	held := make(map[netip.Addr]bool, len(live.Addresses))
	for k := range live.Addresses {
		if !behind(k) {
			held[k.Prefix.Addr()] = true
		}
	}
	for device, l := range live.Links {
		for _, p := range l.Addresses {
			if !behind(AddressKey{Device: device, Prefix: p}) {
				held[p.Addr()] = true
			}
		}
	}
	return held
}
