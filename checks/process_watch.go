package checks

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// The process events connector (linux/connector.h, linux/cn_proc.h): a netlink socket on which the kernel tells of every
// process. It needs CAP_NET_ADMIN, and is in the first network namespace only.
const (
	connectorProcess = 1 // CN_IDX_PROC, CN_VAL_PROC
	connectorListen  = 1 // PROC_CN_MCAST_LISTEN

	netlinkHeader   = 16 // struct nlmsghdr
	connectorHeader = 20 // struct cn_msg
	eventHeader     = 16 // of struct proc_event: what, cpu, timestamp

	eventFork = 0x00000001
	eventExec = 0x00000002
	eventComm = 0x00000200
	eventExit = 0x80000000
)

// burial is how long a process that exits may still look alive: its event comes before its end.
const burial = 20 * time.Millisecond

// Watch hears of processes that come, change or go, and wakes for those that count. What it cannot hear, it says at once:
// then the interval alone finds it.
func (p *Process) Watch(ctx context.Context, wake func()) error {
	socket, err := listenToProcesses()
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { _ = socket.Close() }) // ends the reading
	defer stop()
	defer func() { _ = socket.Close() }() // nothing is written to it any more
	wake()
	buffer := make([]byte, 8192)
	for {
		n, err := socket.Read(buffer)
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, unix.ENOBUFS): // some events are lost
			wake()
		case err != nil:
			return fmt.Errorf("hear of processes: %w", err)
		case p.concerned(buffer[:n]):
			wake()
			time.AfterFunc(burial, wake)
		}
	}
}

// listenToProcesses opens the connector.
func listenToProcesses() (*os.File, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_CONNECTOR)
	if err != nil {
		return nil, fmt.Errorf("hear of processes: %w", os.NewSyscallError("socket", err))
	}
	socket := os.NewFile(uintptr(fd), "process-events")
	err = os.NewSyscallError("bind", unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: connectorProcess}))
	if err == nil {
		_, err = socket.Write(listenMessage())
	}
	if err != nil {
		_ = socket.Close() // the first error is the one to tell
		return nil, fmt.Errorf("hear of processes: %w", err)
	}
	return socket, nil
}

// listenMessage asks for events.
func listenMessage() []byte {
	const size = netlinkHeader + connectorHeader + 4
	b := make([]byte, size)
	binary.NativeEndian.PutUint32(b, size)
	binary.NativeEndian.PutUint16(b[4:], unix.NLMSG_DONE)
	binary.NativeEndian.PutUint32(b[netlinkHeader:], connectorProcess)
	binary.NativeEndian.PutUint32(b[netlinkHeader+4:], connectorProcess)
	binary.NativeEndian.PutUint16(b[netlinkHeader+16:], 4)
	binary.NativeEndian.PutUint32(b[netlinkHeader+connectorHeader:], connectorListen)
	return b
}

// concerned tells whether one of the events read is about a process that counts, or may count now.
func (p *Process) concerned(data []byte) bool {
	for len(data) >= netlinkHeader {
		size := int(binary.NativeEndian.Uint32(data))
		if size < netlinkHeader || size > len(data) {
			return true // it cannot be: better once too often
		}
		if p.matters(data[netlinkHeader:size]) {
			return true
		}
		data = data[min(len(data), (size+unix.NLMSG_ALIGNTO-1)&^(unix.NLMSG_ALIGNTO-1)):]
	}
	return false
}

// matters judges one event. Threads come and go without a word: they have another number than their process.
func (p *Process) matters(message []byte) bool {
	const numbers = connectorHeader + eventHeader
	if len(message) < numbers+8 {
		return false
	}
	number := func(i int) int { return int(binary.NativeEndian.Uint32(message[numbers+4*i:])) }
	switch binary.NativeEndian.Uint32(message[connectorHeader:]) {
	case eventFork:
		return len(message) >= numbers+16 && number(2) == number(3) && p.counts(number(1))
	case eventExec, eventComm:
		return number(0) == number(1) && (p.counts(number(0)) || p.is(number(0)))
	case eventExit:
		return number(0) == number(1) && p.counts(number(0))
	}
	return false
}
