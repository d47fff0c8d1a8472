package enforcer

import (
	"fmt"
	"net/netip"
	"time"

	"ha/vrrp"
	"ha/vrrp/packet"
)

// hear judges a packet for a member and steps it when it counts.
func (g *group) hear(i int, p packet.Packet) {
	g.mu.Lock()
	defer g.mu.Unlock()
	m := g.members[i]
	if m.proof.hmac != nil {
		p.At = time.Now()
	}
	note, drop := m.expect.Receive(p, &m.heard)
	if drop != packet.Accepted {
		m.dropped[drop]++
		g.remark(m, remark{source: p.Source, drop: drop})
		return
	}
	m.received++
	m.follow()
	if note != 0 {
		g.remark(m, remark{source: p.Source, note: note})
	}
	ad := vrrp.Received{Priority: m.heard.Priority, Interval: m.heard.Interval, Source: p.Source}
	was := g.standing(i)
	g.step(i, ad)
	g.contested(i, was, ad)
}

// remark tells of a packet that is dropped, or accepted with a doubt, once per sender and kind.
func (g *group) remark(m *member, r remark) {
	if m.remarked[r] || len(m.remarked) >= 64 {
		return
	}
	m.remarked[r] = true
	text := fmt.Sprintf("adverts from %v are dropped: %v", r.source, r.drop)
	switch {
	case r.drop == packet.DropInterval:
		text += fmt.Sprintf(" (it says %v, ours is %v)", m.heard.Interval, m.instance.Config.Interval)
	case r.drop == packet.DropOwn:
		text = fmt.Sprintf("an advert came from our own address %v: looped back, or another host has it", r.source)
	case r.note != 0:
		text = fmt.Sprintf("adverts from %v differ from ours in: %v (they say %v, %v)", r.source, r.note, m.heard.Interval, m.heard.Addresses)
	}
	g.owner.events.warn("advert", m.instance.Name, text)
}

// remark is something that is logged once per sender until the state changes.
type remark struct {
	source netip.Addr
	drop   packet.Drop
	note   packet.Note
}
