package enforcer

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"syscall"
	"time"

	"ha/checks/bfd"
	"ha/checks/bfd/packet"
	bfdsocket "ha/checks/bfd/socket"
)

// bfdSession is one session with its place on the wire. The lock of bfdSessions guards it.
type bfdSession struct {
	config  bfd.Config
	core    bfd.Session
	path    bfd.Path
	sender  *bfdsocket.Sender // nil while it cannot be opened
	usual   uint16            // the port to send from, where it is still free; 0: any
	source  netip.Addr        // from which it sends; not valid: the kernel's choice
	problem string            // why it does not send, or does not hear; empty when it does
	leaving bool

	due   time.Duration // when something is due, in the queue
	place int           // in the queue; -1: it is not there

	sent, received uint64
	dropped        map[packet.Drop]uint64
	remarked       map[bfdRemark]bool
	late           time.Duration
	since          time.Time
}

// bfdRemark is something that is told once until the state changes.
type bfdRemark struct {
	drop packet.Drop
	ttl  int
}

func newBFDSession(c bfd.Config) *bfdSession {
	return &bfdSession{
		config: c, place: -1, since: time.Now(), dropped: map[packet.Drop]uint64{}, remarked: map[bfdRemark]bool{},
		path: bfd.Path{Peer: c.Peer, Local: c.Source, Multihop: c.Multihop, Device: noDevice(c)},
	}
}

// noDevice is the device of a session whose socket is not open: none, where it is to have one, else any.
func noDevice(c bfd.Config) int {
	if c.Interface != "" {
		return -1
	}
	return 0
}

func (s *bfdSession) port() bfdPort { return bfdPort{s.config.Peer.Is6(), s.config.Multihop} }

// why explains the verdict.
func (s *bfdSession) why() string {
	if s.core.Verdict == bfd.Dead && s.core.State != bfd.Up && s.core.Reason.Cause == bfd.Started {
		return "it never came up; the peer was not heard"
	}
	return fmt.Sprintf("%v: %v", s.core.State, s.core.Reason)
}

// close frees the socket.
func (s *bfdSession) close(b *bfdSessions) {
	if s.sender != nil {
		delete(b.ports, s.sender.Port())
		b.complain("socket", s.sender.Close())
		s.sender = nil
	}
}

// attendTo opens the sending socket of a session where it is missing, or its interface is another one now; called with
// the lock.
func (b *bfdSessions) attendTo(s *bfdSession) {
	if s.sender != nil && s.source.IsValid() && s.problem == "" && !s.moved() {
		return
	}
	source, err := b.sourceOf(s.config)
	if s.sender != nil && source == s.source && !s.moved() {
		return
	}
	s.close(b)
	s.path.Device, s.source = noDevice(s.config), source
	if err != nil {
		b.trouble(s, err)
		return
	}
	c := s.config
	c.Source = source
	sender, err := b.open(c, s.usual)
	if err != nil {
		b.trouble(s, err)
		return
	}
	s.usual = sender.Port()
	b.ports[s.usual] = true
	s.sender, s.path.Device = sender, sender.Device()
	b.trouble(s, nil)
}

// moved tells whether the interface of a session is another one than its socket is bound to.
func (s *bfdSession) moved() bool {
	if s.config.Interface == "" {
		return false
	}
	device, err := bfdsocket.Index(s.config.Interface)
	return err != nil || device != s.sender.Device()
}

// sourceOf is the address from which a session sends: that which is configured, else, over one hop, the one next to the
// peer that is no VIP's; not valid leaves it to the kernel.
func (b *bfdSessions) sourceOf(c bfd.Config) (netip.Addr, error) {
	if c.Source.IsValid() || c.Multihop {
		return c.Source, nil
	}
	return bfdsocket.Source(c.Peer, c.Interface, b.vips)
}

// open opens a sending socket on a port that no other session has (RFC 5881 section 4), on the one that is wished for where
// that is not 0; called with the lock.
func (b *bfdSessions) open(c bfd.Config, wish uint16) (sender *bfdsocket.Sender, err error) {
	const tries = 64
	for i := range tries {
		port := uint16(bfd.FirstSource + rand.IntN(65536-bfd.FirstSource))
		if i == 0 && wish != 0 {
			port = wish
		}
		if b.ports[port] {
			continue
		}
		if sender, err = bfdsocket.Open(c, port); !errors.Is(err, syscall.EADDRINUSE) {
			return sender, err
		}
	}
	return nil, errors.Join(fmt.Errorf("open BFD socket to %s: no port is free", c.Peer), err)
}

// trouble notes what keeps a session from working, and tells it when it is something else than before; called with the
// lock.
func (b *bfdSessions) trouble(s *bfdSession, err error) {
	text := ""
	if err != nil {
		text = err.Error()
	}
	if text == s.problem {
		return
	}
	s.problem = text
	if err != nil {
		b.events.warn("problem", s.config.Name, text)
	}
}

// send sends what a session says now; called with the lock.
func (b *bfdSessions) send(s *bfdSession, final bool) {
	if s.sender == nil {
		return
	}
	c := s.config.Packet(s.core, final)
	err := s.sender.Send(packet.Append(b.buffer[:0], &c))
	if err == nil {
		s.sent++
	}
	b.trouble(s, err)
}

// listen opens the port of a session, where it is not open; called with the lock.
func (b *bfdSessions) listen(port bfdPort) {
	if b.listeners[port] != nil || b.stopped {
		return
	}
	l, err := bfdsocket.Listen(port.ipv6, port.multihop)
	if err != nil {
		text := err.Error()
		if errors.Is(err, syscall.EADDRINUSE) {
			text += "; another BFD daemon runs here, and only one of them can hear"
		}
		if b.deaf[port] != text {
			b.deaf[port] = text
			b.events.error("problem", "bfd", text)
		}
		return
	}
	delete(b.deaf, port)
	b.listeners[port] = l
	b.running.Go(func() { b.complain("socket", l.Serve(b.hear)) })
}

// closeIdle closes ports without sessions; called with the lock.
func (b *bfdSessions) closeIdle() {
	used := map[bfdPort]bool{}
	for _, s := range b.sessions {
		used[s.port()] = true
	}
	for port, l := range b.listeners {
		if !used[port] {
			b.complain("socket", l.Close())
			delete(b.listeners, port)
		}
	}
}

// hear judges a datagram and steps its session when it counts.
func (b *bfdSessions) hear(d bfdsocket.Datagram) {
	var c bfd.Control
	drop := packet.Parse(d.Payload, &c)
	b.mu.Lock()
	defer b.mu.Unlock()
	if drop != packet.Accepted {
		b.dropped[drop]++
		return
	}
	s, known := b.demux.Find(c.Yours, d.Path)
	switch {
	case !known:
		b.dropped[packet.DropUnknown]++
		b.stranger(d.Path, c.Yours)
	case d.TTL < int(s.config.MinTTL):
		s.dropped[packet.DropTTL]++
		b.remark(s, d)
	default:
		s.received++
		b.step(s, bfd.Received{Control: c})
	}
}

// remark tells of packets that came too far, once per TTL; called with the lock.
func (b *bfdSessions) remark(s *bfdSession, d bfdsocket.Datagram) {
	r := bfdRemark{packet.DropTTL, d.TTL}
	if s.remarked[r] || len(s.remarked) >= 16 {
		return
	}
	s.remarked[r] = true
	text := fmt.Sprintf("packets from %v are dropped: TTL %d, expected 255", d.Path.Peer, d.TTL)
	if s.config.MinTTL < bfd.TTL {
		text = fmt.Sprintf("packets from %v are dropped: TTL %d, expected %d or more", d.Path.Peer, d.TTL, s.config.MinTTL)
	}
	if d.TTL == 64 && d.Path.Peer.Is6() {
		text += " (keepalived sends 64 unless it is told `hoplimit 255`)"
	}
	b.events.warn("bfd", s.config.Name, text)
}

// stranger tells of a sender without a session, once per sender; called with the lock. A peer whose session ended here
// says our discriminator for a while, which is nothing to tell.
func (b *bfdSessions) stranger(path bfd.Path, yours uint32) {
	if yours != 0 || b.strangers[path.Peer] || len(b.strangers) >= 64 {
		return
	}
	b.strangers[path.Peer] = true
	b.events.warn("bfd", "bfd", fmt.Sprintf("packets from %v to %v are dropped: no session has this peer on this interface", path.Peer, path.Local))
}
