package enforcer

import (
	"net/netip"
	"sync/atomic"
	"time"

	"ha/vrrp/packet"
	"ha/vrrp/socket"
)

// outgoing is told what becomes of a member's adverts, which may leave later than they were made, and under other locks. It
// implements [socket.Sender].
type outgoing struct {
	events *eventLog
	name   atomic.Pointer[string] // of the instance
	sent   atomic.Uint64
	told   atomic.Pointer[string] // the trouble that was told last; nil after an advert that left
	cut    atomic.Bool            // the interface does not work, which was told: no advert can leave
}

// Sent implements [socket.Sender]. The same trouble is told once: an interface that is down would fill the log with it.
func (o *outgoing) Sent(err error) {
	if err != nil {
		if o.cut.Load() {
			return
		}
		text := err.Error()
		if told := o.told.Swap(&text); told == nil || *told != text {
			o.events.warn("problem", *o.name.Load(), text)
		}
		return
	}
	o.told.Store(nil)
	o.sent.Add(1)
}

// uncounted is outgoing for what goes to the second peer and those after it: an advert counts once.
type uncounted outgoing

// Sent implements [socket.Sender].
func (o *uncounted) Sent(err error) {
	if err != nil {
		(*outgoing)(o).Sent(err)
	}
}

// rendered is a member's advert as it was last sent, one for each destination. It is sent again as it is while nothing of
// it has changed.
type rendered struct {
	priority uint8
	form     packet.Form
	source   netip.Addr
	conn     *socket.Conn
	all      [][]byte // in the order of the destinations; nil: there is none
}

// send sends a member's advert to the group or to its peers. The only member of a virtual router has none.
func (g *group) send(m *member) {
	conn, source := m.station.conn, m.expect.Source
	to := m.peers
	if !m.expect.Unicast {
		to = []netip.Addr{conn.Group()}
	}
	if m.proof.hmac != nil {
		if err := m.proof.hmac.Sign(&m.advert, source, time.Now()); err != nil {
			m.outgoing.Sent(err)
			return
		}
	}
	for i, destination := range to {
		datagram, err := m.render(i, conn, source, destination)
		if err != nil {
			m.outgoing.Sent(err)
			return
		}
		var by socket.Sender = &m.outgoing
		if i > 0 {
			by = (*uncounted)(&m.outgoing)
		}
		g.owner.engine.outbox.put(conn, datagram, source, destination, by)
	}
}

// render is the datagram for the i-th destination. What counts its packets, or signs them with the time, is made anew each
// time.
func (m *member) render(i int, conn *socket.Conn, source, destination netip.Addr) ([]byte, error) {
	r, ad := &m.rendered, &m.advert
	counts := m.proof.hmac != nil || m.proof.ah != nil
	if counts || r.priority != ad.Priority || r.form != ad.Form || r.source != source || r.conn != conn {
		*r = rendered{priority: ad.Priority, form: ad.Form, source: source, conn: conn, all: r.all[:0]}
	}
	if i < len(r.all) {
		return r.all[i], nil
	}
	datagram, err := conn.Render(nil, ad, source, destination)
	if err != nil {
		return nil, err
	}
	r.all = append(r.all, datagram)
	return datagram, nil
}
