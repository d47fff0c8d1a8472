package socket

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// Link is an interface as the kernel has it now.
type Link struct {
	Index int
	Flags uint32 // IFF_UP and others (linux/if.h)
}

// ErrNoLink is the error when there is no interface of a name.
var ErrNoLink = errors.New("no such network interface")

// FindLink returns the interface of a name in the network namespace of the calling thread; the error wraps ErrNoLink when there is
// none. It asks for that one only, where package net lists all of them: a router may have thousands. An ioctl would do as well, but
// lets the kernel start modprobe each time for an interface that is not there.
func FindLink(name string) (Link, error) {
	if len(name) == 0 || len(name) >= unix.IFNAMSIZ {
		return Link{}, fmt.Errorf("%s: %w", name, ErrNoLink)
	}
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_ROUTE)
	if err != nil {
		return Link{}, fmt.Errorf("find interface %s: %w", name, os.NewSyscallError("socket", err))
	}
	defer func() { _ = unix.Close(fd) }() // nothing was buffered
	if err := unix.Sendto(fd, linkRequest(name), 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return Link{}, fmt.Errorf("find interface %s: %w", name, os.NewSyscallError("sendto", err))
	}
	var answer [256]byte // what says more is cut, behind what is looked for
	n, _, err := unix.Recvfrom(fd, answer[:], 0)
	if err != nil {
		return Link{}, fmt.Errorf("find interface %s: %w", name, os.NewSyscallError("recvfrom", err))
	}
	return linkAnswer(name, answer[:n])
}

// linkRequest is RTM_GETLINK for a name, without counters.
func linkRequest(name string) []byte {
	const skipStats = 1 << 3 // RTEXT_FILTER_SKIP_STATS in linux/rtnetlink.h
	b := make([]byte, unix.SizeofNlMsghdr+unix.SizeofIfInfomsg, 96)
	binary.NativeEndian.PutUint16(b[4:], unix.RTM_GETLINK)
	binary.NativeEndian.PutUint16(b[6:], unix.NLM_F_REQUEST)
	b = appendAttribute(b, unix.IFLA_IFNAME, append([]byte(name), 0))
	b = appendAttribute(b, unix.IFLA_EXT_MASK, binary.NativeEndian.AppendUint32(nil, skipStats))
	binary.NativeEndian.PutUint32(b, uint32(len(b)))
	return b
}

// appendAttribute appends a struct rtattr with its value, aligned to four bytes.
func appendAttribute(b []byte, kind uint16, value []byte) []byte {
	b = binary.NativeEndian.AppendUint16(b, uint16(unix.SizeofRtAttr+len(value)))
	b = append(binary.NativeEndian.AppendUint16(b, kind), value...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

// linkAnswer reads what the kernel says: struct ifinfomsg, or an error.
func linkAnswer(name string, answer []byte) (Link, error) {
	if len(answer) < unix.SizeofNlMsghdr+unix.SizeofIfInfomsg {
		return Link{}, fmt.Errorf("find interface %s: the kernel answers with %d bytes", name, len(answer))
	}
	body := answer[unix.SizeofNlMsghdr:]
	switch binary.NativeEndian.Uint16(answer[4:]) {
	case unix.RTM_NEWLINK:
		return Link{Index: int(int32(binary.NativeEndian.Uint32(body[4:]))), Flags: binary.NativeEndian.Uint32(body[8:])}, nil
	case unix.NLMSG_ERROR:
		errno := syscall.Errno(-int32(binary.NativeEndian.Uint32(body)))
		if errno == unix.ENODEV {
			return Link{}, fmt.Errorf("%s: %w", name, ErrNoLink)
		}
		return Link{}, fmt.Errorf("find interface %s: %w", name, errno)
	}
	return Link{}, fmt.Errorf("find interface %s: the kernel answers with a message of type %d", name, binary.NativeEndian.Uint16(answer[4:]))
}
