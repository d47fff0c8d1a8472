package vrrp

import (
	"net/netip"
	"time"
)

// Config is what an election needs to know; it does not change while the election runs. Comparable.
type Config struct {
	VRID     uint8         `json:"vrid"`     // 1 to 255
	Version  uint8         `json:"version"`  // 2 (IPv4 only) or 3
	IPv6     bool          `json:"ipv6"`     // address family of the virtual router
	Priority uint8         `json:"priority"` // 1 to 254; 255 is the address owner
	Interval time.Duration `json:"interval"` // v2: 1 s to 255 s, whole seconds; v3: 10 ms to 40.95 s in steps of 10 ms
	Preempt  bool          `json:"preempt"`  // Preempt_Mode; the owner always preempts
	// PreemptDelay is how long adverts of lower priority are followed before they are outwaited, so that a router which
	// comes back does not take over at once; 0 is not at all. The owner does not wait.
	PreemptDelay time.Duration `json:"preempt_delay,omitzero"`
	// DownAdverts is how many adverts must be missing before a Backup takes over: the factor of Active_Down_Interval,
	// 1 to 100. 0 is the 3 of the standard.
	DownAdverts int `json:"down_adverts,omitzero"`
	// Linger is how long the addresses stay after an advert of a better router, until that has announced them; 0: they go at
	// once. The host sets it, where it hears announcements; empty in a compiled configuration.
	Linger time.Duration `json:"linger,omitzero"`
	// Quiet leaves adverts that do not win unanswered (RFC 3768, RFC 5798); else the sender is told (RFC 9568 6.4.3).
	Quiet bool `json:"quiet,omitzero"`
	// Source is the primary address from which adverts are sent; the greater one wins between equal priorities.
	// The host fills it in when it knows it; invalid in a compiled configuration.
	Source netip.Addr `json:"source,omitzero"`
	// Announce is how gratuitous ARP and unsolicited neighbour advertisements are repeated.
	Announce Announce `json:"announce"`
}

// Announce says how often each address is announced after a win.
type Announce struct {
	Count   int           `json:"count"`   // frames per address in a block, 1 to 100
	Delay   time.Duration `json:"delay"`   // pause before the second block; 0 is no second block
	Refresh time.Duration `json:"refresh"` // period of single announcements while Active; 0 is off
	// RefreshCount is how many frames per address such an announcement has; 0 is 1.
	RefreshCount int `json:"refresh_count,omitzero"`
	// LowerCount and LowerDelay are Count and Delay of what follows an advert that does not win; LowerCount 0 is the same as
	// after a win, [Never] is nothing.
	LowerCount int           `json:"lower_count,omitzero"`
	LowerDelay time.Duration `json:"lower_delay,omitzero"`
	// Elsewhere is the period of single announcements on interfaces other than that of the adverts; 0 is off.
	Elsewhere time.Duration `json:"elsewhere,omitzero"`
	// Plain says that Elsewhere is meant for interfaces of any kind; else only for virtual ones.
	Plain bool `json:"plain,omitzero"`
	// Pace is the pause between two gratuitous ARPs that leave one interface, whichever addresses they are for; 0 is none.
	// NAPace is the same for neighbour advertisements; 0 is as long as Pace, less than 0 is none.
	Pace   time.Duration `json:"pace,omitzero"`
	NAPace time.Duration `json:"na_pace,omitzero"`
	// ARP is the forms that a gratuitous ARP takes.
	ARP ARPForm `json:"arp,omitzero"`
}

// PaceOf is the pause between two announcements of an address family on one interface; 0 is none.
func (a Announce) PaceOf(ipv6 bool) time.Duration {
	if ipv6 && a.NAPace != 0 {
		return max(0, a.NAPace)
	}
	return a.Pace
}

// Never is the LowerCount of who announces nothing after adverts that do not win.
const Never = -1

// ARPForm is how an IPv4 address is announced (RFC 5944 section 4.6 knows both); its zero value is a request.
type ARPForm string

// The forms beside the request: some hosts learn only from replies.
const (
	ARPReply ARPForm = "reply"
	ARPBoth  ARPForm = "both" // a request, then a reply
)

// lower is how the announcements after an advert that does not win are repeated; count 0 is not at all.
func (a Announce) lower() (count int, delay time.Duration) {
	switch {
	case a.LowerCount < 0:
		return 0, 0
	case a.LowerCount == 0:
		return a.Count, a.Delay
	}
	return a.LowerCount, a.LowerDelay
}

// PaceGroup is interfaces whose announcements keep one pace together, since what takes them in is one switch. Each interface
// is in one group at most.
type PaceGroup struct {
	Name       string        `json:"name"`
	Interfaces []string      `json:"interfaces"`
	Pace       time.Duration `json:"pace,omitzero"`    // between two gratuitous ARPs, at least
	NAPace     time.Duration `json:"na_pace,omitzero"` // between two neighbour advertisements, at least
}

// Instance is one election with its place on a node: what the enforcer runs. Equal VIP names are one VIP in two
// address families. Instances of one Group move together.
type Instance struct {
	Name      string `json:"name"`            // vip.web/ipv4: unique on the node
	VIP       string `json:"vip"`             // vip.web: the name under which planner.Facts know it
	Group     string `json:"group,omitempty"` // sync_group.edge, or the VIP's name for its two families; empty: alone
	Interface string `json:"interface"`       // where adverts are sent and heard
	// Via is the virtual interface on Interface through which adverts leave, with its MAC address; empty: Interface itself.
	Via       string       `json:"via,omitempty"`
	Addresses []netip.Addr `json:"addresses"` // advertised, in configuration order (IPv6: link-local first)
	Config    Config       `json:"config"`
	// Authentication is nil for none.
	Authentication *Authentication `json:"authentication,omitempty"`
	// Unicast is nil for multicast.
	Unicast *Unicast `json:"unicast,omitempty"`
	// Wire is how its adverts look.
	Wire Wire `json:"wire,omitzero"`
	// StartDelay is how long the instance waits after the start of the daemon: see [Startup].
	StartDelay time.Duration `json:"start_delay,omitzero"`
	Tracks     []Track       `json:"tracks,omitempty"` // what else its place in the election depends on
	// Debounce is for how long Interface must be up, or down, before that counts.
	Debounce Debounce `json:"debounce,omitzero"`
	// AnyLink says that the instance takes part whether Interface is up and has a carrier or not; it has to exist.
	AnyLink bool `json:"any_link,omitzero"`
	// Watch are BFD sessions, by name, with the other nodes: see [PeerLost].
	Watch []string `json:"watch,omitempty"`
}
