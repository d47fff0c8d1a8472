package schema

import "github.com/zclconf/go-cty/cty"

// balanceArgs are the arguments of a pool about which of its servers are shown.
func balanceArgs() []Arg {
	return []Arg{
		inhibitArg("false"),
		{
			Name: "tier_at_least", Kind: Int{Min: 1, Max: 65535}, Default: value(cty.NumberIntVal(1)),
			Doc: "How many servers of the tiers before must be up for those of the next to stand by, 1 to 65535; see `tier` of a server. With fewer, both take " +
				"connections.",
			Example: "2", Impact: "new-connections",
		},
		{
			Name: "suspend", Kind: Bool{}, Default: value(cty.False),
			Doc: "Whether checks rest while no VIP that holds a listener is Active on the node. What they said last holds meanwhile, servers that were never " +
				"probed are trusted, and the probes go on as soon as the VIP comes. Checks that something else needs, a `require` for instance, never rest.",
			Example: "true", Keepalived: "ha_suspend", Impact: "none",
		},
	}
}

// downAtStopArg is whether the end of the enforcer is told as that of servers.
func downAtStopArg() Arg {
	return Arg{
		Name: "down_at_stop", Kind: Bool{}, Default: value(cty.False),
		Doc: "Whether those in `notify` are told at the end of the enforcer that servers which were up are down, and that the quorum is lost. The servers " +
			"themselves stay in IPVS.",
		Example: "true", Keepalived: "omega", Impact: "none",
	}
}

// inhibitArg is what becomes of a server that is not to be shown.
func inhibitArg(normal string) Arg {
	a := Arg{
		Name: "inhibit", Kind: Bool{}, Default: Default{Text: normal},
		Doc: "Whether a server that is down stays in IPVS with weight 0, so that connections which it has go on, instead of being removed. With the schedulers " +
			"`sh` and `dh` clients that belong to it are refused then.",
		Example: "true", Keepalived: "inhibit_on_failure", Impact: "new-connections",
	}
	if normal == "false" {
		a.Default = value(cty.False)
	}
	return a
}

// tierArg is when a server takes connections.
func tierArg() Arg {
	return Arg{
		Name: "tier", Kind: Int{Min: 1, Max: 16}, Default: value(cty.NumberIntVal(1)),
		Doc: "When the server takes connections, 1 to 16: those of tier 1 always, the others when too few servers of the tiers before are up " +
			"(`tier_at_least` of the pool). A server that stands by is in IPVS with weight 0: connections that it has go on.",
		Example: "2", Impact: "new-connections",
	}
}

// quorumBlock is the weight that a pool needs.
func quorumBlock() *Block {
	return &Block{
		Type: "quorum",
		Doc: "The weight that the servers which are up must have together. The pool gains its quorum at `weight` and `hysteresis` together, and loses it below " +
			"`weight` less `hysteresis`, or when nobody is up. Without quorum the `sorry` server takes the connections, those in `notify` are told `quorum_down`, and " +
			"a VIP with the pool in `require`, `prefer` or `track` gives way; without a sorry server the servers that are left go on. A pool without this block " +
			"has its quorum as long as one server is up.",
		Args: []Arg{
			{
				Name: "weight", Kind: Int{Min: 1, Max: 1 << 31}, Required: true,
				Doc:     "Weight that is needed, from 1 on; at most what all servers have. With servers of weight 1 it is how many must be up.",
				Example: "2", Keepalived: "quorum", Impact: "new-connections",
			},
			{
				Name: "hysteresis", Kind: Int{Min: 0, Max: 1 << 31}, Default: value(cty.NumberIntVal(0)),
				Doc:     "By how much more it must be before the quorum is gained, and less before it is lost; below `weight`.",
				Example: "1", Keepalived: "hysteresis", Impact: "new-connections",
			},
		},
		Rules: []Rule{{
			Name: "hysteresis is below the weight", Args: []string{"hysteresis", "weight"},
			Doc: "A quorum is lost below its weight less the hysteresis: with as much hysteresis it would only be lost when nobody is up.",
		}},
	}
}

// sorryBlock is who takes the connections of a pool without quorum.
func sorryBlock() *Block {
	return &Block{
		Type: "sorry",
		Doc: "The sorry server: it takes all connections while the pool has no quorum, and the servers are taken out of IPVS. When the quorum is back, so are " +
			"they. It is not checked. It may be one of the servers.",
		Args: []Arg{
			{
				Name: "address", Kind: HostPort{Portless: true}, Required: true,
				Doc: "Address and port that connections are sent to; without a port it is the listener's. With `dr` and `tunnel` it can be no other. Through a tunnel it is " +
					"reached as the block `tunnel` of the pool says.",
				Example: `"192.0.2.99:80"`, Keepalived: "sorry_server", Impact: "existing-connections",
			},
			{
				Name: "forwarding", Kind: Enum{Values: []string{"nat", "dr", "tunnel"}}, Default: Default{Text: "that of the pool"},
				Doc: "How packets reach it.", Example: `"nat"`, Keepalived: "sorry_server_lvs_method", Impact: "existing-connections",
			},
			{
				Name: "inhibit", Kind: Bool{}, Default: value(cty.False),
				Doc:     "Whether it stays in IPVS with weight 0 while it is not needed, so that connections which it has go on.",
				Example: "true", Keepalived: "sorry_server_inhibit", Impact: "none",
			},
		},
	}
}
