package decode

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"ha/hcl/diag"
)

// refuses tells whether routes of a type take packets nowhere.
func refuses(kind string) bool {
	return slices.Contains([]string{"blackhole", "unreachable", "prohibit", "throw"}, kind)
}

// ofNode tells whether routes of a type are about the node and its links, and have no gateway.
func ofNode(kind string) bool {
	return slices.Contains([]string{"local", "broadcast", "anycast"}, kind)
}

func routeHasWay(o *Object, why string) hcl.Diagnostics {
	kind := get[string](o, "type")
	gateway, device := get[netip.Addr](o, "gateway").Set, get[string](o, "device").Set
	hops := o.Blocks("next_hop")
	takesNo := func(at hcl.Range, what string) hcl.Diagnostics {
		return hcl.Diagnostics{diag.Error("HA2311", &at, fmt.Sprintf("a route of the type %q takes no %s", kind.Val, what), why,
			o.where().options(diag.See("type", kind.At), diag.Help(fmt.Sprintf("Remove %s, or set type to \"unicast\".", what)))...)}
	}
	switch {
	case !refuses(kind.Val) && !gateway && !device && len(hops) == 0:
		help := `Add a gateway or a device, or set type to "blackhole".`
		if ofNode(kind.Val) {
			help = `Add a device; that of local routes is "lo".`
		}
		return fault(o, "HA2311", "gateway", o.Header()+" leads nowhere: it has neither gateway nor device", why, help)
	case gateway && (refuses(kind.Val) || ofNode(kind.Val)):
		return takesNo(o.At("gateway"), "gateway")
	case device && refuses(kind.Val):
		return takesNo(o.At("device"), "device")
	case len(hops) > 0 && (refuses(kind.Val) || ofNode(kind.Val)):
		return takesNo(hops[0].NameRange(), "next_hop")
	}
	return nil
}

func routeOneFamily(o *Object, why string) hcl.Diagnostics {
	destination, _ := o.LabelVals[0].(netip.Prefix)
	var found hcl.Diagnostics
	other := func(at *Object, name string, a netip.Addr) {
		what := fmt.Sprintf("%s %s is %s, and %s is %s", name, a, family(a), destination, family(destination.Addr()))
		found = append(found, fault(at, "HA2312", name, what, why, "Write an address of the other family, or another destination.")...)
	}
	if a := get[netip.Addr](o, "source"); a.Set && a.Val.Is4() != destination.Addr().Is4() {
		other(o, "source", a.Val)
	}
	for _, at := range append(o.Blocks("next_hop"), o) {
		if a := get[netip.Addr](at, "gateway"); a.Set && a.Val.Is4() && destination.Addr().Is6() {
			other(at, "gateway", a.Val)
		}
	}
	return found
}

func onlinkHasBoth(o *Object, why string) hcl.Diagnostics {
	if !get[bool](o, "onlink").Val || get[netip.Addr](o, "gateway").Set && get[string](o, "device").Set {
		return nil
	}
	return fault(o, "HA2313", "onlink", "onlink needs both gateway and device", why, "Add what is missing, or remove onlink.")
}

// linkLocalHasDevice is about routes and next hops.
func linkLocalHasDevice(o *Object, why string) hcl.Diagnostics {
	gateway := get[netip.Addr](o, "gateway")
	if !gateway.Val.Is6() || !gateway.Val.IsLinkLocalUnicast() || get[string](o, "device").Set {
		return nil
	}
	return fault(o, "HA2340", "gateway", fmt.Sprintf("the gateway %s is link-local, and there is no device", gateway.Val), why, "Add for example `device = \"eth1\"`.")
}

func routeScopeFits(o *Object, why string) hcl.Diagnostics {
	destination, _ := o.LabelVals[0].(netip.Prefix)
	scope, kind := get[string](o, "scope"), get[string](o, "type").Val
	switch {
	case !scope.Set:
		return nil
	case destination.Addr().Is6():
		return fault(o, "HA2308", "scope", fmt.Sprintf("%s is IPv6; its scope cannot be chosen", o.Header()), why, "Remove scope.")
	case kind == "local" && scope.Val != "host", ofNode(kind) && scope.Val != "host" && scope.Val != "link":
		return fault(o, "HA2339", "scope", fmt.Sprintf("a route of the type %q cannot have the scope %s", kind, scope.Val), why, "Remove scope.")
	}
	return nil
}

func routeIsForPackets(o *Object, why string) hcl.Diagnostics {
	destination, _ := o.LabelVals[0].(netip.Prefix)
	tos, from := get[int64](o, "tos"), get[netip.Prefix](o, "from")
	switch six := destination.Addr().Is6(); {
	case tos.Set && tos.Val != 0 && six:
		return fault(o, "HA2335", "tos", fmt.Sprintf("%s is IPv6, and is for any type of service", o.Header()), why,
			"Remove tos; a rule with tos can look up another table.")
	case tos.Val%4 != 0:
		return fault(o, "HA2332", "tos", fmt.Sprintf("tos %d is no multiple of 4", tos.Val), "The two lowest bits are ECN (RFC 3168).",
			fmt.Sprintf("Set it to %d, for example.", tos.Val&^3))
	case from.Set && !six:
		return fault(o, "HA2335", "from", fmt.Sprintf("%s is IPv4, and is for any source", o.Header()), why,
			"Remove from; a rule with from can look up another table.")
	case from.Set && from.Val.Addr().Is4():
		return fault(o, "HA2312", "from", fmt.Sprintf("from %s is IPv4, and %s is IPv6", from.Val, destination), why, "Write a network of IPv6.")
	}
	return nil
}

func nextHopsFit(o *Object, why string) hcl.Diagnostics {
	destination, _ := o.LabelVals[0].(netip.Prefix)
	hops := bindNextHops(o)
	if len(hops) == 0 {
		return nil
	}
	var found hcl.Diagnostics
	for _, name := range []string{"gateway", "device", "onlink", "realms"} {
		if c := o.Cell(name); c.State == Set {
			found = append(found, fault(o, "HA2336", name, fmt.Sprintf("%s has next_hop blocks, and %s of its own", o.Header(), name), why,
				fmt.Sprintf("Move %s into the next_hop blocks.", name))...)
		}
	}
	if e := bindEncap(o); e != nil {
		found = append(found, fault(e.Object, "HA2336", "", o.Header()+" has next_hop blocks, and encap of its own", why, "Move encap into the next_hop blocks.")...)
	}
	first := map[string]NextHop{}
	for _, h := range hops {
		where := h.Gateway.Val.String() + " " + h.Device.Val
		before, twice := first[where]
		first[where] = h
		switch {
		case !h.Gateway.Set && !h.Device.Set:
			found = append(found, fault(h.Object, "HA2336", "gateway", "a next_hop leads nowhere: it has neither gateway nor device", why, "Add a gateway or a device.")...)
		case !h.Gateway.Set && destination.Addr().Is6():
			found = append(found, fault(h.Object, "HA2336", "device", "an IPv6 next_hop has no gateway", why, "Add the gateway. A route through one device alone needs no next_hop.")...)
		case twice && destination.Addr().Is6():
			found = append(found, fault(h.Object, "HA2336", "gateway", fmt.Sprintf("the next_hop through %s stands twice", h.Gateway.Val), why,
				"Remove one of them; weight gives a way a greater share.", diag.See("the first", before.At))...)
		}
	}
	return found
}

// realmsAreIPv4 is about routes with their next hops, and about rules.
func realmsAreIPv4(o *Object, why string) hcl.Diagnostics {
	six := false
	if o.Schema.Type == "rule" {
		r := bindRule(o)
		six = r.IPv6()
	} else if destination, ok := o.LabelVals[0].(netip.Prefix); ok {
		six = destination.Addr().Is6()
	}
	var found hcl.Diagnostics
	for _, at := range append(o.Blocks("next_hop"), o) {
		if six && get[int64](at, "realms").Set {
			found = append(found, fault(at, "HA2337", "realms", o.Header()+" is IPv6, and has no realms", why, "Remove realms.")...)
		}
	}
	return found
}

func encapFits(o *Object, why string) hcl.Diagnostics {
	bad := func(at hcl.Range, what, help string) hcl.Diagnostics {
		return hcl.Diagnostics{diag.Error("HA2338", &at, what, why, o.where().options(diag.Help(help))...)}
	}
	const most = 16
	labels, segments := list[int64](o, "labels"), list[netip.Addr](o, "segments")
	switch o.Labels[0] {
	case "mpls":
		if n := len(labels); n == 0 || n > most {
			return bad(o.At("labels"), fmt.Sprintf("there are %d labels", n), fmt.Sprintf("Write 1 to %d of them.", most))
		}
		for _, l := range labels {
			if l.Val == 3 {
				return bad(l.At, "3 is the implicit null label", "Leave it out: it asks the router before to take the label away.")
			}
		}
	case "seg6":
		if n := len(segments); n == 0 || n > most {
			return bad(o.At("segments"), fmt.Sprintf("there are %d segments", n), fmt.Sprintf("Write 1 to %d of them.", most))
		}
		for _, s := range segments {
			if s.Val.Is4() {
				return bad(s.At, fmt.Sprintf("the segment %s is IPv4", s.Val), "Write an IPv6 address.")
			}
		}
	case "ip":
		source, destination := get[netip.Addr](o, "source"), get[netip.Addr](o, "destination")
		if source.Set && source.Val.Is4() != destination.Val.Is4() {
			return bad(source.At, fmt.Sprintf("source %s is %s, and destination %s is %s", source.Val, family(source.Val), destination.Val, family(destination.Val)),
				"Write an address of the other family.")
		}
	}
	return nil
}

func encapFitsRoute(o *Object, why string) hcl.Diagnostics {
	destination, _ := o.LabelVals[0].(netip.Prefix)
	kind := get[string](o, "type").Val
	var found hcl.Diagnostics
	for _, at := range append(o.Blocks("next_hop"), o) {
		e := bindEncap(at)
		switch {
		case e == nil:
		case kind != "unicast":
			found = append(found, fault(e.Object, "HA2338", "", fmt.Sprintf("a route of the type %q wraps no packets", kind), why, "Remove encap, or set type to \"unicast\".")...)
		case e.Kind == "seg6" && e.Mode.Val == "inline" && destination.Addr().Is4():
			found = append(found, fault(e.Object, "HA2338", "mode", fmt.Sprintf("%s is IPv4, and segments are put into IPv6 packets only", destination), why, `Set mode to "encap".`)...)
		}
	}
	return found
}

func preferenceFits(o *Object, why string) hcl.Diagnostics {
	destination, _ := o.LabelVals[0].(netip.Prefix)
	if !get[string](o, "preference").Set || destination.Addr().Is6() {
		return nil
	}
	return fault(o, "HA2333", "preference", fmt.Sprintf("%s is IPv4, and has no preference", destination), why, "Remove preference; a metric decides between IPv4 routes.")
}

func locksAreSet(o *Object, why string) hcl.Diagnostics {
	var found hcl.Diagnostics
	for _, l := range list[string](o, "lock") {
		if !get[string](o, l.Val).Set {
			found = append(found, fault(o, "HA2334", "lock", fmt.Sprintf("%s is locked and not set", l.Val), why,
				fmt.Sprintf("Set %s, or take it out of the list.", l.Val))...)
		}
	}
	return found
}
