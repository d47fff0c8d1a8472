package packet

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"maps"
	"net/netip"
	"slices"
	"time"
)

// Layout and limits of the trailer (draft-cassen-vrrp-auth-hmac, keepalived 2.4.2 and later).
const (
	MinKeyLen  = 32 // bytes of a key
	MaxKeyLen  = 64
	MaxWindow  = 300 * time.Second
	trailerLen = 28
	digestAt   = 12 // where the hash begins in the trailer
	digestLen  = 16
	extHMAC    = 1 // the only type of trailer

	multicastSenders = 4 // whose numbers are remembered
)

// Mode is how far authentication by trailer is rolled out: on all nodes receive-only first, then permissive, then
// enforce, and nobody ever drops the adverts of a node that is a step behind.
type Mode uint8

// The modes. None of them accepts a wrong trailer.
const (
	Enforce     Mode = iota // sends trailers and drops adverts without one
	Permissive              // sends trailers and accepts adverts without one
	ReceiveOnly             // sends none and accepts adverts without one
)

// Rules are how trailers are made and judged.
type Rules struct {
	Keys      map[uint8][]byte // by id, 1 to 255; 32 to 64 bytes each
	Active    uint8            // the id of the key that signs
	Mode      Mode
	Monotonic bool          // numbers must grow and the clock does not matter; else they must also be of now
	Window    time.Duration // how far from now, in whole seconds from 1 s to 300 s; see [DefaultWindow]
	Senders   int           // whose numbers are remembered: the number of unicast peers; 0 for multicast
}

// DefaultWindow is keepalived's: three intervals in whole seconds, but 5 s at least and 300 s at most.
func DefaultWindow(interval time.Duration) time.Duration {
	return min(max(3*interval.Truncate(time.Second), 5*time.Second), MaxWindow)
}

// HMAC makes and judges the trailer with which keepalived authenticates adverts of both versions and families: a time
// stamp that is also a sequence number, and HMAC-SHA256 over it and the message, cut to 128 bits.
//
// It holds state and is for one goroutine at a time. Once made, it allocates nothing. Time comes in: the wall clock
// when signing, [Packet.At] when judging.
type HMAC struct {
	rules   Rules
	hashes  map[uint8]hash.Hash
	sent    uint64
	signed  bool     // sent holds a number
	senders []sender // the one heard last comes first

	message []byte // of the advert being signed, reused
	trailer [trailerLen]byte
	prefix  [20]byte // of what is hashed
	digest  [sha256.Size]byte
}

// sender is a router with the highest number that was accepted from it.
type sender struct {
	address  netip.Addr
	sequence uint64
}

// NewHMAC makes an HMAC. The error names a key or a window that is out of range, or an active key that is not there.
func NewHMAC(r Rules) (*HMAC, error) {
	if r.Senders == 0 {
		r.Senders = multicastSenders
	}
	h := &HMAC{rules: r, hashes: map[uint8]hash.Hash{}, senders: make([]sender, 0, r.Senders+1)}
	for id, key := range r.Keys {
		if id == 0 || len(key) < MinKeyLen || len(key) > MaxKeyLen {
			return nil, fmt.Errorf("key %d of %d bytes: keys have an id from 1 to 255 and %d to %d bytes", id, len(key), MinKeyLen, MaxKeyLen)
		}
		h.hashes[id] = hmac.New(sha256.New, key)
	}
	if h.hashes[r.Active] == nil {
		return nil, fmt.Errorf("the active key %d is not among the keys", r.Active)
	}
	if !r.Monotonic && (r.Window < time.Second || r.Window > MaxWindow) {
		return nil, fmt.Errorf("a window of %v: it is from 1s to %v", r.Window, MaxWindow)
	}
	return h, nil
}

// Continue takes over the numbers of another HMAC, so that new keys or another mode let no old advert in and need no
// pause.
func (h *HMAC) Continue(before *HMAC) {
	h.sent, h.signed = before.sent, before.signed
	h.senders = append(h.senders[:0], before.senders[:min(len(before.senders), h.rules.Senders)]...)
}

// Numbers are the sequence numbers of an [HMAC], for a process that follows this one.
type Numbers struct {
	Sent    uint64                `json:"sent,omitempty"`    // the last one; 0: none yet
	Senders map[netip.Addr]uint64 `json:"senders,omitempty"` // the highest accepted of each
}

// Numbers returns a copy of them.
func (h *HMAC) Numbers() Numbers {
	n := Numbers{Senders: map[netip.Addr]uint64{}}
	if h.signed {
		n.Sent = h.sent
	}
	for _, s := range h.senders {
		n.Senders[s.address] = s.sequence
	}
	return n
}

// Resume goes on from the numbers of another process; senders beyond those that are remembered are left out.
func (h *HMAC) Resume(n Numbers) {
	h.sent, h.signed, h.senders = n.Sent, n.Sent != 0, h.senders[:0]
	for _, address := range slices.SortedFunc(maps.Keys(n.Senders), netip.Addr.Compare) {
		if len(h.senders) < h.rules.Senders {
			h.senders = append(h.senders, sender{address, n.Senders[address]})
		}
	}
}

// Sign gives an advert its trailer, or takes it away in the mode [ReceiveOnly]. The trailer covers everything but the
// destination, so one is for all unicast peers; it is valid until the next call. Errors are those of
// [Advert.AppendTo].
func (h *HMAC) Sign(a *Advert, source netip.Addr, now time.Time) error {
	a.Trailer = nil
	if h.rules.Mode == ReceiveOnly {
		return nil
	}
	if err := a.check(source, source); err != nil {
		return err
	}
	h.message = a.appendMessage(h.message[:0])
	h.trailer = [trailerLen]byte{0: extHMAC, 1: h.rules.Active}
	binary.BigEndian.PutUint64(h.trailer[4:], h.next(now))
	copy(h.trailer[digestAt:], h.sum(h.rules.Active, h.message, h.trailer[:], source))
	a.Trailer = h.trailer[:]
	return nil
}

// next is the number of the next advert: the clock, or one more than the last where that is not behind it. A last
// number that is further ahead than receivers tolerate is given up: the clock was set back.
func (h *HMAC) next(now time.Time) uint64 {
	clock := stamp(now)
	ahead := int64(h.sent + 1 - clock)
	if !h.signed || ahead <= 0 || !h.rules.Monotonic && ahead > int64(h.rules.Window/time.Second)<<32 {
		h.sent, h.signed = clock, true
	} else {
		h.sent++
	}
	return h.sent
}

// stamp is a time as a number: seconds, 65536ths of a second, and a counter that is 0.
func stamp(t time.Time) uint64 {
	return uint64(uint32(t.Unix()))<<32 | uint64(t.Nanosecond())<<16/uint64(time.Second)<<16
}

// open judges the trailer of a received advert; nil is none. late tells that the sender's clock is more than half of
// the window away.
func (h *HMAC) open(p Packet, message, trailer []byte) (late bool, drop Drop) {
	switch {
	case trailer == nil && h.rules.Mode == Enforce:
		return false, DropTrailerMissing
	case trailer == nil:
		return false, Accepted
	case trailer[0] != extHMAC || trailer[2] != 0 || trailer[3] != 0:
		return false, DropTrailerMalformed
	}
	sequence := binary.BigEndian.Uint64(trailer[4:])
	window := int64(h.rules.Window / time.Second)
	away := distance(sequence, p.At)
	if !h.rules.Monotonic && away > window {
		return false, DropStale // before anything expensive
	}
	id := trailer[1]
	if h.hashes[id] == nil {
		return false, DropUnknownKey
	}
	if !hmac.Equal(trailer[digestAt:], h.sum(id, message, trailer, p.Source)) {
		return false, DropHMAC
	}
	if !h.fresh(p, sequence) {
		return false, DropReplay
	}
	return !h.rules.Monotonic && 2*away > window, Accepted
}

// distance is how many whole seconds a number and the clock are apart.
func distance(sequence uint64, now time.Time) int64 {
	d := int64(int32(uint32(sequence>>32) - uint32(now.Unix())))
	return max(d, -d)
}

// fresh tells whether a number is above the last one of its sender, and remembers it. A last number out of the window
// came from a clock that was wrong and is forgotten. Who was not heard for longest makes room for a new sender.
func (h *HMAC) fresh(p Packet, sequence uint64) bool {
	i := 0
	for i < len(h.senders) && h.senders[i].address != p.Source {
		i++
	}
	if i < len(h.senders) {
		last := h.senders[i].sequence
		valid := h.rules.Monotonic || distance(last, p.At) <= int64(h.rules.Window/time.Second)
		if valid && int64(sequence-last) <= 0 {
			return false
		}
	} else if len(h.senders) < h.rules.Senders {
		h.senders = append(h.senders, sender{})
	} else {
		i--
	}
	copy(h.senders[1:i+1], h.senders[:i])
	h.senders[0] = sender{p.Source, sequence}
	return true
}

// sum is the hash over where the message comes from, the message without its checksum, and the trailer without its
// hash.
func (h *HMAC) sum(id uint8, message, trailer []byte, source netip.Addr) []byte {
	h.prefix = [20]byte{0: 4, 1: message[0] >> 4, 2: message[1]}
	if source.Is4() {
		raw := source.As4()
		copy(h.prefix[4:], raw[:])
	} else {
		raw := source.As16()
		h.prefix[0] = 6
		copy(h.prefix[4:], raw[:])
	}
	keyed := h.hashes[id]
	keyed.Reset()
	write := func(b []byte) { _, _ = keyed.Write(b) } // a hash never fails
	write(h.prefix[:])
	write(message[:checksumAt])
	clear(h.digest[:])
	write(h.digest[:2])
	write(message[checksumAt+2:])
	write(trailer[:digestAt])
	write(h.digest[:digestLen])
	return keyed.Sum(h.digest[:0])[:digestLen]
}

// split parts a message from its trailer, which nothing but the length tells.
func split(pdu []byte, ipv6 bool) (message, trailer []byte) {
	n := messageLen(pdu, ipv6)
	if len(pdu) != n+trailerLen {
		return pdu, nil
	}
	return pdu[:n], pdu[n:]
}
