package planner

import "strconv"

// name names an object as the plans know it: the present one first, then the one before.
func (d *differ) name(k Key) string {
	o, ok := d.ix.Origin(k)
	if !ok {
		o, _ = d.ix.formerly(k)
	}
	several := true
	if server, isServer := k.(RealServerKey); isServer {
		pool, _ := d.ix.server(server)
		several = pool == nil || len(pool.Listeners) > 1
	}
	return nameOf(o.Unit, k, several)
}

func (d *differ) source(k Key) Source {
	o, ok := d.ix.Origin(k)
	if !ok {
		o, _ = d.ix.formerly(k)
	}
	return o.Source
}

// nameOf names an object for people: its unit, where one is known, and what the kernel calls it. A real server
// is told from itself behind another service where there are several.
func nameOf(unit string, k Key, several bool) string {
	name := objectName(k)
	if server, ok := k.(RealServerKey); ok && several {
		name += " behind " + serviceName(server.Service)
	}
	if unit == "" {
		return name
	}
	return unit + " " + name
}

func objectName(k Key) string {
	switch k := k.(type) {
	case AddressKey:
		return "address " + k.Prefix.String() + " dev " + k.Device
	case RouteKey:
		name := "route " + k.Destination.String()
		if k.Table != tableMain {
			name += " table " + strconv.FormatUint(uint64(k.Table), 10)
		}
		if usual := k.Destination.Addr().Is6() && k.Metric == 1024; k.Metric != 0 && !usual {
			name += " metric " + strconv.FormatUint(uint64(k.Metric), 10)
		}
		for _, only := range k.only() {
			name += " " + only
		}
		return name
	case RuleKey:
		name := "rule " + strconv.FormatUint(uint64(k.Priority), 10) + " " + k.words()
		if k.IPv6 && !k.From.IsValid() && !k.To.IsValid() {
			name += " IPv6"
		}
		return name
	case FilterKey:
		return "filter " + k.words()
	case InterfaceKey:
		return "interface " + string(k)
	case SysctlKey:
		return k.words()
	case VirtualServerKey:
		return "service " + serviceName(k)
	case RealServerKey:
		return "server " + k.Server.String()
	case SyncDaemonKey:
		return "sync " + string(k)
	}
	return ""
}

func serviceName(k VirtualServerKey) string {
	if k.FWMark == 0 {
		return k.Addr.String() + "/" + k.Protocol.String()
	}
	family := "IPv4"
	if k.IPv6 {
		family = "IPv6"
	}
	return "fwmark " + strconv.FormatUint(uint64(k.FWMark), 10) + " " + family
}
