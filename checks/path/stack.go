package path

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
	"gvisor.dev/gvisor/pkg/buffer"
	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/adapters/gonet"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/link/channel"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv6"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
	"gvisor.dev/gvisor/pkg/tcpip/transport/udp"
)

const (
	// mtu is what every path carries (RFC 8200 section 5), tunnels included: servers learn from it how long a segment may be.
	mtu = 1280
	// queue is how many packets may wait to be sent.
	queue = 64
	// farewell is how long a closed connection may still say goodbye.
	farewell = time.Second
	// nic is the only interface of a stack.
	nic = 1
)

// line is the network of one connection: its stack, and the sockets that carry the stack's packets.
type line struct {
	stack *stack.Stack
	link  *channel.Endpoint
	out   *sender
	in    *os.File
	port  reserved
	stop  context.CancelFunc
	done  sync.WaitGroup
	// datagrams is the connection where it speaks UDP, and refused is set once the server says that nobody wants what it gets.
	datagrams atomic.Pointer[gonet.UDPConn]
	refused   atomic.Bool
}

// dial opens the connection of a flow. It takes over the sockets, whatever becomes of it.
func dial(ctx context.Context, f flow, out *sender, in *os.File, port reserved) (net.Conn, error) {
	l, err := newLine(f, out, in, port)
	if err != nil {
		return nil, err
	}
	number := ipv6.ProtocolNumber
	if f.target.Addr().Is4() {
		number = ipv4.ProtocolNumber
	}
	local, remote := full(f.local), full(f.target)
	var conn net.Conn
	if f.protocol == unix.IPPROTO_UDP {
		var datagrams *gonet.UDPConn
		if datagrams, err = gonet.DialUDP(l.stack, &local, &remote, number); err == nil {
			l.datagrams.Store(datagrams)
			conn = datagrams
		}
	} else {
		conn, err = gonet.DialTCPWithBind(ctx, l.stack, local, remote, number)
	}
	if err != nil {
		l.close()
		return nil, errno(err)
	}
	return &connection{Conn: conn, line: l}, nil
}

// newLine builds a stack with the one address of a flow and begins to carry its packets.
func newLine(f flow, out *sender, in *os.File, port reserved) (*line, error) {
	ctx, stop := context.WithCancel(context.Background())
	l := &line{link: channel.New(queue, mtu, ""), out: out, in: in, port: port, stop: stop}
	// The kernel shows packets before the network card or a virtual peer has filled in their checksums.
	l.link.LinkEPCapabilities |= stack.CapabilityRXChecksumOffload
	l.stack = stack.New(stack.Options{
		NetworkProtocols:   []stack.NetworkProtocolFactory{ipv4.NewProtocol, ipv6.NewProtocol},
		TransportProtocols: []stack.TransportProtocolFactory{tcp.NewProtocol, udp.NewProtocol},
	})
	number, everywhere := ipv6.ProtocolNumber, header.IPv6EmptySubnet
	if f.target.Addr().Is4() {
		number, everywhere = ipv4.ProtocolNumber, header.IPv4EmptySubnet
	}
	address := tcpip.AddrFromSlice(f.local.Addr().AsSlice())
	trouble := l.stack.CreateNIC(nic, l.link)
	if trouble == nil {
		trouble = l.stack.AddProtocolAddress(nic, tcpip.ProtocolAddress{Protocol: number, AddressWithPrefix: address.WithPrefix()}, stack.AddressProperties{})
	}
	l.done.Add(2)
	go l.carryOut(ctx, f)
	go l.carryIn(number)
	if trouble != nil {
		l.close()
		return nil, &Unable{"stack", errors.New(trouble.String())}
	}
	l.stack.SetRouteTable([]tcpip.Route{{Destination: everywhere, NIC: nic}})
	return l, nil
}

func full(a netip.AddrPort) tcpip.FullAddress {
	return tcpip.FullAddress{NIC: nic, Addr: tcpip.AddrFromSlice(a.Addr().AsSlice()), Port: a.Port()}
}

// carryOut sends what the stack says to the target; what it says to the network in general, such as group memberships, is not
// meant for anybody here.
func (l *line) carryOut(ctx context.Context, f flow) {
	defer l.done.Done()
	for {
		p := l.link.ReadContext(ctx)
		if p == nil {
			return // closed
		}
		if p.TransportProtocolNumber == tcpip.TransportProtocolNumber(f.protocol) {
			view := p.ToView()
			_ = l.out.send(view.AsSlice()) // lost, as on any network
			view.Release()
		}
		p.DecRef()
	}
}

// carryIn gives the stack what was heard, until the socket is closed.
func (l *line) carryIn(number tcpip.NetworkProtocolNumber) {
	defer l.done.Done()
	packet := make([]byte, 1<<16) // the kernel may have joined several segments
	for {
		n, err := l.in.Read(packet)
		if err != nil && !errors.Is(err, io.EOF) { // nothing is heard as EOF: an empty packet is
			return
		}
		p := stack.NewPacketBuffer(stack.PacketBufferOptions{Payload: buffer.MakeWithData(packet[:n])})
		l.link.InjectInbound(number, p)
		p.DecRef()
		if datagrams := l.datagrams.Load(); datagrams != nil && quotes(packet[:n]) {
			l.refused.Store(true)
			_ = datagrams.SetReadDeadline(time.Unix(1, 0)) // the stack does not wake a reader for it
		}
	}
}

// quotes reports whether a packet that the filter let through is an ICMP error.
func quotes(packet []byte) bool {
	switch {
	case len(packet) > 9 && packet[0]>>4 == 4:
		return packet[9] == unix.IPPROTO_ICMP
	case len(packet) > 6 && packet[0]>>4 == 6:
		return packet[6] == unix.IPPROTO_ICMPV6
	}
	return false
}

// close takes the line down.
func (l *line) close() {
	l.stack.Close() // resets what is open
	l.stop()
	_ = l.in.Close() // only read
	l.done.Wait()
	l.link.Close()
	l.stack.Wait()
	l.out.close()
	l.port.close()
}

// connection is a connection that has a line of its own.
type connection struct {
	net.Conn
	line *line
	once sync.Once
}

func (c *connection) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if err != nil && c.line.refused.Load() {
		return n, unix.ECONNREFUSED
	}
	return n, errno(err)
}

func (c *connection) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	return n, errno(err)
}

// Close ends the connection; its last packets have a second to be exchanged behind the caller's back.
func (c *connection) Close() error {
	var err error
	c.once.Do(func() {
		err = c.Conn.Close()
		time.AfterFunc(farewell, c.line.close)
	})
	return err
}

// errno gives errors of the stack the numbers that the kernel's sockets would give.
func errno(err error) error {
	var operation *net.OpError
	if !errors.As(err, &operation) || operation.Err == nil {
		return err
	}
	for _, known := range []struct {
		stack  tcpip.Error
		kernel error
	}{
		{&tcpip.ErrConnectionRefused{}, unix.ECONNREFUSED},
		{&tcpip.ErrConnectionReset{}, unix.ECONNRESET},
		{&tcpip.ErrConnectionAborted{}, unix.ECONNABORTED},
		{&tcpip.ErrHostUnreachable{}, unix.EHOSTUNREACH},
		{&tcpip.ErrNetworkUnreachable{}, unix.ENETUNREACH},
		{&tcpip.ErrTimeout{}, unix.ETIMEDOUT},
	} {
		if operation.Err.Error() == known.stack.String() {
			return known.kernel
		}
	}
	return err
}
