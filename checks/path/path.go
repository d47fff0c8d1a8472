package path

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"

	"golang.org/x/sys/unix"
)

// How packets reach a real server.
const (
	DR   = "dr"   // in a frame to the server's MAC
	IPIP = "ipip" // in a packet to the server (RFC 2003, RFC 2473, RFC 4213)
	GUE  = "gue"  // in a datagram to a port of the server (draft-ietf-intarea-gue, version 0 without options)
	GRE  = "gre"  // in a packet with the header of RFC 2784
)

// Through is the real server by way of which packets go. Its zero value is none: the kernel's way.
type Through struct {
	Server netip.Addr `json:"server,omitzero"`
	How    string     `json:"how,omitempty"`  // one of [DR], [IPIP], [GUE], [GRE]
	Port   uint16     `json:"port,omitempty"` // of the server's end of a [GUE] tunnel; 1 to 65535
}

// Is reports whether there is a server in between.
func (t Through) Is() bool { return t != Through{} }

// Equal reports whether both are the same way.
func (t Through) Equal(other Through) bool { return t == other }

// String is how for people: by way of 192.0.2.31 (dr).
func (t Through) String() string { return fmt.Sprintf("by way of %s (%s)", t.Server, t.How) }

// Validate says what is wrong with a way to a target.
func (t Through) Validate(target netip.Addr) error {
	if !t.Is() {
		return nil
	}
	var err error
	switch t.How {
	case DR:
		if t.Server.Is4() != target.Unmap().Is4() {
			err = fmt.Errorf("direct routing of %s to a server of another address family, %s", target, t.Server)
		}
	case IPIP, GRE:
	case GUE:
		if t.Port == 0 {
			err = errors.New("a GUE tunnel needs a port")
		}
	default:
		err = fmt.Errorf("way %q is not one of %s, %s, %s, %s", t.How, DR, IPIP, GUE, GRE)
	}
	if !t.Server.IsValid() {
		err = errors.Join(err, errors.New("the server in between has no address"))
	}
	return err
}

// Unable is an error of this node: nothing was asked, so nothing is known about the server.
type Unable struct {
	What  string
	Cause error
}

// Error says what this node could not do.
func (u *Unable) Error() string { return u.What + ": " + u.Cause.Error() }

// Unwrap returns the cause.
func (u *Unable) Unwrap() error { return u.Cause }

// Dial opens a connection to target by way of a server; network is "tcp" or "udp". Source is the local address, or invalid for
// the one that the kernel would take towards the server. Needs CAP_NET_RAW, and CAP_NET_ADMIN for direct routing. Errors of
// the target are those of the kernel's sockets, such as ECONNREFUSED; [Unable] is of this node.
func Dial(ctx context.Context, network string, target netip.AddrPort, source netip.Addr, t Through) (net.Conn, error) {
	source, err := sourceTowards(t.Server, target.Addr(), source)
	if err != nil {
		return nil, err
	}
	out, err := t.sender(ctx, target.Addr())
	if err != nil {
		return nil, err
	}
	port, err := reserve(network, source)
	if err != nil {
		out.close()
		return nil, err
	}
	flow := flow{protocol: unix.IPPROTO_TCP, target: target, local: netip.AddrPortFrom(source, port.number)}
	if network == "udp" {
		flow.protocol = unix.IPPROTO_UDP
	}
	in, err := listen(flow)
	if err != nil {
		out.close()
		port.close()
		return nil, err
	}
	return dial(ctx, flow, out, in, port)
}

// sourceTowards is the local address of a flow: the one that was asked for, or what the kernel takes towards the server; where
// a tunnel carries another family than its own, what it takes towards the target. It is never the target itself, which the
// active director holds.
func sourceTowards(server, target, source netip.Addr) (netip.Addr, error) {
	if source.IsValid() {
		return source, nil
	}
	towards := server
	if server.Is4() != target.Is4() {
		towards = target
	}
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(towards, 9))) // sends nothing
	if err != nil {
		return source, fmt.Errorf("way to %s: %w", towards, err)
	}
	defer func() { _ = conn.Close() }() // nothing was sent
	ip := conn.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap().WithZone("")
	if ip != target {
		return ip, nil
	}
	return otherThan(target)
}

// otherThan is another address of the network on which this node holds target.
func otherThan(target netip.Addr) (netip.Addr, error) {
	links, err := net.Interfaces()
	if err != nil {
		return target, &Unable{"list interfaces", err}
	}
	for _, link := range links {
		list, err := link.Addrs()
		if err != nil {
			return target, &Unable{"addresses of " + link.Name, err}
		}
		other := netip.Addr{}
		held := false
		for _, a := range list {
			prefix, err := netip.ParsePrefix(a.String())
			switch ip := prefix.Addr(); {
			case err != nil || ip.Is4() != target.Is4():
			case ip == target:
				held = true
			case prefix.Masked().Contains(target) && !other.IsValid():
				other = ip
			}
		}
		if held && other.IsValid() {
			return other, nil
		}
	}
	return target, &Unable{fmt.Sprintf("no address to ask from but %s itself", target), unix.EADDRNOTAVAIL}
}

// reserved is a local port that nobody else on the node gets meanwhile.
type reserved struct {
	fd     int
	number uint16
}

// reserve binds a socket that is never used: the kernel then gives its port to nobody, and does not say of UDP answers that
// nobody wants them.
func reserve(network string, source netip.Addr) (reserved, error) {
	kind, family := unix.SOCK_STREAM, unix.AF_INET6
	if network == "udp" {
		kind = unix.SOCK_DGRAM
	}
	var at unix.Sockaddr = &unix.SockaddrInet6{Addr: source.As16()}
	if source.Is4() {
		family, at = unix.AF_INET, &unix.SockaddrInet4{Addr: source.As4()}
	}
	fd, err := unix.Socket(family, kind|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return reserved{}, &Unable{"socket", err}
	}
	r := reserved{fd: fd}
	if err := unix.Bind(fd, at); err != nil {
		r.close()
		return reserved{}, &Unable{fmt.Sprintf("from %s", source), err}
	}
	name, err := unix.Getsockname(fd)
	if err != nil {
		r.close()
		return reserved{}, &Unable{"local port", err}
	}
	switch name := name.(type) {
	case *unix.SockaddrInet4:
		r.number = uint16(name.Port)
	case *unix.SockaddrInet6:
		r.number = uint16(name.Port)
	}
	return r, nil
}

func (r reserved) close() { _ = unix.Close(r.fd) } // nothing was ever written to it
