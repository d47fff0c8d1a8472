package diag

// trackRuleCodes are HA238x: arguments about tracking and delays that do not go together.
func trackRuleCodes() []Meaning {
	return []Meaning{
		{"HA2380", "track block about nothing, or about two things", `A track block is about one interface, or about one check with the target that it probes, or about one pool:

    track "uplink" {
      interface = "eth1"
      weight    = 60
    }

    track "db" {
      check  = check.tcp.db
      target = "192.0.2.31:5432"
    }

    track "web" {
      pool     = pool.web
      at_least = 2
    }

It may also be about one BFD session: bfd = bfd.uplink.`},
		{"HA2381", "preempt_delay where nothing is delayed", `preempt_delay holds back a node that would take over from one with a lower priority. A node with preempt = false never
does that, and the owner (priority 255) must not wait (RFC 9568 section 6.1).`},
		{"HA2382", "weight on the owner", `The owner's priority is 255 whatever fails, since no other node may have its addresses (RFC 9568 section 5.2.4).
Tracking without a weight takes the owner out of the election, and so does require.`},
		{"HA2383", "track block that weighs in two ways", `weight is how much a failure lowers the priority, raise how much it is higher while all is well, factor what the
number of a check is multiplied with. One of them says what a failure means.`},
	}
}

// trackingCodes are HA408x: tracking that does not do what was meant.
func trackingCodes() []Meaning {
	return []Meaning{
		{"HA4080", "tracking that can never move the VIP", `For every set of failed things the priorities of the nodes were compared: with and without this failure the same node
wins. Usually the weight is not above the distance between two priorities: 150 less 50 is 100, and a node with 100 does
not take over from an equal one.`},
		{"HA4081", "weights below priority 1 or above 254", `The weights of all that a node tracks add up to its priority or more, or what raises it lifts it above 254. Priorities end at
1 and 254, so two nodes that have lost or gained that much are equal, and the greater primary address of the interface
decides (RFC 9568 section 6.4.3).`},
		{"HA4082", "failure that takes the VIP from all nodes", `Every node tracks one check of one target without a weight. When the target fails, and not the way to it, all nodes take
no part and nobody answers for the VIP. With weights all priorities fall alike, and the best node stays.`},
		{"HA4083", "weight on a member of a sync group", `A sync group moves only when all members want to, so a lower priority of one of them moves nothing. Track blocks of the
group lower the priorities of all its members:

    sync_group "edge" {
      vips = [vip.inside, vip.outside]
      track "uplink" {
        interface = "eth2"
        weight    = 60
      }
    }`},
		{"HA4084", "interface that is tracked anyway", `A node whose interface of the VIP is down or has no carrier takes no part in the election, without being told so.`},
		{"HA4085", "tracked check without a target", `In a pool a check probes each server. A VIP has no server, so the check or the track block says what is probed:

    check "tcp" "db" {
      target = "192.0.2.31:5432"
    }

    vip "web" {
      require = [check.tcp.db]
    }`},
		{"HA4086", "tracked pool that never has enough servers", `A node counts how many servers of the pool are up by its own checks. The pool must be on the node, and it must
have as many servers with a weight above 0 as at_least says.`},
		{"HA4087", "interface that is believed in longer than a takeover lasts", `While down_delay runs, a node goes on as if its interface worked. The other nodes hear nothing from it and take over after
down_adverts intervals. A delay below (down_adverts - 1) x interval - interval/256 ends before that (keepalived cuts it there).`},
		{"HA4088", "weights beside prefer", `prefer computes weights from the priorities of all nodes: each thing outweighs the distance between the priorities and
everything that matters less. A weight of your own beside them would upset that order. Conditions (track blocks without a
weight, require) may stand beside prefer.`},
		{"HA4089", "no room for that many preferences", `The least important of n things weighs one more than the priorities lie apart, each other one twice as much as the one
behind it. Priorities end at 1 and 254, so 2^n times (the distance + 1) must not be above 254: one thing fits beside
priorities that lie 126 apart, two beside 62, three beside 30, four beside 14, five beside 6.`},
	}
}
