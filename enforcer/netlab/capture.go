package netlab

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Capture records what passes an interface of a namespace, in both directions.
type Capture struct {
	socket *os.File
	done   chan struct{} // closed when the last frame is in

	mu     sync.Mutex
	frames []Frame
	more   chan struct{} // closed, and replaced, with every frame
}

// Frame is one Ethernet frame.
type Frame struct {
	At   time.Time // when the kernel saw it; wall clock, to the nanosecond
	Data []byte    // from the destination address on, without checksum
}

// maxFrame holds what a veth interface carries at most with offloads.
const maxFrame = 65536 + 18

// Capture starts to record the frames of an interface. When it returns, no later frame is missed, except in a flood.
func (n *Namespace) Capture(device string) (*Capture, error) {
	var fd int
	err := n.Do(func() (err error) {
		link, err := net.InterfaceByName(device)
		if err != nil {
			return err
		}
		fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
		if err != nil {
			return err
		}
		return errors.Join(
			unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1),
			unix.Bind(fd, &unix.SockaddrLinklayer{Ifindex: link.Index, Protocol: everyProtocol()}))
	})
	if err != nil {
		return nil, fmt.Errorf("capture on %s of %s: %w", device, n, err)
	}
	c := &Capture{
		socket: os.NewFile(uintptr(fd), "capture-"+device),
		done:   make(chan struct{}), more: make(chan struct{}),
	}
	raw, err := c.socket.SyscallConn()
	if err != nil {
		return nil, errors.Join(err, c.socket.Close())
	}
	go c.record(raw)
	return c, nil
}

// everyProtocol is ETH_P_ALL in network byte order.
func everyProtocol() uint16 {
	return binary.NativeEndian.Uint16(binary.BigEndian.AppendUint16(nil, unix.ETH_P_ALL))
}

// record keeps every frame until the socket is closed.
func (c *Capture) record(raw syscall.RawConn) {
	defer close(c.done)
	buffer, ancillary := make([]byte, maxFrame), make([]byte, 128)
	for {
		var n, oobn int
		var failed error
		err := raw.Read(func(fd uintptr) bool {
			n, oobn, _, _, failed = unix.Recvmsg(int(fd), buffer, ancillary, unix.MSG_DONTWAIT)
			return !errors.Is(failed, unix.EAGAIN)
		})
		if err != nil {
			return // closed
		}
		if failed != nil {
			continue // ENETDOWN, once: the link went down, and may come back
		}
		c.add(Frame{At: timestamp(ancillary[:oobn]), Data: slices.Clone(buffer[:n])})
	}
}

func (c *Capture) add(f Frame) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.frames = append(c.frames, f)
	close(c.more)
	c.more = make(chan struct{})
}

// timestamp finds the kernel's time of a frame.
func timestamp(ancillary []byte) time.Time {
	messages, err := unix.ParseSocketControlMessage(ancillary)
	if err != nil {
		return time.Time{}
	}
	for _, m := range messages {
		if m.Header.Level == unix.SOL_SOCKET && m.Header.Type == unix.SO_TIMESTAMPNS && len(m.Data) >= 16 {
			return time.Unix(int64(binary.NativeEndian.Uint64(m.Data)), int64(binary.NativeEndian.Uint64(m.Data[8:])))
		}
	}
	return time.Time{}
}

// Frames returns what was recorded so far, in order.
func (c *Capture) Frames() []Frame {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.frames)
}

// Wait returns the first frame that matches, recorded already or within a time; false when none came.
func (c *Capture) Wait(within time.Duration, matches func(Frame) bool) (Frame, bool) {
	timeout := time.NewTimer(within)
	defer timeout.Stop()
	for seen := 0; ; {
		c.mu.Lock()
		frames, more := c.frames, c.more
		c.mu.Unlock()
		for _, f := range frames[seen:] {
			if matches(f) {
				return f, true
			}
		}
		seen = len(frames)
		select {
		case <-more:
		case <-timeout.C:
			return Frame{}, false
		}
	}
}

// WritePcap writes what was recorded so far as a pcap file with times in nanoseconds.
func (c *Capture) WritePcap(w io.Writer) error {
	out := binary.LittleEndian.AppendUint32(nil, 0xa1b23c4d)
	for _, word := range []uint32{2 | 4<<16, 0, 0, maxFrame, 1} { // version 2.4, UTC, Ethernet
		out = binary.LittleEndian.AppendUint32(out, word)
	}
	for _, f := range c.Frames() {
		size := uint32(len(f.Data))
		for _, word := range []uint32{uint32(f.At.Unix()), uint32(f.At.Nanosecond()), size, size} {
			out = binary.LittleEndian.AppendUint32(out, word)
		}
		out = append(out, f.Data...)
	}
	_, err := w.Write(out)
	return err
}

// Close ends the recording; what was recorded stays. A second Close does nothing.
func (c *Capture) Close() error {
	err := c.socket.Close()
	<-c.done
	if errors.Is(err, os.ErrClosed) {
		return nil
	}
	return err
}
