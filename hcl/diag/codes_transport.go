package diag

// transportCodes are about how the nodes of a VIP reach and believe each other.
func transportCodes() []Meaning {
	return []Meaning{
		{"HA4041", "nodes authenticate differently", `All nodes of a VIP use one type of authentication. Nodes that differ drop each other's adverts and all become Active. To
introduce "hmac" use its mode: "receive-only" on all nodes, then "permissive", then "enforce".`},
		{"HA4042", "key that another node does not have", `A node signs with a key that another one does not know, so its adverts are dropped there. A new key is added on all nodes
first; then it becomes the active one; then the old one is removed.`},
		{"HA4043", "unicast on some nodes only", `A VIP is advertised to the multicast group or to peers, on all nodes alike.`},
		{"HA4044", "no unicast peer", `Peers are by default the addresses of the other nodes, as far as they are of the VIP's family. Otherwise list them:

    vip "six" {
      unicast {
        peers = ["2001:db8::11", "2001:db8::12"]
      }
      node "lb1" {
        unicast {
          source = "2001:db8::11"
        }
      }
    }`},
		{"HA4046", "different multicast groups", `All nodes of a VIP send to one group, so that they hear each other.`},
		{"HA4076", "two kinds of virtual interface on one interface", `The kernel lets one kind of virtual interface hear first what comes in on an interface: macvlans, which virtual_mac
makes, or ipvlans. VIPs on one interface of a node use the same kind.`},
		{"HA4077", "MAC address of two VIPs", `A link finds an interface by its MAC address, so no two have the same one. The addresses of VRRP differ by VRID;
of an address of your own write five bytes, to which the VRID is added:

    virtual_mac {
      address = "02:00:5e:00:00"
    }`},
		{"HA4048", "virtual interface of two VIPs", `A VIP with a virtual MAC makes the interface vrrp.VRID (vrrp6.VRID for IPv6). Two VIPs with one VRID, on different interfaces of a
node, need different names:

    virtual_mac {
      name = "inside"
    }`},
		{"HA4056", "listener on an address that accepts nothing", `With accept = false packets to the addresses of a VIP are dropped before the node, and IPVS with it, takes them. Pools
listen on addresses of VIPs that accept.`},
		{"HA4057", "accept on the owner", `A node with priority 255 owns the addresses and accepts what is sent to them (Accept_Mode in RFC 5798 section 6.1). accept = false is for
the others.`},
		{"HA4047", "AH is old", `The authentication "ah" is HMAC-MD5 with a password of 8 bytes, as keepalived speaks it; no standard has it any more, and over multicast
keepalived departs even from the one that had (RFC 2402). It is there to run beside keepalived. Between nodes with ha, or keepalived 2.4.2 and
later, use "hmac".`},
		{"HA4049", "lifetime shorter than a takeover", `The addresses of a VIP carry a lifetime that the enforcer renews every second, so that those of a process that died leave by
themselves. One that ends before another node has taken over leaves clients without an answer in between. By default it is two seconds longer.`},
		{"HA4045", "VIP as unicast peer", `Adverts go from node to node. The address of a VIP is on whichever node is Active, so adverts to it reach the sender.`},
	}
}
