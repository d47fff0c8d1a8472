package checks

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"

	"ha/checks/path"
)

// From says from where a check reaches its target. Its zero value leaves all of it to the kernel.
type From struct {
	Address   netip.Addr `json:"address,omitzero"`    // local address, of the target's family
	Port      uint16     `json:"port,omitempty"`      // local port
	Interface string     `json:"interface,omitempty"` // through which packets leave (SO_BINDTODEVICE of socket(7))
	Mark      uint32     `json:"mark,omitempty"`      // of the packets, for routing rules and the firewall (SO_MARK)
}

// Equal reports whether both leave from the same place.
func (f From) Equal(other From) bool { return f == other }

// validate reports what cannot be bound.
func (f From) validate(target netip.AddrPort) error {
	ip := f.Address
	return errors.Join(
		unless(f == From{} || target.IsValid(), "a check without a target comes from nowhere"),
		unless(!ip.IsValid() || !target.IsValid() || ip.Is4() == target.Addr().Unmap().Is4(), "the source %v and the target %v are not of one address family", ip, target),
		unless(len(f.Interface) < unix.IFNAMSIZ, "interface %q has more than %d characters", f.Interface, unix.IFNAMSIZ-1),
	)
}

// Dialer opens the sockets of one check: to its target, from where its configuration says. Every kind that talks over the
// network has one, so that no kind has to know what From holds.
type Dialer struct {
	Target  netip.AddrPort
	From    From
	Through path.Through // not the way of the kernel, but by way of this server
}

// dialer returns the dialer of a check.
func (c Config) dialer() Dialer {
	d := Dialer{Target: netip.AddrPortFrom(c.Target.Addr().Unmap(), c.Target.Port()), From: c.From, Through: c.Through}
	if ip := d.Target.Addr(); ip.IsLinkLocalUnicast() && ip.Is6() && ip.Zone() == "" && c.From.Interface != "" {
		d.Target = netip.AddrPortFrom(ip.WithZone(c.From.Interface), c.Target.Port()) // such an address is on every link
	}
	return d
}

// Dial opens a connection; network is "tcp" or "udp". An error says in words what a person would ask first: did nobody
// answer, did somebody say no, or could this node not even ask ([Unable])?
func (d Dialer) Dial(ctx context.Context, network string) (net.Conn, error) {
	if d.Through.Is() {
		return d.dialThrough(ctx, network)
	}
	// Keep-alive probes are for connections that live; these do not.
	dialer := net.Dialer{KeepAlive: -1}
	if d.From != (From{}) {
		dialer.LocalAddr, dialer.Control = d.local(network), d.control
	}
	conn, err := dialer.DialContext(ctx, network, d.Target.String())
	if err != nil {
		return nil, d.said(err)
	}
	if tcp, ok := conn.(*net.TCPConn); ok && d.From.Port != 0 {
		_ = tcp.SetLinger(0) // or the port would rest in TIME_WAIT when the next probe needs it; it cannot fail on an open socket
	}
	return conn, nil
}

// said is an error of connecting in words.
func (d Dialer) said(err error) error {
	return fmt.Errorf("connect to %s: %w", d.Target, d.inWords(err))
}

// connectSlowly begins to open a TCP connection and does not wait until it is there: the descriptor becomes writable then.
func (d Dialer) connectSlowly() (fd int, err error) {
	family := unix.AF_INET6
	if d.Target.Addr().Is4() {
		family = unix.AF_INET
	}
	fd, err = unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, d.said(os.NewSyscallError("socket", err))
	}
	if d.From != (From{}) {
		err = d.bind(fd)
	}
	if err == nil {
		err = os.NewSyscallError("connect", unix.Connect(fd, inetAddr(d.Target)))
	}
	if err == nil || errors.Is(err, unix.EINPROGRESS) {
		return fd, nil
	}
	_ = unix.Close(fd) // nothing was sent
	return -1, d.said(err)
}

// bind makes a socket leave from where it should.
func (d Dialer) bind(fd int) error {
	if err := d.Prepare(fd); err != nil {
		return err
	}
	if d.From.Port != 0 {
		if err := unix.SetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1}); err != nil { // as in Dial
			return os.NewSyscallError("setsockopt", err)
		}
	}
	if at, ok := d.local("tcp").(*net.TCPAddr); ok {
		return os.NewSyscallError("bind", unix.Bind(fd, inetAddr(at.AddrPort())))
	}
	return nil
}

// inetAddr is an address as system calls take it. The zone of an IPv6 address is the name of an interface.
func inetAddr(a netip.AddrPort) unix.Sockaddr {
	if a.Addr().Is4() {
		return &unix.SockaddrInet4{Port: int(a.Port()), Addr: a.Addr().As4()}
	}
	s := &unix.SockaddrInet6{Port: int(a.Port()), Addr: a.Addr().As16()}
	if zone := a.Addr().Zone(); zone != "" {
		if link, err := net.InterfaceByName(zone); err == nil { // else connect says that it cannot
			s.ZoneId = uint32(link.Index)
		}
	}
	return s
}

// local is the address that a socket is bound to.
func (d Dialer) local(network string) net.Addr {
	ip := d.From.Address
	switch {
	case !ip.IsValid() && d.From.Port == 0:
		return nil
	case !ip.IsValid() && d.Target.Addr().Is4():
		ip = netip.IPv4Unspecified()
	case !ip.IsValid():
		ip = netip.IPv6Unspecified()
	case ip.IsLinkLocalUnicast() && ip.Is6():
		ip = ip.WithZone(d.From.Interface)
	}
	at := netip.AddrPortFrom(ip, d.From.Port)
	if network == "udp" {
		return net.UDPAddrFromAddrPort(at)
	}
	return net.TCPAddrFromAddrPort(at)
}

// control is [net.Dialer.Control].
func (d Dialer) control(_, _ string, raw syscall.RawConn) error {
	var failed error
	if err := raw.Control(func(fd uintptr) { failed = d.Prepare(int(fd)) }); err != nil {
		return err
	}
	return failed
}

// Prepare sets on a socket that is not bound yet what From says, except the address and the port. For kinds whose sockets
// [Dialer.Dial] cannot open; an error is [Unable].
func (d Dialer) Prepare(fd int) error {
	if name := d.From.Interface; name != "" {
		if err := unix.BindToDevice(fd, name); err != nil {
			return &Unable{fmt.Sprintf("interface %s: %s", name, errnoText(err)), err}
		}
	}
	if d.From.Mark != 0 {
		if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_MARK, int(d.From.Mark)); err != nil {
			return &Unable{fmt.Sprintf("firewall mark %d: %s", d.From.Mark, errnoText(err)), err}
		}
	}
	if d.From.Port == 0 {
		return nil
	}
	// The connection of the probe before may be in TIME_WAIT on the port, and those of other checks use it to other targets.
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1); err != nil {
		return &Unable{"reuse of the local port: " + errnoText(err), err}
	}
	return nil
}

// inWords says what went wrong, and whose fault it is.
func (d Dialer) inWords(err error) error {
	var unable *Unable
	if errors.As(err, &unable) {
		return unable // net wraps it in what it was doing
	}
	if !ours(err) {
		return inWords(err)
	}
	from := ""
	if d.From.Address.IsValid() {
		from = "from " + d.From.Address.String()
	}
	if d.From.Port != 0 {
		from = fmt.Sprintf("from port %d", d.From.Port)
		if d.From.Address.IsValid() {
			from = "from " + netip.AddrPortFrom(d.From.Address, d.From.Port).String()
		}
	}
	if from != "" {
		return &Unable{from + ": " + errnoText(err), err}
	}
	return &Unable{errnoText(err), err}
}

// ours reports whether an error of opening a connection is of this node: no packet ever left it. That there is no route is
// not: the target cannot be reached, for clients either.
func ours(err error) bool {
	var call *os.SyscallError
	if errors.As(err, &call) && slices.Contains([]string{"socket", "setsockopt", "bind"}, call.Syscall) {
		return true
	}
	for _, number := range []syscall.Errno{unix.EADDRNOTAVAIL, unix.EADDRINUSE, unix.EMFILE, unix.ENFILE, unix.ENOBUFS, unix.ENOMEM} {
		if errors.Is(err, number) {
			return true
		}
	}
	return false
}

// Unable is an error of this node and not of the target: the probe could not ask, so it says nothing about health.
type Unable struct {
	Words string // for people
	Cause error
}

// Error says what this node could not do.
func (u *Unable) Error() string { return u.Words + " (this node could not ask)" }

// Unwrap returns the cause.
func (u *Unable) Unwrap() error { return u.Cause }

// errnoText is what the operating system calls an error, without the operations around it.
func errnoText(err error) string {
	var number syscall.Errno
	if errors.As(err, &number) {
		return number.Error()
	}
	return err.Error()
}
