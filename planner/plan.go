package planner

import "net/netip"

// Plan is what one node must do, compiled from the configuration of the whole cluster. It is pure data, equal to
// itself after a round trip through JSON, and holds no secret.
type Plan struct {
	Cluster string   `json:"cluster"`
	Node    string   `json:"node"`
	Role    Role     `json:"role,omitempty"`
	VIPs    []VIP    `json:"vips,omitempty"`
	Pools   []Pool   `json:"pools,omitempty"`
	Statics []Static `json:"statics,omitempty"`
	// Sync is the synchronisation of connections with other directors; nil for none.
	Sync *Sync `json:"sync,omitempty"`
	// SyncGroups are the names of those with a VIP on the node.
	SyncGroups []string `json:"sync_groups,omitempty"`
	// Channels are the ways of telling what happens.
	Channels []Channel `json:"channels,omitempty"`
	// Intents are the configured things as the enforcer will run them. They exist to be compared: what
	// differs between two plans here is a behaviour change.
	Intents  []Intent `json:"intents,omitempty"`
	Settings Settings `json:"settings"`
}

// Role is what a node is for.
type Role string

// The roles of a node.
const (
	Director Role = "director" // runs elections and balances
	Server   Role = "server"   // answers for a pool behind the directors
)

// Source is a place in the configuration. The zero value means "none".
type Source struct {
	File string `json:"file,omitempty"` // relative to the configuration root
	Line int    `json:"line,omitempty"` // from 1
}

// VIP is the kernel side of a `vip` block: what stands while this node is Active.
type VIP struct {
	Name      string          `json:"name"` // its address in the configuration: vip.web, vip.web["a"]
	Addresses []PlacedAddress `json:"addresses,omitempty"`
	Routes    []PlacedRoute   `json:"routes,omitempty"`
	Rules     []PlacedRule    `json:"rules,omitempty"`
	// LifetimeMS is how long the addresses stand when nobody renews them, in whole seconds; 0 is for ever. The
	// kernel takes away what a dead process leaves behind.
	LifetimeMS int64 `json:"lifetime_ms,omitempty"`
	// Rivals are the other nodes of its election, by priority, the highest first.
	Rivals []Rival `json:"rivals,omitempty"`
	Source Source  `json:"source"`
}

// PlacedAddress is an address with the place in the configuration that asks for it.
type PlacedAddress struct {
	Key    AddressKey `json:"key"`
	Value  Address    `json:"value"`
	Source Source     `json:"source"`
}

// PlacedRoute is a route with the place in the configuration that asks for it.
type PlacedRoute struct {
	Key    RouteKey `json:"key"`
	Value  Route    `json:"value"`
	Source Source   `json:"source"`
}

// PlacedSysctl is a sysctl with the place in the configuration that asks for it.
type PlacedSysctl struct {
	Key    SysctlKey `json:"key"`
	Value  Sysctl    `json:"value"`
	Source Source    `json:"source"`
}

// Static is what always stands on the node: a `static` block, or the real server's side of a pool.
type Static struct {
	Name       string            `json:"name"` // static.uplink; or vip.web, pool.web for what always stands for it
	Addresses  []PlacedAddress   `json:"addresses,omitempty"`
	Routes     []PlacedRoute     `json:"routes,omitempty"`
	Rules      []PlacedRule      `json:"rules,omitempty"`
	Interfaces []PlacedInterface `json:"interfaces,omitempty"`
	Filters    []PlacedFilter    `json:"filters,omitempty"`
	Sysctls    []PlacedSysctl    `json:"sysctls,omitempty"`
	Source     Source            `json:"source"`
}

// Pool is virtual servers that share real servers and checks. Every real server stands behind every listener.
type Pool struct {
	Name      string       `json:"name"` // pool.web
	Listeners []Listener   `json:"listeners"`
	Servers   []PoolServer `json:"servers,omitempty"`
	Quorum    Quorum       `json:"quorum,omitzero"`
	// Sorry takes connections while the pool has no quorum, instead of the servers. It has no checks; an inhibited one stays, with
	// weight 0, while it is not needed.
	Sorry *PoolServer `json:"sorry,omitempty"`
	// TierAtLeast is how many servers of the first tiers must be up before those of later ones stand by; 0 is 1.
	TierAtLeast uint16 `json:"tier_at_least,omitempty"`
	// Suspend lets checks rest while none of the VIPs that hold the listeners is Active here. What they said last holds meanwhile,
	// and servers that were never probed are trusted.
	Suspend bool `json:"suspend,omitempty"`
	// DownAtStop tells at the end of the enforcer that servers which were up, and quorum which was there, are down.
	DownAtStop bool   `json:"down_at_stop,omitempty"`
	Source     Source `json:"source"`
}

// Listener is one virtual server of a pool.
type Listener struct {
	Key   VirtualServerKey `json:"key"`
	Value VirtualServer    `json:"value"`
	// When is the VIP that must be Active here for the service to stand; empty: it always stands.
	When string `json:"when,omitempty"`
}

// PoolServer is one real server of a pool, as configured. What IPVS shows of it depends on its checks.
type PoolServer struct {
	Name       string         `json:"name"`    // the label: web1
	Address    netip.AddrPort `json:"address"` // where connections go; port 0 is the one that clients connect to
	Weight     uint16         `json:"weight"`  // 0 to 65535; 0 takes no new connections
	Forwarding Forwarding     `json:"forwarding"`
	Tunnel     TunnelOptions  `json:"tunnel,omitzero"`
	Upper      uint32         `json:"upper,omitempty"` // thresholds: see [RealServer]
	Lower      uint32         `json:"lower,omitempty"`
	// Checks are the keys of the checks that must all pass for the server to be up. Empty: always up.
	Checks []string `json:"checks,omitempty"`
	// Weighs are those of them whose numbers move the weight.
	Weighs []Weigh `json:"weighs,omitempty"`
	// Inhibit shows the server with weight 0 instead of not at all, so that connections which it has go on.
	Inhibit bool `json:"inhibit,omitempty"`
	// Tier is when the server takes connections: those of tier 1 always, those of the others, up to [MaxTier], when too few of the
	// tiers before are up. 0 is 1.
	Tier uint8 `json:"tier,omitempty"`
	// DrainMS is how long connections of the server may go on after it has left the configuration, in milliseconds; 0 takes it
	// away at once.
	DrainMS int64 `json:"drain_ms,omitempty"`
	// SlowStartMS is how long the weight of a server that comes up grows until it is whole, in milliseconds; 0 begins with all of it.
	SlowStartMS int64  `json:"slow_start_ms,omitempty"`
	Source      Source `json:"source"`
}

// Settings are node-wide choices of the `settings` block that the enforcer reads.
type Settings struct {
	// ReadBack is how often IPVS, which has no events, is read and compared, in milliseconds. Range 100 to 600000.
	ReadBackMS int64 `json:"read_back_ms"`
	// ExclusiveIPVS makes all services of IPVS the node's own: those that the plan does not have are deleted, whoever made them.
	ExclusiveIPVS bool `json:"exclusive_ipvs,omitempty"`
	// IPVSAtStart and IPVSAtStop are what becomes of IPVS's table when the enforcer begins and ends.
	IPVSAtStart TableFate `json:"ipvs_at_start,omitempty"`
	IPVSAtStop  TableFate `json:"ipvs_at_stop,omitempty"`
}

// TableFate is what becomes of IPVS's table.
type TableFate string

// The fates of a table.
const (
	TableKeep   TableFate = ""       // it stays as it is
	TableRemove TableFate = "remove" // what is ha's goes
	TableFlush  TableFate = "flush"  // all goes, whoever made it
)

// Intent is one configured thing with its effective arguments on this node, flat and printable.
type Intent struct {
	Name   string `json:"name"` // vip.web, check.http.login, settings
	Args   []Arg  `json:"args"` // sorted by path
	Source Source `json:"source"`
}

// Arg is one effective argument of an [Intent].
type Arg struct {
	Path  string `json:"path"`  // priority, server.web1.weight
	Value string `json:"value"` // as it would be written in HCL, without quotes around a lone string
	// Impact is what changing the argument costs clients when the intent's VIP is Active here; see Class.
	Impact Impact `json:"impact,omitempty"`
	// Deaf tells that nodes on which the argument differs do not hear each other. A change of it on a node that is Backup makes
	// that node Active beside the other, so it costs as much as on the Active one.
	Deaf   bool   `json:"deaf,omitempty"`
	Source Source `json:"source"`
}
