package translate

import (
	"net/netip"
	"slices"
	"strings"

	"ha/hcl/keepalived/account"
	"ha/hcl/keepalived/layout"
	"ha/hcl/keepalived/meaning"
)

// addresses writes plain addresses as a list and returns blocks for the others. Addresses stand in adverts in their
// order, so from the first one that needs a block on all have one.
func (t *translator) addresses(b *block, i *meaning.Instance) []*layout.Block {
	var plain []layout.Elem
	var blocks []*layout.Block
	for _, a := range i.Addresses {
		if !t.owned(a.Prefix.Addr(), a.At) {
			continue
		}
		if len(blocks) == 0 && t.plain(a, i) {
			plain = append(plain, t.elem(layout.Quote(a.Prefix.String()), a.At))
			t.a.Converted(a.At, b.path+": addresses "+layout.Quote(a.Prefix.String()))
			continue
		}
		blocks = append(blocks, t.address(b, a, t.standsOn(i), true))
	}
	if len(plain) > 0 {
		b.list("addresses", plain, t.containers(i.At, "virtual_ipaddress")...)
	}
	for _, a := range i.Excluded {
		if t.owned(a.Prefix.Addr(), a.At) {
			blocks = append(blocks, t.address(b, a, t.standsOn(i), false))
		}
	}
	for _, s := range append(t.containers(i.At, "virtual_ipaddress"), t.containers(i.At, "virtual_ipaddress_excluded")...) {
		t.a.Converted(s, b.path)
		if len(blocks) > 0 {
			t.lead(&block{Block: blocks[0]}, s)
		}
	}
	return blocks
}

// place is the interface of addresses that name none, or the one of the instance.
type place struct {
	device  string
	virtual bool // they stand on a virtual interface over it
}

func (t *translator) standsOn(i *meaning.Instance) place {
	return place{i.Interface.V, i.VirtualMAC != nil}
}

// plain tells whether an address has no options that say something.
func (t *translator) plain(a *meaning.Address, i *meaning.Instance) bool {
	return (a.Device == "" || a.Device == i.Interface.V) && a.Label == "" && t.scope(a) == "" && !a.Broadcast.IsValid() && !a.Peer.IsValid() &&
		len(a.Flags) == 0 && t.preferred(a) == ""
}

// preferred is whether an IPv6 address may be a source, where that is not what it is by itself.
func (t *translator) preferred(a *meaning.Address) string {
	alone := a.Prefix.Addr().Is6() && a.Prefix.IsSingleIP() && !a.Peer.IsValid()
	switch {
	case a.Prefix.Addr().Is4() || a.Lifetime == "":
		return ""
	case a.Lifetime == "forever" && alone:
		return "true"
	case a.Lifetime == "0" && !alone:
		return "false"
	}
	return ""
}

// scope is the scope of an address where it is not the one that it has by itself.
func (t *translator) scope(a *meaning.Address) string {
	if a.Prefix.Addr().Is6() {
		return ""
	}
	switch a.Scope {
	case "site", "link", "host":
		return a.Scope
	case "200":
		return "site"
	case "253":
		return "link"
	case "254":
		return "host"
	}
	return ""
}

// address makes a block for an address of a VIP or a static block.
func (t *translator) address(b *block, a *meaning.Address, on place, advertise bool) *layout.Block {
	in := t.block("address", a.Prefix.String())
	in.path = b.path + " → " + in.path
	t.lead(in, a.At)
	t.a.Converted(a.At, in.path)
	own := a.Device != "" && a.Device != on.device
	if own {
		in.arg("device", layout.Quote(a.Device))
	}
	if !advertise {
		in.arg("advertise", "false")
	}
	device := on.device
	if own {
		device = a.Device
	}
	switch {
	case a.Label == "":
	case on.virtual && !own:
		t.a.Remark(a.At, "label", account.Notice, "the address stands on a virtual interface", "the result is without the label")
	case a.Label != device && !strings.HasPrefix(a.Label, device+":"):
		t.a.Remark(a.At, "label", account.Loss, "the label does not begin with the name of the interface", "the result is without it")
	default:
		in.arg("label", layout.Quote(a.Label))
	}
	if s := t.scope(a); s != "" {
		in.arg("scope", layout.Quote(s))
	} else if a.Scope != "" && a.Scope != "global" && a.Scope != "0" {
		t.a.Remark(a.At, "scope", account.Notice, "the scope has no meaning here", "keepalived passes over it; so does the result")
	}
	if a.Broadcast.IsValid() {
		in.arg("broadcast", layout.Quote(a.Broadcast.String()))
	}
	if a.Peer.IsValid() {
		in.arg("peer", layout.Quote(a.Peer.String()))
	}
	for _, f := range []struct{ word, name, value string }{
		{"noprefixroute", "prefix_route", "false"}, {"home", "home", "true"}, {"mngtmpaddr", "mngtmpaddr", "true"},
	} {
		if slices.Contains(a.Flags, f.word) {
			in.arg(f.name, f.value)
		}
	}
	switch p := t.preferred(a); {
	case p != "":
		in.arg("preferred", p)
	case a.Lifetime != "" && a.Lifetime != "forever" && a.Prefix.Addr().Is6():
		t.a.Remark(a.At, "lifetime", account.Loss, "a lifetime of the address that ends is not supported", "the address is preferred for as long as it stands, or never")
	}
	return in.Block
}

// statics makes the block of what is always there.
func (t *translator) statics() {
	c := t.c
	if len(c.Addresses)+len(c.Routes)+len(c.Rules) == 0 && !c.Globals.NoLocalIGMP.V {
		return
	}
	b := t.block("static", "always")
	if c.Globals.NoLocalIGMP.V {
		b.arg("sysctls", `{ "net.ipv4.igmp_link_local_mcast_reports" = "0" }`, c.Globals.NoLocalIGMP.At)
	}
	for _, s := range c.Root.Statements {
		switch s.Keyword {
		case "static_ipaddress", "static_routes", "static_rules":
			t.lead(b, s)
			t.a.Converted(s, b.path)
		}
	}
	for _, a := range c.Addresses {
		if t.owned(a.Prefix.Addr(), a.At) && t.possible(a.Prefix.Addr(), a) {
			b.Blocks = append(b.Blocks, t.address(b, a, place{}, true))
		}
	}
	t.routes(b, c.Routes)
	t.rules(b, c.Rules)
	for _, s := range c.Root.Statements {
		switch s.Keyword {
		case "static_ipaddress", "static_routes", "static_rules":
			t.left(&b.Below, s)
		}
	}
	t.part.Statics = append(t.part.Statics, b.Block)
}

// possible tells whether an address can be placed at all.
func (t *translator) possible(a netip.Addr, x *meaning.Address) bool {
	if a.IsMulticast() || a.IsUnspecified() {
		t.a.Lost(x.At, "not-one-machine", "this is not the address of one machine", "the kernel refuses it; the result is without it")
		return false
	}
	return true
}
