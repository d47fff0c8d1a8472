package wire

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/vishvananda/netlink/nl"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// DefaultTimeout is how long a request waits for the kernel where [Options] say nothing.
const DefaultTimeout = 5 * time.Second

const (
	// receiveBuffer holds the acknowledgements of a whole batch and the answers of a dump between two reads.
	receiveBuffer = 1 << 20
	// dumpAttempts bounds how often a dump is started again because the kernel's list changed under it. With a
	// change every 0.5 ms about half of all dumps of 1000 addresses were interrupted.
	dumpAttempts = 20
	// MaxBatch is how many requests go into one datagram. More gain nothing, and cost something under emulation.
	MaxBatch = 32
	// maxDatagram keeps a batch below the page-order allocations that fail on a machine short of memory.
	maxDatagram = 32 << 10
)

// ErrTimeout says that the kernel did not answer in time; whether it did what was asked is unknown.
var ErrTimeout = errors.New("the kernel did not answer in time")

// ErrInterrupted says that a list kept changing while it was read, in every attempt.
var ErrInterrupted = errors.New("the list kept changing while it was read")

// Message is one netlink message without its header. Type and flags are NLMSG_*, RTM_* and NLM_F_* numbers.
type Message struct {
	Type, Flags uint16
	Body        []byte
}

// Options choose a socket's surroundings.
type Options struct {
	// Namespace is the path of a network namespace; empty is the caller's own.
	Namespace string
	// Timeout bounds the wait for each answer; 0 is [DefaultTimeout].
	Timeout time.Duration
	// Strict lets the kernel check and obey filters in dump requests (NETLINK_GET_STRICT_CHK).
	Strict bool
}

// Conn is a netlink socket for requests. It is safe for concurrent use: requests, dumps and batches go one after the
// other, which also keeps a second dump from being refused (EBUSY) before the first has ended.
type Conn struct {
	mu      sync.Mutex
	socket  *nl.NetlinkSocket
	timeout time.Duration
	port    uint32 // our address on the bus
	seq     uint32
	buffer  []byte // for one datagram
}

// Open opens a socket of a netlink protocol (NETLINK_*).
func Open(protocol int, o Options) (*Conn, error) {
	ns, err := namespace(o.Namespace)
	if err != nil {
		return nil, err
	}
	defer closeNamespace(ns)
	s, err := nl.GetNetlinkSocketAt(ns, netns.None(), protocol)
	if err != nil {
		return nil, fmt.Errorf("opening a netlink socket: %w", err)
	}
	c := &Conn{socket: s, timeout: o.Timeout, buffer: make([]byte, nl.RECEIVE_BUFFER_SIZE)}
	if c.timeout == 0 {
		c.timeout = DefaultTimeout
	}
	if err := c.configure(o.Strict); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return c, nil
}

// configure asks for error texts, short acknowledgements and room for answers. Only the filters are a must:
// everything else makes errors clearer or requests cheaper.
func (c *Conn) configure(strict bool) error {
	fd := c.socket.GetFd()
	_ = c.socket.SetExtAck(true)
	_ = unix.SetsockoptInt(fd, unix.SOL_NETLINK, unix.NETLINK_CAP_ACK, 1)
	if c.socket.SetReceiveBufferSize(receiveBuffer, true) != nil {
		_ = c.socket.SetReceiveBufferSize(receiveBuffer, false)
	}
	if strict {
		if err := unix.SetsockoptInt(fd, unix.SOL_NETLINK, unix.NETLINK_GET_STRICT_CHK, 1); err != nil {
			return fmt.Errorf("asking netlink for filtered lists (Linux 4.20 or newer): %w", err)
		}
	}
	var err error
	c.port, err = c.socket.GetPid()
	return err
}

// Close waits for the request under way and closes the socket. Nothing may be asked afterwards.
func (c *Conn) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.socket.Close()
}

// Name is the name of the interface with an index, in the namespace of the socket (SIOCGIFNAME of netdevice(7)), which takes
// a fraction of a request. ENODEV when there is none.
func (c *Conn) Name(index int) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	request, err := unix.NewIfreq("x") // the kernel only writes a name here
	if err != nil {
		return "", err
	}
	request.SetUint32(uint32(index))
	if err := unix.IoctlIfreq(c.socket.GetFd(), unix.SIOCGIFNAME, request); err != nil {
		return "", os.NewSyscallError("ioctl SIOCGIFNAME", err)
	}
	return request.Name(), nil
}

// Do sends one request and waits for its acknowledgement. A refusal is a [syscall.Errno], with the kernel's text
// around it where it gave one.
func (c *Conn) Do(ctx context.Context, m Message) error {
	return c.Batch(ctx, []Message{m})[0]
}

// Dump asks for a list and returns the body of every entry. It starts again when the list changed meanwhile.
func (c *Conn) Dump(ctx context.Context, m Message) ([][]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	m.Flags |= unix.NLM_F_DUMP
	for range dumpAttempts {
		bodies, err := c.answers(ctx, m)
		if !errors.Is(err, ErrInterrupted) {
			return bodies, err
		}
	}
	return nil, fmt.Errorf("%w, %d times", ErrInterrupted, dumpAttempts)
}

// Get asks for one object and returns the bodies of the answer.
func (c *Conn) Get(ctx context.Context, m Message) ([][]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	m.Flags |= unix.NLM_F_ACK
	return c.answers(ctx, m)
}

// answers collects the bodies that come before the answer's end.
func (c *Conn) answers(ctx context.Context, m Message) ([][]byte, error) {
	c.seq++
	if err := c.send(ctx, appendMessage(nil, m, c.seq)); err != nil {
		return nil, err
	}
	var bodies [][]byte
	interrupted := false
	for {
		messages, err := c.receive(ctx)
		if err != nil {
			return nil, err
		}
		for _, m := range messages {
			if m.Header.Seq != c.seq || m.Header.Pid != c.port {
				continue // the late answer to a request that timed out
			}
			interrupted = interrupted || m.Header.Flags&unix.NLM_F_DUMP_INTR != 0
			switch m.Header.Type {
			case unix.NLMSG_DONE, unix.NLMSG_ERROR:
				if err := refusal(m); err != nil {
					return nil, err
				}
				if interrupted {
					return nil, ErrInterrupted
				}
				return bodies, nil
			case unix.NLMSG_NOOP, unix.NLMSG_OVERRUN:
			default:
				bodies = append(bodies, bytes.Clone(m.Data))
			}
		}
	}
}

// Batch sends requests, up to [MaxBatch] in a datagram, and returns what became of each: a refused one does
// not stop those behind it. A request that ended with EINTR has no answer of its own, and is known by that of the one behind it.
func (c *Conn) Batch(ctx context.Context, requests []Message) []error {
	c.mu.Lock()
	defer c.mu.Unlock()
	results := make([]error, 0, len(requests))
	for len(requests) > 0 {
		n, size := 0, 0
		for n < len(requests) && n < MaxBatch {
			size += align(unix.SizeofNlMsghdr + len(requests[n].Body))
			if n > 0 && size > maxDatagram {
				break
			}
			n++
		}
		results = append(results, c.datagram(ctx, requests[:n])...)
		requests = requests[n:]
	}
	return results
}

// datagram sends requests together and matches the acknowledgements by sequence number.
func (c *Conn) datagram(ctx context.Context, requests []Message) []error {
	results := make([]error, len(requests))
	first := c.seq + 1
	var b []byte
	for _, m := range requests {
		c.seq++
		m.Flags |= unix.NLM_F_ACK
		b = appendMessage(b, m, c.seq)
	}
	err := c.send(ctx, b)
	answered := make([]bool, len(requests))
	for open := len(requests); open > 0 && err == nil; {
		var messages []syscall.NetlinkMessage
		if messages, err = c.receive(ctx); err != nil {
			break
		}
		for _, m := range messages {
			i := m.Header.Seq - first // wraps around for late answers to earlier requests
			if m.Header.Type != unix.NLMSG_ERROR || m.Header.Pid != c.port || i >= uint32(len(requests)) || answered[i] {
				continue
			}
			answered[i], results[i] = true, refusal(m)
			open -= 1 + unanswered(answered[:i], results)
		}
	}
	for i := range results {
		if !answered[i] {
			results[i] = err
		}
	}
	return results
}

// unanswered fills in the results of requests that will get no answer, since one behind them has: the kernel acknowledges
// nothing that ended with EINTR (netlink_rcv_skb in net/netlink/af_netlink.c). It returns how many there are.
func unanswered(answered []bool, results []error) (n int) {
	for i := range answered {
		if !answered[i] {
			answered[i], results[i] = true, unix.EINTR
			n++
		}
	}
	return n
}

// send hands a datagram to the kernel. Netlink takes it at once or refuses it.
func (c *Conn) send(ctx context.Context, b []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	err := unix.Sendto(c.socket.GetFd(), b, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK})
	if err != nil {
		return fmt.Errorf("sending to netlink: %w", err)
	}
	return nil
}

// receive takes one datagram of the kernel, and waits for it until the timeout or the context's deadline. The kernel
// answers while it is asked, so the answer is mostly there already and no timer is set. What is returned is good until
// the next call.
func (c *Conn) receive(ctx context.Context) ([]syscall.NetlinkMessage, error) {
	n, from, err := unix.Recvfrom(c.socket.GetFd(), c.buffer, unix.MSG_DONTWAIT|unix.MSG_TRUNC)
	sender, ok := from.(*unix.SockaddrNetlink)
	switch {
	case errors.Is(err, unix.ENOBUFS):
		return nil, fmt.Errorf("answers of the kernel were lost, what it did is unknown: %w", err)
	case err != nil || !ok || sender.Pid != nl.PidKernel:
		return c.wait(ctx)
	case n > len(c.buffer):
		return nil, fmt.Errorf("%w: a datagram of %d bytes", ErrShort, n)
	}
	return syscall.ParseNetlinkMessage(c.buffer[:n])
}

// wait is receive when nothing was there yet.
func (c *Conn) wait(ctx context.Context) ([]syscall.NetlinkMessage, error) {
	wait := c.timeout
	if end, ok := ctx.Deadline(); ok {
		wait = max(min(wait, time.Until(end)), time.Microsecond)
	}
	tv := unix.NsecToTimeval(wait.Nanoseconds())
	if err := c.socket.SetReceiveTimeout(&tv); err != nil {
		return nil, err
	}
	for {
		messages, from, err := c.socket.Receive()
		switch {
		case errors.Is(err, unix.EAGAIN):
			return nil, fmt.Errorf("%w: %v", ErrTimeout, wait)
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return nil, fmt.Errorf("reading from netlink: %w", err)
		case from.Pid != nl.PidKernel:
			continue // another process may write to our port; it is not the kernel
		}
		return messages, nil
	}
}

// appendMessage appends a message with its header, padded to four bytes.
func appendMessage(b []byte, m Message, seq uint32) []byte {
	size := unix.SizeofNlMsghdr + len(m.Body)
	b = binary.NativeEndian.AppendUint32(b, uint32(size))
	b = binary.NativeEndian.AppendUint16(b, m.Type)
	b = binary.NativeEndian.AppendUint16(b, m.Flags|unix.NLM_F_REQUEST)
	b = binary.NativeEndian.AppendUint32(b, seq)
	b = binary.NativeEndian.AppendUint32(b, 0)
	b = append(b, m.Body...)
	return append(b, make([]byte, align(size)-size)...)
}

// refusal decodes the closing message of an answer: nil, or the errno with the kernel's own text
// (struct nlmsgerr and NLMSGERR_ATTR_MSG of linux/netlink.h).
func refusal(m syscall.NetlinkMessage) error {
	if len(m.Data) < 4 {
		if m.Header.Type == unix.NLMSG_DONE {
			return nil
		}
		return fmt.Errorf("%w: an acknowledgement of %d bytes", ErrShort, len(m.Data))
	}
	code := int32(binary.NativeEndian.Uint32(m.Data))
	if code == 0 {
		return nil
	}
	errno := syscall.Errno(-code)
	if text := refusalText(m); text != "" {
		return fmt.Errorf("%w: %s", errno, text)
	}
	return errno
}

// refusalText finds what the kernel says in words; empty when it says nothing.
func refusalText(m syscall.NetlinkMessage) string {
	if m.Header.Flags&unix.NLM_F_ACK_TLVS == 0 {
		return ""
	}
	skip := 4 // the error number
	if m.Header.Type == unix.NLMSG_ERROR {
		skip += unix.SizeofNlMsghdr
		if m.Header.Flags&unix.NLM_F_CAPPED == 0 && len(m.Data) >= 8 {
			// The whole request is echoed: the first word of its header is its length.
			echo := binary.NativeEndian.Uint32(m.Data[4:])
			if echo > uint32(len(m.Data)) {
				return ""
			}
			skip = 4 + align(int(echo))
		}
	}
	if skip > len(m.Data) {
		return ""
	}
	for d := Decode(m.Data[skip:]); d.Next(); {
		if d.Type() == unix.NLMSGERR_ATTR_MSG {
			return d.String()
		}
	}
	return ""
}

// namespace opens the namespace of a path; none for the caller's own.
func namespace(path string) (netns.NsHandle, error) {
	if path == "" {
		return netns.None(), nil
	}
	ns, err := netns.GetFromPath(path)
	if err != nil {
		return netns.None(), &os.PathError{Op: "opening network namespace", Path: path, Err: err}
	}
	return ns, nil
}

// closeNamespace closes what namespace opened. Sockets keep the namespace alive.
func closeNamespace(ns netns.NsHandle) {
	if ns.IsOpen() {
		_ = ns.Close()
	}
}
