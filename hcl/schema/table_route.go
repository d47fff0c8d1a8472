package schema

import "github.com/zclconf/go-cty/cty"

// routeBlock is a route, of a VIP or always there.
func routeBlock() *Block {
	return &Block{
		Type: "route",
		Labels: []Label{{
			Name: "destination", Kind: Prefix{Network: true},
			Doc: "The network that the route leads to; `0.0.0.0/0` and `::/0` are the default routes.",
		}},
		Doc: "A route: one that is always there, or one of a VIP, which stands while the VIP is Active on the node. Several routes lead to one " +
			"network where they differ in table, metric, tos or from. A route that somebody removes is put back. Routes come in the order in " +
			"which one is reached through another.",
		Args: append(append(wayArgs(), routeArgs()...), routeMetrics()...),
		Blocks: []Nested{
			{Block: nextHopBlock()},
			{Block: encapBlock(), Max: 1, Switch: true},
		},
		Rules: []Rule{
			{
				Name: "route has a way", Args: []string{"gateway", "device", "type"},
				Doc: "A unicast route has a gateway, a device, or both, or else next_hop blocks; local, broadcast and anycast routes have a device; the " +
					"types that take packets nowhere have neither.",
			},
			{
				Name: "route is of one family", Args: []string{"gateway", "source", "from"},
				Doc: "Source, from and gateway are of the family of the destination, except that an IPv4 route may have an IPv6 gateway.",
			},
			{Name: "onlink has both", Args: []string{"onlink", "gateway", "device"}, Doc: "onlink needs a gateway and a device."},
			{Name: "link-local has a device", Args: []string{"gateway", "device"}, Doc: "Link-local addresses are the same on every link, so such a gateway needs a device."},
			{
				Name: "route scope fits", Args: []string{"scope"},
				Doc: "IPv6 routes have no scope; that of an IPv4 route of the type local is host, and of broadcast and anycast link or host.",
			},
			{Name: "route is for packets", Args: []string{"tos", "from"}, Doc: "Only IPv4 routes are for a type of service, and only IPv6 routes for a source."},
			{
				Name: "next hops fit", Args: []string{"gateway"},
				Doc: "A route has next_hop blocks, or a way of its own. A next hop has a gateway, a device, or both; in IPv6 always a gateway, each once.",
			},
			{Name: "realms are IPv4", Args: []string{"realms"}, Doc: "Only IPv4 has realms."},
			{
				Name: "encap fits the route", Args: []string{"type"},
				Doc: "Only packets that go somewhere can be wrapped; segments are put into packets (`inline`) of IPv6 only.",
			},
			{Name: "preference fits", Args: []string{"preference"}, Doc: "Only IPv6 routes have a preference (RFC 4191)."},
			{Name: "locks are set", Args: []string{"lock"}, Doc: "A lock keeps the kernel from changing a metric, so that metric needs a value."},
		},
	}
}

// routeKey is what tells routes to one network apart, as the kernel does.
func routeKey() []string { return []string{"table", "metric", "tos", "from"} }

// wayArgs are where packets go, in a route with one way and in each next hop of one with several.
func wayArgs() []Arg {
	return []Arg{
		{
			Name: "gateway", Kind: Addr{}, Default: Default{Text: "none: the network is on the link"},
			Doc: "Router that packets are handed to.", Example: `"10.0.0.254"`, Keepalived: "via", Impact: "existing-connections",
		},
		{
			Name: "device", Kind: Interface(), Default: Default{Text: "the gateway decides"},
			Doc: "Interface that packets leave by.", Example: `"eth1"`, Keepalived: "dev", Impact: "existing-connections",
		},
		{
			Name: "onlink", Kind: Bool{}, Default: value(cty.False),
			Doc:     "Takes the gateway for a neighbour on `device` although no address says so; needs both.",
			Example: "true", Keepalived: "onlink", Impact: "none",
		},
		{
			Name: "realms", Kind: Realms{}, Default: Default{Text: "none"},
			Doc: "Realms of IPv4 traffic that goes this way, for rules and for traffic control.", Example: `"3/4"`, Keepalived: "realms", Impact: "none",
		},
	}
}

func routeArgs() []Arg {
	return []Arg{
		{
			Name: "source", Kind: Addr{}, Default: Default{Text: "the kernel's choice"},
			Doc: "Source address that the node's own packets prefer.", Example: `"10.0.0.1"`, Keepalived: "src", Impact: "new-connections",
		},
		{
			Name: "metric", Kind: Int{Min: 0, Max: 4294967295}, Default: Default{Text: "0; 1024 for IPv6"},
			Doc: "Of several routes to one network the lowest metric wins.", Example: "100", Keepalived: "metric", Impact: "existing-connections",
		},
		{
			Name: "table", Kind: TableNumber(), Default: Default{Text: "254 (main); 255 (local) for the types local, broadcast and anycast"},
			Doc: "Routing table.", Example: "100", Keepalived: "table", Impact: "existing-connections",
		},
		{
			Name: "tos", Kind: TypeOfService(), Default: value(cty.NumberIntVal(0)),
			Doc: "Type of service of the packets that an IPv4 route is for: a multiple of 4; 0 is any.", Example: "16", Keepalived: "tos", Impact: "existing-connections",
		},
		{
			Name: "from", Kind: Prefix{Network: true}, Default: Default{Text: "any"},
			Doc:     "Network of the source of the packets that an IPv6 route is for. Longer destinations go before longer sources.",
			Example: `"2001:db8:1::/48"`, Keepalived: "from", Impact: "existing-connections",
		},
		{
			Name: "scope", Kind: Enum{Values: scopes()},
			Default: Default{Text: "as the type and the gateway want it; IPv6 is always global"},
			Doc: "Scope of an IPv4 route. By default it is host for the type local, link for broadcast, anycast and multicast and for what has no gateway, " +
				"and else global.",
			Example: `"link"`, Keepalived: "scope", Impact: "none",
		},
		{
			Name: "type", Kind: Enum{Values: []string{
				"unicast", "local", "broadcast", "anycast", "multicast", "blackhole", "unreachable", "prohibit", "throw",
			}}, Default: value(cty.StringVal("unicast")),
			Doc: "What happens to packets: they go on; are for the node itself (`local`), as all destinations of a transparent proxy are; vanish, are refused in " +
				"one of two ways, or are looked up by the next rule (`throw`). The kernel makes broadcast, anycast and multicast routes itself for the addresses " +
				"that are placed.",
			Example: `"blackhole"`, Keepalived: "blackhole", Impact: "existing-connections",
		},
		{
			Name: "mtu", Kind: Int{Min: 0, Max: 65520, Unit: "bytes", Why: metricBounds}, Default: value(cty.NumberIntVal(0)),
			Doc: "Largest packet in bytes; 0 is that of the device.", Example: "1400", Keepalived: "mtu", Impact: "none",
		},
	}
}

// nextHopBlock is one of several ways of a route.
func nextHopBlock() *Block {
	return &Block{
		Type: "next_hop",
		Doc: "One of the ways of a route, which share its traffic according to their weights: by source and destination address, or as the sysctl " +
			"`net.ipv4.fib_multipath_hash_policy` (IPv6 likewise) says. The kernel leaves out a way while its device is down; one that has lost its " +
			"carrier only where `net.ipv4.conf.all.ignore_routes_with_linkdown` is 1. A route with one next_hop block is one with these arguments itself.",
		Args: append(wayArgs(), Arg{
			Name: "weight", Kind: Int{Min: 1, Max: 256}, Default: value(cty.NumberIntVal(1)),
			Doc: "Share of the traffic, as a proportion to the others.", Example: "3", Keepalived: "weight", Impact: "existing-connections",
		}),
		Blocks: []Nested{{Block: encapBlock(), Max: 1, Switch: true}},
		Rules: []Rule{
			{Name: "onlink has both", Args: []string{"onlink", "gateway", "device"}, Doc: "onlink needs a gateway and a device."},
			{Name: "link-local has a device", Args: []string{"gateway", "device"}, Doc: "Link-local addresses are the same on every link, so such a gateway needs a device."},
		},
	}
}

// encapBlock is how packets are wrapped: a light-weight tunnel of linux/lwtunnel.h.
func encapBlock() *Block {
	tunnel, mpls, segments := []string{"ip"}, []string{"mpls"}, []string{"seg6"}
	const impact = "existing-connections"
	return &Block{
		Type:   "encap",
		Labels: []Label{{Name: "kind", OneOf: []string{"mpls", "ip", "seg6"}, Doc: "mpls: labels in front of the packet; ip: the key and the ends of a tunnel, for a device that takes them from the route; seg6: segments of IPv6 (RFC 8754)."}},
		Doc: "How packets are wrapped on the way. The kernel must have it: mpls needs the module mpls_iptunnel, seg6 a kernel built with it. There is no ila (the draft " +
			"behind it has expired), no HMAC in seg6 (its keys stand outside of routes), and no options of GENEVE and VXLAN. A route whose live encapsulation says " +
			"more than the configuration can say differs from it, and is set right. keepalived's ip6 is `ip` with IPv6 addresses here.",
		Args: []Arg{
			{
				Name: "labels", Kind: List{Elem: Int{Min: 0, Max: 1048575, Why: "A label has 20 bits (RFC 3032 section 2.1)."}}, Required: true, Only: mpls,
				Doc: "MPLS labels, the outermost first.", Example: "[100, 200]", Keepalived: "mpls", Impact: impact,
			},
			{
				Name: "ttl", Kind: Int{Min: 1, Max: 255}, Default: Default{Text: "that of the packet, or of the device"}, Only: []string{"mpls", "ip"},
				Doc: "TTL or hop limit of what is in front of the packet.", Example: "64", Keepalived: "ttl", Impact: "none",
			},
			{
				Name: "id", Kind: Int{Min: 0, Max: 1<<63 - 1}, Default: value(cty.NumberIntVal(0)), Only: tunnel,
				Doc: "Identifier of the tunnel: its key, or the VNI of VXLAN; 0 is none.", Example: "42", Keepalived: "id", Impact: impact,
			},
			{
				Name: "destination", Kind: Addr{}, Required: true, Only: tunnel,
				Doc: "Far end of the tunnel.", Example: `"198.51.100.9"`, Keepalived: "dst", Impact: impact,
			},
			{
				Name: "source", Kind: Addr{}, Default: Default{Text: "as routed"}, Only: tunnel,
				Doc: "Near end of the tunnel.", Example: `"192.0.2.1"`, Keepalived: "src", Impact: impact,
			},
			{
				Name: "tos", Kind: Int{Min: 0, Max: 255}, Default: value(cty.NumberIntVal(0)), Only: tunnel,
				Doc: "Type of service or traffic class of the outer header.", Example: "16", Keepalived: "tos", Impact: "none",
			},
			{
				Name: "flags", Kind: List{Elem: Enum{Values: []string{"csum", "key", "seq"}}, Unique: true}, Default: Default{Text: "none"}, Only: tunnel,
				Doc: "What the outer header carries: a checksum, the identifier, a sequence number.", Example: `["key"]`, Keepalived: "flags", Impact: "none",
			},
			{
				Name: "mode", Kind: Enum{Values: []string{"encap", "inline", "l2encap"}}, Default: value(cty.StringVal("encap")), Only: segments,
				Doc: "The packet gets a header around it (`encap`), the segments into it (`inline`), or the whole frame is wrapped.", Example: `"inline"`, Impact: impact,
			},
			{
				Name: "segments", Kind: List{Elem: Addr{}}, Required: true, Only: segments,
				Doc: "IPv6 addresses that the packet visits, in order.", Example: `["2001:db8:a::1", "2001:db8:b::1"]`, Impact: impact,
			},
		},
		Rules: []Rule{{
			Name: "encap fits", Args: []string{"labels", "segments", "source", "destination"},
			Doc: "MPLS takes 1 to 16 labels, not 3, which no packet carries (RFC 3032 section 2.1); segment routing 1 to 16 IPv6 addresses; and the ends of a tunnel are of one family.",
		}},
	}
}
