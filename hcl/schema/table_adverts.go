package schema

import "github.com/zclconf/go-cty/cty"

const (
	dscpRange = "The differentiated services code point has six bits (RFC 2474 section 3); 0 is best effort, which is dropped first when a link is full."
	groupRule = "VRRP's own groups are 224.0.0.18 and ff02::12 (RFC 9568 section 5.1); another IPv6 group must be link-local in scope (ff02::/16), so that no " +
		"router forwards it."
)

// advertsBlock is how adverts look on the wire where the standard is not followed to the letter.
func advertsBlock() *Block {
	return &Block{
		Type: "adverts",
		Doc: "How advertisements look on the wire, for peers and networks that want something else than the standard. Without the block " +
			"everything is as RFC 9568 and keepalived have it.",
		Args: []Arg{
			{
				Name: "groups", Kind: List{Elem: Addr{}, Unique: true}, Default: Default{Text: "224.0.0.18 and ff02::12"},
				Doc: "Multicast groups that adverts go to, at most one of each address family; the same on all nodes. Routers of one link that use different " +
					"groups do not hear each other.",
				Example: `["224.0.0.240"]`, Keepalived: "mcast_dst_ip", Impact: "failover", Deaf: true,
			},
			{
				Name: "sources", Kind: List{Elem: Addr{}, Unique: true}, Default: Default{Text: "the primary address of the interface"},
				Doc: "Addresses on the VIP's interface from which adverts are sent, at most one of each address family. Between equal priorities the greater " +
					"one wins. Those of unicast stand in its own block.",
				Example: `["192.0.2.11"]`, Keepalived: "mcast_src_ip", Impact: "failover",
			},
			{
				Name: "checksum", Kind: Enum{Values: []string{"pseudo-header", "message", "auto"}}, Default: value(cty.StringVal("pseudo-header")),
				Doc: "What the checksum of version 3 over IPv4 covers when we send: \"pseudo-header\" as keepalived and FRR have it, \"message\" alone as RFC 9568, " +
					"Cisco, Juniper and Arista do, or \"auto\", the form in which the other router sends. Both are accepted always.",
				Example: `"message"`, Keepalived: "v3_checksum_as_v2", Impact: "failover",
			},
			{
				Name: "address_mismatch", Kind: Enum{Values: []string{"accept", "drop"}}, Default: value(cty.StringVal("accept")),
				Doc: "What is done with adverts whose list of addresses is not ours: \"accept\" tells of it once and goes by the advert, as keepalived does since " +
					"2.3.3; \"drop\" ignores them, as older ones did, and then both routers become Active.",
				Example: `"drop"`, Impact: "none",
			},
			{
				Name: "dscp", Kind: Int{Min: 1, Max: 63, Why: dscpRange}, Default: value(cty.NumberIntVal(48)),
				Doc:     "Differentiated services code point of the IP header, 1 to 63; 48 is CS6, internetwork control.",
				Example: "46", Impact: "none",
			},
			{
				Name: "queue_priority", Kind: Int{Min: 1, Max: 7}, Default: value(cty.NumberIntVal(7)),
				Doc: "Priority within the queues of the node (SO_PRIORITY in socket(7)), 1 to 7, the highest; a VLAN interface maps it to the priority in its " +
					"tag when told so (egress-qos-map).",
				Example: "6", Impact: "none",
			},
		},
		Rules: []Rule{
			{Name: "groups are groups", Args: []string{"groups"}, Doc: groupRule},
			{Name: "sources are hosts", Args: []string{"sources"}, Doc: "Adverts come from an address of the node itself, in each family from one."},
		},
	}
}
