package schema

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
			{Block: routeBlock(), Key: "destination", With: routeKey()},
			{Block: ruleBlock(), Key: "name"},
		},
		Example: "static \"uplink\" {\n  nodes = [node.lb1]\n  sysctls = {\n    \"net.ipv4.ip_forward\" = \"1\"\n  }\n\n  address \"10.0.0.1/24\" {\n" +
			"    device = \"eth1\"\n  }\n\n  route \"10.9.0.0/16\" {\n    gateway = \"10.0.0.254\"\n  }\n\n  route \"10.8.0.0/16\" {\n    next_hop {\n" +
			"      gateway = \"10.0.0.253\"\n      weight  = 3\n    }\n    next_hop {\n      gateway = \"10.0.0.254\"\n    }\n  }\n}\n",
	}
}

func staticAddressBlock() *Block {
	return &Block{
		Type:   "address",
		Labels: []Label{{Name: "address", Kind: Prefix{}, Doc: "The address with its prefix length."}},
		Doc:    "An address that is always there.",
		Args: append([]Arg{
			{
				Name: "device", Kind: Interface(), Required: true,
				Doc: "Interface on which the address is placed.", Example: `"eth1"`, Keepalived: "dev", Impact: "existing-connections",
			},
			addressLabelArg(), scopeArg(), broadcastArg(), peerArg(),
		}, addressOptionArgs()...),
		Rules: addressRules(),
	}
}
