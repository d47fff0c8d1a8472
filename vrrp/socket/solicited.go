package socket

import (
	"errors"
	"fmt"
	"net/netip"

	"golang.org/x/sys/unix"
)

// Solicited is the group at which neighbours ask for an IPv6 address (RFC 4291 section 2.7.1).
func Solicited(a netip.Addr) netip.Addr {
	group := [16]byte{0: 0xff, 1: 0x02, 11: 0x01, 12: 0xff}
	ip := a.As16()
	copy(group[13:], ip[13:])
	return netip.AddrFrom16(group)
}

// Solicit makes the interface of an IPv6 Conn a member of the solicited-node group of an address, so that switches forward
// questions about it; nothing of them arrives here. It may be called more than once, and ends with the Conn.
func (c *Conn) Solicit(a netip.Addr) error {
	group := Solicited(a)
	err := control(c.rxRaw, func(fd int) error {
		return unix.SetsockoptIPv6Mreq(fd, unix.IPPROTO_IPV6, unix.IPV6_ADD_MEMBERSHIP, &unix.IPv6Mreq{Multiaddr: group.As16(), Interface: uint32(c.index)})
	})
	if err != nil && !errors.Is(err, unix.EADDRINUSE) {
		return fmt.Errorf("join %s: %w", group, err)
	}
	return nil
}
