package socket

import (
	"fmt"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"ha/vrrp/packet"
)

// wholePacket is a filter's verdict "keep all bytes"; 0 is "drop".
const wholePacket = 0xffffffff

// SetVRIDs replaces, atomically, the set of virtual routers whose adverts are received; an empty set is all. It spares
// wake-ups and guards against floods: who handles a packet checks everything again. A packet that was let through by
// the set before may still arrive.
func (c *Conn) SetVRIDs(vrids []uint8) error {
	return control(c.rxRaw, func(fd int) error { return attach(fd, advertFilter(c.ipv6, c.ah, vrids)) })
}

// advertFilter keeps VRRP advertisements of version 2 or 3 for these VRIDs. A raw IPv4 socket shows the filter the IP
// header, a raw IPv6 socket only what follows it. With ah the message stands behind an authentication header.
func advertFilter(ipv6, ah bool, vrids []uint8) []bpf.Instruction {
	var program []bpf.Instruction
	message := uint32(0) // where it begins behind the IP header
	switch {
	case ah:
		message = 24
		program = append(program,
			bpf.LoadAbsolute{Off: 9, Size: 1},
			bpf.JumpIf{Cond: bpf.JumpEqual, Val: unix.IPPROTO_AH, SkipTrue: 1},
			bpf.RetConstant{Val: 0},
			bpf.LoadMemShift{Off: 0},          // X is the length of the IP header
			bpf.LoadIndirect{Off: 0, Size: 1}, // next header
			bpf.JumpIf{Cond: bpf.JumpEqual, Val: packet.Protocol, SkipTrue: 1},
			bpf.RetConstant{Val: 0},
		)
	case !ipv6:
		program = append(program,
			bpf.LoadAbsolute{Off: 9, Size: 1},
			bpf.JumpIf{Cond: bpf.JumpEqual, Val: packet.Protocol, SkipTrue: 1},
			bpf.RetConstant{Val: 0},
			bpf.LoadMemShift{Off: 0}, // X is the length of the IP header
		)
	default:
		program = append(program, bpf.LoadConstant{Dst: bpf.RegX, Val: 0})
	}
	program = append(program,
		bpf.LoadIndirect{Off: message, Size: 1}, // version and type
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: 0x21, SkipTrue: 2},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: 0x31, SkipTrue: 1},
		bpf.RetConstant{Val: 0},
	)
	if len(vrids) == 0 {
		return append(program, bpf.RetConstant{Val: wholePacket})
	}
	program = append(program, bpf.LoadIndirect{Off: message + 1, Size: 1}) // VRID
	for _, vrid := range vrids {
		program = append(program,
			bpf.JumpIf{Cond: bpf.JumpEqual, Val: uint32(vrid), SkipFalse: 1},
			bpf.RetConstant{Val: wholePacket},
		)
	}
	return append(program, bpf.RetConstant{Val: 0})
}

// dropAll is the filter of a socket that only sends.
func dropAll() []bpf.Instruction { return []bpf.Instruction{bpf.RetConstant{Val: 0}} }

// attach puts a filter in front of a socket, in place of the one before.
func attach(fd int, program []bpf.Instruction) error {
	raw, err := bpf.Assemble(program)
	if err != nil {
		return fmt.Errorf("assemble filter: %w", err)
	}
	filter := make([]unix.SockFilter, len(raw))
	for i, r := range raw {
		filter[i] = unix.SockFilter{Code: r.Op, Jt: r.Jt, Jf: r.Jf, K: r.K}
	}
	prog := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	if err := unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &prog); err != nil {
		return fmt.Errorf("attach filter: %w", err)
	}
	return nil
}
