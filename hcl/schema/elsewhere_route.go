package schema

// keepalivedRoute translates the options of keepalived's virtual_routes and virtual_rules, and of the static ones.
func keepalivedRoute() []foreign {
	route, rule := []string{"route"}, []string{"rule"}
	const trackGroup = "What is always there and goes is put back at once; no VIP has to leave for it. Remove it."
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
		{route, []string{"unicast"}, "Routes are unicast where nothing else is said. Remove it."},
		{route, []string{"local", "broadcast", "brd", "anycast", "multicast"}, "What happens to packets is an argument here: `type = \"local\"`."},
		{route, []string{"nat", "xresolve"}, "Linux has no routes of this type."},
		{route, []string{"protocol"}, "Routes carry a protocol number of ha, by which it recognises its own. Remove it."},
		{route, []string{"no_track"}, "A route that somebody removes is always put back. Remove it."},
		{route, []string{"add", "prepend", "append"}, "Of several routes to one network the metric decides, not their order: `metric = 100`."},
		{route, []string{"nexthop", "or"}, "Each of several ways is a block here: `next_hop { gateway = \"10.0.0.253\" … }`."},
		{route, []string{"dsfield"}, "keepalived's dsfield is \"tos\" here."},
		{route, []string{"expires"}, "A route that goes is put back, so it would never expire. Remove it."},
		{route, []string{"ttl-propagate"}, "It is about routes of MPLS itself, which there are none of here; the TTL of labels is `ttl` in `encap \"mpls\" { … }`."},
		{route, []string{"as"}, "keepalived reads it and does nothing. Remove it."},
		{route, []string{"track_group"}, trackGroup},
		{rule, []string{"dev"}, "keepalived's dev of a rule is \"iif\" here."},
		{rule, []string{"dsfield"}, "keepalived's dsfield is \"tos\" here."},
		{rule, []string{"ip_proto"}, "The IP protocol is \"protocol\" here."},
		{rule, []string{"lookup"}, "The table of a lookup is an argument here: `table = 100`."},
		{rule, []string{"order", "preference", "pref"}, "The order of rules is \"priority\" here."},
		{rule, []string{"sup_pl"}, "keepalived's sup_pl is \"suppress_prefixlength\" here."},
		{rule, []string{"sup_group"}, "keepalived's sup_group is \"suppress_ifgroup\" here."},
		{rule, []string{"l3mdev", "nop", "blackhole", "unreachable", "prohibit"}, "What becomes of a packet is an argument here: `action = \"unreachable\"`."},
		{rule, []string{"inet", "inet6"}, "The family of a rule is that of from and to, or written: `family = \"ipv6\"`."},
		{rule, []string{"no_track"}, "A rule that somebody removes is always put back. Remove it."},
		{rule, []string{"track_group"}, trackGroup},
		{[]string{"encap"}, []string{"hoplimit"}, "The hop limit is \"ttl\" here."},
		{[]string{"encap"}, []string{"tc"}, "The traffic class is \"tos\" here."},
	}
}
