package decode

import (
	"net/netip"
	"time"

	"ha/hcl/schema"
)

// Config is a configuration of which every argument is understood, in order of file name and place.
type Config struct {
	Cluster    *Cluster // never nil
	Nodes      []*Node
	VIPs       []*PerNode[VIP]
	SyncGroups []*PerNode[SyncGroup]
	Pools      []*PerNode[Pool]
	Checks     []*Check // those of the top level
	BFDs       []*PerNode[BFD]
	Notifies   []*PerNode[Notify]
	Statics    []*PerNode[Static]
	Settings   *PerNode[Settings] // never nil
}

// add binds a block to its struct.
func (c *Config) add(blockType string, b *block) {
	switch blockType {
	case "cluster":
		c.Cluster = bindCluster(b.base)
	case "vip":
		c.VIPs = append(c.VIPs, perNode(b, bindVIP))
	case "sync_group":
		c.SyncGroups = append(c.SyncGroups, perNode(b, bindSyncGroup))
	case "pool":
		c.Pools = append(c.Pools, perNode(b, bindPool))
	case "check":
		c.Checks = append(c.Checks, bindCheck(b.base))
	case "bfd":
		c.BFDs = append(c.BFDs, perNode(b, bindBFD))
	case "notify":
		c.Notifies = append(c.Notifies, perNode(b, bindNotify))
	case "static":
		c.Statics = append(c.Statics, perNode(b, bindStatic))
	case "settings":
		c.Settings = perNode(b, bindSettings)
	}
}

// Node returns the node of that name; nil when there is none.
func (c *Config) Node(name string) *Node {
	for _, n := range c.Nodes {
		if n.Name == name {
			return n
		}
	}
	return nil
}

// Cluster is the `cluster` block.
type Cluster struct {
	Head
	ClusterName Arg[string]
	Required    Arg[schema.Constraint]
}

func bindCluster(o *Object) *Cluster {
	return &Cluster{Head: headOf(o), ClusterName: get[string](o, "name"), Required: get[schema.Constraint](o, "required_version")}
}

// Node is a `node` block.
type Node struct {
	Head
	Addr      Arg[netip.Addr]
	Interface Arg[string]
	Role      Arg[string]
	Connect   Arg[string]
	VIPs      Arg[string] // the interface that holds the addresses of the pools it serves
}

// Director tells whether the node runs elections and balances.
func (n *Node) Director() bool { return n.Role.Val == "director" }

func bindNode(o *Object) *Node {
	return &Node{
		Head: headOf(o), Addr: get[netip.Addr](o, "address"), Interface: get[string](o, "interface"),
		Role: get[string](o, "role"), Connect: get[string](o, "connect"), VIPs: get[string](o, "vip_interface"),
	}
}

// Settings is the `settings` block.
type Settings struct {
	Head
	ReadBack Arg[time.Duration]
	Links    []Link
	Announce *Announce // nil: nothing is said of it
	Paces    []PaceGroup
	Notify   []Arg[schema.Address]
	IPVS     *IPVS // nil: as the kernel has it
}

func bindSettings(o *Object) *Settings {
	return &Settings{Head: headOf(o), ReadBack: get[time.Duration](o, "read_back"), Links: links(o), Announce: announceIn(o), Paces: paceGroups(o), Notify: Refs(o, "notify"), IPVS: ipvsIn(o)}
}

// VIP is a `vip` block on one node.
type VIP struct {
	Head
	Authentication *Authentication // nil: none
	Unicast        *Unicast        // nil: multicast
	Adverts        Adverts
	VirtualMAC     *VirtualMAC // nil: the MAC address of the interface

	VRID         Arg[int64]
	Interface    Arg[string] // unset: the node's
	Addresses    []Address   // of the list, then of the address blocks
	Version      Arg[int64]
	Priority     Arg[int64]
	Interval     Arg[time.Duration]
	Preempt      Arg[bool]
	Accept       Arg[bool]
	Lifetime     Arg[time.Duration] // unset: see Life
	Announce     Announce
	PreemptDelay Arg[time.Duration]
	StartDelay   Arg[time.Duration]
	DownAdverts  Arg[int64]
	Answer       Arg[bool]
	TrackPrimary Arg[bool]
	Tracks       []Track
	Intent
	Routes []Route // that move with it
	Rules  []Rule
	Watch  []Arg[schema.Address] // sessions with the other nodes
	Notify []Arg[schema.Address] // nil: as in settings
}

// Life is how long the addresses stand without being renewed, in whole seconds; 0 is for ever. By default it is a
// little longer than the others need to take over, which is at most an interval more than they miss adverts, however long the last renewal was
// ago: a node that dies costs clients nothing, and does not answer beside its successor for long.
func (v *VIP) Life() time.Duration {
	if v.Lifetime.Set {
		return v.Lifetime.Val
	}
	whole := (time.Duration(v.DownAdverts.Val+1)*v.Interval.Val + time.Second - 1).Truncate(time.Second)
	return whole + 2*time.Second
}

// InterfaceOn returns the interface of the VIP on a node; empty when neither names one.
func (v *VIP) InterfaceOn(n *Node) string {
	if v.Interface.Set {
		return v.Interface.Val
	}
	return n.Interface.Val
}

// Address is an address to be placed on an interface.
type Address struct {
	Prefix    Arg[netip.Prefix]
	Device    Arg[string]
	Label     Arg[string]
	Scope     Arg[string]
	Broadcast Arg[netip.Addr]
	Peer      Arg[netip.Prefix]
	Silent    bool // it does not stand in adverts
	AddressOptions
}

func bindVIP(o *Object) *VIP {
	announce := o.spec.kids[o.spec.nested["announce"]].defaultsOf(o, "announce")
	return &VIP{
		Authentication: authenticationIn(o), Unicast: unicastIn(o), Adverts: bindAdverts(o), VirtualMAC: virtualMACIn(o), Watch: Refs(o, "watch"), Notify: Refs(o, "notify"),
		Head: headOf(o), VRID: get[int64](o, "vrid"), Interface: get[string](o, "interface"), Addresses: addresses(o),
		Version: get[int64](o, "version"), Priority: get[int64](o, "priority"), Interval: get[time.Duration](o, "interval"),
		Preempt: get[bool](o, "preempt"), Accept: get[bool](o, "accept"), Lifetime: get[time.Duration](o, "lifetime"), Routes: bindRoutes(o), Rules: bindRules(o),
		Announce:     bindAnnounce(announce),
		PreemptDelay: get[time.Duration](o, "preempt_delay"), StartDelay: get[time.Duration](o, "start_delay"),
		DownAdverts: get[int64](o, "down_adverts"), Answer: get[bool](o, "answer"), TrackPrimary: get[bool](o, "track_primary"), Tracks: tracks(o), Intent: intentOf(o),
	}
}

// defaultsOf returns the single nested block of a type, or one with all defaults when it is not written.
func (s *spec) defaultsOf(o *Object, blockType string) *Object {
	if kids := o.Blocks(blockType); len(kids) > 0 {
		return kids[0]
	}
	k := &Object{
		Schema: s.schema, spec: s, Address: o.Address + "." + blockType, Cells: make([]Cell, len(s.schema.Args)),
		TypeRange: o.NameRange(), DefRange: o.DefRange,
	}
	for i := range k.Cells {
		k.Cells[i].Val = s.defaults[i]
	}
	return k
}

// addresses are those of the list, then those of the blocks.
func addresses(o *Object) []Address {
	var out []Address
	for _, a := range list[netip.Prefix](o, "addresses") {
		out = append(out, Address{Prefix: a})
	}
	for _, k := range o.Kids {
		if k.Schema.Type != "address" || len(k.LabelVals) == 0 {
			continue
		}
		prefix, ok := k.LabelVals[0].(netip.Prefix)
		if !ok {
			continue
		}
		out = append(out, Address{
			Prefix: Arg[netip.Prefix]{Val: prefix, Set: true, At: k.NameRange()},
			Device: get[string](k, "device"), Label: get[string](k, "label"), Scope: get[string](k, "scope"),
			Broadcast: get[netip.Addr](k, "broadcast"), Peer: get[netip.Prefix](k, "peer"), Silent: silent(k), AddressOptions: addressOptions(k),
		})
	}
	return out
}

// silent tells whether an address block says that the address is not advertised; blocks of a `static` have no such word.
func silent(o *Object) bool {
	if _, ok := o.Schema.Arg("advertise"); !ok {
		return false
	}
	a := get[bool](o, "advertise")
	return a.Set && !a.Val
}

// SyncGroup is a `sync_group` block.
type SyncGroup struct {
	Head
	VIPs   []Arg[schema.Address]
	Tracks []Track // for all members
	Notify []Arg[schema.Address]
	Intent
}

// Static is a `static` block on one node.
type Static struct {
	Head
	Sysctls   map[string]Arg[string]
	Addresses []Address
	Routes    []Route
	Rules     []Rule
}

func bindStatic(o *Object) *Static {
	return &Static{
		Head: headOf(o), Sysctls: texts(o, "sysctls"), Addresses: addresses(o), Routes: bindRoutes(o), Rules: bindRules(o),
	}
}
