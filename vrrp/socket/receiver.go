package socket

import (
	"errors"
	"net/netip"
	"os"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"

	"ha/vrrp/packet"
)

// maxReceive is how many packets one system call reads.
const maxReceive = 16

// Receiver is the memory into which packets are read, by one recvmmsg(2) for several. Conns that one goroutine serves
// share one: it is some 70 kB. Its lock is held from reading packets until they are handled, so that handlers never overlap.
type Receiver struct {
	mu       sync.Mutex
	headers  [maxReceive]mmsghdr
	vectors  [maxReceive]unix.Iovec
	from     [maxReceive]unix.RawSockaddrInet6 // room for either family
	controls [maxReceive][maxAncillary]byte
	buffers  [maxReceive][maxDatagram]byte
}

// NewReceiver makes a Receiver.
func NewReceiver() *Receiver { return &Receiver{} }

// receive reads and handles packets, as many as one call returns; 0 when there is none.
func (r *Receiver) receive(fd int, ipv6 bool, handle Handler) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	n, err := r.read(fd)
	switch {
	case errors.Is(err, unix.EAGAIN):
		return 0, nil
	case err != nil:
		return 0, os.NewSyscallError("recvmmsg", err)
	}
	for i := range n {
		h := &r.headers[i]
		payload := r.buffers[i][:min(int(h.length), maxDatagram)]
		ancillary := r.controls[i][:min(int(h.header.Controllen), maxAncillary)]
		var p packet.Packet
		var drop packet.Drop
		switch {
		case h.header.Flags&unix.MSG_TRUNC != 0:
			drop = packet.DropLength // longer than any advert
		case ipv6:
			p, drop = ipv6Packet(payload, ancillary, netip.AddrFrom16(r.from[i].Addr))
		default:
			p, drop = packet.IPv4(payload)
		}
		p.At = arrival(ancillary)
		handle(p, drop)
	}
	return n, nil
}

// read calls recvmmsg(2), which changes the headers: they are written each time.
func (r *Receiver) read(fd int) (int, error) {
	for i := range r.headers {
		r.vectors[i].Base = &r.buffers[i][0]
		r.vectors[i].SetLen(maxDatagram)
		h := &r.headers[i].header
		h.Iov, h.Flags = &r.vectors[i], 0
		h.SetIovlen(1)
		h.Name, h.Namelen = (*byte)(unsafe.Pointer(&r.from[i])), unix.SizeofSockaddrInet6
		h.Control = &r.controls[i][0]
		h.SetControllen(maxAncillary)
	}
	for {
		n, _, errno := unix.Syscall6(unix.SYS_RECVMMSG, uintptr(fd), uintptr(unsafe.Pointer(&r.headers[0])), maxReceive,
			unix.MSG_DONTWAIT, 0, 0)
		switch {
		case errors.Is(errno, unix.EINTR):
		case errno != 0:
			return 0, errno
		default:
			return int(n), nil
		}
	}
}
