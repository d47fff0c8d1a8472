package socket

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"ha/checks/bfd"
)

// trafficClass is CS6, internetwork control.
const trafficClass = 0xc0

// Sender sends the packets of one session. Methods may be called from any goroutine.
type Sender struct {
	device int
	port   uint16
	file   *os.File
	raw    syscall.RawConn
	to     unix.Sockaddr
}

// Open makes the socket of a session that sends from a port of 49152 to 65535, which no other session has, in the network
// namespace of the calling thread. The source, where there is one, need not exist yet. It fails with EADDRINUSE when the
// port is taken. Needs CAP_NET_ADMIN for the highest queueing priority; without it packets are sent with a lower one.
func Open(c bfd.Config, port uint16) (*Sender, error) {
	s := &Sender{port: port}
	if err := s.open(c); err != nil {
		return nil, errors.Join(fmt.Errorf("open BFD socket to %s: %w", c.Peer, err), s.Close())
	}
	return s, nil
}

func (s *Sender) open(c bfd.Config) (err error) {
	if c.Interface != "" {
		if s.device, err = Index(c.Interface); err != nil {
			return err
		}
	}
	if s.file, err = udpSocket(c.Peer.Is6(), "bfd-tx"); err != nil {
		return err
	}
	if s.raw, err = s.file.SyscallConn(); err != nil {
		return err
	}
	s.to = s.sockaddr(c.Peer, c.Port())
	return control(s.raw, func(fd int) error {
		if err := setSendOptions(fd, c); err != nil {
			return err
		}
		source := c.Source
		if !source.IsValid() {
			source = netip.IPv4Unspecified()
			if c.Peer.Is6() {
				source = netip.IPv6Unspecified()
			}
		}
		return os.NewSyscallError("bind", unix.Bind(fd, s.sockaddr(source, s.port)))
	})
}

// setSendOptions prepares the socket. It never receives: without the filter the kernel would queue what is sent to it.
func setSendOptions(fd int, c bfd.Config) error {
	if err := dropAll(fd); err != nil {
		return err
	}
	if c.Interface != "" {
		if err := unix.SetsockoptString(fd, unix.SOL_SOCKET, unix.SO_BINDTODEVICE, c.Interface); err != nil {
			return fmt.Errorf("bind to device %s: %w", c.Interface, os.NewSyscallError("setsockopt", err))
		}
	}
	if err := setPriority(fd); err != nil {
		return err
	}
	if c.Peer.Is6() {
		return setOptions(fd, []option{
			{"IPV6_V6ONLY", unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 1},
			{"IPV6_FREEBIND", unix.IPPROTO_IPV6, unix.IPV6_FREEBIND, 1},
			{"IPV6_UNICAST_HOPS", unix.IPPROTO_IPV6, unix.IPV6_UNICAST_HOPS, bfd.TTL}, // else 64
			{"IPV6_TCLASS", unix.IPPROTO_IPV6, unix.IPV6_TCLASS, trafficClass},
		})
	}
	return setOptions(fd, []option{
		{"IP_FREEBIND", unix.IPPROTO_IP, unix.IP_FREEBIND, 1},
		{"IP_TTL", unix.IPPROTO_IP, unix.IP_TTL, bfd.TTL},
		{"IP_TOS", unix.IPPROTO_IP, unix.IP_TOS, trafficClass},
	})
}

// Index is the index of an interface in the network namespace of the calling thread. That of package net reads the list of
// all interfaces.
func Index(device string) (int, error) {
	request, err := unix.NewIfreq(device)
	if err != nil {
		return 0, fmt.Errorf("interface %q: %w", device, err)
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, os.NewSyscallError("socket", err)
	}
	err = unix.IoctlIfreq(fd, unix.SIOCGIFINDEX, request)
	_ = unix.Close(fd) // nothing was written
	if err != nil {
		return 0, fmt.Errorf("interface %s: %w", device, err)
	}
	return int(request.Uint32()), nil
}

// Device is the index of the interface to which the socket is bound; 0: to none. When the interface is deleted and made
// again, open anew.
func (s *Sender) Device() int { return s.device }

// Port is the port from which the session sends.
func (s *Sender) Port() uint16 { return s.port }

// Send sends one packet. It never waits; what the interface cannot take is an error.
func (s *Sender) Send(payload []byte) error {
	err := control(s.raw, func(fd int) error {
		return os.NewSyscallError("sendto", unix.Sendto(fd, payload, unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL, s.to))
	})
	if err != nil {
		return fmt.Errorf("send BFD packet: %w", err)
	}
	return nil
}

// Close frees the socket. A second Close does nothing.
func (s *Sender) Close() error {
	if s.file == nil {
		return nil
	}
	if err := s.file.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		return err
	}
	return nil
}

// sockaddr is an address for the kernel; link-local ones belong to the interface.
func (s *Sender) sockaddr(addr netip.Addr, port uint16) unix.Sockaddr {
	if addr.Is4() {
		return &unix.SockaddrInet4{Addr: addr.As4(), Port: int(port)}
	}
	to := &unix.SockaddrInet6{Addr: addr.As16(), Port: int(port)}
	if addr.IsLinkLocalUnicast() {
		to.ZoneId = uint32(s.device)
	}
	return to
}
