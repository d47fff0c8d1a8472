package enforcer

import (
	"fmt"
	"net/netip"

	"ha/vrrp"
	"ha/vrrp/packet"
	"ha/vrrp/socket"
)

// transport is what decides by which socket an instance sends and hears. Comparable.
type transport struct {
	via     string
	unicast bool
	source  netip.Addr // as configured
	ah      bool
	group   netip.Addr
	class   uint8
	queue   uint8
	hops    uint8 // of unicast
}

func transportOf(i vrrp.Instance) transport {
	t := transport{
		via: i.Via,
		ah:  i.Authentication != nil && i.Authentication.Type == vrrp.AuthAH, group: i.Wire.Group, source: i.Wire.Source,
		class: i.Wire.DSCP << 2, queue: i.Wire.Priority, // the lower two bits are those of ECN (RFC 3168)
	}
	if i.Unicast != nil {
		t.unicast, t.source, t.group, t.hops = true, i.Unicast.Source, netip.Addr{}, i.Unicast.TTL
	}
	return t
}

// options are those of the sockets for a key.
func (k stationKey) options() socket.Options {
	return socket.Options{
		Interface: k.device, Via: k.via, IPv6: k.ipv6, AH: k.ah, Source: k.source, Group: k.group, TrafficClass: k.class, Priority: k.queue, Hops: k.hops,
	}
}

// source finds the address from which an instance sends. Unicast without one of its own choice looks for itself among the
// peers, which may be the same list on all nodes.
func (t transport) sourceOn(device string, ipv6 bool, peers []netip.Addr, exclude map[netip.Addr]bool) (netip.Addr, error) {
	if t.source.IsValid() {
		err := socket.CheckSource(device, t.source)
		if err != nil && t.via != "" {
			err = socket.CheckSource(t.via, t.source) // an ipvlan has addresses of its own
		}
		return t.source, err
	}
	if t.unicast {
		if source, err := socket.SourceAmong(device, peers); err == nil {
			return source, nil
		}
	}
	return socket.PrimarySource(device, ipv6, exclude)
}

// aim sets whom the member sends to and hears, and in what form: all peers but itself. It follows the configuration and
// the source.
func (m *member) aim() {
	w := m.instance.Wire
	m.expect.Group, m.expect.Strict = w.Group, w.DropMismatch
	if w.Checksum != vrrp.ChecksumAuto {
		m.form(formOf(w.Checksum))
	}
	m.expect.Unicast, m.expect.Peers, m.peers = m.instance.Unicast != nil, nil, nil
	if m.instance.Unicast == nil {
		return
	}
	u := m.instance.Unicast
	for _, peer := range u.Peers {
		if peer != m.expect.Source {
			m.peers = append(m.peers, peer)
			m.expect.Peers = append(m.expect.Peers, packet.Peer{Address: peer, MinTTL: u.MinTTL, MaxTTL: u.MaxTTL})
		}
	}
}

// form sets the form of the checksum of what is sent.
func (m *member) form(f packet.Form) { m.expect.Form, m.advert.Form = f, f }

// follow makes the checksum that of the last advert heard, where that is configured.
func (m *member) follow() {
	if m.instance.Wire.Checksum == vrrp.ChecksumAuto && m.heard.Version == 3 && !m.instance.Config.IPv6 {
		m.form(m.heard.Form)
	}
}

func formOf(c vrrp.Checksum) packet.Form {
	if c == vrrp.ChecksumMessage {
		return packet.Message
	}
	return packet.PseudoHeader
}

// checkWire reports what adverts cannot be.
func checkWire(i vrrp.Instance) error {
	w := i.Wire
	switch {
	case w.Group.IsValid() && (!w.Group.IsMulticast() || w.Group.Is6() != i.Config.IPv6):
		return fmt.Errorf("instance %s has the group %v, which is no multicast group of its family", i.Name, w.Group)
	case w.Source.IsValid() && w.Source.Is6() != i.Config.IPv6:
		return fmt.Errorf("instance %s has the source %v, which is not of its family", i.Name, w.Source)
	case w.DSCP > 63:
		return fmt.Errorf("instance %s has the DSCP %d, which is not from 0 to 63", i.Name, w.DSCP)
	case w.Priority > 7:
		return fmt.Errorf("instance %s has the queue priority %d, which is not from 0 to 7", i.Name, w.Priority)
	}
	switch w.Checksum {
	case "", vrrp.ChecksumPseudo, vrrp.ChecksumMessage, vrrp.ChecksumAuto:
		return nil
	}
	return fmt.Errorf("instance %s has the checksum %q, which is unknown", i.Name, w.Checksum)
}
