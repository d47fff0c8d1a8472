package planner

import (
	"cmp"
	"net/netip"
	"strconv"
)

// InterfaceKey identifies a virtual interface by its name, of 1 to 15 bytes.
type InterfaceKey string

// Interface is an interface that ha makes: the end of a tunnel or a dummy (see Kind), or one on top of that of a VIP, which carries its addresses: a macvlan in bridge mode (MACVLAN_MODE_BRIDGE
// of linux/if_link.h), with a MAC address that moves from node to node, or an ipvlan in L2 mode (IPVLAN_MODE_L2), with
// that of its parent. It is always wanted up, and quiet by itself: it configures no address, answers for no address of another
// interface and solicits no router.
//
// In bridge mode a frame that comes with the interface's own MAC as its source, as the adverts of the other nodes do, is
// heard on the parent; so nothing has to be joined on the interface, and a Backup says nothing with the MAC.
// What the kernel still says by itself are multicast listener reports (RFC 3810): when an IPv6 address comes or leaves, and when
// the interface is made while forwarding is on. A filter drops them (see FilterKey).
type Interface struct {
	Parent string `json:"parent"`           // the interface that it stands on
	MAC    string `json:"mac,omitempty"`    // 00:00:5e:00:01:33, in lower case; empty for an ipvlan
	IPVLAN string `json:"ipvlan,omitempty"` // bridge, private or vepa (IFLA_IPVLAN_FLAGS); empty for a macvlan
	IPv6   bool   `json:"ipv6,omitempty"`
	Up     bool   `json:"up"`
	// VRF is the VRF in which it is; in a plan it is empty, and follows from the parent.
	VRF string `json:"vrf,omitempty"`
	// Group is the group of interfaces (IFLA_GROUP) in which it is; in a plan it follows from the parent unless OwnGroup.
	Group    uint32 `json:"group,omitempty"`
	OwnGroup bool   `json:"own_group,omitempty"` // only in a plan
	// Kind and Local are those of an interface that stands on no other: see [InterfaceKind].
	Kind  InterfaceKind `json:"kind,omitempty"`
	Local netip.Addr    `json:"local,omitzero"` // the end of a tunnel that is here; invalid for a dummy
}

// InterfaceKind is the kind (IFLA_INFO_KIND) of an interface that stands on no other: one that only holds addresses, or the end
// of a tunnel at which a real server takes packets out that a director has wrapped. Such a tunnel hears any sender that
// addresses its own end, says nothing itself, and has no group, VRF or MAC that ha would look at.
type InterfaceKind string

// The kinds of interfaces that stand on no other. The empty one is a macvlan or an ipvlan.
const (
	Dummy     InterfaceKind = "dummy"
	EndIPIP   InterfaceKind = "ipip"   // IPv4 in IPv4
	EndSIT    InterfaceKind = "sit"    // IPv6 in IPv4
	EndIP6TNL InterfaceKind = "ip6tnl" // both in IPv6
	EndGRE    InterfaceKind = "gre"    // both in GRE over IPv4
	EndIP6GRE InterfaceKind = "ip6gre" // both in GRE over IPv6
)

// on is an interface as it shall be on a parent that is as the kernel says: in the same VRF, or its addresses would not be
// reached through it, and in the same group, by which a firewall may know it.
func (v Interface) on(parent Link, vrfs map[int]string) Interface {
	if v.Kind != "" {
		return v
	}
	if !v.OwnGroup {
		v.Group = parent.Group
	}
	v.OwnGroup, v.VRF = false, vrfs[parent.Master]
	return v
}

// stacked are the interfaces of a plan as they shall be now.
func stacked(all map[InterfaceKey]Interface, links map[string]Link) map[InterfaceKey]Interface {
	if len(all) == 0 {
		return all
	}
	vrfs := map[int]string{}
	for name, l := range links {
		if l.VRF {
			vrfs[l.Index] = name
		}
	}
	out := make(map[InterfaceKey]Interface, len(all))
	for k, v := range all {
		out[k] = v.on(links[v.Parent], vrfs)
	}
	return out
}

// PlacedInterface is a virtual interface with the place in the configuration that asks for it.
type PlacedInterface struct {
	Key    InterfaceKey `json:"key"`
	Value  Interface    `json:"value"`
	Source Source       `json:"source"`
}

// String returns interface|vrrp.51.
func (k InterfaceKey) String() string { return KindInterface + "|" + string(k) }

func (InterfaceKey) key() {}

// Compare orders interfaces by name.
func (k InterfaceKey) Compare(other InterfaceKey) int { return cmp.Compare(k, other) }

func sameInterface(_ InterfaceKey, want, have Interface) bool { return want == have }

func (v Interface) attributes() []attribute {
	family, state := "ipv4", "down"
	if v.IPv6 {
		family = "ipv6"
	}
	if v.Up {
		state = "up"
	}
	if v.Kind != "" {
		return []attribute{{"kind", string(v.Kind)}, {"local", printed(v.Local)}, {"state", state}}
	}
	list := []attribute{{"parent", v.Parent}}
	if v.IPVLAN != "" {
		list = append(list, attribute{"ipvlan", v.IPVLAN})
	} else {
		list = append(list, attribute{"mac", v.MAC})
	}
	list = append(list, attribute{"family", family}, attribute{"state", state})
	if v.VRF != "" {
		list = append(list, attribute{"vrf", v.VRF})
	}
	if v.Group != 0 {
		list = append(list, attribute{"group", strconv.FormatUint(uint64(v.Group), 10)})
	}
	return list
}

// interfaces finds the changes of virtual interfaces. One that differs in more than its state is made anew, and what
// stands on it with it: for the rest of the Diff nothing does.
func (d *differ) interfaces() {
	claim := func(k InterfaceKey) Claim {
		if d.live.Marked[k] {
			return Owned
		}
		return d.claims.Objects[k]
	}
	d.desired.Interfaces = stacked(d.desired.Interfaces, d.live.Links)
	delta := compare(d.desired.Interfaces, d.live.Interfaces, sameInterface, claim, InterfaceKey.Compare)
	for _, k := range delta.equal {
		d.adopt(k, d.live.Interfaces[k])
	}
	for _, k := range delta.missing {
		if _, taken := d.live.Links[string(k)]; taken {
			d.conflicts = append(d.conflicts, Conflict{
				Key: k, Name: d.name(k), Source: d.source(k),
				Message: "there is an interface of that name already, of another kind, and it was not made by ha. Give the virtual interface another name, or remove that one by hand.",
			})
			continue
		}
		d.create(phaseInterfaces, k, d.desired.Interfaces[k])
	}
	for _, k := range delta.differs {
		have, want := d.live.Interfaces[k], d.desired.Interfaces[k]
		edited := have
		edited.Up, edited.VRF, edited.Group = want.Up, want.VRF, want.Group
		if edited == want {
			d.update(phaseInterfaces, k, have, want)
			continue
		}
		d.replace(phaseInterfaces, k, have, want)
		d.live = d.live.without(string(k))
	}
	for _, k := range delta.taken {
		have, want := d.live.Interfaces[k], d.desired.Interfaces[k]
		if have.halfMade(want) {
			d.replace(phaseInterfaces, k, have, want)
			continue
		}
		d.conflicts = append(d.conflicts, d.conflictOver(k, want, have))
	}
	for _, k := range delta.surplus {
		d.leave(phaseDropInterfaces, k, d.live.Interfaces[k])
	}
}

// halfMade tells whether an interface without ha's mark is one whose making a crash has cut off: it gets its mark before it
// is set up.
func (v Interface) halfMade(want Interface) bool {
	want.Up, want.IPv6 = false, false // the mark tells the family
	return v == want
}

// without returns a state in which nothing stands on an interface, nor leads through it; s stays as it is.
func (s State) without(device string) State {
	s = s.Clone()
	s.vacate(device)
	return s
}

// vacate takes away what goes with an interface.
func (s *State) vacate(device string) {
	for k := range s.Addresses {
		if k.Device == device {
			delete(s.Addresses, k)
			delete(s.Marked, k)
		}
	}
	for k, r := range s.Routes {
		if r.Through(device) {
			delete(s.Routes, k)
			delete(s.Marked, k)
		}
	}
}

// putInterface is what a change of a virtual interface means for a state.
func (s *State) putInterface(k InterfaceKey, c Change) error {
	if err := put(&s.Interfaces, k, c); err != nil {
		return err
	}
	if c.Action == Delete || c.Action == Replace {
		s.vacate(string(k))
	}
	return nil
}
