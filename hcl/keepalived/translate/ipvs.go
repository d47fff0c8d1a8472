package translate

import (
	"fmt"
	"net/netip"

	"ha/hcl/keepalived/account"
	"ha/hcl/keepalived/layout"
)

// ipvs makes the block about IPVS as a whole, in that of the settings.
func (t *translator) ipvs() {
	g := t.c.Globals
	b := t.block("settings")
	if len(t.part.Settings) > 0 {
		b.Block = t.part.Settings[0]
	}
	in := b.inner("ipvs")
	for i, name := range []string{"tcp_timeout", "tcp_fin_timeout", "udp_timeout"} {
		if v := g.Timeouts[i]; v.Set() {
			in.arg(name, layout.Duration(v.V), v.At)
		}
	}
	if g.Flush.V {
		in.arg("at_start", layout.Quote("flush"), g.Flush.At)
	}
	if g.FlushAtStop.Set() {
		in.arg("at_stop", layout.Quote(g.FlushAtStop.V), g.FlushAtStop.At)
	}
	t.sync(in)
	switch {
	case len(in.Args)+len(in.Blocks) == 0:
		b.Blocks = b.Blocks[:len(b.Blocks)-1]
	case len(t.part.Settings) == 0:
		t.part.Settings = append(t.part.Settings, b.Block)
	}
}

// sync makes the block about the synchronisation of connections.
func (t *translator) sync(b *block) {
	y := t.c.Globals.Sync
	if y == nil {
		return
	}
	in := b.inner("sync")
	t.lead(in, y.At)
	in.arg("interface", layout.Quote(y.Interface), y.At)
	vip := t.vips[y.Instance]
	switch {
	case vip != "":
		in.arg("follow", "vip."+vip)
	case y.Instance != "":
		t.a.Remark(y.At, "undefined-instance", account.Notice, fmt.Sprintf("there is no vrrp_instance %s", layout.Quote(account.OneLine(y.Instance))), "keepalived tells and hears all the time; so does the result")
	}
	if y.ID >= 0 {
		in.arg("id", itoa(y.ID))
	} else if vip == "" {
		in.arg("id", "0")
	}
	if y.Group.IsValid() && y.Group != netip.AddrFrom4([4]byte{224, 0, 0, 81}) {
		in.arg("group", layout.Quote(y.Group.String()))
	}
	for _, n := range []struct {
		name  string
		value int
		def   int
	}{{"port", y.Port, 8848}, {"ttl", y.TTL, 1}} {
		if n.value != 0 && n.value != n.def {
			in.arg(n.name, itoa(n.value))
		}
	}
	if y.MaxLength != 0 {
		in.arg("max_length", itoa(min(max(y.MaxLength, 1024), 65487)))
	}
}
