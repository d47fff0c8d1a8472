package socket

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"

	"ha/vrrp/packet"
)

const (
	// maxDatagram holds the longest advert with the longest headers and trailer: 255 IPv6 addresses.
	maxDatagram = 60 + 24 + 8 + 255*16 + 8 + 28
	// maxAncillary holds IPV6_PKTINFO, IPV6_HOPLIMIT and SCM_TIMESTAMPNS, 96 bytes together.
	maxAncillary = 128
	// MostDrained bounds the packets of one Drain, so that a flood cannot hold up a timer.
	MostDrained = 512
	maxTake     = 64
	// receiveRoom holds what comes while a busy machine has no time for its reader, in bytes: the adverts of 255 virtual routers
	// in three intervals, at 0.8 kB of the kernel's memory each. The usual 208 kB are full after one, and the same adverts are
	// lost each time, until their Backups take over.
	receiveRoom = 640 << 10
)

// A Handler is told of every packet that arrives. drop says why a datagram is no packet at all; then p holds nothing.
// Everything else is for packet.Expect to judge. p refers to memory that is used again: a Handler keeps copies. Calls
// never overlap.
type Handler func(p packet.Packet, drop packet.Drop)

// setReceiveOptions prepares the receiving socket. MULTICAST_ALL off and the binding to the group keep other
// interfaces, other groups and unicast away; the binding to the source of unicast keeps away all that is for others. That
// address may come later.
func (c *Conn) setReceiveOptions(fd int, device string) error {
	if err := bindToDevice(fd, device); err != nil {
		return err
	}
	options := []option{
		{"IP_MULTICAST_ALL", unix.IPPROTO_IP, unix.IP_MULTICAST_ALL, 0},
		{"IP_FREEBIND", unix.IPPROTO_IP, unix.IP_FREEBIND, 1},
	}
	if c.ipv6 {
		options = []option{
			{"IPV6_MULTICAST_ALL", unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_ALL, 0},
			{"IPV6_FREEBIND", unix.IPPROTO_IPV6, unix.IPV6_FREEBIND, 1},
			{"IPV6_RECVHOPLIMIT", unix.IPPROTO_IPV6, unix.IPV6_RECVHOPLIMIT, 1},
			{"IPV6_RECVPKTINFO", unix.IPPROTO_IPV6, unix.IPV6_RECVPKTINFO, 1},
			// The kernel verifies: a packet with a wrong checksum never arrives.
			{"IPV6_CHECKSUM", unix.IPPROTO_IPV6, unix.IPV6_CHECKSUM, checksumAt},
		}
	}
	options = append(options, option{"SO_TIMESTAMPNS", unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1})
	if err := setOptions(fd, options); err != nil {
		return err
	}
	// More than the system's limit needs CAP_NET_ADMIN; with what it gives elections run all the same.
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, receiveRoom) != nil {
		if err := setOptions(fd, []option{{"SO_RCVBUF", unix.SOL_SOCKET, unix.SO_RCVBUF, receiveRoom}}); err != nil {
			return err
		}
	}
	local := c.source
	if !local.IsValid() {
		if err := c.join(fd); err != nil {
			return err
		}
		local = c.group
	}
	if err := unix.Bind(fd, c.sockaddr(local, c.index)); err != nil {
		return fmt.Errorf("bind to %s: %w", local, err)
	}
	return nil
}

// Serve hands every packet that arrives to handle, until the Conn is closed; then it returns nil. Call it once, in a
// goroutine of its own. Another error means that the socket is of no use any more.
func (c *Conn) Serve(handle Handler) error {
	for {
		var inner error
		err := c.rxRaw.Read(func(fd uintptr) bool {
			var got int
			got, inner = c.receiver.receive(int(fd), c.ipv6, handle)
			return got > 0 || inner != nil
		})
		if c.closed.Load() {
			return nil
		}
		if err = errors.Join(err, inner); err != nil {
			return fmt.Errorf("receive VRRP adverts: %w", err)
		}
	}
}

// Drain hands what has arrived, and was not handled yet, to handle without waiting for more. When it returns, every
// packet that the kernel held when it was called has been handled, by this handle or by another call's. An election
// drains before it acts on a timeout: a Backup that slept too long must not take over while adverts wait. At most 512
// packets are handled, so that a flood ends.
func (c *Conn) Drain(handle Handler) error { return c.take(MostDrained, handle) }

// Take is Drain for at most 64 packets: so many that a burst is cheap, so few that a flood delays no timer. For a Loop,
// which tells at once when there are more.
func (c *Conn) Take(handle Handler) error { return c.take(maxTake, handle) }

func (c *Conn) take(limit int, handle Handler) error {
	err := control(c.rxRaw, func(fd int) error {
		for all := 0; all < limit; {
			got, err := c.receiver.receive(fd, c.ipv6, handle)
			if got < maxReceive || err != nil {
				return err // fewer than asked for: there is no more
			}
			all += got
		}
		return nil
	})
	if err != nil && !c.closed.Load() {
		return fmt.Errorf("receive VRRP adverts: %w", err)
	}
	return nil
}

// arrival is when the kernel saw a packet, by the wall clock (SCM_TIMESTAMPNS of socket(7)); zero when it does not say. Who
// reads the packet may have been busy, or asleep, since then.
func arrival(ancillary []byte) time.Time {
	for len(ancillary) >= unix.SizeofCmsghdr {
		header, data, rest, err := unix.ParseOneSocketControlMessage(ancillary)
		if err != nil {
			break
		}
		if header.Level == unix.SOL_SOCKET && header.Type == unix.SO_TIMESTAMPNS && len(data) >= 16 {
			return time.Unix(int64(binary.NativeEndian.Uint64(data)), int64(binary.NativeEndian.Uint64(data[8:])))
		}
		ancillary = rest
	}
	return time.Time{}
}

// ipv6Packet puts together what an IPv6 raw socket tells in three places.
func ipv6Packet(payload, ancillary []byte, source netip.Addr) (packet.Packet, packet.Drop) {
	var destination netip.Addr
	var hopLimit int32 = -1
	for len(ancillary) >= unix.SizeofCmsghdr {
		header, data, rest, err := unix.ParseOneSocketControlMessage(ancillary)
		if err != nil {
			break
		}
		ancillary = rest
		switch {
		case header.Level != unix.IPPROTO_IPV6:
		case header.Type == unix.IPV6_PKTINFO && len(data) >= unix.SizeofInet6Pktinfo:
			destination = netip.AddrFrom16([16]byte(data[:16]))
		case header.Type == unix.IPV6_HOPLIMIT && len(data) >= 4:
			hopLimit = int32(binary.NativeEndian.Uint32(data))
		}
	}
	if hopLimit < 0 || hopLimit > 255 {
		return packet.Packet{}, packet.DropTTL // the kernel did not say, so it cannot be checked
	}
	return packet.IPv6(payload, source, destination, uint8(hopLimit))
}
