package socket

import (
	"errors"
	"fmt"
	"net/netip"
	"os"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// Claim is a frame in which another host says that it has an address.
type Claim struct {
	Address   netip.Addr
	By        [6]byte // the hardware address that it is said to have; zero: not told
	Announced bool    // to everybody, as who takes an address over does; else in an ordinary ARP message
}

// Vigil hears on one interface who claims addresses, for as long as it is open. It costs nothing while nobody does: the kernel
// drops everything else.
type Vigil struct {
	name   string
	socket *os.File
}

// OpenVigil makes a Vigil in the network namespace of the calling thread, that hears nothing of IPv4 until Watch has said which
// addresses matter. Needs CAP_NET_RAW.
func OpenVigil(iface string) (*Vigil, error) {
	i, err := FindLink(iface)
	if err != nil {
		return nil, fmt.Errorf("open vigil on %s: %w", iface, err)
	}
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("open vigil on %s: %w", iface, os.NewSyscallError("socket", err))
	}
	v := &Vigil{name: iface, socket: os.NewFile(uintptr(fd), "vigil-"+iface)}
	err = attach(fd, vigilFilter(nil)) // before bind: nothing else is ever queued
	if err == nil {
		err = os.NewSyscallError("bind", unix.Bind(fd, &unix.SockaddrLinklayer{Ifindex: i.Index, Protocol: everyProtocol}))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open vigil on %s: %w", iface, err), v.Close())
	}
	return v, nil
}

// mostWatched is how many IPv4 addresses fit a filter (BPF_MAXINSNS is 4096); further ones are not watched.
const mostWatched = 1000

// Watch replaces the addresses that matter. Of IPv6 all that is announced is heard: that is rare.
func (v *Vigil) Watch(addresses []netip.Addr) error {
	raw, err := v.socket.SyscallConn()
	if err != nil {
		return fmt.Errorf("watch addresses on %s: %w", v.name, err)
	}
	var failed error
	err = raw.Control(func(fd uintptr) { failed = attach(int(fd), vigilFilter(addresses)) })
	if err = errors.Join(err, failed); err != nil {
		return fmt.Errorf("watch addresses on %s: %w", v.name, err)
	}
	return nil
}

// vigilFilter keeps neighbour advertisements, and ARP whose sender is one of the addresses, of others. The socket shows what
// follows the Ethernet header.
func vigilFilter(addresses []netip.Addr) []bpf.Instruction {
	const packetOutgoing = 4 // PACKET_OUTGOING in linux/if_packet.h
	program := []bpf.Instruction{
		bpf.LoadExtension{Num: bpf.ExtType},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: packetOutgoing, SkipFalse: 1},
		bpf.RetConstant{Val: 0},
		bpf.LoadExtension{Num: bpf.ExtProto},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: unix.ETH_P_IPV6, SkipFalse: 6},
		bpf.LoadAbsolute{Off: 6, Size: 1}, // next header
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: unix.IPPROTO_ICMPV6, SkipFalse: 3},
		bpf.LoadAbsolute{Off: 40, Size: 1},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: neighbourAdvertisement, SkipFalse: 1},
		bpf.RetConstant{Val: wholePacket},
		bpf.RetConstant{Val: 0},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: unix.ETH_P_ARP, SkipTrue: 1},
		bpf.RetConstant{Val: 0},
		bpf.LoadAbsolute{Off: 14, Size: 4}, // the sender's protocol address
	}
	watched := 0
	for _, a := range addresses {
		if !a.Is4() || watched == mostWatched {
			continue
		}
		watched++
		b := a.As4()
		program = append(program,
			bpf.JumpIf{Cond: bpf.JumpEqual, Val: uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3]), SkipFalse: 1},
			bpf.RetConstant{Val: wholePacket},
		)
	}
	return append(program, bpf.RetConstant{Val: 0})
}

// Serve tells of claims until the Vigil is closed; then it returns nil.
func (v *Vigil) Serve(heard func(Claim)) error {
	buffer := make([]byte, maxDatagram)
	for {
		n, err := v.socket.Read(buffer)
		switch {
		case errors.Is(err, os.ErrClosed):
			return nil
		case errors.Is(err, unix.ENETDOWN):
			continue // told once; what comes after the interface is up again is heard
		case err != nil:
			return fmt.Errorf("vigil on %s: %w", v.name, err)
		}
		if c, ok := claim(buffer[:n]); ok {
			heard(c)
		}
	}
}

// Close ends Serve. A second Close does nothing.
func (v *Vigil) Close() error {
	if err := v.socket.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		return err
	}
	return nil
}

// claim reads what the filter lets through: ARP begins with the hardware type 1, so its first byte is 0; IPv6 with its version.
func claim(data []byte) (Claim, bool) {
	switch {
	case len(data) >= 28 && data[0]>>4 == 0 && data[4] == 6 && data[5] == 4: // RFC 826, of Ethernet; RFC 5227 section 3: an announcement has its sender as target
		return Claim{
			Address: netip.AddrFrom4([4]byte(data[14:18])), By: [6]byte(data[8:14]), Announced: [4]byte(data[14:18]) == [4]byte(data[24:28]),
		}, true
	case len(data) >= 64 && data[0]>>4 == 6 && data[6] == unix.IPPROTO_ICMPV6 && data[40] == neighbourAdvertisement:
		const solicited, targetLinkLayer = 0x40, 2 // RFC 4861 sections 4.4 and 4.6.1
		c := Claim{Address: netip.AddrFrom16([16]byte(data[48:64])), Announced: data[44]&solicited == 0}
		if len(data) >= 72 && data[64] == targetLinkLayer && data[65] == 1 {
			c.By = [6]byte(data[66:72])
		}
		return c, true
	}
	return Claim{}, false
}
