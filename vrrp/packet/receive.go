package packet

import (
	"net/netip"
	"slices"
	"time"
)

// Expect is what one instance accepts. Only AH and HMAC change while adverts are received.
type Expect struct {
	Version   uint8         // 2 or 3
	IPv6      bool          // address family
	VRID      uint8         // 1 to 255
	Owner     bool          // our priority is 255
	Interval  time.Duration // ours; version 2 drops any other
	Form      Form          // in which we send; version 3 over IPv4
	Source    netip.Addr    // our own address, without zone
	Addresses []netip.Addr  // our list; any order
	Strict    bool          // another list of addresses is a reason to drop

	Group   netip.Addr // multicast: the group that adverts come to; not valid: [Group]
	Unicast bool       // adverts come to Source from one of the peers, and none to the group
	Peers   []Peer     // unicast: who may send

	AuthType uint8             // version 2: AuthNone, AuthPassword or AuthHeader
	Password [PasswordLen]byte // of AuthPassword
	AH       *AH               // of AuthHeader; set with it
	HMAC     *HMAC             // authentication by trailer; nil is none, and a trailer is then a wrong length
}

// Peer is a router that sends its adverts to our address.
type Peer struct {
	Address netip.Addr // without zone
	// MinTTL is the lowest TTL or hop limit that is accepted: 255 lets no router be between; 0 accepts all.
	MinTTL uint8
	MaxTTL uint8 // the highest; 0 accepts all
}

// Receive checks p in a fixed order (RFC 9568 section 7.1, RFC 3768 section 7.1) and stops at the first reason to
// drop it. Only when the verdict is [Accepted] may p have any effect on the election. The advert is filled as soon
// as the length is right, so after [DropChecksum] and everything behind it a tells what the sender claimed; its
// Addresses are reused. Nothing is allocated.
func (x *Expect) Receive(p Packet, a *Advert) (Note, Drop) {
	if drop := x.addressed(p); drop != Accepted {
		return 0, drop
	}
	message, trailer := p.PDU, []byte(nil)
	if x.HMAC != nil {
		message, trailer = split(p.PDU, x.IPv6)
	}
	if drop := a.decode(message, x.IPv6); drop != Accepted {
		return 0, drop
	}
	form, ok := x.verify(p, message)
	if !ok {
		return 0, DropChecksum
	}
	a.Form = form
	var note Note
	if x.HMAC != nil {
		late, drop := x.HMAC.open(p, message, trailer)
		if drop != Accepted {
			return 0, drop
		}
		if late {
			note = NoteClock
		}
	}
	if a.AuthType != x.AuthType || (x.AuthType == AuthHeader) != (p.headers != nil) {
		return 0, DropAuthType
	}
	if drop := x.authentic(p, a); drop != Accepted {
		return 0, drop
	}
	switch {
	case a.Version == 2 && a.Interval != x.Interval:
		return 0, DropInterval
	case a.Interval == 0:
		return 0, DropInterval // it would make every Backup take over at once
	case len(a.Addresses) == 0 && (a.Version == 3 || len(x.Addresses) > 0):
		return 0, DropCount
	}
	note |= x.remark(a)
	if x.Strict && note&NoteAddresses != 0 {
		return 0, DropAddresses
	}
	return note, Accepted
}

// addressed tells whether p is an advert for this instance that came over this link, from somebody else. It needs
// nothing behind the VRID.
func (x *Expect) addressed(p Packet) Drop {
	switch {
	case len(p.PDU) < headerLen:
		return DropShort
	case p.PDU[0]>>4 != x.Version:
		return DropVersion
	case p.PDU[0]&0x0f != typeAdvertisement:
		return DropType
	case p.VRID() == 0 || p.VRID() != x.VRID || p.Source.Is6() != x.IPv6:
		return DropVRID
	case p.headers != nil && x.AuthType != AuthHeader:
		return DropProtocol
	case p.Destination != x.destination():
		return DropClass
	case p.Source == x.Source:
		return DropOwn
	case x.Unicast:
		return x.fromPeer(p)
	case p.TTL != TTL:
		return DropTTL
	}
	return Accepted
}

// destination is where adverts for us go.
func (x *Expect) destination() netip.Addr {
	if x.Unicast {
		return x.Source
	}
	if x.Group.IsValid() {
		return x.Group
	}
	return Group(x.IPv6)
}

// fromPeer judges the sender of a unicast advert. Peers may be behind routers, so the TTL is their own affair.
func (x *Expect) fromPeer(p Packet) Drop {
	for _, peer := range x.Peers {
		switch {
		case peer.Address != p.Source:
		case p.TTL < peer.MinTTL, peer.MaxTTL != 0 && p.TTL > peer.MaxTTL:
			return DropTTL
		default:
			return Accepted
		}
	}
	return DropPeer
}

// verify tells in which form the checksum is right. Accepting several forms weakens the detection of errors from 2^-16
// to 2^-15 only, and to a little more between unicast peers. A trailer is covered over IPv6 and not over IPv4.
func (x *Expect) verify(p Packet, message []byte) (Form, bool) {
	if p.Source.Is6() {
		return PseudoHeader, fold(sum(0, p.PDU)+pseudoHeader(p.Source, p.Destination, len(p.PDU))) == 0xffff
	}
	acc := sum(0, message)
	if message[0]>>4 == 2 {
		return PseudoHeader, fold(acc) == 0xffff
	}
	for form := PseudoHeader; form <= OldUnicast; form++ {
		if (form != OldUnicast || x.Unicast) && fold(acc+form.covers(p.Source, p.Destination, len(message))) == 0xffff {
			return form, true
		}
	}
	return PseudoHeader, false
}

// remark collects what is worth a warning in an accepted advert.
func (x *Expect) remark(a *Advert) Note {
	var n Note
	if a.Version == 3 && !x.IPv6 && a.Form != x.Form {
		n |= NoteForm
	}
	if a.Interval != x.Interval {
		n |= NoteInterval
	}
	if !sameSet(a.Addresses, x.Addresses) {
		n |= NoteAddresses
	}
	if x.IPv6 && !a.Addresses[0].IsLinkLocalUnicast() {
		n |= NoteLinkLocal
	}
	if x.Owner {
		n |= NoteOwner
	}
	return n
}

// sameSet compares without regard to order. Lists are short and nearly always in one order.
func sameSet(a, b []netip.Addr) bool {
	if slices.Equal(a, b) {
		return true
	}
	in := func(list []netip.Addr) func(netip.Addr) bool {
		return func(addr netip.Addr) bool { return !slices.Contains(list, addr) }
	}
	return !slices.ContainsFunc(a, in(b)) && !slices.ContainsFunc(b, in(a))
}
