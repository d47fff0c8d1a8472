package decode

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/hashicorp/hcl/v2"

	"ha/hcl/diag"
	"ha/hcl/schema"
)

// Authentication is the `authentication` block of a VIP.
type Authentication struct {
	Head
	Type   Arg[string]
	Key    Arg[schema.SecretRef]
	Keys   []Key // by id
	Active Arg[int64]
	Mode   Arg[string]
	Replay Arg[string]
	Window Arg[time.Duration]
}

// Key is one of the keys of "hmac".
type Key struct {
	ID     uint8
	Secret schema.SecretRef
}

// Has tells whether a key id is among the keys.
func (a *Authentication) Has(id uint8) bool {
	return slices.ContainsFunc(a.Keys, func(k Key) bool { return k.ID == id })
}

// Signs is the id of the key that signs: the active one, or the only one.
func (a *Authentication) Signs() uint8 {
	if !a.Active.Set && len(a.Keys) == 1 {
		return a.Keys[0].ID
	}
	return uint8(a.Active.Val)
}

// Unicast is the `unicast` block of a VIP.
type Unicast struct {
	Head
	Source Arg[netip.Addr]
	Peers  []Arg[netip.Addr] // empty: the other nodes
	MinTTL Arg[int64]
	MaxTTL Arg[int64]
	TTL    Arg[int64] // of what is sent
}

func bindAuthentication(o *Object) *Authentication {
	return &Authentication{
		Head: headOf(o), Type: get[string](o, "type"), Key: get[schema.SecretRef](o, "key"), Keys: keysOf(o),
		Active: get[int64](o, "active"), Mode: get[string](o, "mode"), Replay: get[string](o, "replay"), Window: get[time.Duration](o, "window"),
	}
}

func bindUnicast(o *Object) *Unicast {
	return &Unicast{
		Head: headOf(o), Source: get[netip.Addr](o, "source"), Peers: list[netip.Addr](o, "peers"), MinTTL: get[int64](o, "min_ttl"),
		MaxTTL: get[int64](o, "max_ttl"), TTL: get[int64](o, "ttl"),
	}
}

// authenticationIn is the authentication of a VIP; nil for none.
func authenticationIn(o *Object) *Authentication {
	for _, k := range o.Blocks("authentication") {
		return bindAuthentication(k)
	}
	return nil
}

// unicastIn is the unicast block of a VIP; nil for multicast.
func unicastIn(o *Object) *Unicast {
	for _, k := range o.Blocks("unicast") {
		return bindUnicast(k)
	}
	return nil
}

// keysOf are the keys of a block in order of their ids.
func keysOf(o *Object) []Key {
	items, _ := o.Cell("keys").Val.(map[string]any)
	var keys []Key
	for _, name := range slices.Sorted(maps.Keys(items)) {
		id, err := strconv.ParseUint(name, 10, 8)
		ref, ok := items[name].(schema.SecretRef)
		if err == nil && ok {
			keys = append(keys, Key{ID: uint8(id), Secret: ref})
		}
	}
	slices.SortFunc(keys, func(a, b Key) int { return int(a.ID) - int(b.ID) })
	return keys
}

func authenticationIsWhole(o *Object, why string) hcl.Diagnostics {
	a := bindAuthentication(o)
	kind := a.Type.Val
	wants, others := "key", []string{"keys", "active", "mode", "replay", "window"}
	if kind == "hmac" {
		wants, others = "keys", []string{"key"}
	}
	for _, name := range others {
		if o.Cell(name).State == Set {
			return fault(o, "HA2341", name, fmt.Sprintf("%s does not belong to the type %q", name, kind), why, "Remove it, or set another type.",
				diag.See("type", a.Type.At))
		}
	}
	arg, _ := o.Schema.Arg(wants)
	switch {
	case !a.Key.Set && len(a.Keys) == 0:
		return fault(o, "HA2342", wants, fmt.Sprintf("authentication of the type %q needs %s", kind, wants), why,
			fmt.Sprintf("Add for example `%s = %s`.", wants, arg.Example))
	case kind == "hmac" && !a.Has(a.Signs()):
		what := "none of several keys is the active one"
		if a.Active.Set {
			what = fmt.Sprintf("the active key %d is not among the keys", a.Active.Val)
		}
		return fault(o, "HA2342", "active", what, why, "Set active to the id of one of the keys.")
	}
	return nil
}

func passwordsAreVersionTwo(o *Object, why string) hcl.Diagnostics {
	for _, k := range o.Blocks("authentication") {
		kind := get[string](k, "type")
		if get[int64](o, "version").Val == 3 && kind.Val != "hmac" {
			return fault(k, "HA2343", "type", fmt.Sprintf("VRRP 3 has no authentication %q", kind.Val), why,
				`Set type to "hmac", or version to 2 for peers that know nothing better.`, diag.See("version", o.At("version")))
		}
	}
	return nil
}

// PeersOn are the addresses to which a unicast VIP sends from a node, in one family: those that are listed, else those of
// the other nodes.
func (v *VIP) PeersOn(n *Node, cfg *Config, nodes []string, ipv6 bool) []netip.Addr {
	var peers []netip.Addr
	add := func(a netip.Addr) {
		if a.IsValid() && a.Is6() == ipv6 && a != v.SourceOn(n, ipv6) {
			peers = append(peers, a)
		}
	}
	if len(v.Unicast.Peers) > 0 {
		for _, p := range v.Unicast.Peers {
			add(p.Val)
		}
		return peers
	}
	for _, name := range nodes {
		if other := cfg.Node(name); other != nil && name != n.Name && other.Director() {
			add(other.Addr.Val)
		}
	}
	return peers
}

// SourceOn is the address from which a unicast VIP sends on a node, in one family; not valid: the primary one of the
// interface.
func (v *VIP) SourceOn(n *Node, ipv6 bool) netip.Addr {
	for _, a := range []Arg[netip.Addr]{v.Unicast.Source, n.Addr} {
		if a.Val.IsValid() && a.Val.Is6() == ipv6 {
			return a.Val
		}
	}
	return netip.Addr{}
}
