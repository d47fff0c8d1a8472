package diag

import "slices"

// clusterCodes are HA4xxx: cluster consistency.
func clusterCodes() []Meaning {
	return slices.Concat(electionCodes(), transportCodes(), trackingCodes(), bfdCodes(), notifyCodes(), balancingCodes(), deliveryCodes(), syncCodes(), nodeCodes())
}

// electionCodes are about VIPs that must agree, or differ, between nodes.
func electionCodes() []Meaning {
	return []Meaning{
		{"HA4001", "VRID used twice on one link", `Nodes tell virtual routers of one address family on one link apart by the VRID alone (RFC 9568 section 5.2.3). Two with
the same VRID would hear each other's adverts and take turns. The message lists which are free.`},
		{"HA4002", "nodes disagree about a VIP", `vrid, version, interval and down_adverts are the same on all nodes of a VIP. With different VRIDs or versions the nodes do not hear
each other and all become Active; with different intervals VRRP 2 drops the adverts (RFC 3768 section 7.1), and in VRRP 3
a node with a short interval may take over before it hears one with a long interval.`},
		{"HA4003", "two owners", `Priority 255 says that the addresses of the VIP are the node's own (RFC 9568 section 5.2.4). An owner is always Active;
two owners answer both.`},
		{"HA4004", "nodes disagree about the addresses of a VIP", `All nodes of a VIP hold the same addresses. An address that one of them lacks answers nowhere while that node is
Active.`},
		{"HA4005", "address in two blocks", `An address belongs to one VIP or static block of a node. If two wanted it, the one that lets go would take it from the
other. Link-local IPv6 addresses may stand once per interface.`},
		{"HA4006", "VIP without an interface", `The interface of a VIP is that of its interface argument or else the default interface of the node:

    node "lb1" {
      address   = "192.0.2.11"
      interface = "eth0"
    }`},
		{"HA4007", "equal priorities", `Two nodes of one VIP have the same priority. The greater primary address of the interface then decides (RFC 9568
section 6.4.3), so a renumbered node changes who is Active. Different priorities say what is meant:

    vip "web" {
      priority = 100
      node "lb1" {
        priority = 150
      }
    }`},
		{"HA4014", "members of a sync group on different nodes", `The VIPs of a sync group move together, so each node that can hold one must be able to hold all.`},
		{"HA4015", "VIP in two sync groups", `A VIP follows one group. Two groups with a common member would be one group.`},
		{"HA4052", "members of a sync group prefer different nodes", `The members of a sync group are Active on one node. When the highest priorities of two members are on different nodes,
each node is better in one of them and makes the other let go of all. The election ends, after a longer time, and only one
member is where its priority says. Give one node the highest priority in all members:

    vip "inside" {
      node "lb1" {
        priority = 150
      }
    }
    vip "outside" {
      node "lb1" {
        priority = 150
      }
    }`},
		{"HA4019", "label does not begin with the interface", `Labels begin with the name of the device (ip-address(8)). The interface of a VIP may differ from node to node; then the
label has to, too, in an overlay.`},
		{"HA4020", "IPv6 without a link-local address", `The first address of an IPv6 virtual router is link-local (RFC 9568 section 5.2.9), because hosts use the link-local
address of their router as next hop. ha advertises without it, too, as keepalived does; other implementations may not
accept such adverts.

    addresses = ["fe80::51/64", "2001:db8::20/128"]`},
		{"HA4025", "sync group with one member", `A group makes its members move together; one member does so anyway.`},
		{"HA4029", "VIP is the own address of a node", `The address of a VIP is also that of a node block. The node would answer for it whether or not it is Active. Only the
owner does so on purpose, with priority 255.`},
	}
}

// balancingCodes are about pools, listeners and real servers.
func balancingCodes() []Meaning {
	return []Meaning{
		{"HA4008", "listener that no VIP covers", `IPVS answers for an address only where the node holds it. The address of the listener is in no VIP and no static block
of the node, so no packet for it arrives. It may be right where something else places the address.`},
		{"HA4009", "listener of two pools", `IPVS finds a virtual server by protocol, address and port, so on one node a listener belongs to one pool.
Firewall marks are found by the mark and the family. Ranges of addresses and ports are written out before they are compared.`},
		{"HA4010", "port differs without rewriting", `With direct routing and tunnels packets are not rewritten: they reach the server on the listener's port, whatever port
the server has in the configuration. Where a pool listens on several ports, or on all (port 0), the address of a server
stands alone, without a port; with "nat" it may have a port of its own, unless the listener is for every port.`},
		{"HA4011", "real server that ha cannot set up", `With direct routing and tunnels a real server must hold the listeners' addresses and must not answer ARP for them
(net.ipv4.conf.all.arp_ignore = 1, arp_announce = 2); a tunnel ends on an interface of its own. ha does that on the nodes of
the cluster: a node is the server that has its address, or that names it (node = node.web1).

    node "web1" {
      address = "192.0.2.31"
      role    = "server"
    }

Without such a node it has to be done by other means; the warning says that nobody checks it, and "prepared = true" in the
pool says that somebody does.`},
		{"HA4110", "dummy with the name of the node's interface", `vip_interface names a dummy interface that is made for the addresses of the pools which the node is a server of. It has no
link, so nobody asks for them there. The interface with the link cannot stand for it.

    node "web1" {
      address       = "192.0.2.31"
      role          = "server"
      interface     = "eth0"
      vip_interface = "vips"
    }`},
		{"HA4140", "real server that ha sets up in part", `The server is a node of the cluster, and two things about it ha cannot do. Firewall marks name no addresses, so it does not know
which ones the server must hold: a static block does, with device = "lo". And it makes the ends of tunnels of the type ipip, and gre
without checksums, but not of gue, which comes out of a UDP socket that "ip fou" opens.`},
		{"HA4111", "director that balances what another hands to it", `A director may be a real server of a pool with direct routing or tunnels that other directors balance, too. Then it holds the
listener's address even when it is not Active, and must not balance connections that arrive as for a server. Where a vip
holds the address, its service stands only while that vip is Active on the node. This listener has no vip, so nothing tells
when it is the node's turn, and two directors may hand connections to each other without end.`},
		{"HA4012", "listener and server of different families", `With "nat" and "dr" IPVS cannot send IPv4 connections to IPv6 servers or the reverse. Every server of a pool stands
behind every listener and mark, so a service in both families is two pools. Only a tunnel leads from one family to the
other.`},
		{"HA4013", "server twice in a pool", `IPVS finds a real server by address and port: two of them with different names are one.`},
		{"HA4051", "server that is a listener of its pool", `The address and port of the server are also those of a listener of the same pool: what arrives there would be handed to
itself. A server has an address of its own; with "dr" and "tunnel" it holds the listener's address on lo besides:

    pool "web" {
      listen = ["192.0.2.20:80"]
      server "web1" {
        address = "192.0.2.31:80"
      }
    }`},
		{"HA4053", "check from another family", `The address in the block from of a check is where its connections begin, the server where they end: both are IPv4, or both
are IPv6. A pool with servers of both families has a check for each, inside its servers.`},
		{"HA4054", "data path that no server is on", `A check with data_path asks the listeners of a pool by way of its servers, in frames or tunnels as forwarding "dr" and "tunnel"
send them. With "nat" the server never sees the listener's address: a plain check takes the same way as the packets of clients. A check that a VIP tracks is of no pool,
and a pool of firewall marks has no address that could be asked for.`},
		{"HA4130", "quorum that is never reached", `A pool gains its quorum when the servers that are up weigh as much as the weight and the hysteresis of the block say
together. All servers of the pool weigh less, so it never would:

    pool "web" {
      quorum {
        weight     = 2
        hysteresis = 1
      }
      # three servers of weight 1, or more
    }`},
		{"HA4131", "checks that never rest", `With suspend the checks of a pool rest while the VIPs that hold its listeners are Active on another node. An address that no
VIP of the node holds is always there, and so are the checks.`},
		{"HA4132", "servers that never stand by", `Servers of later tiers stand by while as many servers of the tiers before are up as tier_at_least says. With fewer servers
there, or with all in one tier, that never happens.`},
		{"HA4027", "pool without servers", `A pool without servers refuses every connection. Often a dynamic block came out empty because a variable is.`},
	}
}

// nodeCodes are about nodes and what always stands on them.
func nodeCodes() []Meaning {
	return []Meaning{
		{"HA4016", "server where a director is needed", `VIPs and pools are for directors. A node with role "server" answers behind them and runs no election.`},
		{"HA4017", "two nodes with one address", `The address of a node is that of one machine; real servers are recognised by it.`},
		{"HA4018", "overlay that is never in force", `The block is not for the node that the overlay names: it lists other nodes, or it is for all directors and the node is
a server.`},
		{"HA4022", "sysctl with two values", `Two blocks want different values of one sysctl on one node. Some are wanted by a block without being named: forwarding
for pools with "nat", arp_ignore and arp_announce on real servers, promote_secondaries where VIPs share a subnet or a peer.`},
		{"HA4023", "route twice", `The kernel finds a route by table, destination and metric, and by tos in IPv4 and from in IPv6. Two routes to one
network need different ones of these.`},
		{"HA4040", "rule twice", `The kernel finds a rule by all that it says. Two that say the same are one, and when a VIP leaves, it would take the
other's rule along.`},
		{"HA4062", "goto that leads nowhere", `A rule with the action "goto" goes on with the rule of another priority. The kernel accepts one that leads to no rule, and
passes it over until somebody makes that rule.`},
		{"HA4050", "address that is not of one machine", `Others must reach the addresses of VIPs, listeners, servers and nodes. Loopback addresses (127.0.0.0/8, ::1) are on every
machine that machine itself, the unspecified address (0.0.0.0, ::) is none, and a multicast address is that of a group.
A static block may hold loopback addresses:

    static "self" {
      address "127.0.0.53/32" {
        device = "lo"
      }
    }`},
		{"HA4026", "block that is on no node", `A block without the argument nodes is for all directors, and the configuration has none; or the list of nodes is empty.`},
		{"HA4030", "other version of ha required", `cluster.required_version names the versions of ha that may read the configuration. It keeps an old version from
misreading new files:

    cluster {
      required_version = ">= 1.2, < 2.0"
    }`},
	}
}
