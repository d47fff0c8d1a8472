package socket

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// udpSocket makes a UDP socket that the runtime's poller watches.
func udpSocket(ipv6 bool, name string) (*os.File, error) {
	domain := unix.AF_INET
	if ipv6 {
		domain = unix.AF_INET6
	}
	fd, err := unix.Socket(domain, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.IPPROTO_UDP)
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
			return fmt.Errorf("set %s to %d: %w", o.name, o.number, os.NewSyscallError("setsockopt", err))
		}
	}
	return nil
}

// Priorities in the queue of an interface (linux/pkt_sched.h): above everything else, and what needs no privilege.
const (
	priorityHighest = 7
	priorityControl = 6
)

// setPriority puts what a socket sends before everything else in the queue of the interface.
func setPriority(fd int) error {
	err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PRIORITY, priorityHighest)
	if errors.Is(err, unix.EPERM) {
		err = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PRIORITY, priorityControl)
	}
	return os.NewSyscallError("setsockopt", err)
}

// dropAll keeps everything from being queued on a socket that only sends.
func dropAll(fd int) error {
	raw, err := bpf.Assemble([]bpf.Instruction{bpf.RetConstant{Val: 0}})
	if err != nil {
		return fmt.Errorf("assemble filter: %w", err)
	}
	filter := []unix.SockFilter{{Code: raw[0].Op, Jt: raw[0].Jt, Jf: raw[0].Jf, K: raw[0].K}}
	prog := unix.SockFprog{Len: 1, Filter: &filter[0]}
	if err := unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &prog); err != nil {
		return fmt.Errorf("attach filter: %w", os.NewSyscallError("setsockopt", err))
	}
	return nil
}

// receiveBuffer holds some 1,300 packets, of which the kernel counts 768 bytes each: what hundreds of sessions get while
// the process is not scheduled, or a flood that does not drown them.
const receiveBuffer = 1 << 20

// setReceiveBuffer enlarges the queue of a socket, beyond net.core.rmem_max where it is allowed.
func setReceiveBuffer(fd int) error {
	err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, receiveBuffer)
	if errors.Is(err, unix.EPERM) {
		err = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, receiveBuffer)
	}
	return os.NewSyscallError("setsockopt", err)
}
