// Package ipvs speaks with the kernel's load balancer (linux/ip_vs.h) over generic netlink.
//
// It is shaped like a library: netip addresses, plain structs, errors that wrap the errno, no logging, no child
// process, no policy. A [Conn] asks for the IPVS family when it is opened, so a kernel without IPVS is an error
// and never a silent success. Destinations are always sent whole, since the kernel takes a missing tunnel
// attribute for zero. The lists of services and destinations are read one after the other under the same lock
// as writes, because a list that races with a deletion loses entries without any sign.
//
// IPVS has no events. Whoever needs to see foreign changes reads again, and believes a difference only the
// second time.
package ipvs
