package decode

import (
	"net/netip"

	"ha/hcl/schema"
)

// Track is a `track` block of a VIP or a sync group: Interface is set, or Check and Target are, or BFD is.
type Track struct {
	Head
	Interface Arg[string]
	Check     Arg[schema.Address]
	Target    Arg[netip.AddrPort]
	BFD       Arg[schema.Address]
	Weight    Arg[int64] // 0: the node takes no part
}

func tracks(o *Object) []Track {
	var out []Track
	for _, k := range o.Blocks("track") {
		out = append(out, Track{
			Head: headOf(k), Interface: get[string](k, "interface"), Check: get[schema.Address](k, "check"),
			Target: get[netip.AddrPort](k, "target"), BFD: get[schema.Address](k, "bfd"), Weight: get[int64](k, "weight"),
		})
	}
	return out
}
