package checks

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"

	"golang.org/x/sys/unix"
)

// icmp opens a socket for echo requests that hears the target only: one for pings, or a raw one where those are not allowed.
func (d Dialer) icmp() (socket *os.File, raw bool, err error) {
	family, protocol := unix.AF_INET, unix.IPPROTO_ICMP
	if d.Target.Addr().Is6() {
		family, protocol = unix.AF_INET6, unix.IPPROTO_ICMPV6
	}
	const flags = unix.SOCK_CLOEXEC | unix.SOCK_NONBLOCK
	fd, err := unix.Socket(family, unix.SOCK_DGRAM|flags, protocol)
	if err != nil {
		raw = true
		if fd, err = unix.Socket(family, unix.SOCK_RAW|flags, protocol); err != nil {
			return nil, false, &Unable{"ping: net.ipv4.ping_group_range admits no group of ours, and a raw socket: " + errnoText(err), err}
		}
	}
	if err := d.aim(fd, family, raw); err != nil {
		_ = unix.Close(fd)
		return nil, false, fmt.Errorf("ping %s: %w", d.Target.Addr(), err)
	}
	return os.NewFile(uintptr(fd), "icmp"), raw, nil
}

// aim binds a socket, and connects it: then it hears the target's answers only, and the errors of those on the way to it.
func (d Dialer) aim(fd, family int, raw bool) error {
	to, err := sockaddr(d.Target.Addr())
	if err != nil {
		return err
	}
	errs := []error{d.Prepare(fd), hearErrors(fd, family)}
	if raw {
		errs = append(errs, hearEchoes(fd, family))
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	if ip := d.From.Address; ip.IsValid() {
		if ip.IsLinkLocalUnicast() && ip.Is6() {
			ip = ip.WithZone(d.From.Interface)
		}
		local, err := sockaddr(ip)
		if err != nil {
			return err
		}
		if err := unix.Bind(fd, local); err != nil {
			return d.inWords(os.NewSyscallError("bind", err))
		}
	}
	return d.inWords(unix.Connect(fd, to))
}

// hearEchoes keeps all but echo replies from a raw socket.
func hearEchoes(fd, family int) error {
	if family == unix.AF_INET {
		return unix.SetsockoptInt(fd, unix.SOL_RAW, unix.ICMP_FILTER, ^(1 << echoReply4))
	}
	var filter unix.ICMPv6Filter
	for i := range filter.Data {
		filter.Data[i] = ^uint32(0) // blocked
	}
	filter.Data[echoReply6>>5] &^= 1 << (echoReply6 & 31)
	return unix.SetsockoptICMPv6Filter(fd, unix.SOL_ICMPV6, unix.ICMPV6_FILTER, &filter)
}

// hearErrors makes a socket report all ICMP errors about what it sent, not only those of the port (IP_RECVERR of ip(7)).
func hearErrors(fd, family int) error {
	if family == unix.AF_INET6 {
		return unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_RECVERR, 1)
	}
	return unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_RECVERR, 1)
}

// datagrams opens a socket that sends to the target, and hears it and the ICMP errors about it.
func (d Dialer) datagrams(ctx context.Context) (net.Conn, error) {
	conn, err := d.Dial(ctx, "udp")
	if err != nil || d.Through.Is() { // there they come by themselves
		return conn, err
	}
	family := unix.AF_INET
	if d.Target.Addr().Is6() {
		family = unix.AF_INET6
	}
	raw, err := conn.(*net.UDPConn).SyscallConn()
	var failed error
	if err == nil {
		err = raw.Control(func(fd uintptr) { failed = hearErrors(int(fd), family) })
	}
	if err := errors.Join(err, failed); err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

// sockaddr is an address for the system calls, without a port.
func sockaddr(a netip.Addr) (unix.Sockaddr, error) {
	if a.Is4() {
		return &unix.SockaddrInet4{Addr: a.As4()}, nil
	}
	to := &unix.SockaddrInet6{Addr: a.As16()}
	if zone := a.Zone(); zone != "" {
		device, err := net.InterfaceByName(zone)
		if err != nil {
			return nil, &Unable{"interface " + zone + ": it does not exist", err}
		}
		to.ZoneId = uint32(device.Index)
	}
	return to, nil
}
