package socket

import (
	"fmt"
	"net/netip"

	"golang.org/x/sys/unix"
)

// sockaddr is an address as the kernel wants it, on the interface of an index.
func (c *Conn) sockaddr(a netip.Addr, index int) unix.Sockaddr {
	if c.ipv6 {
		return &unix.SockaddrInet6{Addr: a.As16(), ZoneId: uint32(index)}
	}
	return &unix.SockaddrInet4{Addr: a.As4()}
}

// join becomes a member of the group on the interface, which is named by index: it may have no address.
func (c *Conn) join(fd int) error {
	var err error
	if c.ipv6 {
		err = unix.SetsockoptIPv6Mreq(fd, unix.IPPROTO_IPV6, unix.IPV6_ADD_MEMBERSHIP,
			&unix.IPv6Mreq{Multiaddr: c.group.As16(), Interface: uint32(c.index)})
	} else {
		err = unix.SetsockoptIPMreqn(fd, unix.IPPROTO_IP, unix.IP_ADD_MEMBERSHIP,
			&unix.IPMreqn{Multiaddr: c.group.As4(), Ifindex: int32(c.index)})
	}
	if err != nil {
		return fmt.Errorf("join %s: %w", c.group, err)
	}
	return nil
}
