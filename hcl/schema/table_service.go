package schema

import "github.com/zclconf/go-cty/cty"

// This file is the part of pools that IPVS sees: what a service is, and how packets get to a server.

// Forwardings are the ways of packets to a server.
func forwardings() Enum { return Enum{Values: []string{"nat", "dr", "tunnel"}} }

// serviceArgs are those of a pool that are about its services, beside listen, protocol, scheduler, forwarding and persistence.
func serviceArgs() []Arg {
	return []Arg{
		{
			Name: "fwmark", Kind: List{Elem: Int{Min: 1, Max: 1<<32 - 1}, Unique: true}, Default: Default{Text: "none"},
			Doc: "Marks of packets that are balanced, whatever address, port and protocol they are for; each is a service of its own. " +
				"The firewall sets marks (`nft add rule … meta mark set 7`); the addresses should be held by VIPs all the same.",
			Example: "[7]", Keepalived: "virtual_server fwmark", Impact: "existing-connections",
		},
		{
			Name: "fwmark_family", Kind: Enum{Values: []string{"ipv4", "ipv6"}}, Default: Default{Text: "that of the servers"},
			Doc:     "Family of the packets with a mark. It has to be said where tunnels lead to servers of both.",
			Example: `"ipv6"`, Keepalived: "ip_family", Impact: "existing-connections",
		},
		{
			Name: "scheduler_flags", Default: Default{Text: "none"},
			Kind: List{Elem: Enum{Values: []string{"port", "fallback", "flag-1", "flag-2", "flag-3"}}, Unique: true},
			Doc: "Flags of the scheduler. `sh` and `mh` know `port`, by which the client's port counts beside its address, and `fallback`, by which " +
				"another server takes what is meant for one that takes nothing. `flag-1` to `flag-3` are for schedulers that ha does not know.",
			Example: `["port", "fallback"]`, Keepalived: "sh-port", Impact: "new-connections",
		},
		{
			Name: "one_packet", Kind: Bool{}, Default: value(cty.False),
			Doc:     "Whether each UDP packet is scheduled for itself, and no connection is kept. It is for services that answer one packet with one, such as DNS.",
			Example: "true", Keepalived: "ops", Impact: "new-connections",
		},
		{
			Name: "persistence_prefix_ipv4", Kind: Int{Min: 1, Max: 32, Unit: "bits"}, Default: value(cty.NumberIntVal(32)),
			Doc:     "How many leading bits of their addresses IPv4 clients share to be one client for `persistence`.",
			Example: "24", Keepalived: "persistence_granularity", Impact: "new-connections",
		},
		{
			Name: "persistence_prefix_ipv6", Kind: Int{Min: 1, Max: 128, Unit: "bits"}, Default: value(cty.NumberIntVal(128)),
			Doc:     "How many leading bits of their addresses IPv6 clients share to be one client for `persistence`.",
			Example: "56", Keepalived: "persistence_granularity", Impact: "new-connections",
		},
		{
			Name: "persistence_engine", Kind: Enum{Values: []string{"sip"}}, Default: Default{Text: "none"},
			Doc:     "What tells clients apart for `persistence` instead of their addresses: `sip` the Call-ID of a SIP message over UDP.",
			Example: `"sip"`, Keepalived: "persistence_engine", Impact: "new-connections",
		},
	}
}

// serviceRules are about them.
func serviceRules() []Rule {
	return []Rule{
		{
			Name: "port 0 needs persistence", Args: []string{"listen", "persistence"},
			Doc: "A service for every port takes connections only of clients that it knows already from a first one (ip_vs_schedule in net/netfilter/ipvs/ip_vs_core.c).",
		},
		{
			Name: "flags are of the scheduler", Args: []string{"scheduler", "scheduler_flags"},
			Doc: "Only the schedulers sh and mh know port and fallback; others would ignore them.",
		},
		{Name: "one packet is UDP", Args: []string{"one_packet", "protocol"}, Doc: "IPVS schedules packets of their own with UDP only."},
		{
			Name: "granularity needs persistence", Args: []string{"persistence", "persistence_prefix_ipv4", "persistence_prefix_ipv6", "persistence_engine"},
			Doc: "Without persistence every connection is scheduled for itself, whoever makes it.",
		},
	}
}

// serverServiceArgs are those of a server.
func serverServiceArgs() []Arg {
	return []Arg{
		{
			Name: "forwarding", Kind: forwardings(), Default: Default{Text: "as in the pool"},
			Doc: "How packets reach this server.", Example: `"tunnel"`, Keepalived: "lvs_method", Impact: "existing-connections",
		},
		{
			Name: "upper_threshold", Kind: Int{Min: 1, Max: 1<<31 - 1, Unit: "connections"}, Default: Default{Text: "none"},
			Doc:     "Number of connections from which on the server gets no new ones.",
			Example: "1000", Keepalived: "uthreshold", Impact: "new-connections",
		},
		{
			Name: "lower_threshold", Kind: Int{Min: 1, Max: 1<<31 - 1, Unit: "connections"}, Default: Default{Text: "three quarters of upper_threshold"},
			Doc:     "Number of connections below which a server that reached its upper threshold gets new ones again.",
			Example: "900", Keepalived: "lthreshold", Impact: "new-connections",
		},
	}
}

func thresholdsRule() Rule {
	return Rule{
		Name: "thresholds are in order", Args: []string{"upper_threshold", "lower_threshold"},
		Doc: "IPVS takes a lower threshold only where an upper one is above it, or the same.",
	}
}

// tunnelBlock says how packets are wrapped on their way to a server.
func tunnelBlock(whose string) *Block {
	return &Block{
		Type: "tunnel",
		Doc: "How packets are wrapped for " + whose + " with forwarding \"tunnel\"; without the block in IP (ipip). The server must unwrap them. A change " +
			"is one for connections that exist, too.",
		Args: []Arg{
			{
				Name: "type", Kind: Enum{Values: []string{"ipip", "gue", "gre"}}, Default: value(cty.StringVal("ipip")),
				Doc:     "`ipip` is IP in IP; `gue` wraps in UDP (generic UDP encapsulation), which spreads over queues and links and passes firewalls; `gre` in GRE.",
				Example: `"gue"`, Keepalived: "type", Impact: "existing-connections",
			},
			{
				Name: "port", Kind: Int{Min: 1, Max: 65535}, Default: Default{Text: "none; gue needs one"},
				Doc: "UDP port on which the server unwraps `gue`.", Example: "6080", Keepalived: "port", Impact: "existing-connections",
			},
			{
				Name: "checksum", Kind: Enum{Values: []string{"none", "full", "remote"}}, Default: value(cty.StringVal("none")),
				Doc: "Checksum of the wrapping: `full` of the whole packet; `remote`, with `gue`, leaves the inner checksum to the server.", Example: `"full"`,
				Keepalived: "csum", Impact: "existing-connections",
			},
		},
		Rules: []Rule{{
			Name: "tunnel fits its type", Args: []string{"type", "port", "checksum"},
			Doc: "gue has a port and any checksum, gre a full checksum or none, ipip nothing of it.",
		}},
	}
}
