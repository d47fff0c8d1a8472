package packet

import (
	"crypto/hmac"
	"crypto/md5" //nolint:gosec // what the protocol says
	"encoding/binary"
	"fmt"
	"hash"
)

const (
	protocolAH = 51 // IP authentication header
	ahLen      = 24 // with the 12 bytes of HMAC-MD5-96
	ahWords    = ahLen/4 - 2
	icvAt      = 12 // where the integrity check value begins
	icvLen     = 12

	lastSequence = 0xfffffffd // behind it the numbers begin anew
)

// AH makes and judges the authentication header of version 2 over IPv4 as keepalived speaks it. That is RFC 2402 with
// HMAC-MD5-96 (RFC 2403) and three peculiarities: the SPI is the sender's address, the TTL of multicast is covered,
// and one sequence number serves both directions, so that a Backup goes on counting where the Active router ended.
//
// It holds state and is for one goroutine at a time. Once made, it allocates nothing.
type AH struct {
	hash     hash.Hash
	sequence uint32 // the highest that was sent or accepted
	headers  [maxIPv4Header + ahLen]byte
	icv      [md5.Size]byte
}

// maxIPv4Header is an IPv4 header with all the options that fit.
const maxIPv4Header = 60

// NewAH returns an AH with a password, of which keepalived uses the first eight bytes.
func NewAH(password [PasswordLen]byte) *AH {
	return &AH{hash: hmac.New(md5.New, password[:])}
}

// Continue goes on counting where another AH ended, so that a new password is no replay.
func (h *AH) Continue(before *AH) { h.sequence = before.sequence }

// Sequence is the highest number that was sent or accepted, for a process that follows this one.
func (h *AH) Sequence() uint32 { return h.sequence }

// Resume goes on counting after a number.
func (h *AH) Resume(sequence uint32) { h.sequence = sequence }

// next is the number of the next advert. It is never 0, which nobody accepts.
func (h *AH) next() uint32 {
	if h.sequence >= lastSequence {
		h.sequence = 0
	}
	h.sequence++
	return h.sequence
}

// seal fills in the header that begins behind the IPv4 header at the start of packet, which is otherwise complete
// except for its own checksum.
func (h *AH) seal(packet []byte, unicast bool) {
	header := packet[ipv4HeaderLen : ipv4HeaderLen+ahLen]
	header[0], header[1] = Protocol, ahWords
	copy(header[4:8], packet[12:16]) // the SPI is the source address
	binary.BigEndian.PutUint32(header[8:], h.next())
	copy(header[icvAt:], h.sum(packet[:ipv4HeaderLen+ahLen], packet[ipv4HeaderLen+ahLen:], unicast))
}

// open judges the header of a received packet. The number counts only when the rest is right.
func (h *AH) open(p Packet, unicast bool) Drop {
	header := p.headers[len(p.headers)-ahLen:]
	source := p.Source.As4()
	if header[1] != ahWords || [4]byte(header[4:8]) != source ||
		!hmac.Equal(header[icvAt:], h.sum(p.headers, p.PDU, unicast)) {
		return DropAuth
	}
	sequence := binary.BigEndian.Uint32(header[8:])
	if sequence <= h.sequence && h.sequence < lastSequence {
		return DropReplay
	}
	h.sequence = sequence
	return Accepted
}

// sum is the integrity check value over the headers, with what routers change set to zero, and the message. A router
// changes the TTL, too, but keepalived leaves it in for multicast, which crosses none.
func (h *AH) sum(headers, pdu []byte, unicast bool) []byte {
	covered := h.headers[:copy(h.headers[:], headers)]
	covered[1] = 0                       // type of service
	covered[6], covered[7] = 0, 0        // flags and fragment offset
	covered[10], covered[11] = 0, 0      // header checksum
	clear(covered[len(covered)-icvLen:]) // this value
	if unicast {
		covered[8] = 0
	}
	h.hash.Reset()
	_, _ = h.hash.Write(covered) // a hash never fails
	_, _ = h.hash.Write(pdu)     // as above
	return h.hash.Sum(h.icv[:0])[:icvLen]
}

// checkAH refuses an advert that says it has an authentication header and brings none, and the reverse.
func (a *Advert) checkAH() error {
	switch {
	case a.AuthType == AuthHeader && a.AH == nil:
		return fmt.Errorf("vrrp advert for VRID %d: authentication type 2 needs a key for its header", a.VRID)
	case a.AuthType != AuthHeader && a.AH != nil:
		return fmt.Errorf("vrrp advert for VRID %d: an authentication header goes with type 2, not %d", a.VRID, a.AuthType)
	}
	return nil
}
