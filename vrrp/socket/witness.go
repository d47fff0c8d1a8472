package socket

import (
	"errors"
	"fmt"
	"net/netip"
	"os"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"ha/vrrp/packet"
)

// Sighting is one frame of another host: an address that it announces, or an advert.
type Sighting struct {
	// Announced is the address of a gratuitous ARP or of an unsolicited neighbour advertisement; not valid: it is an advert.
	Announced netip.Addr
	// VRID, IPv6 and Priority are what an advert says. It is not examined: who hears it through a Conn does that.
	VRID     uint8
	IPv6     bool
	Priority uint8
}

// Witness hears on one interface who announces addresses and who advertises, without taking part.
type Witness struct {
	name   string
	socket *os.File
}

// OpenWitness makes a Witness in the network namespace of the calling thread. Needs CAP_NET_RAW. What this host sends itself
// is not heard.
func OpenWitness(iface string) (*Witness, error) {
	i, err := FindLink(iface)
	if err != nil {
		return nil, fmt.Errorf("open witness on %s: %w", iface, err)
	}
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("open witness on %s: %w", iface, os.NewSyscallError("socket", err))
	}
	w := &Witness{name: iface, socket: os.NewFile(uintptr(fd), "witness-"+iface)}
	err = attach(fd, witnessFilter()) // before bind: nothing else is ever queued
	if err == nil {
		err = os.NewSyscallError("bind", unix.Bind(fd, &unix.SockaddrLinklayer{Ifindex: i.Index, Protocol: everyProtocol}))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open witness on %s: %w", iface, err), w.Close())
	}
	return w, nil
}

// everyProtocol is ETH_P_ALL in network byte order.
const everyProtocol = unix.ETH_P_ALL << 8

// witnessFilter keeps ARP, neighbour advertisements, and adverts with or without an authentication header, of others. The
// socket shows what follows the Ethernet header.
func witnessFilter() []bpf.Instruction {
	const packetOutgoing = 4 // PACKET_OUTGOING in linux/if_packet.h
	return []bpf.Instruction{
		bpf.LoadExtension{Num: bpf.ExtType},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: packetOutgoing, SkipTrue: 12},
		bpf.LoadExtension{Num: bpf.ExtProto},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: unix.ETH_P_ARP, SkipTrue: 11},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: unix.ETH_P_IP, SkipFalse: 3},
		bpf.LoadAbsolute{Off: 9, Size: 1},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: packet.Protocol, SkipTrue: 8},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: unix.IPPROTO_AH, SkipTrue: 7, SkipFalse: 6},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: unix.ETH_P_IPV6, SkipFalse: 5},
		bpf.LoadAbsolute{Off: 6, Size: 1},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: packet.Protocol, SkipTrue: 4},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: unix.IPPROTO_ICMPV6, SkipFalse: 2},
		bpf.LoadAbsolute{Off: 40, Size: 1},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: neighbourAdvertisement, SkipTrue: 1},
		bpf.RetConstant{Val: 0},
		bpf.RetConstant{Val: wholePacket},
	}
}

// neighbourAdvertisement is its ICMPv6 type (RFC 4861 section 4.4).
const neighbourAdvertisement = 136

// Serve tells of what others send, until the Witness is closed; then it returns nil.
func (w *Witness) Serve(seen func(Sighting)) error {
	buffer := make([]byte, maxDatagram)
	for {
		n, err := w.socket.Read(buffer)
		switch {
		case errors.Is(err, os.ErrClosed):
			return nil
		case errors.Is(err, unix.ENETDOWN):
			continue // told once; what comes after the interface is up again is heard
		case err != nil:
			return fmt.Errorf("witness on %s: %w", w.name, err)
		}
		if s, ok := sighting(buffer[:n]); ok {
			seen(s)
		}
	}
}

// Close ends Serve. A second Close does nothing.
func (w *Witness) Close() error {
	if err := w.socket.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		return err
	}
	return nil
}

// sighting reads what the filter lets through. ARP begins with the hardware type 1, so its first byte is 0; IP packets
// begin with their version.
func sighting(data []byte) (Sighting, bool) {
	if len(data) == 0 {
		return Sighting{}, false
	}
	switch data[0] >> 4 {
	case 0:
		return announcedByARP(data)
	case 4:
		p, drop := packet.IPv4(data)
		return Sighting{VRID: p.VRID(), Priority: priorityIn(p.PDU)}, drop == packet.Accepted
	case 6:
		return sightingIPv6(data)
	}
	return Sighting{}, false
}

// announcedByARP reads a gratuitous ARP, request or reply: sender and target are the same address (RFC 5227 section 3).
func announcedByARP(data []byte) (Sighting, bool) {
	if len(data) < 28 || [4]byte(data[14:18]) != [4]byte(data[24:28]) {
		return Sighting{}, false
	}
	return Sighting{Announced: netip.AddrFrom4([4]byte(data[14:18]))}, true
}

func sightingIPv6(data []byte) (Sighting, bool) {
	switch {
	case len(data) >= 64 && data[6] == unix.IPPROTO_ICMPV6:
		const solicited = 0x40 // the answer to a question is no announcement
		return Sighting{Announced: netip.AddrFrom16([16]byte(data[48:64]))}, data[44]&solicited == 0
	case len(data) >= 48 && data[6] == packet.Protocol:
		return Sighting{IPv6: true, VRID: data[41], Priority: data[42]}, true
	}
	return Sighting{}, false
}

func priorityIn(pdu []byte) uint8 {
	if len(pdu) < 3 {
		return 0
	}
	return pdu[2]
}
