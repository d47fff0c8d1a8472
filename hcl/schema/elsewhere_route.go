package schema

// keepalivedRoute translates the options of keepalived's virtual_routes and static_routes.
func keepalivedRoute() []foreign {
	route := []string{"route"}
	return []foreign{
		{route, []string{"to"}, "The destination is the label of the block: `route \"10.9.0.0/16\" { … }`."},
		{route, []string{"gw"}, "keepalived's gw is \"gateway\" here."},
		{route, []string{"oif"}, "keepalived's oif is \"device\" here."},
		{route, []string{"priority"}, "keepalived's priority of a route is \"metric\" here."},
		{route, []string{"vrf"}, "Name the table of the VRF: `table = 100`; `ip -d link show type vrf` tells its number."},
		{route, []string{"inet", "inet6"}, "The family of a route is that of its destination. Remove it."},
		{
			route,
			[]string{"unreachable", "prohibit", "throw"},
			"What happens to packets is an argument here: `type = \"unreachable\"`, \"prohibit\", \"throw\" or \"blackhole\".",
		},
		{
			route,
			[]string{"local", "broadcast", "brd", "anycast", "multicast"},
			"The kernel makes routes of this type itself, for the addresses that are placed; write the address instead.",
		},
		{route, []string{"nat", "xresolve"}, "Linux has no routes of this type."},
		{route, []string{"protocol"}, "Routes carry a protocol number of ha, by which it recognises its own. Remove it."},
		{route, []string{"no_track"}, "A route that somebody removes is always put back. Remove it."},
		{route, []string{"add", "prepend", "append"}, "Of several routes to one network the metric decides, not their order: `metric = 100`."},
		{
			route,
			[]string{"nexthop", "or", "from", "tos", "dsfield", "realms", "expires", "ttl-propagate", "encap", "as"},
			"This version of ha has no counterpart of it.",
		},
	}
}
