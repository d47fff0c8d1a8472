package socket

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"os"

	"golang.org/x/sys/unix"

	"ha/vrrp/packet"
)

const (
	checksumAt   = 6    // where the checksum stands in a message (RFC 9568 section 5.2.8)
	trafficClass = 0xc0 // CS6, internetwork control

	priorityHighest = 7 // above all that needs no privilege
	priorityControl = 6 // TC_PRIO_CONTROL
)

// setSendOptions prepares the sending socket. It never receives: without the filter the kernel would queue a copy of
// every advert on it.
func (c *Conn) setSendOptions(fd int, o Options) error {
	if err := attach(fd, dropAll()); err != nil {
		return err
	}
	if err := bindToDevice(fd, cmp.Or(o.Via, o.Interface)); err != nil {
		return err
	}
	if err := setPriority(fd, int(cmp.Or(o.Priority, priorityHighest))); err != nil {
		return err
	}
	options := []option{
		{"SO_RCVBUF", unix.SOL_SOCKET, unix.SO_RCVBUF, 0},
		{"IP_MULTICAST_ALL", unix.IPPROTO_IP, unix.IP_MULTICAST_ALL, 0},
		{"IP_MULTICAST_LOOP", unix.IPPROTO_IP, unix.IP_MULTICAST_LOOP, 0},
		{"IP_HDRINCL", unix.IPPROTO_IP, unix.IP_HDRINCL, 1},
	}
	if c.ipv6 {
		options = []option{
			{"SO_RCVBUF", unix.SOL_SOCKET, unix.SO_RCVBUF, 0},
			{"IPV6_MULTICAST_ALL", unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_ALL, 0},
			{"IPV6_MULTICAST_LOOP", unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_LOOP, 0},
			{"IPV6_MULTICAST_HOPS", unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_HOPS, packet.TTL},
			{"IPV6_UNICAST_HOPS", unix.IPPROTO_IPV6, unix.IPV6_UNICAST_HOPS, int(c.hops)}, // else 64
			{"IPV6_MULTICAST_IF", unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_IF, c.out},
			{"IPV6_TCLASS", unix.IPPROTO_IPV6, unix.IPV6_TCLASS, int(c.class)},
			{"IPV6_CHECKSUM", unix.IPPROTO_IPV6, unix.IPV6_CHECKSUM, checksumAt},
		}
	}
	if c.ipv6 && o.Via != "" { // the source stands on Interface
		options = append(options, option{"IPV6_FREEBIND", unix.IPPROTO_IPV6, unix.IPV6_FREEBIND, 1})
	}
	if err := setOptions(fd, options); err != nil {
		return err
	}
	if c.ipv6 {
		return nil
	}
	if err := unix.SetsockoptIPMreqn(fd, unix.IPPROTO_IP, unix.IP_MULTICAST_IF, &unix.IPMreqn{Ifindex: int32(c.out)}); err != nil {
		return fmt.Errorf("send multicast from interface %d: %w", c.out, err)
	}
	return nil
}

// setPriority puts what a socket sends before everything else in the queue of the interface: the traffic class in the
// IP header does not. The highest needs CAP_NET_ADMIN.
func setPriority(fd, priority int) error {
	err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PRIORITY, priority)
	if errors.Is(err, unix.EPERM) {
		err = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PRIORITY, priorityControl)
	}
	if err != nil {
		return fmt.Errorf("set SO_PRIORITY: %w", err)
	}
	return nil
}

// Send sends an advert from a source to the unicast peers of the instance, or to the group when there are none. The
// source must be an address of the interface (see PrimarySource). It does not wait: a full queue is an error (ENOBUFS,
// EAGAIN), and so is an interface that is down (ENETDOWN) or gone (ENXIO, ENODEV). What fails
// for one peer is sent to the others all the same. An error of packet.Advert is returned as it is.
func (c *Conn) Send(a *packet.Advert, source netip.Addr, peers ...netip.Addr) error {
	c.sending.Lock()
	defer c.sending.Unlock()
	if len(peers) == 0 {
		return c.send(a, source, c.group, unix.MSG_DONTROUTE)
	}
	var errs []error
	for _, peer := range peers {
		if err := c.send(a, source, peer, 0); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// send sends one copy; called with the lock.
func (c *Conn) send(a *packet.Advert, source, destination netip.Addr, flags int) error {
	var err error
	var ancillary []byte
	if c.ipv6 {
		c.message, err = a.AppendTo(c.message[:0], source, destination)
		ancillary = unix.PktInfo6(&unix.Inet6Pktinfo{Addr: source.As16(), Ifindex: uint32(c.out)})
	} else {
		c.message, err = a.AppendIPv4(c.message[:0], source, destination, 0)
	}
	if err != nil {
		return err
	}
	if !c.ipv6 {
		c.mark(c.message, destination)
	}
	err = control(c.txRaw, func(fd int) error {
		return os.NewSyscallError("sendmsg",
			unix.Sendmsg(fd, c.message, ancillary, c.sockaddr(destination, c.out), flags|unix.MSG_DONTWAIT))
	})
	if err != nil {
		return fmt.Errorf("send advert for VRID %d from %s to %s: %w", a.VRID, source, destination, err)
	}
	return nil
}

// mark sets what the standard fixes and this Conn does not: class, and the TTL of unicast. The kernel computes the checksum
// of the header, and an authentication header covers neither (RFC 2402 section 3.3.3.1.1.1; keepalived covers the TTL of
// multicast only).
func (c *Conn) mark(datagram []byte, destination netip.Addr) {
	datagram[1] = c.class
	if !destination.IsMulticast() {
		datagram[8] = c.hops
	}
}
