package socket

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"slices"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Announcer tells the LAN of one interface which addresses are here now. Methods may be called from any goroutine.
type Announcer struct {
	name       string
	index      int
	silent     bool // the interface has no ARP, so no neighbour caches it
	socket     *os.File
	forwarding *os.File // the interface's IPv6 forwarding sysctl; nil on a kernel without IPv6

	sending sync.Mutex
	frames  *frames // nil until something was sent
}

// OpenAnnouncer makes an Announcer in the network namespace of the calling thread. Needs CAP_NET_RAW.
func OpenAnnouncer(iface string) (*Announcer, error) {
	i, err := FindLink(iface)
	if err != nil {
		return nil, fmt.Errorf("open announcer on %s: %w", iface, err)
	}
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("open announcer on %s: %w", iface, os.NewSyscallError("socket", err))
	}
	a := &Announcer{name: iface, index: i.Index, socket: os.NewFile(uintptr(fd), "announce-"+iface)}
	if err := a.bind(fd); err != nil {
		return nil, errors.Join(fmt.Errorf("open announcer on %s: %w", iface, err), a.Close())
	}
	// Held open because a sysctl path means the namespace of whoever opens it; the content stays current.
	a.forwarding, err = os.Open("/proc/sys/net/ipv6/conf/" + iface + "/forwarding")
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, errors.Join(fmt.Errorf("open announcer on %s: %w", iface, err), a.Close())
	}
	return a, nil
}

// Announcement is one frame that tells of an address.
type Announcement struct {
	Address netip.Addr
	Reply   bool // a gratuitous ARP reply instead of a request, for hosts that learn only from those; IPv6 has no other form
}

// Announce sends one frame for an address: a gratuitous ARP request or an unsolicited neighbour advertisement; see AnnounceAll.
func (a *Announcer) Announce(vip netip.Addr) error {
	_, err := a.AnnounceAll([]Announcement{{Address: vip}})
	return err
}

// AnnounceAll sends frames in their order. It returns how many the kernel took, and why it did not take the next one. It reads the
// interface's hardware address and IPv6 forwarding each time, so both may change. On an interface that had no ARP when
// the Announcer was opened it does nothing: there is no neighbour cache to correct. How often and how far apart frames
// are sent is the caller's affair.
func (a *Announcer) AnnounceAll(list []Announcement) (sent int, err error) {
	if a.silent {
		return len(list), nil
	}
	a.sending.Lock()
	defer a.sending.Unlock()
	for sent < len(list) && err == nil {
		var n int
		n, err = a.burst(list[sent:min(len(list), sent+maxBurst)])
		sent += n
	}
	if err != nil {
		err = fmt.Errorf("announce %s on %s: %w", list[sent].Address, a.name, err)
	}
	return sent, err
}

// burst sends frames by one system call; called with the lock.
func (a *Announcer) burst(list []Announcement) (sent int, err error) {
	if a.frames == nil {
		a.frames = &frames{}
	}
	raw, err := a.socket.SyscallConn()
	if err != nil {
		return 0, err
	}
	err = control(raw, func(fd int) error {
		mac, err := hardwareAddress(fd)
		if err != nil {
			return err
		}
		n, unbuilt := a.build(list, mac)
		if sent, err = sendmmsg(fd, a.frames.headers[:n], 0); err == nil && sent == n {
			return unbuilt
		}
		return err
	})
	return sent, err
}

// build makes the frames of a list as far as they can be; err is why not the next one.
func (a *Announcer) build(list []Announcement, mac net.HardwareAddr) (n int, err error) {
	router := slices.ContainsFunc(list, func(f Announcement) bool { return !f.Address.Is4() }) && a.forwards()
	for _, f := range list {
		b := a.frames.bytes[n][:0]
		switch {
		case !f.Address.Is4():
			b, err = appendNA(b, mac, f.Address, router)
		case f.Reply:
			b, err = appendARP(b, arpReply, mac, f.Address)
		default:
			b, err = appendARP(b, arpRequest, mac, f.Address)
		}
		if err != nil {
			return n, err
		}
		a.frames.add(n, len(b), a.index)
		n++
	}
	return n, nil
}

// maxBurst is how many frames one system call sends. Whoever stops announcing waits for those at most.
const maxBurst = 16

// frames is memory for a burst.
type frames struct {
	headers [maxBurst]mmsghdr
	vectors [maxBurst]unix.Iovec
	to      [maxBurst]unix.RawSockaddrLinklayer
	bytes   [maxBurst][naFrameLen]byte // room for either family
}

// add makes the i-th frame, which is written down, one to be sent. The kernel wants its EtherType again, in network byte order.
func (f *frames) add(i, length, index int) {
	data := &f.bytes[i]
	f.to[i] = unix.RawSockaddrLinklayer{
		Family: unix.AF_PACKET, Ifindex: int32(index), Protocol: binary.NativeEndian.Uint16(data[12:]), Halen: 6,
	}
	copy(f.to[i].Addr[:], data[:6])
	f.vectors[i].Base = &data[0]
	f.vectors[i].SetLen(length)
	h := &f.headers[i].header
	h.Iov = &f.vectors[i]
	h.SetIovlen(1)
	h.Name, h.Namelen = (*byte)(unsafe.Pointer(&f.to[i])), unix.SizeofSockaddrLinklayer
}

// forwards says whether the interface forwards IPv6, the value the kernel puts into its own answers.
func (a *Announcer) forwards() bool {
	if a.forwarding == nil {
		return false
	}
	var value [1]byte
	if _, err := a.forwarding.ReadAt(value[:], 0); err != nil && !errors.Is(err, io.EOF) {
		return false // the interface has gone, and the frame will not be sent either
	}
	return value[0] != '0' && value[0] != 0
}

// Close frees the sockets. A second Close does nothing.
func (a *Announcer) Close() error {
	var errs []error
	for _, f := range []*os.File{a.socket, a.forwarding} {
		if f == nil {
			continue
		}
		if err := f.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// bind ties the socket to its interface, and finds out whether there is anybody to tell.
func (a *Announcer) bind(fd int) error {
	if err := setPriority(fd, priorityHighest); err != nil {
		return err
	}
	flags, err := unix.NewIfreq(a.name)
	if err != nil {
		return err
	}
	if err := unix.IoctlIfreq(fd, unix.SIOCGIFFLAGS, flags); err != nil {
		return os.NewSyscallError("ioctl SIOCGIFFLAGS", err)
	}
	a.silent = flags.Uint16()&(unix.IFF_NOARP|unix.IFF_LOOPBACK) != 0
	// Protocol 0: the socket sends, and receives nothing.
	return os.NewSyscallError("bind", unix.Bind(fd, &unix.SockaddrLinklayer{Ifindex: a.index}))
}

// hardwareAddress is the current Ethernet address of the interface to which a packet socket is bound. Other kinds of
// hardware have other frames; InfiniBand's addresses have 20 bytes.
func hardwareAddress(fd int) (net.HardwareAddr, error) {
	name, err := unix.Getsockname(fd)
	if err != nil {
		return nil, os.NewSyscallError("getsockname", err)
	}
	link, ok := name.(*unix.SockaddrLinklayer)
	switch {
	case !ok || link.Halen == 0:
		return nil, unix.ENODEV // deleted since the socket was bound
	case link.Hatype != unix.ARPHRD_ETHER:
		return nil, fmt.Errorf("hardware type %d is not Ethernet", link.Hatype)
	}
	return net.HardwareAddr(link.Addr[:link.Halen]), nil
}
