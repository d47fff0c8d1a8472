package translate

import "ha/hcl/keepalived/layout"

// ipvs makes the block about IPVS as a whole.
func (t *translator) ipvs(b *block) {
	in := b.inner("ipvs")
	for i, name := range []string{"tcp_timeout", "tcp_fin_timeout", "udp_timeout"} {
		if v := t.c.Globals.Timeouts[i]; v.Set() {
			in.arg(name, layout.Duration(v.V), v.At)
		}
	}
	if len(in.Args) == 0 {
		b.Blocks = b.Blocks[:len(b.Blocks)-1]
	}
}
