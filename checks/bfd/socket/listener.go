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
		if err := setReceiveBuffer(fd); err != nil {
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
		if _, err := l.next(l.raw.Read, handle); err != nil || l.closed.Load() {
			return l.failed(err)
		}
	}
}

// Drain hands what has arrived, and was not handled yet, to handle without waiting for more. When it returns, every
// datagram that the kernel held when it was called has been handled, by this handle or by Serve's. At most 512 are
// handled, so that a flood ends.
func (l *Listener) Drain(handle Handler) error {
	once := func(fn func(fd uintptr) bool) error {
		return l.raw.Control(func(fd uintptr) { fn(fd) })
	}
	for range maxDrain {
		if got, err := l.next(once, handle); !got || err != nil {
			return l.failed(err)
		}
	}
	return nil
}

// failed is an error of receiving, as long as it is not the end that was asked for.
func (l *Listener) failed(err error) error {
	if err == nil || l.closed.Load() {
		return nil
	}
	return fmt.Errorf("receive BFD packets: %w", err)
}

// next reads and handles one datagram; false when there is none. access runs a function on the descriptor, again when it
// returns false and something has arrived. The datagram is handled after that: Close waits for whoever is at the
// descriptor, and may be called with a lock that handle wants.
func (l *Listener) next(access func(func(fd uintptr) bool) error, handle Handler) (got bool, err error) {
	var d Datagram
	outer := access(func(fd uintptr) bool {
		l.receiving.Lock()
		if d, got, err = l.receive(int(fd)); !got {
			l.receiving.Unlock()
		}
		return got || err != nil
	})
	if got {
		defer l.receiving.Unlock()
		handle(d)
	}
	return got, errors.Join(outer, err)
}

// receive reads one datagram; false when there is none. What is longer than a control packet can be loses its end, which
// is of no interest.
func (l *Listener) receive(fd int) (d Datagram, got bool, err error) {
	var n, oobn int
	var from syscall.Sockaddr
	for {
		// That of x/sys/unix asks the kernel for the protocol of the socket each time.
		n, oobn, _, from, err = syscall.Recvmsg(fd, l.buffer[:], l.ancillary[:], unix.MSG_DONTWAIT)
		switch {
		case errors.Is(err, unix.EAGAIN):
			return d, false, nil
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return d, false, os.NewSyscallError("recvmsg", err)
		}
		break
	}
	d = Datagram{Payload: l.buffer[:n], TTL: -1, Path: bfd.Path{Multihop: l.multihop}}
	switch from := from.(type) {
	case *syscall.SockaddrInet4:
		d.Path.Peer = netip.AddrFrom4(from.Addr)
	case *syscall.SockaddrInet6:
		d.Path.Peer = netip.AddrFrom16(from.Addr)
	}
	d.readAncillary(l.ancillary[:oobn])
	return d, true, nil
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
