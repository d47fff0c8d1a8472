package translate

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"ha/hcl/keepalived"
	"ha/hcl/keepalived/account"
	"ha/hcl/keepalived/layout"
	"ha/hcl/keepalived/meaning"
	"ha/hcl/keepalived/words"
)

// vip makes a virtual router. Its arguments stand in the order of the language.
func (t *translator) vip(i *meaning.Instance) {
	name := t.names.take("vip", i.Name)
	t.vips[i.Name] = name
	b := t.block("vip", name)
	t.lead(b, i.At)
	if name != i.Name {
		b.Above = append(b.Above, "vrrp_instance "+account.Comment(i.Name))
	}
	t.a.Converted(i.At, b.path)
	b.arg("vrid", itoa(i.VRID.V), i.VRID.At)
	b.arg("interface", layout.Quote(i.Interface.V), i.Interface.At)
	addresses := t.addresses(b, i)
	b.number("version", i.Version, 3)
	b.arg("priority", itoa(i.Priority.V), i.Priority.At)
	b.duration("interval", i.Interval, time.Second)
	b.flag("preempt", !i.NoPreempt.V, true, i.NoPreempt.At)
	b.duration("preempt_delay", within(t, atLeast(i.PreemptDelay, 10*time.Millisecond), 0, 1000*time.Second, "preempt_delay", i.At), 0)
	b.duration("start_delay", within(t, atLeast(i.StartDelay, 10*time.Millisecond), 0, 10*time.Minute, "start_delay", i.At), 0)
	b.number("down_adverts", i.DownAdverts, 3)
	primary := meaning.Value[bool]{V: true}
	if i.TrackPrimary.Set() {
		primary = i.TrackPrimary
	}
	b.flag("track_primary", primary.V, true, primary.At)
	b.flag("answer", !i.Silent.V, true, i.Silent.At)
	t.accept(b, i)
	t.notify(b, name, i.Calls, i.Alert)
	b.Blocks = append(b.Blocks, addresses...)
	t.routes(b, i.Routes)
	t.rules(b, i.Rules)
	t.ownAnnounce(b, i)
	t.authentication(b, i, name)
	t.transport(b, i)
	t.virtualMAC(b, i)
	t.tracks(b, i.Tracked, i)
	t.left(&b.Below, i.At)
	t.part.VIPs = append(t.part.VIPs, b.Block)
}

// accept says whether packets for the addresses are taken.
func (t *translator) accept(b *block, i *meaning.Instance) {
	if i.Refuse.V {
		for _, a := range slices.Concat(i.Addresses, i.Excluded) {
			if t.listened[a.Prefix.Addr()] {
				t.a.Remark(i.Refuse.At, "accept-with-pool", account.Notice, fmt.Sprintf("%s drops what is sent to its addresses, and a virtual server listens on one of them", i.Name),
					"keepalived drops connections to the virtual server, too; the result accepts them")
				t.defaulted(i.Refuse.At)
				return
			}
		}
	}
	b.flag("accept", !i.Refuse.V, true, i.Refuse.At)
}

// atLeast rounds what is more than nothing up to the least that ha has.
func atLeast(v meaning.Value[time.Duration], least time.Duration) meaning.Value[time.Duration] {
	if v.V > 0 && v.V < least {
		v.V = least
	}
	return v
}

// authentication makes the block about authentication, with secrets outside of the file.
func (t *translator) authentication(b *block, i *meaning.Instance, name string) {
	a := i.Auth
	if a == nil {
		return
	}
	in := b.inner("authentication")
	t.lead(in, a.At)
	in.arg("type", layout.Quote(a.Type.V), a.Type.At)
	if a.Type.V != "hmac" {
		in.arg("key", t.secret(name, a.Password.V), a.Password.At)
		return
	}
	var keys []string
	for _, k := range a.Keys {
		ref := ""
		if strings.HasPrefix(k.Value, "file:/") {
			ref = "secret(" + layout.Quote(k.Value) + ")"
		} else {
			ref = t.secret(fmt.Sprintf("%s-%d", name, k.ID), k.Value)
		}
		keys = append(keys, fmt.Sprintf("%d = %s", k.ID, ref))
		t.a.Converted(k.At, in.path+": keys")
	}
	in.arg("keys", "{ "+strings.Join(keys, ", ")+" }")
	if len(a.Keys) > 1 {
		in.arg("active", itoa(a.Active.V), a.Active.At)
	} else {
		t.a.Set(a.Active.At, words.Default, "it is the only key")
	}
	in.text("mode", a.Mode, "enforce")
	in.text("replay", a.Replay, "time")
	if a.Window.Set() {
		in.arg("window", layout.Duration(a.Window.V.Round(time.Second)), a.Window.At)
	}
}

// text writes a word that somebody set unless it is the default of ha.
func (b *block) text(name string, v meaning.Value[string], def string) {
	switch {
	case !v.Set():
	case v.V == def:
		b.t.defaulted(v.At)
	default:
		b.arg(name, layout.Quote(v.V), v.At)
	}
}

// transport makes the blocks about where adverts go: unicast, or a group and a source.
func (t *translator) transport(b *block, i *meaning.Instance) {
	if len(i.Peers) > 0 {
		t.unicast(b, i)
		return
	}
	in := b.inner("adverts")
	family := map[bool]int{false: 0, true: 1}[i.IPv6]
	group := i.Destination
	if !group.Set() {
		group = t.c.Globals.Groups[family]
	}
	standard := [2]string{"224.0.0.18", "ff02::12"}[family]
	switch {
	case !group.Set():
	case group.V.String() == standard:
		t.defaulted(group.At)
	default:
		in.arg("groups", layout.Quotes([]string{group.V.String()}), group.At)
	}
	if i.Source.Set() {
		in.arg("sources", layout.Quotes([]string{i.Source.V.String()}), i.Source.At)
	}
	t.checksum(in, i)
	if len(in.Args) == 0 {
		b.Blocks = b.Blocks[:len(b.Blocks)-1]
	}
}

func (t *translator) checksum(in *block, i *meaning.Instance) {
	switch {
	case !i.PlainChecksum.V:
		t.defaulted(i.PlainChecksum.At)
	case i.Version.V == 3 && !i.IPv6:
		in.arg("checksum", layout.Quote("message"), i.PlainChecksum.At)
	default:
		t.a.Set(i.PlainChecksum.At, words.Default, "only VRRP 3 over IPv4 has two forms of the checksum")
	}
}

// unicast makes the block about peers.
func (t *translator) unicast(b *block, i *meaning.Instance) {
	in := b.inner("unicast")
	container := t.containers(i.At, "unicast_peer")
	if i.Source.Set() {
		in.arg("source", layout.Quote(i.Source.V.String()), i.Source.At)
	}
	var peers []layout.Elem
	low, high := i.Peers[0].MinTTL, i.Peers[0].MaxTTL
	for _, p := range i.Peers {
		if vip := t.owners[p.Addr]; vip != nil {
			t.a.Lost(p.At, "peer-is-a-vip", "the peer is an address that moves", "adverts go to the nodes themselves; the result is without it")
			continue
		}
		peers = append(peers, t.elem(layout.Quote(p.Addr.String()), p.At))
		t.a.Converted(p.At, in.path+": peers")
		if p.MinTTL != low || p.MaxTTL != high {
			t.a.Remark(p.At, "one-ttl", account.Loss, "the peers have different limits of the TTL", "the result has none")
			low, high = 0, 0
		}
	}
	in.list("peers", peers, container...)
	if low > ttlOf(i).V || high > 0 && high < low {
		t.a.Remark(i.Peers[0].At, "ttl-accepts-nothing", account.Loss, "adverts are accepted from a TTL on with which the other nodes cannot arrive", "the result has no limits of the TTL")
		low, high = 0, 0
	}
	if low > 0 {
		in.arg("min_ttl", itoa(low))
	}
	if high > 0 && high < 255 {
		in.arg("max_ttl", itoa(high))
	}
	in.number("ttl", within(t, ttlOf(i), 1, 255, "the TTL of unicast", i.At), 255)
	if i.PlainChecksum.V && i.Version.V == 3 && !i.IPv6 {
		t.checksum(b.inner("adverts"), i)
	} else {
		t.defaulted(i.PlainChecksum.At)
	}
}

func ttlOf(i *meaning.Instance) meaning.Value[int] {
	if i.UnicastTTL.Set() {
		return i.UnicastTTL
	}
	return meaning.Value[int]{V: 255}
}

// containers are the statements of a block with a keyword.
func (t *translator) containers(s *keepalived.Statement, keyword string) []*keepalived.Statement {
	if s == nil || s.Block == nil {
		return nil
	}
	return s.Block.Find(keyword)
}

// virtualMAC makes the block about a virtual interface: one with a MAC address of its own, or an ipvlan.
func (t *translator) virtualMAC(b *block, i *meaning.Instance) {
	v := i.VirtualMAC
	if v == nil {
		t.a.Set(i.BaseTransmit.At, words.Default, "adverts leave from the interface itself")
		return
	}
	in := b.inner(map[bool]string{false: "virtual_mac", true: "ipvlan"}[v.IPVLAN])
	t.lead(in, v.At)
	t.a.Converted(v.At, in.path)
	switch {
	case v.IPVLAN:
		if v.Mode != "" && v.Mode != "bridge" {
			in.arg("mode", layout.Quote(v.Mode))
		}
		switch {
		case v.Address.IsValid() && len(i.Peers) > 0:
			t.a.Remark(v.At, "unicast-from-ipvlan", account.Loss, "unicast adverts cannot come from the ipvlan", "they leave from the interface below; the result has no address of the ipvlan")
		case v.Address.IsValid():
			in.arg("addresses", layout.Quotes([]string{v.Address.String()}))
		}
		t.a.Set(i.BaseTransmit.At, words.Default, "an ipvlan has the MAC address of the interface below")
	case i.BaseTransmit.V:
		in.arg("transmit", layout.Quote("base"), i.BaseTransmit.At)
	case len(i.Peers) > 0:
		in.arg("transmit", layout.Quote("base"))
	}
	if v.MAC != "" && !i.Strict.V {
		in.arg(map[bool]string{false: "address", true: "address6"}[i.IPv6], layout.Quote(v.MAC))
	}
	t.virtualName(in, i)
	if n, err := strconv.ParseUint(v.Group, 10, 31); err == nil {
		in.arg("group", strconv.FormatUint(n, 10))
	} else if v.Group != "" {
		t.a.Remark(v.At, "group-by-name", account.Loss, "the group of the virtual interface is given by name", "ha knows groups by number; the interface is in that of its parent")
	}
}

// virtualName writes what the name of the virtual interface begins with; the VRID follows.
func (t *translator) virtualName(in *block, i *meaning.Instance) {
	v := i.VirtualMAC
	if prefix := t.c.Globals.MACPrefix; prefix.Set() && v.Name == "" {
		in.arg("name", layout.Quote(cut(prefix.V, 10)), prefix.At)
	}
	vrid := fmt.Sprintf(".%d", i.VRID.V)
	if v.Name == "" || v.Name == "vrrp"+vrid {
		return
	}
	name := strings.TrimRight(cut(strings.TrimSuffix(v.Name, vrid), 10), ".")
	if name+vrid != v.Name {
		t.a.Remark(v.At, "name-of-interface", account.Notice, "the virtual interface is called "+v.Name, "ha adds the VRID: the result calls it "+name+vrid)
	}
	in.arg("name", layout.Quote(name), v.At)
}

func cut(s string, n int) string { return s[:min(n, len(s))] }

// owned books the owner of an address; false when another block has it.
func (t *translator) owned(a netip.Addr, at *keepalived.Statement) bool {
	first := t.owners[a]
	if first != nil {
		t.a.Lost(at, "address-in-two-blocks", fmt.Sprintf("%s stands in line %d already", a, first.Line),
			"keepalived places it for both, and takes it away with either; in the result it belongs to the first")
		return false
	}
	t.owners[a] = at
	return true
}
