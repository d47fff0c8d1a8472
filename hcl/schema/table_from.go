package schema

import "github.com/zclconf/go-cty/cty"

// addressArg is the address that a check probes in place of the server's.
func addressArg() Arg {
	return Arg{
		Name: "address", Kind: Addr{}, Default: Default{Text: "that of the server, or of target"},
		Doc: "Address that is probed where it is not the one that connections are sent to, one in a network for administration for instance. " +
			"A script finds it in HA_TARGET_ADDRESS.",
		Example: `"198.51.100.31"`, Keepalived: "connect_ip", Impact: "none",
	}
}

// fromBlock says from where a check reaches its target.
func fromBlock() *Block {
	return &Block{
		Type: "from",
		Doc: "From where a probe reaches its target; what is not said is left to the routes. What a node lacks, the address or the interface, " +
			"is no failure of the server: the check then keeps its verdict, and its status says why.",
		Args: []Arg{
			{
				Name: "address", Kind: Addr{}, Default: Default{Text: "as routed"},
				Doc: "Local address, of the family of what is probed.", Example: `"192.0.2.11"`, Keepalived: "bindto", Impact: "none",
			},
			{
				Name: "port", Kind: Int{Min: 1, Max: 65535}, Default: Default{Text: "any"},
				Doc:     "Local port. Connections then end with a reset, so that the port is free for the next.",
				Example: "900", Keepalived: "bind_port", Impact: "none",
			},
			{
				Name: "interface", Kind: Interface(), Default: Default{Text: "as routed"},
				Doc:     "Interface, or VRF, through which packets leave (SO_BINDTODEVICE). Link-local IPv6 targets need it.",
				Example: `"eth1"`, Keepalived: "bind_if", Impact: "none",
			},
			{
				Name: "mark", Kind: Int{Min: 1, Max: 1<<32 - 1}, Default: Default{Text: "none"},
				Doc:     "Mark of the packets (SO_MARK), for rules of routing and of the firewall.",
				Example: "7", Keepalived: "fwmark", Impact: "none",
			},
		},
	}
}

// fromRule is about checks that reach nothing over the network by themselves.
func fromRule() Rule {
	return Rule{
		Name: "from needs the network", Args: []string{"address"},
		Doc: "A script makes its connections itself, and files and processes are of the node.",
	}
}

// dataPathArg makes a check go where packets of clients go.
func dataPathArg() Arg {
	return Arg{
		Name: "data_path", Kind: Bool{}, Default: value(cty.False),
		Doc: "Probe the listeners of the pool by way of the server, as packets of clients reach it: in frames to its MAC with forwarding `dr`, in its tunnel with " +
			"`tunnel`. A server that is healthy but does not hold the VIP, or whose tunnel is broken, then fails; every listener must pass. It works on active " +
			"and backup directors alike. In a check over TCP or UDP only; `port` still counts.",
		Example: "true", Impact: "none",
	}
}

// dataPathRule is about checks that nothing could carry by way of a server.
func dataPathRule() Rule {
	return Rule{
		Name: "data path fits", Args: []string{"data_path"},
		Doc: "The way is that of the pool, to its listeners: only the local address can be chosen. A ping, scripts, files and processes take no such way.",
	}
}
