package planner

import "net/netip"

// State is a set of kernel objects: those that must exist, or those that do. A nil map is an empty one.
type State struct {
	Interfaces     map[InterfaceKey]Interface // virtual ones; Links holds all that are live
	Addresses      map[AddressKey]Address
	Routes         map[RouteKey]Route
	Rules          map[RuleKey]Rule
	Filters        map[FilterKey]Filter
	Sysctls        map[SysctlKey]Sysctl
	VirtualServers map[VirtualServerKey]VirtualServer
	RealServers    map[RealServerKey]RealServer
	SyncDaemons    map[SyncDaemonKey]SyncDaemon

	// Marked holds the live objects that carry ha's own mark in the kernel (the protocol of addresses, routes
	// and rules, the alias of interfaces, the table of filters). Empty in a desired state. IPVS and sysctls have no mark.
	Marked map[Key]bool
	// Links are the live network interfaces by name. Empty in a desired state.
	Links map[string]Link
	// NoIPVS says in words why IPVS cannot be used on this machine; empty when it can. Only live.
	NoIPVS string
	// NoFilters says in words why packets cannot be filtered on this machine; empty when they can. Only live.
	NoFilters string
}

// Key identifies a kernel object: it is what the kernel finds the object by. Keys are comparable.
//
//sumtype:decl
type Key interface {
	// String is the key as documents spell it: kind and parts joined by "|". [ParseKey] reads it back.
	String() string
	key()
}

// AddressKey identifies an address: the interface and the address with its prefix length, host bits kept.
type AddressKey struct {
	Device string // interface name, at most 15 bytes
	Prefix netip.Prefix
}

// Address is what can differ between two addresses of one key. IFA_* in linux/if_addr.h.
type Address struct {
	Label     string         `json:"label,omitempty"`    // IPv4 only, at most 15 bytes; empty is the device's name
	Scope     Scope          `json:"scope"`              // RT_SCOPE_*; IPv6 derives it from the address
	Broadcast netip.Addr     `json:"broadcast,omitzero"` // IPv4 only; invalid is none
	Peer      netip.Prefix   `json:"peer,omitzero"`
	NoDAD     bool           `json:"nodad,omitempty"` // IPv6: IFA_F_NODAD; counts only while the address is added
	Options   AddressOptions `json:"options,omitzero"`
}

// Scope is RT_SCOPE_* of linux/rtnetlink.h.
type Scope uint8

// The scopes that ip-address(8) names.
const (
	ScopeGlobal Scope = 0
	ScopeSite   Scope = 200
	ScopeLink   Scope = 253
	ScopeHost   Scope = 254
)

// RouteKey identifies a route in the kernel's tables.
type RouteKey struct {
	Table       uint32       // RT_TABLE_*; 254 is main
	Destination netip.Prefix // masked; 0.0.0.0/0 and ::/0 are the default routes
	Metric      uint32       // 0 for IPv4 default; IPv6 uses 1024 where none is given
	TOS         uint8        // IPv4 only: packets with this type of service; a multiple of 4, 0 is any
	From        netip.Prefix // IPv6 only: packets from this network; masked, invalid is any
}

// Route is what can differ between two routes of one key.
type Route struct {
	Gateway    netip.Addr `json:"gateway,omitzero"` // invalid is none
	Device     string     `json:"device,omitempty"` // empty where the gateway decides
	Source     netip.Addr `json:"source,omitzero"`  // preferred source; invalid is none
	Scope      Scope      `json:"scope"`
	Type       RouteType  `json:"type"`
	OnLink     bool       `json:"onlink,omitempty"`
	MTU        uint32     `json:"mtu,omitempty"` // bytes; 0 is unset
	Metrics    Metrics    `json:"metrics,omitzero"`
	Preference Preference `json:"preference,omitempty"` // IPv6 only
	Realms     Realms     `json:"realms,omitempty"`     // IPv4 only
	Encap      Encap      `json:"encap,omitzero"`
	// NextHops are the ways of a route with several; Gateway, Device, OnLink, Realms and Encap are empty then. IPv6
	// keeps them in an order of its own.
	NextHops List[NextHop] `json:"next_hops,omitzero"`
	// NextHopID names an object of ip-nexthop(8) that the route uses. Only live: ha makes no such routes.
	NextHopID uint32 `json:"nhid,omitempty"`
}

// RouteType is RTN_* of linux/rtnetlink.h.
type RouteType uint8

// The types of static routes. Those of the kernel's own table, local to multicast, can be made by hand as well.
const (
	Unicast     RouteType = 1
	Local       RouteType = 2 // for this node
	Broadcast   RouteType = 3
	Anycast     RouteType = 4
	Multicast   RouteType = 5
	Blackhole   RouteType = 6
	Unreachable RouteType = 7
	Prohibit    RouteType = 8
	Throw       RouteType = 9 // this table has no answer: the search goes on with the next rule
)

// SysctlKey is the dotted name as sysctl(8) prints it, with "/" for dots inside an interface's name.
type SysctlKey string

// Sysctl is the value of a sysctl, white space normalised.
type Sysctl string

// Link is a live network interface.
type Link struct {
	Index   int    `json:"index"`
	Up      bool   `json:"up"`            // administratively
	Running bool   `json:"running"`       // carrier
	MTU     int    `json:"mtu,omitempty"` // bytes
	MAC     string `json:"mac,omitempty"`
	Master  int    `json:"master,omitempty"` // index of the VRF, bridge or bond that it is in; 0: none
	VRF     bool   `json:"vrf,omitempty"`    // it is one itself
	Group   uint32 `json:"group,omitempty"`  // see ip-link(8)
	// Addresses are what the interface holds, in the kernel's order: the first of a family that is no VIP is
	// the primary address.
	Addresses []netip.Prefix `json:"addresses,omitempty"`
}
