package socket

import (
	"errors"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ha/enforcer/netlab"
	"ha/vrrp/packet"
)

// wild is a raw socket of a host, for what a well-behaved sender never sends.
type wild struct {
	ipv6    bool
	device  string
	options []option
	to      netip.Addr // instead of the group
}

func (w wild) send(t *testing.T, h *netlab.Host, message []byte) {
	t.Helper()
	domain := unix.AF_INET
	to := packet.Group(w.ipv6)
	if w.ipv6 {
		domain = unix.AF_INET6
	}
	if w.to.IsValid() {
		to = w.to
	}
	err := h.Do(func() error {
		fd, err := unix.Socket(domain, unix.SOCK_RAW|unix.SOCK_CLOEXEC, packet.Protocol)
		if err != nil {
			return err
		}
		defer unix.Close(fd)
		if err := errors.Join(bindToDevice(fd, w.device), setOptions(fd, w.options)); err != nil {
			return err
		}
		if w.ipv6 {
			return unix.Sendto(fd, message, 0, &unix.SockaddrInet6{Addr: to.As16()})
		}
		return unix.Sendto(fd, message, 0, &unix.SockaddrInet4{Addr: to.As4()})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// message is an advert for a VRID from a host, ready to be spoilt.
func message(t *testing.T, h *netlab.Host, vrid uint8, ipv6 bool) []byte {
	t.Helper()
	m, err := advert(3, vrid, ipv6).AppendTo(nil, sourceOf(t, h, ipv6), packet.Group(ipv6))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// conform: R15
func TestABadIPv6ChecksumNeverArrives(t *testing.T) {
	lan := netlab.NewTestLAN(t)
	a, b := lan.MustAdd(t, "a"), lan.MustAdd(t, "b")
	ac := open(t, a, Options{IPv6: true})
	_, bl := serve(t, b, Options{IPv6: true})
	bad := message(t, a, 66, true)
	bad[checksumAt] ^= 0xff
	wild{ipv6: true, device: "eth0"}.send(t, a, bad)
	if err := ac.Send(advert(3, 51, true), sourceOf(t, a, true)); err != nil {
		t.Fatal(err)
	}
	if got := bl.wait(t, 1); got[0].VRID() != 51 {
		t.Errorf("the kernel let the bad packet through: %+v", got)
	}
}

func TestTheHopsOfAPacketAreSeen(t *testing.T) {
	lan := netlab.NewTestLAN(t)
	a, b := lan.MustAdd(t, "a", "192.0.2.11/24"), lan.MustAdd(t, "b", "192.0.2.12/24")
	hops := map[bool]option{
		false: {"IP_MULTICAST_TTL", unix.IPPROTO_IP, unix.IP_MULTICAST_TTL, 64},
		true:  {"IPV6_MULTICAST_HOPS", unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_HOPS, 64},
	}
	for ipv6, option64 := range hops {
		_, l := serve(t, b, Options{IPv6: ipv6})
		wild{ipv6: ipv6, device: "eth0", options: []option{option64}}.send(t, a, message(t, a, 51, ipv6))
		got := l.wait(t, 1)[0]
		expect := packet.Expect{Version: 3, IPv6: ipv6, VRID: 51, Interval: time.Second}
		var into packet.Advert
		if _, drop := expect.Receive(got.Packet, &into); got.TTL != 64 || drop != packet.DropTTL {
			t.Errorf("%s: TTL %d, %v; want 64, %v", family(ipv6), got.TTL, drop, packet.DropTTL)
		}
	}
}

// Unicast belongs to other sockets, and so does what arrives at another interface (L08: another namespace has sockets of its own).
//
// conform: R46
func TestOnlyTheGroupOnTheInterfaceIsHeard(t *testing.T) {
	lan, other := netlab.NewTestLAN(t), netlab.NewTestLAN(t)
	a := lan.MustAdd(t, "a", "192.0.2.11/24", "2001:db8::11/64")
	b := lan.MustAdd(t, "b", "192.0.2.12/24", "2001:db8::12/64")
	if err := other.Attach(a, "eth1", netip.MustParsePrefix("198.51.100.11/24")); err != nil {
		t.Fatal(err)
	}
	if err := other.Attach(b, "eth1", netip.MustParsePrefix("198.51.100.12/24")); err != nil {
		t.Fatal(err)
	}
	unicast := map[bool]netip.Addr{false: netip.MustParseAddr("192.0.2.12"), true: netip.MustParseAddr("2001:db8::12")}
	for ipv6, address := range unicast {
		_, l := serve(t, b, Options{IPv6: ipv6})
		open(t, b, Options{Interface: "eth1", IPv6: ipv6}) // so that the host is a member of the group there too
		wild{ipv6: ipv6, device: "eth1"}.send(t, a, message(t, a, 1, ipv6))
		wild{ipv6: ipv6, device: "eth0", to: address}.send(t, a, message(t, a, 2, ipv6))
		wild{ipv6: ipv6, device: "eth0"}.send(t, a, message(t, a, 3, ipv6))
		for _, got := range l.wait(t, 1) {
			if got.VRID() != 3 {
				t.Errorf("%s: heard VRID %d from %s to %s", family(ipv6), got.VRID(), got.Source, got.Destination)
			}
		}
	}
}

func TestAnOversizedDatagramIsDropped(t *testing.T) {
	lan := netlab.NewTestLAN(t)
	a, b := lan.MustAdd(t, "a", "192.0.2.11/24"), lan.MustAdd(t, "b", "192.0.2.12/24")
	_, l := serve(t, b, Options{})
	huge := append(message(t, a, 51, false), make([]byte, 2*maxDatagram)...) // in fragments
	wild{device: "eth0"}.send(t, a, huge)
	if got := l.wait(t, 1)[0]; got.drop != packet.DropLength {
		t.Errorf("got %v, want %v", got.drop, packet.DropLength)
	}
}

func TestAConnOutlivesItsLink(t *testing.T) {
	for _, ipv6 := range []bool{false, true} {
		t.Run(family(ipv6), func(t *testing.T) {
			lan := netlab.NewTestLAN(t)
			a, b := lan.MustAdd(t, "a", "192.0.2.11/24"), lan.MustAdd(t, "b", "192.0.2.12/24")
			ac := open(t, a, Options{IPv6: ipv6})
			_, l := serve(t, b, Options{IPv6: ipv6})
			source := sourceOf(t, a, ipv6)
			for _, step := range []func(*netlab.Host) error{lan.Cut, lan.Heal} {
				if err := step(b); err != nil {
					t.Fatal(err)
				}
			}
			netlab.WaitFor(t, 5*time.Second, "adverts to arrive after the link came back", func() bool {
				if err := ac.Send(advert(3, 51, ipv6), source); err != nil {
					t.Fatal(err)
				}
				return len(l.all()) > 0
			})
			if err := setFlag(a, unix.IFF_UP, false); err != nil {
				t.Fatal(err)
			}
			if err := ac.Send(advert(3, 51, ipv6), source); err == nil {
				t.Error("an interface that is down took an advert")
			}
			if err := setFlag(a, unix.IFF_UP, true); err != nil {
				t.Fatal(err)
			}
			netlab.WaitFor(t, 5*time.Second, "the interface to be usable again", func() bool {
				return ac.Send(advert(3, 51, ipv6), source) == nil
			})
		})
	}
}

// An interface for a virtual MAC has no address while its router is Backup; the source is that of its parent.
func TestSendWithoutAnAddressOfItsOwn(t *testing.T) {
	lan := netlab.NewTestLAN(t)
	a, b := lan.MustAdd(t, "a"), lan.MustAdd(t, "b", "192.0.2.12/24")
	_, l := serve(t, b, Options{})
	source := netip.MustParseAddr("192.0.2.11")
	if err := open(t, a, Options{}).Send(advert(3, 51, false), source); err != nil {
		t.Fatal(err)
	}
	if got := l.wait(t, 1)[0]; got.Source != source || got.drop != packet.Accepted {
		t.Errorf("got %+v", got)
	}
}

func TestWhatIsNoAdvertIsNotSent(t *testing.T) {
	lan := netlab.NewTestLAN(t)
	c := open(t, lan.MustAdd(t, "a", "192.0.2.11/24"), Options{})
	source := netip.MustParseAddr("192.0.2.11")
	if err := c.Send(advert(3, 0, false), source); err == nil {
		t.Error("VRID 0 was sent")
	}
	if err := c.Send(advert(3, 51, true), netip.MustParseAddr("fe80::1")); err == nil {
		t.Error("IPv6 was sent from an IPv4 socket")
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if err := c.Send(advert(3, 51, false), source); err == nil {
		t.Error("a closed Conn sent")
	}
}
