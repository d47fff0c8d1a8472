// Package vrrp is the election of RFC 9568 (and of RFC 3768 for version 2) as a function: events and time in,
// state and actions out. No socket, clock, goroutine, logger or lock.
//
// Time is a duration since an arbitrary start, monotonic by construction. Packet formats live in vrrp/packet, raw
// sockets in vrrp/socket, a simulated LAN for tests in vrrp/vrrptest.
package vrrp
