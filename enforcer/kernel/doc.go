// Package kernel is the only code that speaks netlink, IPVS and sysctl. It reads live objects, carries out one
// change or many, and watches. It translates and nothing else: no policy, no log, no retry of a refused change.
//
//	addresses.go routes.go links.go    rtnetlink messages to planner values and back, one decoder for lists and events
//	options.go                         what can be edited of an address
//	interfaces.go                      virtual interfaces: macvlans and what keeps them quiet
//	nexthops.go encap.go metrics.go    the ways of a route, how packets are wrapped on them, what it says of its path
//	rules.go                           rules of policy routing, likewise
//	filters.go, package nft            addresses that accept nothing, interfaces that are to be quiet
//	ipvs.go, package ipvs              virtual and real servers
//	sysctl.go                          files under /proc/sys
//	read.go apply.go watch.go          what the enforcer calls
//	watch_filters.go                   news of filters, which come by another way
//	errors.go                          what a refusal means and what to do
//
// # What is ours
//
// ha marks its addresses (IFA_PROTO, Linux 5.18), routes (rtm_protocol) and rules (FRA_PROTOCOL, Linux 4.17) with [Mark], its virtual interfaces by their alias, its filters by the table that they stand in. Marks survive a restart of
// ha; State.Marked lists the objects that carry one. IPVS and sysctls have no mark.
//
// # What is read back
//
// What was written reads back equal, so that a difference always means something. The rules behind that:
//
//   - what the family does not have reads as its zero value, whatever was written: the scope of IPv6 addresses and
//     routes, labels of IPv6 addresses, the preference of IPv4 routes, NoDAD and most options of IPv4 addresses; so does a label that repeats the device's name;
//   - an address with a peer has its prefix length on the peer: its key is a /32 (/128);
//   - an IPv6 route with metric 0 is the one with metric 1024;
//   - the kernel's own routes (connected, local, cached), and routes that share their key with a marked one are left out;
//   - the next hops of an IPv6 route read in the order of their gateways; IPv6 has no realms; a list of one next hop is the
//     route's own way;
//   - how packets are wrapped reads as something else, which is never wanted, where the kernel says more than the model knows;
//   - a gateway's device always reads, also where only the gateway was written;
//   - the kernel's own rules, and rules that select by what the model does not know (DSCP, flow label), are left
//     out;
//   - the flags of a virtual server are those that configuration decides: Persistence says what Persistent would, and
//     Hashed is the kernel's own; a netmask of 0 is written, and reads, as the whole address;
//   - weights above 65535 read as 65535.
package kernel
