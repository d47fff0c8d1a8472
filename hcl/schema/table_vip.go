package schema

import (
	"slices"
	"time"

	"github.com/zclconf/go-cty/cty"
)

const (
	vrrpInterval = "VRRP 3 counts centiseconds in 12 bits: 10ms to 40.95s (RFC 9568 section 5.2.7); VRRP 2 counts whole seconds from 1 to " +
		"255 (RFC 3768 section 5.3.7)."
	addressLifetime = "The kernel counts the lifetime of an address in whole seconds (IFA_CACHEINFO in linux/if_addr.h), and it is renewed every second."
	vrrpPriority    = "255 is kept for the node whose own addresses the VIPs are, 0 for leaving (RFC 9568 section 5.2.4)."
)

func vipBlock() *Block {
	return &Block{
		Type:    "vip",
		Labels:  []Label{{Name: "name", Doc: "Name of the VIP; used as `vip.name`."}},
		ForEach: true,
		Overlay: true,
		Doc: "A virtual router: addresses that one of the nodes, the Active one, answers for. With addresses of both families it " +
			"runs one election per family, which move together.",
		Args: slices.Concat(vipArgs(), electionArgs(), watchArgs(), intentArgs("this VIP"), []Arg{notifyArg("as in settings")}),
		Blocks: []Nested{
			{Block: vipAddressBlock(), Key: "address"},
			{Block: routeBlock(), Key: "destination", With: routeKey()},
			{Block: ruleBlock(), Key: "name"},
			{Block: announceBlock(), Max: 1},
			{Block: authenticationBlock(), Max: 1, Switch: true},
			{Block: unicastBlock(), Max: 1, Switch: true},
			{Block: advertsBlock(), Max: 1, Switch: true},
			{Block: virtualMACBlock(), Max: 1, Switch: true},
			{Block: ipvlanBlock(), Max: 1, Switch: true},
			{Block: trackBlock(), Key: "name"},
		},
		Rules: slices.Concat([]Rule{
			{Name: "interval fits version", Args: []string{"interval", "version"}, Doc: vrrpInterval},
			{Name: "version 2 is IPv4", Args: []string{"version", "addresses"}, Doc: "VRRP 2 carries IPv4 addresses only (RFC 3768)."},
			{Name: "passwords are version 2", Args: []string{"version"}, Doc: "VRRP 3 has no authentication of its own (RFC 9568 section 9)."},
			{Name: "groups need multicast", Args: []string{"version"}, Doc: "Unicast adverts go to peers and to no group, from the source of the unicast block."},
			{Name: "virtual needs multicast", Args: []string{"version"}, Doc: "Unicast adverts are routed: they leave from the interface that leads to the peer, with its MAC address."},
			{Name: "one kind of virtual interface", Args: []string{"version"}, Doc: "The addresses stand on a macvlan or on an ipvlan, and the kernel puts only one kind on an interface."},
			{Name: "has addresses", Args: []string{"addresses"}, Doc: "A VIP needs at least one address that is advertised."},
			{Name: "address once", Args: []string{"addresses"}, Doc: "An address stands once in a VIP, whatever its prefix length."},
			{Name: "addresses fit a packet", Args: []string{"addresses"}, Doc: "An advertisement carries at most 255 IPv4 or, at an MTU of 1500, 90 IPv6 addresses; others are in `address` blocks with `advertise = false`."},
		}, electionRules()),
		Example: "vip \"api\" {\n  vrid      = 77\n  addresses = [\"192.0.2.77/32\"]\n\n  node \"lb1\" {\n    priority = 150\n  }\n}\n",
	}
}

func vipArgs() []Arg {
	return []Arg{
		{
			Name: "vrid", Kind: Int{Min: 1, Max: 255, Why: "The virtual router identifier is a byte and 0 is not used (RFC 9568 section 5.2.3)."},
			Required: true,
			Doc:      "Virtual router identifier, 1 to 255: the same on all nodes, and used once per link.",
			Example:  "51", Keepalived: "virtual_router_id", Impact: "failover", Deaf: true,
		},
		{
			Name: "interface", Kind: Interface(),
			Default: Default{Text: "the node's interface"},
			Doc:     "Interface on which the election runs and the addresses are placed.",
			Example: `"eth0"`, Keepalived: "interface", Impact: "failover", Deaf: true,
		},
		{
			Name: "addresses", Kind: List{Elem: Prefix{}, Unique: true},
			Default: Default{Text: "none"},
			Doc:     "Addresses with their prefix length, usually /32 or /128. Those with options are `address` blocks.",
			Example: `["192.0.2.20/32"]`, Keepalived: "virtual_ipaddress", Impact: "existing-connections",
		},
		{
			Name: "version", Kind: Int{Min: 2, Max: 3}, Default: value(cty.NumberIntVal(3)),
			Doc:     "Version of VRRP: 3 (RFC 9568) or, for old peers and IPv4 only, 2 (RFC 3768). keepalived's default is 2.",
			Example: "2", Keepalived: "version", Impact: "failover", Deaf: true,
		},
		{
			Name: "priority", Kind: Int{Min: 1, Max: 255, Why: vrrpPriority}, Default: value(cty.NumberIntVal(100)),
			Doc: "The node with the highest priority becomes Active: 1 to 254, or 255 on the one node that owns the " +
				"addresses.",
			Example: "150", Keepalived: "priority", Impact: "failover",
		},
		{
			Name: "interval", Kind: Duration{Min: 10 * time.Millisecond, Max: 255 * time.Second, Step: 10 * time.Millisecond, Why: vrrpInterval},
			Default: value(cty.StringVal("1s")),
			Doc: "Time between advertisements; a Backup takes over after a little more than three of them. Version 3: 10ms to " +
				"40.95s in steps of 10ms; version 2: whole seconds from 1s to 255s.",
			Example: `"100ms"`, Keepalived: "advert_int", Impact: "failover",
		},
		{
			Name: "preempt", Kind: Bool{}, Default: value(cty.True),
			Doc:     "Whether a node takes over from an Active one of lower priority. The owner (priority 255) always does.",
			Example: "false", Keepalived: "nopreempt", Impact: "none",
		},
		{
			Name: "accept", Kind: Bool{}, Default: value(cty.True),
			Doc: "Whether the node accepts packets that are sent to the addresses themselves. A router that only forwards may say false: then nftables (its " +
				"table is `inet ha`) drops what is sent to and from them, ping included, except neighbour discovery and what routers say with them. The owner " +
				"(priority 255) accepts in any case. Pools need true.",
			Example: "false", Keepalived: "no_accept", Impact: "outage",
		},
		{
			Name: "lifetime", Kind: Duration{Min: 2 * time.Second, Max: time.Hour, Step: time.Second, Zero: true, Why: addressLifetime},
			Default: Default{Text: "(down_adverts + 1) × interval + 2s, rounded up to whole seconds"},
			Doc: "How long the addresses stand when nobody renews them: whole seconds from 2s to 1h, or \"0s\" for ever. The enforcer " +
				"renews them every second, so those of a process that died or hangs leave by themselves, soon after another " +
				"node has taken over.",
			Example: `"10s"`, Impact: "none",
		},
		{
			Name: "nodes", Kind: List{Elem: Ref{To: "node"}, Unique: true}, Shared: true,
			Default: Default{Text: "all directors"},
			Doc:     "Directors that take part in the election.",
			Example: "[node.lb1, node.lb2]", Impact: "failover",
		},
	}
}

func vipAddressBlock() *Block {
	return &Block{
		Type:   "address",
		Labels: []Label{{Name: "address", Kind: Prefix{}, Doc: "The address with its prefix length."}},
		Doc:    "One more address of the VIP, with options.",
		Args: append([]Arg{
			{
				Name: "device", Kind: Interface(), Default: Default{Text: "the interface of the VIP"},
				Doc: "Interface on which the address is placed.", Example: `"eth1"`, Keepalived: "dev", Impact: "existing-connections",
			},
			{
				Name: "advertise", Kind: Bool{}, Default: value(cty.True),
				Doc: "Whether the address stands in the adverts. One that does not moves with the VIP all the same: for addresses beyond what an advert can " +
					"carry, and for those of the other address family that need no election of their own.",
				Example: "false", Keepalived: "virtual_ipaddress_excluded", Impact: "failover",
			},
			addressLabelArg(), scopeArg(), broadcastArg(), peerArg(),
		}, addressOptionArgs()...),
		Rules: addressRules(),
	}
}

func addressLabelArg() Arg {
	return Arg{
		Name: "label", Kind: AddressLabel(), Default: Default{Text: "none"},
		Doc:     "Label of an IPv4 address, as ifconfig(8) shows it: the device's name and what follows it, at most 15 bytes.",
		Example: `"eth0:web"`, Keepalived: "label", Impact: "none",
	}
}

func scopeArg() Arg {
	return Arg{
		Name: "scope", Kind: Enum{Values: scopes()}, Default: Default{Text: "global; link for IPv6 link-local addresses"},
		Doc:     "Scope of an IPv4 address: where it may be used as a source.",
		Example: `"link"`, Keepalived: "scope", Impact: "none",
	}
}

func broadcastArg() Arg {
	return Arg{
		Name: "broadcast", Kind: Addr{}, Default: Default{Text: "none"},
		Doc:     "Broadcast address of an IPv4 address.",
		Example: `"192.0.2.255"`, Keepalived: "brd", Impact: "none",
	}
}

func peerArg() Arg {
	return Arg{
		Name: "peer", Kind: Prefix{}, Default: Default{Text: "none"},
		Doc: "The other end of a point-to-point link: the kernel makes a route to it instead of one to the network of the address, which is then written " +
			"with /32 or /128. In IPv4 a shorter prefix is a route to the peer's whole network.",
		Example: `"198.51.100.1/32"`, Keepalived: "peer", Impact: "existing-connections",
	}
}

func addressRules() []Rule {
	return append([]Rule{
		{Name: "label fits", Args: []string{"label", "device"}, Doc: "Labels belong to IPv4 addresses and begin with the name of the device (ip-address(8))."},
		{Name: "broadcast fits", Args: []string{"broadcast"}, Doc: "Broadcast addresses belong to IPv4 addresses."},
		{Name: "peer fits", Args: []string{"peer"}, Doc: "With a peer the prefix length belongs to the peer: the address itself is a /32 or /128, and the two are different addresses of one family; an IPv6 peer is a /128."},
		{Name: "scope fits", Args: []string{"scope"}, Doc: "The kernel derives the scope of an IPv6 address from the address."},
	}, addressOptionRules()...)
}

// scopes are the scopes that ip-address(8) names.
func scopes() []string { return []string{"global", "site", "link", "host"} }

func syncGroupBlock() *Block {
	return &Block{
		Type:    "sync_group",
		Labels:  []Label{{Name: "name", Doc: "Name of the group."}},
		Overlay: true,
		Doc:     "VIPs that move together: when one has to leave a node, all leave it.",
		Args: append([]Arg{{
			Name: "vips", Kind: List{Elem: Ref{To: "vip"}, Unique: true}, Required: true, Shared: true,
			Doc:     "The members; at least two, on the same nodes. A VIP is in one group at most.",
			Example: "[vip.inside, vip.outside]", Keepalived: "vrrp_sync_group", Impact: "failover",
		}}, append(intentArgs("every member"), notifyArg("as in settings"))...),
		Blocks: []Nested{{Block: trackBlock(), Key: "name"}},
		Example: "vip \"inside\" {\n  vrid      = 71\n  addresses = [\"192.0.2.71/32\"]\n\n  node \"lb1\" {\n    priority = 150\n  }\n}\n\n" +
			"vip \"outside\" {\n  vrid      = 72\n  addresses = [\"192.0.2.72/32\"]\n\n  node \"lb1\" {\n    priority = 150\n  }\n}\n\n" +
			"sync_group \"edge\" {\n  vips = [vip.inside, vip.outside]\n}\n",
	}
}
