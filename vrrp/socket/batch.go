package socket

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"

	"ha/vrrp/packet"
)

// maxBatch is how many adverts one system call sends: so few that the first does not wait long for the last to be written
// down, so many that the call itself costs next to nothing for each.
const maxBatch = 64

// A Sender is told what became of an advert that was queued: nil when the kernel took it.
type Sender interface{ Sent(err error) }

// mmsghdr is struct mmsghdr of sendmmsg(2) and recvmmsg(2).
type mmsghdr struct {
	header unix.Msghdr
	length uint32
}

// batch is adverts that leave by one sendmmsg(2). All memory is used again.
type batch struct {
	n       int
	flags   int // of all of them
	senders [maxBatch]Sender
	headers [maxBatch]mmsghdr
	vectors [maxBatch]unix.Iovec
	to4     [maxBatch]unix.RawSockaddrInet4
	to6     [maxBatch]unix.RawSockaddrInet6
	control [maxBatch][controlLen]byte
	ends    [maxBatch]int // in bytes
	bytes   []byte
}

// controlLen is what IPV6_PKTINFO takes as a control message.
const controlLen = unix.SizeofCmsghdr + unix.SizeofInet6Pktinfo + 4 // aligned to 8

// Render appends to b what Queue sends: the advert as it goes to a destination. It may be queued again as long as the
// advert stays the same and has neither a trailer nor an authentication header, which count. An error of packet.Advert is
// returned as it is.
func (c *Conn) Render(b []byte, a *packet.Advert, source, destination netip.Addr) ([]byte, error) {
	if c.ipv6 {
		return a.AppendTo(b, source, destination)
	}
	start := len(b)
	b, err := a.AppendIPv4(b, source, destination, 0)
	if err == nil {
		c.mark(b[start:], destination)
	}
	return b, err
}

// Group is where multicast adverts of the Conn go.
func (c *Conn) Group() netip.Addr { return c.group }

// Queue puts what Render made into the batch that Flush sends; a full batch is sent at once. It copies the datagram. by is
// told what becomes of it, from Queue or from Flush.
func (c *Conn) Queue(datagram []byte, source, destination netip.Addr, by Sender) {
	c.sending.Lock()
	defer c.sending.Unlock()
	if c.batch == nil {
		c.batch = &batch{} // a Backup needs none
	}
	flags := 0
	if destination.IsMulticast() {
		flags = unix.MSG_DONTROUTE
	}
	if c.batch.n == maxBatch || c.batch.n > 0 && c.batch.flags != flags {
		c.flush()
	}
	c.batch.flags = flags
	c.batch.add(c, datagram, source, destination, by)
}

// add puts one datagram into a batch that has room.
func (b *batch) add(c *Conn, datagram []byte, source, destination netip.Addr, by Sender) {
	i := b.n
	b.n++
	b.bytes = append(b.bytes, datagram...)
	b.ends[i], b.senders[i] = len(b.bytes), by
	h := &b.headers[i].header
	h.Iov = &b.vectors[i]
	h.SetIovlen(1)
	if !c.ipv6 {
		b.to4[i] = unix.RawSockaddrInet4{Family: unix.AF_INET, Addr: destination.As4()}
		h.Name, h.Namelen = (*byte)(unsafe.Pointer(&b.to4[i])), unix.SizeofSockaddrInet4
		return
	}
	b.to6[i] = unix.RawSockaddrInet6{Family: unix.AF_INET6, Addr: destination.As16(), Scope_id: uint32(c.out)}
	h.Name, h.Namelen = (*byte)(unsafe.Pointer(&b.to6[i])), unix.SizeofSockaddrInet6
	control := &b.control[i]
	from := source.As16()
	cmsg := (*unix.Cmsghdr)(unsafe.Pointer(control))
	cmsg.Level, cmsg.Type = unix.IPPROTO_IPV6, unix.IPV6_PKTINFO
	cmsg.SetLen(unix.CmsgLen(unix.SizeofInet6Pktinfo))
	at := unix.CmsgLen(0)
	copy(control[at:], from[:])
	binary.NativeEndian.PutUint32(control[at+len(from):], uint32(c.out))
	h.Control = &control[0]
	h.SetControllen(unix.CmsgSpace(unix.SizeofInet6Pktinfo))
}

// Flush sends what is queued. It does not wait: what the kernel does not take is an error for its Sender (as for Send), and
// the others go all the same.
func (c *Conn) Flush() {
	c.sending.Lock()
	defer c.sending.Unlock()
	c.flush()
}

// flush sends the batch; called with the lock.
func (c *Conn) flush() {
	b := c.batch
	if b == nil || b.n == 0 {
		return
	}
	start := 0
	for i := range b.n { // only now: the bytes may have moved as they grew
		b.vectors[i].Base = &b.bytes[start]
		b.vectors[i].SetLen(b.ends[i] - start)
		start = b.ends[i]
	}
	for at := 0; at < b.n; {
		sent, err := c.sendmmsg(b.headers[at:b.n], b.flags)
		for _, by := range b.senders[at : at+sent] {
			by.Sent(nil)
		}
		at += sent
		if err != nil { // it is that of the first that was not sent
			b.senders[at].Sent(fmt.Errorf("send advert to %s: %w", b.destination(c.ipv6, at), err))
			at++
		}
	}
	clear(b.senders[:b.n])
	b.n, b.bytes = 0, b.bytes[:0]
}

func (b *batch) destination(ipv6 bool, i int) netip.Addr {
	if ipv6 {
		return netip.AddrFrom16(b.to6[i].Addr)
	}
	return netip.AddrFrom4(b.to4[i].Addr)
}

// sendmmsg hands messages to the kernel; it took the first of them, and err is why not the next one.
func (c *Conn) sendmmsg(headers []mmsghdr, flags int) (sent int, err error) {
	err = control(c.txRaw, func(fd int) error {
		sent, err = sendmmsg(fd, headers, flags)
		return err
	})
	return sent, err
}

// sendmmsg is sendmmsg(2) of a socket that does not block. An error after the first message is left to the next call.
func sendmmsg(fd int, headers []mmsghdr, flags int) (sent int, err error) {
	if len(headers) == 0 {
		return 0, nil
	}
	for {
		n, _, errno := unix.Syscall6(unix.SYS_SENDMMSG, uintptr(fd), uintptr(unsafe.Pointer(&headers[0])), uintptr(len(headers)),
			uintptr(flags|unix.MSG_DONTWAIT), 0, 0)
		switch {
		case errors.Is(errno, unix.EINTR):
		case errno != 0:
			return 0, os.NewSyscallError("sendmmsg", errno)
		default:
			return int(n), nil
		}
	}
}
