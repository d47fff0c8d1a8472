package packet

import (
	"encoding/binary"
	"net/netip"
)

// Form says what the checksum of a version 3 advertisement over IPv4 covers. The RFCs were read in two ways and the
// routers of one reading drop the adverts of the other, so we receive both. Version 2 and IPv6 know one form only.
type Form uint8

const (
	// PseudoHeader covers an IPv4 pseudo-header and the message: the usual reading of RFC 5798, keepalived and FRR.
	PseudoHeader Form = iota
	// Message covers the message alone: RFC 9568 section 5.2.8, Cisco, Juniper, Arista.
	Message
	// OldUnicast covers, in adverts to a unicast peer, a pseudo-header with the group as destination: keepalived up to
	// version 1.3.6.
	OldUnicast
)

// String returns the name of the form as configuration and logs write it.
func (f Form) String() string {
	switch f {
	case PseudoHeader:
	case Message:
		return "message"
	case OldUnicast:
		return "old unicast"
	}
	return "pseudo-header"
}

// covers is the sum of what the checksum of a version 3 message of n bytes covers besides the message. Over IPv6 there
// is one form only.
func (f Form) covers(source, destination netip.Addr, n int) uint32 {
	switch {
	case source.Is6() || f == PseudoHeader:
		return pseudoHeader(source, destination, n)
	case f == OldUnicast:
		return pseudoHeader(source, Group(false), n)
	}
	return 0
}

// checksumAt is the offset of the checksum in a message of either version.
const checksumAt = 6

// sum adds b as big-endian 16-bit words to acc without folding (RFC 1071). Messages have an even length; an odd last
// byte counts as if a zero followed. 32 bits hold the words of any IP packet.
func sum(acc uint32, b []byte) uint32 {
	for len(b) >= 2 {
		acc += uint32(binary.BigEndian.Uint16(b))
		b = b[2:]
	}
	if len(b) == 1 {
		acc += uint32(b[0]) << 8
	}
	return acc
}

// fold brings the carries back in (RFC 1071). A message whose own checksum was summed with it folds to 0xffff.
func fold(acc uint32) uint16 {
	for acc > 0xffff {
		acc = acc&0xffff + acc>>16
	}
	return uint16(acc)
}

// pseudoHeader is the sum of the pseudo-header of a message of n bytes: RFC 9568 section 5.2.8 for IPv4, RFC 8200
// section 8.1 for IPv6. The two differ in the width of fields that are zero, so one sum serves both.
func pseudoHeader(source, destination netip.Addr, n int) uint32 {
	acc := uint32(Protocol) + uint32(n)
	if source.Is4() {
		s, d := source.As4(), destination.As4()
		return sum(sum(acc, s[:]), d[:])
	}
	s, d := source.As16(), destination.As16()
	return sum(sum(acc, s[:]), d[:])
}
