package socket

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"

	"ha/vrrp/packet"
)

// Options say where a Conn listens and sends.
type Options struct {
	Interface string // name of an Ethernet-like interface; it need not be up
	IPv6      bool   // address family of the adverts
	// Via is an interface on top of Interface through which adverts leave, with its MAC address; empty is Interface itself. The
	// source of adverts need not stand on it.
	Via string `json:",omitempty"`
	// VRIDs are the virtual routers whose adverts are received, see SetVRIDs; empty is all.
	VRIDs []uint8
	// Source makes the Conn one of unicast adverts: it receives those to this address, which need not exist yet, and
	// none to the group. Not valid: multicast.
	Source netip.Addr
	// Group is the multicast group of adverts. Not valid: that of the standard.
	Group netip.Addr
	// TrafficClass is the byte of the IP header, DSCP in its upper six bits; 0 is CS6 (0xc0).
	TrafficClass uint8
	// Priority is SO_PRIORITY, 1 to 7 (socket(7)); 0 is the highest.
	Priority uint8
	// Hops is the TTL or hop limit of unicast adverts; 0 is 255. To a group it is 255 always.
	Hops uint8
	// AH receives adverts behind an authentication header instead of those without one; IPv4 only.
	AH bool
	// Watched leaves the Conn to a [Loop]: Serve does not work.
	Watched bool `json:"-"`
	// Receiver is the memory into which packets are read, which Conns may share; nil is one of its own.
	Receiver *Receiver `json:"-"`
}

// Conn sends and receives the adverts of all instances on one interface that have the address family, the group or
// the unicast source, and the IP protocol in common: the kernel copies every advert to every raw socket, so one Conn per
// instance would cost the square of their number in wake-ups.
//
// Methods may be called from any goroutine.
type Conn struct {
	ipv6   bool
	ah     bool
	source netip.Addr // of unicast, and where it is received; not valid for multicast
	group  netip.Addr // of multicast
	class  uint8
	hops   uint8 // of unicast
	index  int
	out    int // index of the interface through which adverts leave

	rx, tx       *os.File // rx is in the runtime's poller, unless it is watched; tx never: each packet sent would wake it
	rxRaw, txRaw syscall.RawConn
	closed       atomic.Bool
	receiver     *Receiver

	sending sync.Mutex
	message []byte // the advert being sent, reused
	batch   *batch // what Flush sends; nil until something was queued
}

// Open makes the sockets of an interface in the network namespace of the calling thread. Needs CAP_NET_RAW, and
// CAP_NET_ADMIN for the highest queueing priority (without it adverts are sent with a lower one).
func Open(o Options) (*Conn, error) {
	iface, err := FindLink(o.Interface)
	if err != nil {
		return nil, fmt.Errorf("open VRRP socket on %s: %w", o.Interface, err)
	}
	c := &Conn{
		ipv6: o.IPv6, ah: o.AH, source: o.Source.WithZone(""), group: o.Group.WithZone(""), index: iface.Index, out: iface.Index,
		class: cmp.Or(o.TrafficClass, trafficClass), hops: cmp.Or(o.Hops, packet.TTL), receiver: o.Receiver,
	}
	if o.Via != "" {
		via, err := FindLink(o.Via)
		if err != nil {
			return nil, fmt.Errorf("open VRRP socket on %s: %w", o.Via, err)
		}
		c.out = via.Index
	}
	if c.receiver == nil {
		c.receiver = NewReceiver()
	}
	if !o.Group.IsValid() {
		c.group = packet.Group(o.IPv6)
	}
	if o.Source.IsValid() && o.Source.Is6() != o.IPv6 || o.AH && o.IPv6 {
		return nil, fmt.Errorf("open VRRP socket on %s (%s): a source of the other family, or AH over IPv6", o.Interface, family(o.IPv6))
	}
	if !c.group.IsMulticast() || c.group.Is6() != o.IPv6 {
		return nil, fmt.Errorf("open VRRP socket on %s (%s): %s is no multicast group of this family", o.Interface, family(o.IPv6), c.group)
	}
	if err := c.open(o); err != nil {
		return nil, errors.Join(fmt.Errorf("open VRRP socket on %s (%s): %w", o.Interface, family(o.IPv6), err), c.Close())
	}
	return c, nil
}

func (c *Conn) open(o Options) (err error) {
	if c.rx, err = c.rawSocket("vrrp-rx", !o.Watched); err != nil {
		return err
	}
	if c.tx, err = c.rawSocket("vrrp-tx", false); err != nil {
		return err
	}
	if c.rxRaw, err = c.rx.SyscallConn(); err != nil {
		return err
	}
	if c.txRaw, err = c.tx.SyscallConn(); err != nil {
		return err
	}
	if err := c.SetVRIDs(o.VRIDs); err != nil { // before bind: nothing unwanted is ever queued
		return err
	}
	if err := control(c.rxRaw, func(fd int) error { return c.setReceiveOptions(fd, o.Interface) }); err != nil {
		return err
	}
	return control(c.txRaw, func(fd int) error { return c.setSendOptions(fd, o) })
}

// Index is the index of the interface on which adverts are received.
func (c *Conn) Index() int { return c.index }

// Out is the index of the interface through which they leave: another one with Options.Via.
func (c *Conn) Out() int { return c.out }

// Close ends Serve and frees the sockets. A second Close does nothing.
func (c *Conn) Close() error {
	c.closed.Store(true)
	var errs []error
	for _, f := range []*os.File{c.rx, c.tx} {
		if f == nil {
			continue
		}
		if err := f.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// rawSocket makes a raw socket for IP protocol 112, or 51 with AH. The runtime's poller watches one that does not block.
func (c *Conn) rawSocket(name string, polled bool) (*os.File, error) {
	domain, protocol := unix.AF_INET, packet.Protocol
	if c.ipv6 {
		domain = unix.AF_INET6
	}
	if c.ah {
		protocol = unix.IPPROTO_AH
	}
	kind := unix.SOCK_RAW | unix.SOCK_CLOEXEC
	if polled {
		kind |= unix.SOCK_NONBLOCK
	}
	fd, err := unix.Socket(domain, kind, protocol)
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	return os.NewFile(uintptr(fd), name), nil
}

// control runs fn on a socket's descriptor.
func control(raw syscall.RawConn, fn func(fd int) error) error {
	var inner error
	if err := raw.Control(func(fd uintptr) { inner = fn(int(fd)) }); err != nil {
		return err
	}
	return inner
}

// option is one integer socket option with the name that an error shows.
type option struct {
	name               string
	level, opt, number int
}

// setOptions sets them in their order.
func setOptions(fd int, options []option) error {
	for _, o := range options {
		if err := unix.SetsockoptInt(fd, o.level, o.opt, o.number); err != nil {
			return fmt.Errorf("set %s to %d: %w", o.name, o.number, err)
		}
	}
	return nil
}

// bindToDevice ties a socket to an interface by name.
func bindToDevice(fd int, name string) error {
	if err := unix.SetsockoptString(fd, unix.SOL_SOCKET, unix.SO_BINDTODEVICE, name); err != nil {
		return fmt.Errorf("bind to device %s: %w", name, err)
	}
	return nil
}

func family(ipv6 bool) string {
	if ipv6 {
		return "IPv6"
	}
	return "IPv4"
}
