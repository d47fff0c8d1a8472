package enforcer

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"ha/vrrp"
	"ha/vrrp/packet"
)

// hear judges a packet for a member and steps it when it counts.
func (g *group) hear(i int, p packet.Packet) {
	g.mu.Lock()
	defer g.mu.Unlock()
	m := g.members[i]
	age := m.age(&p)
	note, drop := m.expect.Receive(p, &m.heard)
	if drop != packet.Accepted {
		m.dropped = with(m.dropped, drop, m.dropped[drop]+1)
		g.remark(m, remark{source: p.Source, drop: drop})
		return
	}
	m.received++
	m.follow()
	if note != 0 {
		g.remark(m, remark{source: p.Source, note: note})
	} else {
		m.quarrels.end(p.Source)
	}
	ad := vrrp.Received{Priority: m.heard.Priority, Interval: m.heard.Interval, Source: p.Source, Age: age}
	was := g.standing(i)
	g.step(i, ad)
	g.contested(i, was, ad)
	g.led(i, ad)
}

// age is how long ago a packet arrived, as far as that can be believed: a wall clock that is set in between tells anything, and
// then no more than one advert may seem to be missing. What came without a time came now.
func (m *member) age(p *packet.Packet) time.Duration {
	if p.At.IsZero() {
		p.At = time.Now()
		return 0
	}
	return min(max(time.Since(p.At), 0), m.instance.Config.Interval)
}

// remark is what is odd about the adverts of a sender. It is logged once until the state changes.
type remark struct {
	source netip.Addr
	drop   packet.Drop
	note   packet.Note
}

// remark keeps what is odd about an advert that is dropped, or accepted with a doubt, and tells of it when that is new.
func (g *group) remark(m *member, r remark) {
	m.quarrels.add(m, r, time.Now())
	if m.remarked[r] || len(m.remarked) >= 64 {
		return
	}
	m.remarked = with(m.remarked, r, true)
	g.owner.events.warn("advert", m.instance.Name, m.wording(r))
}

// wording says what is odd, with both values of what differs.
func (m *member) wording(r remark) string {
	interval := fmt.Sprintf("interval (theirs %v, ours %v)", m.heard.Interval, m.instance.Config.Interval)
	switch {
	case r.drop == packet.DropOwn:
		return fmt.Sprintf("an advert came from our own address %v: looped back, or another host has it", r.source)
	case r.drop == packet.DropInterval:
		return fmt.Sprintf("adverts from %v are dropped, they differ from ours in: %s", r.source, interval)
	case r.note == 0:
		return fmt.Sprintf("adverts from %v are dropped: %v", r.source, r.drop)
	}
	var differ []string
	if r.note&packet.NoteInterval != 0 {
		differ = append(differ, interval)
	}
	if r.note&packet.NoteAddresses != 0 {
		differ = append(differ, fmt.Sprintf("addresses (theirs %v, ours %v)", m.heard.Addresses, m.instance.Addresses))
	}
	if rest := r.note &^ (packet.NoteInterval | packet.NoteAddresses); rest != 0 {
		differ = append(differ, rest.String())
	}
	return fmt.Sprintf("adverts from %v differ from ours in: %s", r.source, strings.Join(differ, ", "))
}
