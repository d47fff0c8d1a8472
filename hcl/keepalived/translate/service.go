package translate

import (
	"ha/hcl/keepalived"
	"ha/hcl/keepalived/layout"
	"ha/hcl/keepalived/meaning"
)

// spread writes how a virtual server spreads clients, beside its scheduler.
func (t *translator) spread(b *block, x *meaning.Service) {
	if flags := x.Spread.Flags; len(flags) > 0 {
		elems, from := make([]layout.Elem, len(flags)), make([]*keepalived.Statement, len(flags))
		for i, f := range flags {
			elems[i].Value, from[i] = layout.Quote(f.V), f.At
		}
		b.list("scheduler_flags", elems, from...)
	}
	b.flag("one_packet", x.Spread.OnePacket.V, false, x.Spread.OnePacket.At)
	b.written("persistence_prefix_ipv4", x.Spread.Prefix4, 32)
	b.written("persistence_prefix_ipv6", x.Spread.Prefix6, 128)
	if x.Spread.Engine.Set() {
		b.text("persistence_engine", x.Spread.Engine, "")
	}
}

// written writes a number that a file has, unless it is the default of ha.
func (b *block) written(name string, v meaning.Value[int], def int) {
	if v.Set() {
		b.number(name, v, def)
	}
}

// delivery writes what a server has of its own on the way to it.
func (t *translator) delivery(b *block, y *meaning.Server) {
	if y.Forwarding.Set() {
		b.text("forwarding", y.Forwarding, "")
		t.tunnel(b, y.Tunnel)
		if y.Tunnel == nil && y.Forwarding.V == "tunnel" {
			b.inner("tunnel") // without a word: not as the others are
		}
	}
	b.written("upper_threshold", y.Upper, 0)
	b.written("lower_threshold", y.Lower, 0)
}

// tunnel writes how packets are wrapped; IP in IP needs no word.
func (t *translator) tunnel(b *block, x *meaning.Tunnel) {
	if x == nil {
		return
	}
	in := b.inner("tunnel")
	in.arg("type", layout.Quote(x.Type), x.At)
	if x.Port != 0 {
		in.arg("port", itoa(x.Port), x.At)
	}
	if x.Checksum != "none" {
		in.arg("checksum", layout.Quote(x.Checksum), x.At)
	}
}
