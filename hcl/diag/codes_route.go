package diag

// routeRuleCodes are HA2311 to HA2313 and HA2330 to HA2340: routes, which packets they are for, and their ways; rules.
func routeRuleCodes() []Meaning {
	return []Meaning{
		{"HA2311", "route without a way", `A unicast route has a gateway, a device, or both, or else several ways in next_hop blocks. Local, broadcast and
anycast routes are about the node and its links: they have a device and no gateway. Routes of the other types (blackhole,
unreachable, prohibit, throw) hand packets to nobody and have neither.`},
		{"HA2312", "route of two families", `Preferred source, from and destination of a route are of one address family. So is the gateway, except that an
IPv4 route may lead through an IPv6 gateway (RFC 5549), which then needs its device.`},
		{"HA2313", "onlink without gateway and device", `onlink says that the gateway is a neighbour on the device although no address of the device says so: it needs both.`},
		{"HA2330", "rule of two families", `A rule of policy routing is about packets of one address family: that of its addresses, or the one written as family.`},
		{"HA2331", "action does not fit the rule", `A lookup needs a table. A goto needs the priority of a later rule, since rules go forward only. Only the route that a
lookup found can be suppressed, and no prefix is longer than the address.`},
		{"HA2332", "type of service with ECN bits", `The two lowest bits of the former type of service belong to ECN (RFC 3168); the kernel refuses rules and routes about them.`},
		{"HA2333", "preference of an IPv4 route", `The preference is that of router advertisements (RFC 4191), and IPv6 routes alone have one.`},
		{"HA2334", "lock of what is not set", `A lock keeps TCP and path MTU discovery from changing a metric of a route. Without a value there is nothing to keep.`},
		{"HA2335", "route for packets that it cannot tell apart", `An IPv4 route may be for one type of service, an IPv6 route for one network of sources. The other way round a rule
does it, which looks up a table of its own:

    rule "voice" {
      priority = 100
      family   = "ipv6"
      tos      = "EF"
      table    = 100
    }`},
		{"HA2336", "next hop that does not fit", `A route with several ways has a next_hop block for each, and then no way of its own:

    route "0.0.0.0/0" {
      next_hop {
        gateway = "192.0.2.1"
        weight  = 3
      }
      next_hop {
        gateway = "192.0.2.2"
      }
    }

In IPv6 the kernel wants a gateway in each and no two that are equal (ip6_route_multipath_add in net/ipv6/route.c).`},
		{"HA2337", "realms of IPv6", `Realms classify IPv4 traffic (RTA_FLOW and FRA_FLOW of linux/rtnetlink.h). The kernel has none for IPv6 and drops them in silence.`},
		{"HA2338", "encapsulation that does not fit", `Only packets that go somewhere can be wrapped. A packet of MPLS carries 1 to 16 labels here, not 3, which asks the router
before to take the label away (RFC 3032 section 2.1). Segment routing has 1 to 16 IPv6 addresses; the mode "inline" puts
them into the packet itself, which must be IPv6. The ends of a tunnel are of one family.`},
		{"HA2339", "scope does not fit the type", `Local addresses end on the node, so their routes have the scope host. Broadcast and anycast routes end on a link at most
(fib_props in net/ipv4/fib_semantics.c). Without scope the right one is taken.`},
		{"HA2340", "link-local gateway without a device", `Link-local IPv6 addresses (fe80::/10) are the same on every link, so the kernel wants to know on which one the gateway is.`},
	}
}
