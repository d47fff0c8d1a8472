package schema

import (
	"time"

	"github.com/zclconf/go-cty/cty"
)

// trackBlock is what a VIP or a sync group depends on beyond its own interface.
func trackBlock() *Block {
	return &Block{
		Type:   "track",
		Labels: []Label{{Name: "name", Doc: "Name of what is tracked, for events and status."}},
		Doc: "Something on which the place of a node in the election depends: an interface, a check, a pool or a BFD session. While it has failed on a " +
			"node, the node's priority is lower by `weight`, or no longer higher by `raise`; without either the node takes no part. A node " +
			"that starts waits for the first result of every check that it tracks; one that takes part already stays as it is until " +
			"then. The interface of the VIP itself is always tracked. In a sync group with weights the blocks stand in the group and " +
			"hold for all members.",
		Args: append(trackedArgs(), trackWeightArgs()...),
		Rules: []Rule{
			{
				Name: "track names one thing", Args: []string{"interface", "check", "pool", "bfd", "target", "at_least"},
				Doc: "A track block is about one interface, one check with its target (scripts may do without, files have none), one pool or one BFD session.",
			},
			{
				Name: "track weighs in one way", Args: []string{"weight", "raise", "factor"},
				Doc: "A failure lowers the priority, or it ends what raises it, or the number that a check reports changes it.",
			},
		},
	}
}

// trackedArgs are the things that a track block can be about.
func trackedArgs() []Arg {
	return []Arg{
		{
			Name: "interface", Kind: Interface(), Default: Default{Text: "none"},
			Doc:     "Interface that must exist, be up and have a carrier.",
			Example: `"eth1"`, Keepalived: "track_interface", Impact: "failover",
		},
		{
			Name: "check", Kind: Ref{To: "check"}, Default: Default{Text: "none"},
			Doc:     "Check that must pass; equal checks of one target run once, whoever asks for them.",
			Example: "check.tcp.db", Keepalived: "track_script", Impact: "failover",
		},
		{
			Name: "target", Kind: HostPort{}, Default: Default{Text: "none"},
			Doc: "Address and port that `check` probes; a port that the check itself sets comes first, and without it the target of the check. " +
				"A script needs none: without it, it is about the node itself. A file has none.",
			Example: `"192.0.2.31:5432"`, Impact: "failover",
		},
		{
			Name: "pool", Kind: Ref{To: "pool"}, Default: Default{Text: "none"},
			Doc:     "Pool that must have its quorum, or of which `at_least` servers must be up, as the node itself sees them; servers with weight 0 do not count.",
			Example: "pool.web", Impact: "failover",
		},
		{
			Name: "at_least", Kind: Int{Min: 1, Max: 65535}, Default: Default{Text: "what its quorum needs, or 1"},
			Doc:     "How many servers of `pool` must be up, 1 to as many as it has; its quorum does not count then.",
			Example: "2", Impact: "failover",
		},
		trackBFDArg(),
	}
}

// trackWeightArgs are what a failure does.
func trackWeightArgs() []Arg {
	return []Arg{
		{
			Name: "weight", Kind: Int{Min: 1, Max: 253}, Default: Default{Text: "the node takes no part while it has failed"},
			Doc: "By how much a failure lowers the priority, 1 to 253: keepalived's negative weight. Several add up; the priority never falls " +
				"below 1. To move the VIP, it must be more than the distance to another node's priority.",
			Example: "60", Keepalived: "weight", Impact: "failover",
		},
		{
			Name: "raise", Kind: Int{Min: 1, Max: 253}, Default: Default{Text: "none"},
			Doc: "By how much the priority is higher while all is well, 1 to 253: keepalived's positive weight. Several add up; the priority " +
				"never rises above 254.",
			Example: "60", Keepalived: "weight", Impact: "failover",
		},
		{
			Name: "factor", Kind: Int{Min: -254, Max: 254}, Default: Default{Text: "none"},
			Doc: "The number that `check` reports, times this, is added to the priority; -254 to 254. What that adds is at most 253, and with " +
				"-254 or less the node takes no part.",
			Example: "1", Keepalived: "track_file", Impact: "failover",
		},
		{
			Name: "reverse", Kind: Bool{}, Default: Default{Text: "false"},
			Doc: "Whether it counts as failed while it is good, and as good while it has failed: for a flag that says \"not here\". With " +
				"`factor` the number counts with the other sign.",
			Example: "true", Keepalived: "reverse", Impact: "failover",
		},
	}
}

// intentArgs say what a node must have, or should, without arithmetic.
func intentArgs(whose string) []Arg {
	things := List{Elem: Depends{To: []string{"check", "pool", "bfd"}}, Unique: true}
	return []Arg{
		{
			Name: "require", Kind: things, Default: Default{Text: "none"},
			Doc: "What a node must have to take part in the election of " + whose + ": interfaces, files, scripts and checks that have a target, pools with their " +
				"quorum, which is one server unless they say otherwise, BFD sessions. A node where one of them has failed gives way, also when no other node has it: then nobody answers.",
			Example: "[pool.web]", Impact: "failover",
		},
		{
			Name: "prefer", Kind: things, Default: Default{Text: "none"}, Shared: true,
			Doc: "What a node should have, the most important first: interfaces, files, scripts and checks that have a target, pools, BFD sessions. A node that has more of it " +
				"wins against one that has less, whatever their priorities; between equals the priorities decide, so somebody always answers. It " +
				"is compiled to weights, as keepalived's trackers have them.",
			Example: "[\"eth1\", pool.web]", Impact: "failover",
		},
	}
}

// linkBlock is how patient a node is with an interface.
func linkBlock() *Block {
	delay := func(name, doc, example string) Arg {
		return Arg{
			Name: name, Kind: Duration{Min: time.Millisecond, Max: 255 * time.Second, Step: time.Millisecond, Zero: true},
			Default: value(cty.StringVal("0s")), Doc: doc, Example: example, Keepalived: "interface_up_down_delays", Impact: "none",
		}
	}
	return &Block{
		Type:   "link",
		Labels: []Label{{Name: "interface", Doc: "Name of the interface, or `*` for all that have no block of their own."}},
		Doc: "For how long an interface must have changed before that counts, for VIPs on it and for all that track it: against one that " +
			"flaps. That an interface does not exist counts at once.",
		Args: []Arg{
			delay("down_delay", "How long it must be down, or without carrier, before that counts, up to 255s. For the interface of a VIP it should be "+
				"shorter than a takeover.", `"500ms"`),
			delay("up_delay", "How long it must be up again before that counts, up to 255s.", `"10s"`),
		},
	}
}

// electionArgs are the arguments of a VIP about when a node takes over and what it says.
func electionArgs() []Arg {
	return []Arg{
		{
			Name: "preempt_delay", Kind: Duration{Min: 10 * time.Millisecond, Max: 1000 * time.Second, Step: time.Millisecond, Zero: true},
			Default: value(cty.StringVal("0s")),
			Doc: "How long a node with a higher priority lets the Active one go on before it begins to take over, up to 1000s; the " +
				"takeover follows up to four intervals later. A node that dies or leaves is replaced without this delay.",
			Example: `"30s"`, Keepalived: "preempt_delay", Impact: "none",
		},
		{
			Name: "start_delay", Kind: Duration{Min: 10 * time.Millisecond, Max: 10 * time.Minute, Step: time.Millisecond, Zero: true},
			Default: value(cty.StringVal("0s")),
			Doc: "For how long after the start of the enforcer the node ignores advertisements and does not take over, up to 10m: " +
				"for networks that need time after a boot. The usual wait begins when it ends.",
			Example: `"10s"`, Keepalived: "vrrp_startup_delay", Impact: "none",
		},
		{
			Name: "down_adverts", Kind: Int{Min: 1, Max: 100}, Default: value(cty.NumberIntVal(3)),
			Doc:     "How many advertisements in a row must be missing before a Backup takes over, 1 to 100; the same on all nodes.",
			Example: "5", Keepalived: "down_timer_adverts", Impact: "failover",
		},
		{
			Name: "track_primary", Kind: Bool{}, Default: value(cty.True),
			Doc: "Whether a node takes no part while the interface of the VIP is down or has no carrier. With false it goes on, as it must where " +
				"only what the VIP tracks counts; an interface that does not exist always counts.",
			Example: "false", Keepalived: "dont_track_primary", Impact: "none",
		},
		{
			Name: "answer", Kind: Bool{}, Default: value(cty.True),
			Doc: "Whether the Active node answers the advertisement of a lower priority at once, so that its sender gives way (RFC 9568 " +
				"section 6.4.3); false is the silence of RFC 5798 and RFC 3768.",
			Example: "false", Keepalived: "lower_prio_no_advert", Impact: "none",
		},
	}
}

func electionRules() []Rule {
	return []Rule{
		{
			Name: "preempt_delay needs preempt", Args: []string{"preempt_delay", "preempt", "priority"},
			Doc: "A delay before preempting has a meaning only where the node preempts; the owner (priority 255) does so at once.",
		},
		{
			Name: "owner has no weights", Args: []string{"priority"},
			Doc: "The priority of the owner is 255 whatever fails (RFC 9568 section 5.2.4); only tracking without weight works.",
		},
	}
}
