package schema

import "github.com/zclconf/go-cty/cty"

const (
	rulePriority = "0 is the kernel's own rule for the node's addresses, 32766 asks the table main, 32767 the table default; a rule in front of 0 would hide " +
		"the node's own addresses."
	wholeNumber = 4294967295 // what 32 bits hold
)

// ruleBlock is a rule of policy routing, of a VIP or always there.
func ruleBlock() *Block {
	return &Block{
		Type:   "rule",
		Labels: []Label{{Name: "name", Doc: "Name of the rule; the kernel does not know it."}},
		Doc: "A rule of policy routing: which packets are looked up in which table, or refused. What is not set matches " +
			"everything. The kernel cannot edit a rule, so a change adds the new one before the former one leaves.",
		Args: append(ruleSelectors(), ruleActions()...),
		Rules: []Rule{
			{Name: "rule is of one family", Args: []string{"family", "from", "to"}, Doc: "A rule is about packets of one address family."},
			{
				Name: "rule action fits", Args: []string{"action", "table", "goto", "suppress_prefixlength", "suppress_ifgroup"},
				Doc: "A lookup needs a table, and a goto the priority of a later rule; only what was looked up can be suppressed.",
			},
			{Name: "realms are IPv4", Args: []string{"realms"}, Doc: "Only IPv4 has realms."},
			{Name: "tos without ECN", Args: []string{"tos"}, Doc: "The two lowest bits of the type of service are ECN (RFC 3168) and no part of it."},
		},
	}
}

func ruleSelectors() []Arg {
	port := Span{Min: 1, Max: 65534, What: "port"}
	const impact = "existing-connections"
	return []Arg{
		{
			Name: "priority", Kind: Int{Min: 1, Max: wholeNumber, Why: rulePriority}, Required: true,
			Doc:     "Rules are asked in the order of their priorities, the lowest first, until one decides.",
			Example: "100", Keepalived: "priority", Impact: impact,
		},
		{
			Name: "family", Kind: Enum{Values: []string{"ipv4", "ipv6"}}, Default: Default{Text: "that of from and to; ipv4 without them"},
			Doc: "Address family of the packets.", Example: `"ipv6"`, Keepalived: "inet6", Impact: impact,
		},
		{
			Name: "not", Kind: Bool{}, Default: value(cty.False),
			Doc: "Turns the rule around: it is about packets that do not match.", Example: "true", Keepalived: "not", Impact: impact,
		},
		{
			Name: "from", Kind: Prefix{Network: true}, Default: Default{Text: "any"},
			Doc: "Network of the source address.", Example: `"192.0.2.20/32"`, Keepalived: "from", Impact: impact,
		},
		{
			Name: "to", Kind: Prefix{Network: true}, Default: Default{Text: "any"},
			Doc: "Network of the destination address.", Example: `"10.0.0.0/8"`, Keepalived: "to", Impact: impact,
		},
		{
			Name: "iif", Kind: Interface(), Default: Default{Text: "any"},
			Doc: "Interface that the packet came in by; `lo` is the node itself. It need not exist.", Example: `"eth1"`, Keepalived: "iif", Impact: impact,
		},
		{
			Name: "oif", Kind: Interface(), Default: Default{Text: "any"},
			Doc: "Interface that the sending socket is bound to. It need not exist.", Example: `"eth1"`, Keepalived: "oif", Impact: impact,
		},
		{
			Name: "mark", Kind: Int{Min: 0, Max: wholeNumber}, Default: value(cty.NumberIntVal(0)),
			Doc: "Firewall mark of the packet; 0 without a mask is any.", Example: "7", Keepalived: "fwmark", Impact: impact,
		},
		{
			Name: "mask", Kind: Int{Min: 0, Max: wholeNumber}, Default: Default{Text: "all bits, where mark is set"},
			Doc: "Bits of the mark that count.", Example: "255", Keepalived: "fwmark", Impact: impact,
		},
		{
			Name: "tos", Kind: TypeOfService(), Default: value(cty.NumberIntVal(0)),
			Doc: "Type of service: a multiple of 4; 0 is any.", Example: "16", Keepalived: "tos", Impact: impact,
		},
		{
			Name: "protocol", Kind: IPProtocol(), Default: value(cty.NumberIntVal(0)),
			Doc: "IP protocol; 0 is any.", Example: `"tcp"`, Keepalived: "ipproto", Impact: impact,
		},
		{
			Name: "sport", Kind: port, Default: Default{Text: "any"},
			Doc: "Source port or a range of them.", Example: `"1024-65534"`, Keepalived: "sport", Impact: impact,
		},
		{
			Name: "dport", Kind: port, Default: Default{Text: "any"},
			Doc: "Destination port or a range of them.", Example: "443", Keepalived: "dport", Impact: impact,
		},
		{
			Name: "uids", Kind: Span{Min: 0, Max: wholeNumber - 1, What: "user"}, Default: Default{Text: "any"},
			Doc: "Number of the user who owns the sending socket, or a range of them.", Example: `"1000-1999"`, Keepalived: "uidrange", Impact: impact,
		},
		{
			Name: "tunnel_id", Kind: Int{Min: 0, Max: 1<<63 - 1}, Default: value(cty.NumberIntVal(0)),
			Doc: "Identifier of the tunnel that the packet came by; 0 is any.", Example: "42", Keepalived: "tunnel-id", Impact: impact,
		},
	}
}

func ruleActions() []Arg {
	const impact = "existing-connections"
	return []Arg{
		{
			Name: "action", Kind: Enum{Values: []string{"lookup", "l3mdev", "goto", "nop", "blackhole", "unreachable", "prohibit"}},
			Default: value(cty.StringVal("lookup")),
			Doc: "What becomes of a packet: it is looked up in a table, or in that of its VRF (`l3mdev`), goes on with another rule or with " +
				"the next one (`nop`), vanishes, or is refused in one of two ways.",
			Example: `"unreachable"`, Keepalived: "type", Impact: impact,
		},
		{
			Name: "table", Kind: TableNumber(), Default: Default{Text: "none"},
			Doc: "Routing table of a lookup.", Example: "100", Keepalived: "table", Impact: impact,
		},
		{
			Name: "goto", Kind: Int{Min: 1, Max: wholeNumber}, Default: Default{Text: "none"},
			Doc: "Priority of the rule to go on with; greater than that of this one.", Example: "200", Keepalived: "goto", Impact: impact,
		},
		{
			Name: "suppress_prefixlength", Kind: Int{Min: 0, Max: 128}, Default: Default{Text: "none"},
			Doc: "Passes over a route that was found when its prefix is not longer: 0 passes over default routes.", Example: "0",
			Keepalived: "suppress_prefixlength", Impact: impact,
		},
		{
			Name: "suppress_ifgroup", Kind: Int{Min: 0, Max: 2147483647}, Default: Default{Text: "none"},
			Doc: "Passes over a route that was found when its interface is of this group.", Example: "3", Keepalived: "suppress_ifgroup", Impact: impact,
		},
		{
			Name: "realms", Kind: Realms{}, Default: Default{Text: "none"},
			Doc: "Realms that IPv4 traffic is counted under where its route has none.", Example: `"3/4"`, Keepalived: "realms", Impact: "none",
		},
	}
}
