package enforcer

import (
	"net/netip"
	"slices"
	"sync"

	"ha/vrrp/socket"
)

// outbox is adverts on their way. Those of one turn of the engine leave together; all others leave at once. Its lock is a
// leaf, held while adverts are sent: that waits for nothing.
type outbox struct {
	mu      sync.Mutex
	held    bool
	hurried int            // how often the turn hurried
	conns   []*socket.Conn // in which something is queued
}

// put sends a datagram, now or at the end of the turn. by is told what became of it.
func (o *outbox) put(c *socket.Conn, datagram []byte, source, destination netip.Addr, by socket.Sender) {
	o.mu.Lock()
	defer o.mu.Unlock()
	c.Queue(datagram, source, destination, by)
	if !o.held {
		c.Flush()
		return
	}
	if !slices.Contains(o.conns, c) {
		o.conns = append(o.conns, c)
	}
}

// hold begins a turn.
func (o *outbox) hold() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.held, o.hurried = true, 0
}

// release ends it.
func (o *outbox) release() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.held = false
	o.flush()
}

// hurries is how many adverts of one turn may leave before its end. Where more hurry, all are sooner there when they leave
// together.
const hurries = 4

// hurry sends what is queued before the turn ends: an advert that takes over does not wait for what a takeover means here.
func (o *outbox) hurry() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.hurried < hurries {
		o.hurried++
		o.flush()
	}
}

// empty sends what is queued by a turn that has not ended: before an exec, after which nobody would.
func (o *outbox) empty() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.flush()
}

func (o *outbox) flush() {
	for _, c := range o.conns {
		c.Flush()
	}
	clear(o.conns)
	o.conns = o.conns[:0]
}

// forget sends what is queued in a Conn that will be closed.
func (o *outbox) forget(c *socket.Conn) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if i := slices.Index(o.conns, c); i >= 0 {
		c.Flush()
		o.conns = slices.Delete(o.conns, i, i+1)
	}
}
