package schema

import "github.com/zclconf/go-cty/cty"

func staticBlock() *Block {
	return &Block{
		Type:    "static",
		Labels:  []Label{{Name: "name", Doc: "Name of the block."}},
		ForEach: true,
		Overlay: true,
		Doc:     "Addresses, routes, rules and sysctls that always stand on the node, whichever VIPs it holds.",
		Args: []Arg{
			{
				Name: "nodes", Kind: List{Elem: Ref{To: "node"}, Unique: true}, Shared: true, Default: Default{Text: "all directors"},
				Doc: "Nodes that the block is for; servers may be named, too.", Example: "[node.lb1]", Impact: "outage",
			},
			{
				Name: "sysctls", Kind: Map{Elem: SysctlValue{}, Key: sysctlName, KeyWords: "names of sysctls"}, Default: Default{Text: "none"},
				Doc: "Sysctls by their name as sysctl(8) prints it; dots inside the name of an interface are written as \"/\". A sysctl that " +
					"leaves the configuration goes back to the value from before.",
				Example: `{ "net.ipv4.ip_forward" = "1" }`, Impact: "new-connections",
			},
		},
		Blocks: []Nested{
			{Block: staticAddressBlock(), Key: "address"},
			{Block: routeBlock(), Key: "destination"},
			{Block: ruleBlock(), Key: "name"},
		},
		Example: "static \"uplink\" {\n  nodes = [node.lb1]\n  sysctls = {\n    \"net.ipv4.ip_forward\" = \"1\"\n  }\n\n  address \"10.0.0.1/24\" {\n" +
			"    device = \"eth1\"\n  }\n\n  route \"10.9.0.0/16\" {\n    gateway = \"10.0.0.254\"\n  }\n}\n",
	}
}

func staticAddressBlock() *Block {
	return &Block{
		Type:   "address",
		Labels: []Label{{Name: "address", Kind: Prefix{}, Doc: "The address with its prefix length."}},
		Doc:    "An address that is always there.",
		Args: []Arg{
			{
				Name: "device", Kind: Interface(), Required: true,
				Doc: "Interface on which the address is placed.", Example: `"eth1"`, Keepalived: "dev", Impact: "existing-connections",
			},
			addressLabelArg(), scopeArg(), broadcastArg(), peerArg(),
		},
		Rules: addressRules(),
	}
}

func routeBlock() *Block {
	return &Block{
		Type: "route",
		Labels: []Label{{
			Name: "destination", Kind: Prefix{Network: true},
			Doc: "The network that the route leads to; `0.0.0.0/0` and `::/0` are the default routes.",
		}},
		Doc: "A route: one that is always there, or one of a VIP, which stands while the VIP is Active on the node.",
		Args: append([]Arg{
			{
				Name: "gateway", Kind: Addr{}, Default: Default{Text: "none: the network is on the link"},
				Doc: "Router that packets are handed to.", Example: `"10.0.0.254"`, Keepalived: "via", Impact: "existing-connections",
			},
			{
				Name: "device", Kind: Interface(), Default: Default{Text: "the gateway decides"},
				Doc: "Interface that packets leave by.", Example: `"eth1"`, Keepalived: "dev", Impact: "existing-connections",
			},
			{
				Name: "source", Kind: Addr{}, Default: Default{Text: "the kernel's choice"},
				Doc: "Source address that the node's own packets prefer.", Example: `"10.0.0.1"`, Keepalived: "src", Impact: "new-connections",
			},
			{
				Name: "metric", Kind: Int{Min: 0, Max: 4294967295}, Default: Default{Text: "0; 1024 for IPv6"},
				Doc: "Of several routes to one network the lowest metric wins.", Example: "100", Keepalived: "metric", Impact: "existing-connections",
			},
			{
				Name: "table", Kind: Int{Min: 1, Max: 4294967295}, Default: value(cty.NumberIntVal(254)),
				Doc: "Routing table; 254 is `main`.", Example: "100", Keepalived: "table", Impact: "existing-connections",
			},
			{
				Name: "scope", Kind: Enum{Values: scopes()}, Default: Default{Text: "link without a gateway, else global; IPv6 is always global"},
				Doc: "Scope of an IPv4 route.", Example: `"link"`, Keepalived: "scope", Impact: "none",
			},
			{
				Name: "type", Kind: Enum{Values: []string{"unicast", "blackhole", "unreachable", "prohibit", "throw"}}, Default: value(cty.StringVal("unicast")),
				Doc:     "What happens to packets: they go on, vanish, are refused in one of two ways, or are looked up by the next rule (`throw`).",
				Example: `"blackhole"`, Keepalived: "blackhole", Impact: "existing-connections",
			},
			{
				Name: "onlink", Kind: Bool{}, Default: value(cty.False),
				Doc:     "Takes the gateway for a neighbour on `device` although no address says so; needs both.",
				Example: "true", Keepalived: "onlink", Impact: "none",
			},
			{
				Name: "mtu", Kind: Int{Min: 0, Max: 65520, Unit: "bytes", Why: metricBounds}, Default: value(cty.NumberIntVal(0)),
				Doc: "Largest packet in bytes; 0 is that of the device.", Example: "1400", Keepalived: "mtu", Impact: "none",
			},
		}, routeMetrics()...),
		Rules: []Rule{
			{Name: "route has a way", Args: []string{"gateway", "device", "type"}, Doc: "A unicast route has a gateway, a device, or both; the other types have neither."},
			{Name: "route is of one family", Args: []string{"gateway", "source"}, Doc: "Gateway and source are of the family of the destination."},
			{Name: "onlink has both", Args: []string{"onlink", "gateway", "device"}, Doc: "onlink needs a gateway and a device."},
			{Name: "route scope fits", Args: []string{"scope"}, Doc: "IPv6 routes have no scope."},
			{Name: "preference fits", Args: []string{"preference"}, Doc: "Only IPv6 routes have a preference (RFC 4191)."},
			{Name: "locks are set", Args: []string{"lock"}, Doc: "A lock keeps the kernel from changing a metric, so that metric needs a value."},
		},
	}
}
