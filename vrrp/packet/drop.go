package packet

import "strings"

// Drop is why a received packet has no effect; [Accepted] is the absence of a reason. The names are those of
// counters, so they never change.
type Drop uint8

// The reasons, in the order in which they are looked for.
const (
	Accepted             Drop = iota
	DropShort                 // too few bytes for its headers, or no IP header at all
	DropProtocol              // IPv4: another protocol than 112, or 51 where no authentication header is expected
	DropVersion               // another version than configured
	DropType                  // another type than 1; Extreme switches send type 7
	DropVRID                  // VRID 0, or one that nobody has in this family on this interface
	DropClass                 // not addressed to the group, or to us where the instance is unicast
	DropOwn                   // from our own address: looped back, spoofed, or a second host with our address
	DropTTL                   // TTL or hop limit is not 255: it crossed a router; unicast: outside of what we want of the peer
	DropPeer                  // unicast: not from a peer
	DropLength                // not exactly as long as the count of addresses, or the IPv4 header, says
	DropChecksum              // no known form of checksum verifies
	DropTrailerMissing        // HMAC: no trailer, and the mode is to enforce it
	DropTrailerMalformed      // HMAC: another kind of trailer
	DropStale                 // HMAC: the time is not of now
	DropUnknownKey            // HMAC: signed with a key that we do not have
	DropHMAC                  // HMAC: not signed by who has the key, or changed on its way
	DropAuthType              // version 2: another authentication type than configured
	DropAuth                  // version 2: wrong password, or wrong authentication header
	DropReplay                // HMAC and authentication header: its number is not above the last one
	DropInterval              // version 2: not our interval; version 3: interval 0
	DropCount                 // no addresses
	DropAddresses             // another list of addresses, where that is not accepted

	drops // how many there are
)

var dropNames = [drops]string{
	"accepted", "short", "protocol", "version", "type", "vrid", "class", "own", "ttl", "peer", "length", "checksum",
	"hmac_missing", "hmac_malformed", "hmac_stale", "hmac_unknown_key", "hmac_bad",
	"auth_type", "auth", "replay", "interval", "count", "addresses",
}

// String returns the name of the counter: "short", "auth_type", ...
func (d Drop) String() string {
	if d < drops {
		return dropNames[d]
	}
	return "unknown"
}

// Drops lists every reason, without [Accepted]: a counter for each can exist before the first packet.
func Drops() []Drop {
	all := make([]Drop, 0, drops-1)
	for d := Accepted + 1; d < drops; d++ {
		all = append(all, d)
	}
	return all
}

// Note is what an accepted advert should be remarked for, once per sender. A set of bits.
type Note uint8

// The notes. None of them changes how the advert is treated.
const (
	// NoteForm: the sender computes checksums in the other form and may be dropping our adverts.
	NoteForm Note = 1 << iota
	// NoteInterval: version 3, the sender's interval is not ours; a Backup learns it.
	NoteInterval
	// NoteAddresses: the list of addresses is not ours as a set.
	NoteAddresses
	// NoteLinkLocal: IPv6, the first address is not link-local (RFC 9568 erratum 8300).
	NoteLinkLocal
	// NoteOwner: another router advertises while we are the owner (RFC 9568 erratum 8298).
	NoteOwner
	// NoteClock: HMAC, the sender's clock is more than half of the window away from ours.
	NoteClock
)

// String returns the notes in words, separated by commas; "none" without any.
func (n Note) String() string {
	names := [...]string{"checksum form", "interval", "addresses", "link-local", "owner", "clock"}
	var set []string
	for i, name := range names {
		if n&(1<<i) != 0 {
			set = append(set, name)
		}
	}
	if set == nil {
		return "none"
	}
	return strings.Join(set, ", ")
}
