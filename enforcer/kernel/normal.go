package kernel

import (
	"net/netip"
	"strings"

	"ha/planner"
)

// Normal is an object as it reads back after it was written; see the package's documentation. A value of another kind than
// the key's comes back as it is.
func Normal(key planner.Key, value any) (planner.Key, any) {
	switch k := key.(type) {
	case planner.AddressKey:
		if v, ok := value.(planner.Address); ok {
			return k, normalAddress(k, v)
		}
	case planner.RouteKey:
		v, ok := value.(planner.Route)
		k, v = normalRoute(k, v)
		if ok {
			return k, v
		}
		return k, value
	case planner.RuleKey:
		return k.Normal(), value
	case planner.SysctlKey:
		if v, ok := value.(planner.Sysctl); ok {
			return k, normalSysctl(v)
		}
	case planner.SyncDaemonKey:
		if v, ok := value.(planner.SyncDaemon); ok {
			return k, normalSync(v)
		}
	case planner.VirtualServerKey:
		if v, ok := value.(planner.VirtualServer); ok {
			return k, normalVirtualServer(k, v)
		}
	case planner.RealServerKey:
		if v, ok := value.(planner.RealServer); ok {
			return k, normalRealServer(v)
		}
	case planner.InterfaceKey, planner.FilterKey: // reads as it was written
	}
	return key, value
}

// normalAddress is the value as it reads back: without what the key's family does not have, and without a label
// that says no more than the device's name.
func normalAddress(key planner.AddressKey, v planner.Address) planner.Address {
	v.Options = v.Options.Normal(key)
	if key.Prefix.Addr().Is6() {
		v.Scope, v.Label = planner.ScopeGlobal, ""
	} else {
		v.NoDAD = false
	}
	if v.Label == key.Device {
		v.Label = ""
	}
	return v
}

// normalRoute is a route as it reads back: an IPv6 route has neither scope nor realms, its next hops have an order of
// their own, and with metric 0 it is the one with metric 1024; no type is unicast.
func normalRoute(key planner.RouteKey, v planner.Route) (planner.RouteKey, planner.Route) {
	if key.From.IsValid() && key.From.Bits() == 0 {
		key.From = netip.Prefix{}
	}
	if key.Destination.Addr().Is6() {
		v.Scope, v.Realms, v.NextHops = planner.ScopeGlobal, 0, planner.NormalHops(v.NextHops, true)
		if key.Metric == 0 {
			key.Metric = ipv6Metric
		}
	} else {
		v.Preference = planner.PreferenceMedium
	}
	if v.Type == 0 {
		v.Type = planner.Unicast
	}
	return key, v
}

// normalVirtualServer is the value as it reads back: managed flags only, and a whole address where no netmask is given.
func normalVirtualServer(key planner.VirtualServerKey, v planner.VirtualServer) planner.VirtualServer {
	v.Flags &= managedFlags
	if v.Netmask == 0 {
		v.Netmask = 32
		if serviceID(key).IPv6 {
			v.Netmask = 128
		}
	}
	return v
}

// normalRealServer is the value as it reads back: only tunnels have options.
func normalRealServer(v planner.RealServer) planner.RealServer {
	if v.Forwarding != planner.Tunnel {
		v.Tunnel = planner.TunnelOptions{}
	}
	return v
}

// normalSysctl is a value as it reads back: white space around and between its parts is one blank each.
func normalSysctl(v planner.Sysctl) planner.Sysctl {
	return planner.Sysctl(strings.Join(strings.Fields(string(v)), " "))
}
