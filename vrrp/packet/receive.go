package packet

import (
	"net/netip"
	"slices"
	"time"
)

// Expect is what one instance accepts. It does not change while adverts are received.
type Expect struct {
	Version   uint8         // 2 or 3
	IPv6      bool          // address family
	VRID      uint8         // 1 to 255
	Owner     bool          // our priority is 255
	Interval  time.Duration // ours; version 2 drops any other
	Form      Form          // in which we send; version 3 over IPv4
	Source    netip.Addr    // our own address, without zone
	Addresses []netip.Addr  // our list; any order
}

// Receive checks p in a fixed order (RFC 9568 section 7.1, RFC 3768 section 7.1) and stops at the first reason to
// drop it. Only when the verdict is [Accepted] may p have any effect on the election. The advert is filled as soon
// as the length is right, so after [DropChecksum] and everything behind it a tells what the sender claimed; its
// Addresses are reused. Nothing is allocated.
func (x *Expect) Receive(p Packet, a *Advert) (Note, Drop) {
	if drop := x.addressed(p); drop != Accepted {
		return 0, drop
	}
	if drop := a.decode(p.PDU, x.IPv6); drop != Accepted {
		return 0, drop
	}
	form, ok := verify(p, a.Version)
	if !ok {
		return 0, DropChecksum
	}
	a.Form = form
	switch {
	case a.AuthType != 0:
		return 0, DropAuthType
	case a.Version == 2 && a.Interval != x.Interval:
		return 0, DropInterval
	case a.Interval == 0:
		return 0, DropInterval // it would make every Backup take over at once
	case len(a.Addresses) == 0 && (a.Version == 3 || len(x.Addresses) > 0):
		return 0, DropCount
	}
	return x.remark(a), Accepted
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
	case p.Destination != Group(x.IPv6):
		return DropClass
	case p.Source == x.Source:
		return DropOwn
	case p.TTL != TTL:
		return DropTTL
	}
	return Accepted
}

// verify tells in which form the checksum is right. Accepting two forms weakens the detection of errors from 2^-16
// to 2^-15 only.
func verify(p Packet, version uint8) (Form, bool) {
	message := sum(0, p.PDU)
	if version == 2 {
		return PseudoHeader, fold(message) == 0xffff
	}
	if fold(message+pseudoHeader(p.Source, p.Destination, len(p.PDU))) == 0xffff {
		return PseudoHeader, true
	}
	return Message, p.Source.Is4() && fold(message) == 0xffff
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
