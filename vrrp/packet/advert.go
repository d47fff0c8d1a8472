package packet

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"time"
)

// Sizes, numbers and limits of the message (RFC 9568 section 5.2, RFC 3768 section 5.3).
const (
	Protocol     = 112 // IPv4 protocol, IPv6 next header
	TTL          = 255 // of every advert, so that one which crossed a router is recognised
	MaxAddresses = 255 // the count is one byte; the MTU may allow fewer (90 in IPv6 at 1500 bytes)

	typeAdvertisement = 1 // no other type exists
	headerLen         = 8 // up to the addresses
	authLen           = 8 // authentication data of version 2, present with every authentication type
	centisecond       = 10 * time.Millisecond
	maxIntervalV2     = 255 * time.Second
	maxIntervalV3     = 4095 * centisecond
)

// Advert is an advertisement, the only message of VRRP. [Expect.Receive] fills it again and again without allocating
// once Addresses has grown to the longest list.
type Advert struct {
	Version  uint8 // 2 or 3
	VRID     uint8 // 1 to 255
	Priority uint8 // 0: the Active router is leaving; 255: the owner of the addresses
	// Interval is the sender's advertisement interval: whole seconds from 1 to 255 in version 2, steps of 10 ms from
	// 10 ms to 40.95 s in version 3.
	Interval time.Duration
	AuthType uint8         // version 2: AuthNone, AuthPassword or AuthHeader; version 3 has none
	Auth     [authLen]byte // version 2: authentication data; zero unless it is a password
	Form     Form          // version 3 over IPv4: how the checksum is, or was, computed
	// Trailer is what [HMAC.Sign] made, to be sent behind the message. Nil without, and in a received advert.
	Trailer []byte
	// AH makes the authentication header of type 2; sending only.
	AH *AH
	// Addresses is the list of virtual addresses, without zones. IPv6: the link-local address comes first.
	Addresses []netip.Addr
}

// AppendTo appends the message to b. The checksum may cover source and destination, so they must be those of the IP
// header; they also choose the family. It returns b unchanged and an error for an advert that no receiver would
// accept: an unknown version, version 2 over IPv6, VRID 0, an interval out of range or not a whole number of units,
// no address in version 3, more than 255 addresses, addresses of the other family.
func (a *Advert) AppendTo(b []byte, source, destination netip.Addr) ([]byte, error) {
	if err := a.check(source, destination); err != nil {
		return b, err
	}
	start := len(b)
	b = a.appendMessage(b)
	if source.Is6() {
		b = append(b, a.Trailer...) // over IPv6 the checksum covers the trailer
	}
	pdu := b[start:]
	acc := sum(0, pdu)
	if a.Version == 3 {
		acc += a.Form.covers(source, destination, len(pdu))
	}
	binary.BigEndian.PutUint16(pdu[checksumAt:], ^fold(acc))
	if source.Is4() {
		b = append(b, a.Trailer...)
	}
	return b, nil
}

// appendMessage appends the message with a checksum of zero and without a trailer.
func (a *Advert) appendMessage(b []byte) []byte {
	b = append(b, a.Version<<4|typeAdvertisement, a.VRID, a.Priority, uint8(len(a.Addresses)))
	if a.Version == 2 {
		b = append(b, a.AuthType, uint8(a.Interval/time.Second))
	} else {
		b = binary.BigEndian.AppendUint16(b, uint16(a.Interval/centisecond))
	}
	b = append(b, 0, 0) // checksum
	for _, addr := range a.Addresses {
		if addr.Is4() {
			raw := addr.As4()
			b = append(b, raw[:]...)
		} else {
			raw := addr.As16()
			b = append(b, raw[:]...)
		}
	}
	if a.Version == 2 {
		b = append(b, a.Auth[:]...)
	}
	return b
}

// check refuses what AppendTo documents.
func (a *Advert) check(source, destination netip.Addr) error {
	unit, longest := centisecond, maxIntervalV3
	if a.Version == 2 {
		unit, longest = time.Second, maxIntervalV2
	}
	switch {
	case a.Version != 2 && a.Version != 3:
		return fmt.Errorf("vrrp advert of version %d: only 2 and 3 exist", a.Version)
	case source.Is4() != destination.Is4() || !source.IsValid() || !destination.IsValid():
		return fmt.Errorf("vrrp advert from %v to %v: need two addresses of one family", source, destination)
	case a.Version == 2 && !source.Is4():
		return fmt.Errorf("vrrp advert from %v: version 2 has no IPv6 form, use version 3", source)
	case a.VRID == 0:
		return fmt.Errorf("vrrp advert from %v: VRID 0 is never valid, use 1 to 255", source)
	case a.Interval < unit || a.Interval > longest || a.Interval%unit != 0:
		return fmt.Errorf("vrrp advert for VRID %d: interval %v is not a multiple of %v up to %v",
			a.VRID, a.Interval, unit, longest)
	case a.Version == 3 && len(a.Addresses) == 0:
		return fmt.Errorf("vrrp advert for VRID %d: version 3 needs at least one address", a.VRID)
	case len(a.Addresses) > MaxAddresses:
		return fmt.Errorf("vrrp advert for VRID %d: %d addresses, at most %d fit", a.VRID, len(a.Addresses), MaxAddresses)
	}
	for _, addr := range a.Addresses {
		if !addr.IsValid() || addr.Is4() != source.Is4() {
			return fmt.Errorf("vrrp advert for VRID %d: address %v is not of the family of the source %v",
				a.VRID, addr, source)
		}
	}
	return nil
}

// decode reads a message whose layout only is checked: version, type and exact length. Values that no receiver may
// accept (VRID 0, interval 0, a wrong checksum) are for [Expect.Receive] to judge.
func (a *Advert) decode(pdu []byte, ipv6 bool) Drop {
	if len(pdu) < headerLen {
		return DropShort
	}
	version, size := pdu[0]>>4, addressLen(ipv6)
	if version != 3 && (version != 2 || ipv6) {
		return DropVersion
	}
	if pdu[0]&0x0f != typeAdvertisement {
		return DropType
	}
	count := int(pdu[3])
	if len(pdu) != messageLen(pdu, ipv6) {
		return DropLength
	}

	*a = Advert{Version: version, VRID: pdu[1], Priority: pdu[2], Addresses: a.Addresses[:0]}
	list := pdu[headerLen : headerLen+count*size]
	for ; len(list) > 0; list = list[size:] {
		if ipv6 {
			a.Addresses = append(a.Addresses, netip.AddrFrom16([16]byte(list[:16])))
		} else {
			a.Addresses = append(a.Addresses, netip.AddrFrom4([4]byte(list[:4])))
		}
	}
	if version == 2 {
		a.AuthType, a.Interval = pdu[4], time.Duration(pdu[5])*time.Second
		a.Auth = [authLen]byte(pdu[len(pdu)-authLen:])
		return Accepted
	}
	// The upper four bits are reserved: zero when sent, ignored when received (RFC 9568 section 5.2.6).
	a.Interval = time.Duration(binary.BigEndian.Uint16(pdu[4:])&0x0fff) * centisecond
	return Accepted
}

func addressLen(ipv6 bool) int {
	if ipv6 {
		return 16
	}
	return 4
}

// messageLen is how long a message is that begins like this, without a trailer; pdu has at least 8 bytes.
func messageLen(pdu []byte, ipv6 bool) int {
	n := headerLen + int(pdu[3])*addressLen(ipv6)
	if pdu[0]>>4 == 2 && !ipv6 {
		n += authLen
	}
	return n
}
