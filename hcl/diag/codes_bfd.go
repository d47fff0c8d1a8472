package diag

// bfdRuleCodes are HA239x: arguments of a bfd block that do not go together.
func bfdRuleCodes() []Meaning {
	return []Meaning{
		{"HA2390", "BFD session between two families", `The two ends of a session have addresses of one family. For both families write two bfd blocks.`},
		{"HA2391", "BFD peer that is no host", `The peer of a session is one machine that others reach. Link-local IPv6 addresses are the same on every link, so they need
an interface:

    bfd "router" {
      peer      = "fe80::1"
      interface = "eth1"
    }`},
		{"HA2392", "hops and TTL of a BFD session", `Packets of single hop arrive with the TTL or hop limit 255 with which they left: nobody further away can fake them
(RFC 5881 section 5). With multihop each router on the way takes one off, and hops says how many may be there.`},
	}
}

// bfdCodes are HA409x: sessions that do not find each other.
func bfdCodes() []Meaning {
	return []Meaning{
		{"HA4090", "BFD session without a peer", `Without the argument peer a session is with the other node, by its address: that needs exactly two nodes, both with an
address. Name the peer where there are more, per node if it differs:

    bfd "pair" {
      node "lb1" {
        peer = "192.0.2.12"
      }
      node "lb2" {
        peer = "192.0.2.11"
      }
    }`},
		{"HA4091", "BFD sessions that do not fit each other", `The peer of a session is a node of this configuration, and that node has no session that fits: none with the first
node as its peer, one over the other port (multihop on one end only), one from another address than the peer expects, or
both are passive and wait for each other.`},
		{"HA4092", "two BFD sessions between the same ends", `Packets of a new session are told apart by their addresses only (RFC 5881 section 3), so there can be one session
between two addresses on an interface. Several VIPs may track it.`},
		{"HA4093", "BFD session from a VIP", `The address of a VIP moves; the session would move with it, or have two ends that claim to be one. Write an address that
stays on the node.`},
		{"HA4094", "tracked BFD session that a node does not have", `A node can follow only sessions of its own. The argument nodes of the bfd block says which nodes have it; without it all
directors do.`},
		{"HA4095", "node that gives up with its peer", `Two nodes of a VIP watch each other by BFD, and a failure without a weight takes a node out of the election: when one of
them dies, the other one gives up as well, and nobody answers. VRRP itself notices that a node is gone. The
argument watch of the vip lets a Backup take over at once when its session with the Active node fails; track what is
beyond the nodes, for example the router.`},
		{"HA4098", "watched BFD session with an address that advertises nothing", `A VIP watches the sender of its advertisements. Over IPv4 that is the primary address of the interface, over IPv6 its
link-local address (RFC 9568 section 5.1.2.1). A VIP of both families needs a session with one of them:

    bfd "pair" {
      interface = "eth0"
      node "lb1" {
        peer = "fe80::12"
      }
      node "lb2" {
        peer = "fe80::11"
      }
    }`},
		{"HA4097", "multihop BFD session without a source", `The first packets of a multihop session are told apart by their source and destination (RFC 5883 section 3), so both ends
must know both. The source is that which is written, else the address of the node where that is of the peer's family.`},
		{"HA4096", "watched BFD session with somebody else", `A VIP watches its other nodes: when the session with the Active one fails, a Backup takes over at once. A session with
another machine never does that. What the place of a node in the election depends on is tracked.`},
	}
}
