package socket

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"

	"golang.org/x/sys/unix"
)

// Announcer tells the LAN of one interface which addresses are here now. Methods may be called from any goroutine.
type Announcer struct {
	name       string
	index      int
	silent     bool // the interface has no ARP, so no neighbour caches it
	socket     *os.File
	forwarding *os.File // the interface's IPv6 forwarding sysctl; nil on a kernel without IPv6
}

// OpenAnnouncer makes an Announcer in the network namespace of the calling thread. Needs CAP_NET_RAW.
func OpenAnnouncer(iface string) (*Announcer, error) {
	i, err := net.InterfaceByName(iface)
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

// Announce sends one frame for an address: a gratuitous ARP request or an unsolicited neighbour advertisement. It reads the
// interface's hardware address and IPv6 forwarding each time, so both may change. On an interface that had no ARP when
// the Announcer was opened it does nothing: there is no neighbour cache to correct. How often and how far apart frames
// are sent is the caller's affair.
func (a *Announcer) Announce(vip netip.Addr) error { return a.named(vip, GratuitousARP) }

// Reply is Announce with a gratuitous ARP reply, for hosts that learn only from those; an IPv6 address has no other form.
func (a *Announcer) Reply(vip netip.Addr) error { return a.named(vip, GratuitousReply) }

func (a *Announcer) named(vip netip.Addr, arp arpForm) error {
	if err := a.announce(vip, arp); err != nil {
		return fmt.Errorf("announce %s on %s: %w", vip, a.name, err)
	}
	return nil
}

// arpForm makes a gratuitous ARP.
type arpForm func(mac net.HardwareAddr, vip netip.Addr) ([]byte, error)

func (a *Announcer) announce(vip netip.Addr, arp arpForm) error {
	if a.silent {
		return nil
	}
	raw, err := a.socket.SyscallConn()
	if err != nil {
		return err
	}
	return control(raw, func(fd int) error {
		mac, err := hardwareAddress(fd)
		if err != nil {
			return err
		}
		var data []byte
		if vip.Is4() {
			data, err = arp(mac, vip)
		} else {
			data, err = UnsolicitedNA(mac, vip, a.forwards())
		}
		if err != nil {
			return err
		}
		return os.NewSyscallError("sendto", unix.Sendto(fd, data, 0, a.to(data)))
	})
}

// to is where a frame goes: the kernel wants its EtherType again, in network byte order.
func (a *Announcer) to(frame []byte) *unix.SockaddrLinklayer {
	to := &unix.SockaddrLinklayer{Ifindex: a.index, Protocol: binary.NativeEndian.Uint16(frame[12:14]), Halen: 6}
	copy(to.Addr[:], frame[:6])
	return to
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
