package decode

import (
	"net/netip"
	"time"

	"ha/hcl/schema"
)

// Track is a `track` block of a VIP or a sync group: one of Interface, Check (with Target), Pool and BFD is set.
type Track struct {
	Head
	Interface Arg[string]
	Check     Arg[schema.Address]
	Target    Arg[netip.AddrPort]
	BFD       Arg[schema.Address]
	Pool      Arg[schema.Address]
	AtLeast   Arg[int64] // unset: 1

	Weight  Arg[int64] // 0: none
	Raise   Arg[int64] // 0: none
	Factor  Arg[int64] // 0: none
	Reverse Arg[bool]
}

// Condition tells whether a failure takes the node out of the election.
func (t Track) Condition() bool { return t.Weight.Val == 0 && t.Raise.Val == 0 && t.Factor.Val == 0 }

// Weighs is the argument that says what a failure does to the priority; without one it is not set.
func (t Track) Weighs() Arg[int64] {
	for _, a := range []Arg[int64]{t.Weight, t.Raise, t.Factor} {
		if a.Set {
			return a
		}
	}
	return Arg[int64]{At: t.At}
}

func tracks(o *Object) []Track {
	var out []Track
	for _, k := range o.Blocks("track") {
		out = append(out, Track{
			Head: headOf(k), Interface: get[string](k, "interface"), Check: get[schema.Address](k, "check"),
			BFD:    get[schema.Address](k, "bfd"),
			Target: get[netip.AddrPort](k, "target"), Pool: get[schema.Address](k, "pool"), AtLeast: get[int64](k, "at_least"),
			Weight: get[int64](k, "weight"), Raise: get[int64](k, "raise"), Factor: get[int64](k, "factor"), Reverse: get[bool](k, "reverse"),
		})
	}
	return out
}

func bindSyncGroup(o *Object) *SyncGroup {
	return &SyncGroup{Head: headOf(o), VIPs: Refs(o, "vips"), Tracks: tracks(o), Notify: Refs(o, "notify"), Intent: intentOf(o)}
}

// Intent is what a node must have, or should, to hold a VIP.
type Intent struct {
	Require []Arg[schema.Dependency]
	Prefer  []Arg[schema.Dependency] // the most important first; the same on all nodes
}

func intentOf(o *Object) Intent {
	return Intent{Require: list[schema.Dependency](o, "require"), Prefer: list[schema.Dependency](o, "prefer")}
}

// Link is how patient a node is with an interface.
type Link struct {
	Head // Name is that of the interface, or "*"
	Down Arg[time.Duration]
	Up   Arg[time.Duration]
}

func links(o *Object) []Link {
	var out []Link
	for _, k := range o.Blocks("link") {
		out = append(out, Link{Head: headOf(k), Down: get[time.Duration](k, "down_delay"), Up: get[time.Duration](k, "up_delay")})
	}
	return out
}

// Link is the block that holds for an interface; nil for none.
func (s *Settings) Link(device string) *Link {
	var all *Link
	for i := range s.Links {
		switch s.Links[i].Name {
		case device:
			return &s.Links[i]
		case "*":
			all = &s.Links[i]
		}
	}
	return all
}
