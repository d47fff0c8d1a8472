package decode

import (
	"fmt"
	"time"

	"github.com/hashicorp/hcl/v2"

	"ha/hcl/diag"
	"ha/hcl/schema"
)

// hasListeners needs something that clients connect to.
func hasListeners(o *Object, why string) hcl.Diagnostics {
	if len(list[schema.Listeners](o, "listen"))+len(list[int64](o, "fwmark")) > 0 {
		return nil
	}
	return fault(o, "HA2314", "listen", o.Header()+" has no listeners", why, `Add for example `+"`listen = [\"192.0.2.20:80\"]`.")
}

// portZeroNeedsPersistence refuses services that would take no connection at all.
func portZeroNeedsPersistence(o *Object, why string) hcl.Diagnostics {
	if get[time.Duration](o, "persistence").Val > 0 {
		return nil
	}
	for _, l := range list[schema.Listeners](o, "listen") {
		if l.Val.Ports.First == 0 {
			return hcl.Diagnostics{diag.Error("HA2411", l.At.Ptr(), fmt.Sprintf("the listener %s is for every port, and the pool has no persistence", schema.Listen{}.Print(l.Val)), why,
				o.where().options(diag.Help("Add for example `persistence = \"5m\"`, or write the ports: \"192.0.2.20:8000-8010\"."))...)}
		}
	}
	return nil
}

// flagsAreOfTheScheduler refuses flags that the scheduler does not know by these names.
func flagsAreOfTheScheduler(o *Object, why string) hcl.Diagnostics {
	scheduler := get[string](o, "scheduler")
	if scheduler.Val == "sh" || scheduler.Val == "mh" {
		return nil
	}
	var found hcl.Diagnostics
	for _, f := range list[string](o, "scheduler_flags") {
		if f.Val == "port" || f.Val == "fallback" {
			found = append(found, diag.Error("HA2412", f.At.Ptr(), fmt.Sprintf("the scheduler %q has no flag %q", scheduler.Val, f.Val), why,
				o.where().options(diag.See("scheduler", scheduler.At), diag.Help("Remove it, or use the scheduler \"mh\" or \"sh\"."))...))
		}
	}
	return found
}

// onePacketIsUDP refuses what would say nothing.
func onePacketIsUDP(o *Object, why string) hcl.Diagnostics {
	one, protocol := get[bool](o, "one_packet"), get[string](o, "protocol")
	if !one.Val || protocol.Val == "udp" || len(list[schema.Listeners](o, "listen")) == 0 {
		return nil
	}
	return fault(o, "HA2413", "one_packet", fmt.Sprintf("one_packet is set, and the protocol is %q", protocol.Val), why,
		"Remove one_packet, or make a pool of its own for UDP.", diag.See("protocol", protocol.At))
}

// granularityNeedsPersistence refuses what tells clients apart where nobody remembers them.
func granularityNeedsPersistence(o *Object, why string) hcl.Diagnostics {
	var found hcl.Diagnostics
	if get[time.Duration](o, "persistence").Val == 0 {
		for _, name := range []string{"persistence_prefix_ipv4", "persistence_prefix_ipv6", "persistence_engine"} {
			if c := o.Cell(name); c != nil && c.State == Set {
				found = append(found, fault(o, "HA2414", name, name+" is set, and the pool has no persistence", why, "Add for example `persistence = \"5m\"`, or remove "+name+".")...)
			}
		}
		return found
	}
	if protocol := get[string](o, "protocol"); get[string](o, "persistence_engine").Val == "sip" && protocol.Val != "udp" && len(list[schema.Listeners](o, "listen")) > 0 {
		return fault(o, "HA2414", "persistence_engine", fmt.Sprintf("persistence_engine is %q, and the protocol is %q", "sip", protocol.Val),
			"The engine reads the Call-ID of SIP messages over UDP only (net/netfilter/ipvs/ip_vs_pe_sip.c).", "Set `protocol = \"udp\"`, or remove persistence_engine.",
			diag.See("protocol", protocol.At))
	}
	return nil
}

// thresholdsAreInOrder refuses what the kernel does.
func thresholdsAreInOrder(o *Object, why string) hcl.Diagnostics {
	upper, lower := get[int64](o, "upper_threshold"), get[int64](o, "lower_threshold")
	switch {
	case !lower.Set:
		return nil
	case !upper.Set:
		return fault(o, "HA2415", "lower_threshold", "lower_threshold is set, and upper_threshold is not", why, fmt.Sprintf("Add for example `upper_threshold = %d`.", lower.Val+lower.Val/3+1))
	case lower.Val > upper.Val:
		return fault(o, "HA2415", "lower_threshold", fmt.Sprintf("lower_threshold is %d, above the upper_threshold of %d", lower.Val, upper.Val), why,
			"Exchange them, or remove lower_threshold: it is three quarters of the upper one then.", diag.See("upper_threshold", upper.At))
	}
	return nil
}

// tunnelFitsItsType refuses what a type of tunnel does not have, and gue without its port.
func tunnelFitsItsType(o *Object, why string) hcl.Diagnostics {
	kind, port, checksum := get[string](o, "type"), get[int64](o, "port"), get[string](o, "checksum")
	var found hcl.Diagnostics
	switch {
	case kind.Val == "gue" && !port.Set:
		found = fault(o, "HA2416", "type", "a tunnel of type gue needs a port", why, "Add for example `port = 6080`: the UDP port on which the servers unwrap.")
	case kind.Val != "gue" && port.Set:
		found = fault(o, "HA2416", "port", fmt.Sprintf("a tunnel of type %s has no port", kind.Val), why, "Remove the port, or set `type = \"gue\"`.", diag.See("type", kind.At))
	}
	switch {
	case kind.Val == "ipip" && checksum.Val != "none":
		found = append(found, fault(o, "HA2416", "checksum", "a tunnel of type ipip has no checksum", why, "Remove it, or set `type = \"gue\"` or `type = \"gre\"`.", diag.See("type", kind.At))...)
	case kind.Val == "gre" && checksum.Val == "remote":
		found = append(found, fault(o, "HA2416", "checksum", "a tunnel of type gre cannot leave the checksum to the server", why, "Write \"full\" or \"none\", or set `type = \"gue\"`.", diag.See("type", kind.At))...)
	}
	return found
}
