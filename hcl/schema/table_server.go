package schema

import "github.com/zclconf/go-cty/cty"

// The real servers' side of direct routing and of tunnels.

func vipInterfaceArg() Arg {
	return Arg{
		Name: "vip_interface", Kind: Interface(), Default: value(cty.StringVal("lo")),
		Doc: "Interface on which the machine holds the addresses of the pools that it is a server of, with `dr` and `tunnel`: `lo`, or the " +
			"name of a dummy interface, which is made. IPv4 addresses of a tunnel stand on its end.",
		Example: `"vips"`, Impact: "existing-connections",
	}
}

func serverNodeArg() Arg {
	return Arg{
		Name: "node", Kind: Ref{To: "node"}, Default: Default{Text: "the node that has the address"},
		Doc:     "The node of the cluster that the server is, where the node's own address is another one.",
		Example: "node.web1", Impact: "none",
	}
}

func preparedArg() Arg {
	return Arg{
		Name: "prepared", Kind: Bool{}, Default: value(cty.False),
		Doc:     "Somebody else sets up the servers that are no nodes for `dr` or `tunnel`: nothing is said of them.",
		Example: "true", Impact: "none",
	}
}
