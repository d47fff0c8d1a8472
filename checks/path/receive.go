package path

import (
	"encoding/binary"
	"net/netip"
	"os"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// flow is one connection: what it speaks, with whom, and from where.
type flow struct {
	protocol      uint32 // IPPROTO_TCP or IPPROTO_UDP
	target, local netip.AddrPort
}

func (f flow) ether() uint16 {
	if f.target.Addr().Is6() {
		return unix.ETH_P_IPV6
	}
	return unix.ETH_P_IP
}

// listen opens a packet socket that hears the answers of a flow, on every interface, and nothing else.
func listen(f flow) (*os.File, error) {
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0) // deaf until it has a filter
	if err != nil {
		return nil, &Unable{"packet socket", err}
	}
	err = attach(fd, f.filter())
	if err == nil {
		err = unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: bigEndian(f.ether())})
	}
	if err != nil {
		_ = unix.Close(fd) // never used
		return nil, &Unable{"packet socket", err}
	}
	return os.NewFile(uintptr(fd), "packet socket"), nil
}

// deafen makes a socket receive nothing.
func deafen(fd int) error {
	if err := attach(fd, []bpf.Instruction{bpf.RetConstant{Val: 0}}); err != nil {
		return &Unable{"filter", err}
	}
	return nil
}

func attach(fd int, filter []bpf.Instruction) error {
	raw, err := bpf.Assemble(filter)
	if err != nil {
		return err
	}
	program := make([]unix.SockFilter, len(raw))
	for i, r := range raw {
		program[i] = unix.SockFilter{Code: r.Op, Jt: r.Jt, Jf: r.Jf, K: r.K}
	}
	return unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]})
}

// test is one comparison of a filter: size bytes at an offset from the start of the packet, or of what follows an IPv4 header
// with options, must be a value.
type test struct {
	offset  uint32
	size    int
	value   uint32
	payload bool // the offset counts from the end of the IPv4 header
}

// filter takes the packets of the flow, and the ICMP errors about it. Offsets are of RFC 791, 8200, 792 and 4443; a packet
// socket of type SOCK_DGRAM shows packets from the IP header on.
func (f flow) filter() []bpf.Instruction {
	from, to := uint32(f.target.Port()), uint32(f.local.Port())
	var answer, trouble []test
	if f.target.Addr().Is4() {
		remote, local := word(f.target.Addr()), word(f.local.Addr())
		answer = []test{
			{9, 1, f.protocol, false}, {12, 4, remote, false}, {16, 4, local, false}, {0, 2, from, true}, {2, 2, to, true},
		}
		trouble = []test{ // the header that is quoted has no options: we sent it
			{9, 1, unix.IPPROTO_ICMP, false},
			{16, 4, local, false},
			{0, 1, 3, true},
			{8 + 9, 1, f.protocol, true},
			{8 + 16, 4, remote, true},
			{8 + 20, 2, to, true},
			{8 + 22, 2, from, true},
		}
	} else {
		answer = append([]test{{6, 1, f.protocol, false}}, address(8, f.target.Addr())...)
		answer = append(answer, address(24, f.local.Addr())...)
		answer = append(answer, test{40, 2, from, false}, test{42, 2, to, false})
		trouble = append([]test{{6, 1, unix.IPPROTO_ICMPV6, false}, {40, 1, 1, false}, {48 + 6, 1, f.protocol, false}}, address(24, f.local.Addr())...)
		trouble = append(trouble, address(48+24, f.target.Addr())...)
		trouble = append(trouble, test{48 + 40, 2, to, false}, test{48 + 42, 2, from, false})
	}
	var program []bpf.Instruction
	if f.target.Addr().Is4() {
		program = append(program, bpf.LoadMemShift{Off: 0}) // X is the length of the header
	}
	program = append(program, compile(answer)...)
	program = append(program, compile(trouble)...)
	return append(program, bpf.RetConstant{Val: 0})
}

// compile returns instructions that take the packet if every test holds, and go on behind themselves otherwise.
func compile(tests []test) []bpf.Instruction {
	program := make([]bpf.Instruction, 0, 2*len(tests)+1)
	for i, t := range tests {
		var load bpf.Instruction = bpf.LoadAbsolute{Off: t.offset, Size: t.size}
		if t.payload {
			load = bpf.LoadIndirect{Off: t.offset, Size: t.size}
		}
		behind := 2*(len(tests)-i-1) + 1 // the tests that are left, and the return
		program = append(program, load, bpf.JumpIf{Cond: bpf.JumpEqual, Val: t.value, SkipFalse: uint8(behind)})
	}
	return append(program, bpf.RetConstant{Val: 1 << 18})
}

// word is an IPv4 address as a filter compares it.
func word(ip netip.Addr) uint32 {
	b := ip.As4()
	return binary.BigEndian.Uint32(b[:])
}

// address tests an IPv6 address at an offset.
func address(offset uint32, ip netip.Addr) []test {
	b := ip.As16()
	tests := make([]test, 0, 4)
	for i := uint32(0); i < 16; i += 4 {
		tests = append(tests, test{offset + i, 4, binary.BigEndian.Uint32(b[i:]), false})
	}
	return tests
}

// uint16FromNative reads a number in the order of this machine.
func uint16FromNative(b [2]byte) uint16 { return binary.NativeEndian.Uint16(b[:]) }
