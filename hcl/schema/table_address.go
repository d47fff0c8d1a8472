package schema

import "github.com/zclconf/go-cty/cty"

// addressOptionArgs are what the kernel is told about an address beyond where it stands.
func addressOptionArgs() []Arg {
	return []Arg{
		{
			Name: "preferred", Kind: Bool{}, Default: Default{Text: "true; false for an IPv6 /128 without a peer"},
			Doc: "Whether the node may choose an IPv6 address as the source of what it begins itself. One that moves with a VIP makes a bad source: connections " +
				"from it end when it moves. Others reach it all the same (its preferred lifetime is 0, \"deprecated\" in RFC 4862).",
			Example: "true", Keepalived: "preferred_lft", Impact: "none",
		},
		{
			Name: "prefix_route", Kind: Bool{}, Default: value(cty.True),
			Doc:     "Whether the kernel makes a route to the network of the address.",
			Example: "false", Keepalived: "noprefixroute", Impact: "existing-connections",
		},
		{
			Name: "home", Kind: Bool{}, Default: value(cty.False),
			Doc:     "Marks an IPv6 address as the home address of a mobile node (RFC 6275).",
			Example: "true", Keepalived: "home", Impact: "none",
		},
		{
			Name: "mngtmpaddr", Kind: Bool{}, Default: value(cty.False),
			Doc: "Lets the kernel make temporary addresses (RFC 8981) in the /64 of an IPv6 address, on interfaces where the sysctl use_tempaddr " +
				"says so.",
			Example: "true", Keepalived: "mngtmpaddr", Impact: "none",
		},
	}
}

// addressOptionRules are what those need of the address.
func addressOptionRules() []Rule {
	return []Rule{
		{
			Name: "options are of IPv6", Args: []string{"preferred", "home", "mngtmpaddr"},
			Doc: "Lifetimes, home addresses and temporary addresses are matters of IPv6 (ip-address(8)).",
		},
		{
			Name: "temporaries have a /64", Args: []string{"mngtmpaddr", "preferred"},
			Doc: "The kernel makes temporary addresses only in a /64 (RFC 8981), and only while the address itself is preferred.",
		},
	}
}
