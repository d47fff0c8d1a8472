package schema

import (
	"time"

	"github.com/zclconf/go-cty/cty"
)

const (
	bfdInterval = "Faster than 10ms is not worth its load, and slower than 1m is no detection."
	bfdIdle     = "While a session is not up, packets are at least a second apart (RFC 5880 section 6.8.3)."
	bfdHops     = "Packets leave with a TTL of 255, and each router on the way takes one off (RFC 5883 section 5)."
)

// bfdBlock is a session of bidirectional forwarding detection.
func bfdBlock() *Block {
	return &Block{
		Type:    "bfd",
		Labels:  []Label{{Name: "name", Doc: "Name of the session; used as `bfd.name`."}},
		ForEach: true,
		Overlay: true,
		Doc: "A BFD session (RFC 5880) with a router or another node: both ends send small packets, and each notices within `multiplier` " +
			"times the interval when it hears nothing. VIPs and sync groups track it with `track`. A session that was never up counts as failed " +
			"after three times idle_tx. The two nodes of a cluster find each other by their addresses: `bfd \"pair\" {}` is enough.",
		Args: append(bfdPeerArgs(), bfdTimerArgs()...),
		Rules: []Rule{
			{Name: "bfd is of one family", Args: []string{"peer", "source"}, Doc: "A session runs between two addresses of one family."},
			{Name: "bfd peer is a host", Args: []string{"peer", "interface"}, Doc: "The peer is one machine; a link-local address needs the interface of its link."},
			{Name: "bfd hops fit", Args: []string{"multihop", "hops", "min_ttl", "source"}, Doc: bfdHops},
		},
		Example: "bfd \"uplink\" {\n  peer      = \"198.51.100.1\"\n  interface = \"eth1\"\n  min_tx    = \"100ms\"\n  min_rx    = \"100ms\"\n}\n",
	}
}

// bfdPeerArgs are with whom a session is, and how far away that is.
func bfdPeerArgs() []Arg {
	return []Arg{
		{
			Name: "nodes", Kind: List{Elem: Ref{To: "node"}, Unique: true}, Shared: true, Default: Default{Text: "all directors"},
			Doc: "Directors that have the session.", Example: "[node.lb1, node.lb2]", Impact: "none",
		},
		{
			Name: "peer", Kind: Addr{}, Default: Default{Text: "the address of the other one of two nodes"},
			Doc:     "Address of the other end.",
			Example: `"198.51.100.1"`, Keepalived: "neighbor_ip", Impact: "failover",
		},
		{
			Name: "source", Kind: Addr{}, Default: Default{Text: "the node's address, to the other one of two nodes and with multihop; else the one in the network of the peer"},
			Doc:     "Address from which the node sends, and by which its peer knows it; never that of a VIP.",
			Example: `"198.51.100.11"`, Keepalived: "source_ip", Impact: "failover",
		},
		{
			Name: "interface", Kind: Interface(), Default: Default{Text: "wherever the route to the peer leads"},
			Doc:     "Interface by which packets must leave and come.",
			Example: `"eth1"`, Impact: "failover",
		},
		{
			Name: "multihop", Kind: Bool{}, Default: value(cty.False),
			Doc:     "Whether routers may be between the two ends: UDP port 4784 (RFC 5883) instead of 3784; the same on both.",
			Example: "true", Keepalived: "multihop", Impact: "failover",
		},
		{
			Name: "hops", Kind: Int{Min: 1, Max: 254, Why: bfdHops}, Default: Default{Text: "1, with multihop"},
			Doc:     "How many routers may be between the two ends with `multihop`, 1 to 254.",
			Example: "3", Keepalived: "max_hops", Impact: "none",
		},
		{
			Name: "min_ttl", Kind: Int{Min: 1, Max: 255, Why: bfdHops}, Default: Default{Text: "255; 255 - hops with multihop"},
			Doc: "Lowest TTL or hop limit that is accepted without `multihop`. Below 255 only for a peer that does not send 255, as keepalived " +
				"over IPv6 without `hoplimit 255`: then packets may come from elsewhere.",
			Example: "64", Impact: "none",
		},
		{
			Name: "passive", Kind: Bool{}, Default: value(cty.False),
			Doc: "Whether the node is silent until its peer speaks; not on both ends.", Example: "true", Keepalived: "passive", Impact: "failover",
		},
		{
			Name: "admin_down_fails", Kind: Bool{}, Default: value(cty.False),
			Doc:     "Whether it is a failure when the peer shuts its end down on purpose (AdminDown). By default nothing changes then (RFC 5882 section 4.2).",
			Example: "true", Impact: "none",
		},
	}
}

// bfdTimerArgs are how fast a session is.
func bfdTimerArgs() []Arg {
	return []Arg{
		{
			Name: "min_tx", Kind: bfdDuration(), Default: value(cty.StringVal("300ms")),
			Doc:     "Shortest time between packets that the node wants to send, 10ms to 1m; the peer may ask for more. keepalived's default is 10ms.",
			Example: `"50ms"`, Keepalived: "min_tx", Impact: "none",
		},
		{
			Name: "min_rx", Kind: bfdDuration(), Default: value(cty.StringVal("300ms")),
			Doc:     "Shortest time between packets that the node wants to receive, 10ms to 1m. keepalived's default is 10ms.",
			Example: `"50ms"`, Keepalived: "min_rx", Impact: "none",
		},
		{
			Name: "multiplier", Kind: Int{Min: 1, Max: 255}, Default: value(cty.NumberIntVal(3)),
			Doc:     "After how many missing packets of this node its peer takes it for gone, 1 to 255. keepalived's default is 5.",
			Example: "5", Keepalived: "multiplier", Impact: "none",
		},
		{
			Name: "idle_tx", Kind: Duration{Min: time.Second, Max: time.Minute, Step: time.Millisecond, Why: bfdIdle}, Default: value(cty.StringVal("1s")),
			Doc:     "Time between packets while the session is not up, 1s to 1m.",
			Example: `"2s"`, Keepalived: "idle_tx", Impact: "none",
		},
	}
}

func bfdDuration() Duration {
	return Duration{Min: 10 * time.Millisecond, Max: time.Minute, Step: time.Millisecond, Why: bfdInterval}
}

// trackBFDArg is the argument of a track block that names a session.
func trackBFDArg() Arg {
	return Arg{
		Name: "bfd", Kind: Ref{To: "bfd"}, Default: Default{Text: "none"},
		Doc:     "BFD session that must be up. Its failure counts at once: the node gives way within the detection time of the session.",
		Example: "bfd.uplink", Keepalived: "track_bfd", Impact: "failover",
	}
}

// watchArgs is the argument of a VIP about sessions with the other nodes.
func watchArgs() []Arg {
	return []Arg{{
		Name: "watch", Kind: List{Elem: Ref{To: "bfd"}, Unique: true}, Default: Default{Text: "none"},
		Doc: "BFD sessions with the other nodes of the VIP. When the one with the Active node fails, a Backup takes over after its skew (less " +
			"than an interval) instead of after missing advertisements. The session must be with the address from which the Active node " +
			"sends its advertisements in one of the families, and shutting it down on purpose (AdminDown) changes nothing.",
		Example: "[bfd.pair]", Impact: "none",
	}}
}

// serverBFDArg is the argument of a real server that names a session.
func serverBFDArg() Arg {
	return Arg{
		Name: "bfd", Kind: Ref{To: "bfd"}, Default: Default{Text: "none"},
		Doc: "BFD session that must be up, besides the checks.", Example: "bfd.web1", Keepalived: "BFD_CHECK", Impact: "new-connections",
	}
}
