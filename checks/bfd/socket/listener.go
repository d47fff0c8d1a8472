package socket

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"

	"ha/checks/bfd"
)

const (
	// maxDatagram is more than any control packet, with the longest authentication, has.
	maxDatagram = 256
	// maxAncillary holds the packet info and the hop limit of either family, 64 bytes together at most.
	maxAncillary = 128
	// maxDrain bounds the packets of one Drain, so that a flood cannot hold up a timer.
	maxDrain = 512
)

// Datagram is what arrived, and from where.
type Datagram struct {
	Payload []byte
	Path    bfd.Path
	TTL     int // or hop limit; -1: the kernel did not say
}

// A Handler is told of every datagram. It refers to memory that is used again: a Handler keeps copies. Calls never
// overlap.
type Handler func(d Datagram)

// Listener receives what is sent to one of the ports of BFD, in one address family, from everywhere: the kernel offers
// each datagram to one socket only, so the sessions of a network namespace share one.
//
// Methods may be called from any goroutine.
type Listener struct {
	ipv6, multihop bool

	file   *os.File
	raw    syscall.RawConn
	closed atomic.Bool

	receiving sync.Mutex // held from reading a datagram until it is handled
	buffer    [maxDatagram]byte
	ancillary [maxAncillary]byte
}

// Listen opens the port of single hop (3784) or multihop (4784) in the network namespace of the calling thread. It fails
// with EADDRINUSE when another BFD daemon has it.
func Listen(ipv6, multihop bool) (*Listener, error) {
	l := &Listener{ipv6: ipv6, multihop: multihop}
	port := bfd.Config{Multihop: multihop}.Port()
	if err := l.open(port); err != nil {
		return nil, errors.Join(fmt.Errorf("listen for BFD on UDP port %d (%s): %w", port, family(ipv6), err), l.Close())
	}
	return l, nil
}

func (l *Listener) open(port uint16) (err error) {
	if l.file, err = udpSocket(l.ipv6, "bfd-rx"); err != nil {
		return err
	}
	if l.raw, err = l.file.SyscallConn(); err != nil {
		return err
	}
	options := []option{
		{"IP_RECVTTL", unix.IPPROTO_IP, unix.IP_RECVTTL, 1},
		{"IP_PKTINFO", unix.IPPROTO_IP, unix.IP_PKTINFO, 1},
	}
	var anywhere unix.Sockaddr = &unix.SockaddrInet4{Port: int(port)}
	if l.ipv6 {
		options = []option{
			{"IPV6_V6ONLY", unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 1},
			{"IPV6_RECVHOPLIMIT", unix.IPPROTO_IPV6, unix.IPV6_RECVHOPLIMIT, 1},
			{"IPV6_RECVPKTINFO", unix.IPPROTO_IPV6, unix.IPV6_RECVPKTINFO, 1},
		}
		anywhere = &unix.SockaddrInet6{Port: int(port)}
	}
	return control(l.raw, func(fd int) error {
		if err := setOptions(fd, options); err != nil { // before bind: no datagram comes without its TTL
			return err
		}
		return os.NewSyscallError("bind", unix.Bind(fd, anywhere))
	})
}

// Close ends Serve and frees the socket. A second Close does nothing.
func (l *Listener) Close() error {
	l.closed.Store(true)
	if l.file == nil {
		return nil
	}
	if err := l.file.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		return err
	}
	return nil
}

// Serve hands every datagram that arrives to handle, until the Listener is closed; then it returns nil. Call it once, in
// a goroutine of its own. Another error means that the socket is of no use any more.
func (l *Listener) Serve(handle Handler) error {
	for {
		var inner error
		err := l.raw.Read(func(fd uintptr) bool {
			var got bool
			got, inner = l.receive(int(fd), handle)
			return got || inner != nil
		})
		if l.closed.Load() {
			return nil
		}
		if err = errors.Join(err, inner); err != nil {
			return fmt.Errorf("receive BFD packets: %w", err)
		}
	}
}

// Drain hands what has arrived, and was not handled yet, to handle without waiting for more. When it returns, every
// datagram that the kernel held when it was called has been handled, by this handle or by Serve's. At most 512 are
// handled, so that a flood ends.
func (l *Listener) Drain(handle Handler) error {
	err := control(l.raw, func(fd int) error {
		for range maxDrain {
			if got, err := l.receive(fd, handle); !got || err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil && !l.closed.Load() {
		return fmt.Errorf("receive BFD packets: %w", err)
	}
	return nil
}

// receive reads and handles one datagram; false when there is none. What is longer than a control packet can be loses
// its end, which is of no interest.
func (l *Listener) receive(fd int, handle Handler) (bool, error) {
	l.receiving.Lock()
	defer l.receiving.Unlock()
	n, oobn, _, from, err := unix.Recvmsg(fd, l.buffer[:], l.ancillary[:], unix.MSG_DONTWAIT)
	switch {
	case errors.Is(err, unix.EAGAIN):
		return false, nil
	case errors.Is(err, unix.EINTR):
		return true, nil
	case err != nil:
		return false, os.NewSyscallError("recvmsg", err)
	}
	d := Datagram{Payload: l.buffer[:n], TTL: -1, Path: bfd.Path{Multihop: l.multihop}}
	switch from := from.(type) {
	case *unix.SockaddrInet4:
		d.Path.Peer = netip.AddrFrom4(from.Addr)
	case *unix.SockaddrInet6:
		d.Path.Peer = netip.AddrFrom16(from.Addr)
	}
	d.readAncillary(l.ancillary[:oobn])
	handle(d)
	return true, nil
}

// readAncillary takes the destination, the interface and the TTL from the control messages.
func (d *Datagram) readAncillary(b []byte) {
	for len(b) >= unix.SizeofCmsghdr {
		header, data, rest, err := unix.ParseOneSocketControlMessage(b)
		if err != nil {
			return
		}
		b = rest
		number := func(at int) int { return int(int32(binary.NativeEndian.Uint32(data[at:]))) }
		switch level, kind := header.Level, header.Type; {
		case level == unix.IPPROTO_IP && kind == unix.IP_TTL && len(data) >= 4,
			level == unix.IPPROTO_IPV6 && kind == unix.IPV6_HOPLIMIT && len(data) >= 4:
			d.TTL = number(0)
		case level == unix.IPPROTO_IP && kind == unix.IP_PKTINFO && len(data) >= unix.SizeofInet4Pktinfo:
			// struct in_pktinfo: the interface, the local address of the route, the destination
			d.Path.Device, d.Path.Local = number(0), netip.AddrFrom4([4]byte(data[8:12]))
		case level == unix.IPPROTO_IPV6 && kind == unix.IPV6_PKTINFO && len(data) >= unix.SizeofInet6Pktinfo:
			d.Path.Local, d.Path.Device = netip.AddrFrom16([16]byte(data[:16])), number(16)
		}
	}
}

func family(ipv6 bool) string {
	if ipv6 {
		return "IPv6"
	}
	return "IPv4"
}
