package packet

import (
	"encoding/binary"
	"math"
	"time"

	"ha/checks/bfd"
)

// Len is the length of a control packet without authentication, which is what is sent.
const Len = 24

const (
	version = 1

	// The second byte, below the two bits of the state.
	bitPoll           = 0x20
	bitFinal          = 0x10
	bitIndependent    = 0x08
	bitAuthentication = 0x04
	bitDemand         = 0x02
	bitMultipoint     = 0x01
)

// Append appends the control packet. Intervals are cut to what 32 bits of microseconds hold.
func Append(b []byte, c *bfd.Control) []byte {
	flags := byte(c.State) << 6
	for _, f := range [...]struct {
		set bool
		bit byte
	}{{c.Poll, bitPoll}, {c.Final, bitFinal}, {c.Independent, bitIndependent}, {c.Demand, bitDemand}} {
		if f.set {
			flags |= f.bit
		}
	}
	b = append(b, version<<5|byte(c.Diagnostic)&0x1f, flags, c.Multiplier, Len)
	for _, word := range [...]uint32{c.Mine, c.Yours, microseconds(c.MinTX), microseconds(c.MinRX), microseconds(c.MinEchoRX)} {
		b = binary.BigEndian.AppendUint32(b, word)
	}
	return b
}

// Parse reads the payload of a UDP datagram and judges what needs no knowledge of the session, in the order of RFC 5880
// section 6.8.6. What follows the length of the packet is ignored. c is filled unless the packet is short or of another
// version; only after [Accepted] may it have any effect. Nothing is allocated.
func Parse(b []byte, c *bfd.Control) Drop {
	switch {
	case len(b) < Len:
		return DropShort
	case b[0]>>5 != version:
		return DropVersion
	}
	flags, length := b[1], int(b[3])
	word := func(at int) uint32 { return binary.BigEndian.Uint32(b[at:]) }
	interval := func(at int) time.Duration { return time.Duration(word(at)) * time.Microsecond }
	*c = bfd.Control{
		Diagnostic: bfd.Diagnostic(b[0] & 0x1f), State: bfd.State(flags >> 6),
		Poll: flags&bitPoll != 0, Final: flags&bitFinal != 0, Independent: flags&bitIndependent != 0, Demand: flags&bitDemand != 0,
		Multiplier: b[2], Mine: word(4), Yours: word(8), MinTX: interval(12), MinRX: interval(16), MinEchoRX: interval(20),
	}
	switch {
	case length < Len, length > len(b), flags&bitAuthentication != 0 && length < Len+2:
		return DropLength
	case c.Multiplier == 0:
		return DropMultiplier
	case flags&bitMultipoint != 0:
		return DropMultipoint
	case c.Mine == 0:
		return DropDiscriminator
	case c.Yours == 0 && c.State != bfd.Down && c.State != bfd.AdminDown:
		return DropState
	case flags&bitAuthentication != 0:
		return DropAuthentication
	}
	return Accepted
}

func microseconds(d time.Duration) uint32 {
	return uint32(min(max(d/time.Microsecond, 0), math.MaxUint32))
}
