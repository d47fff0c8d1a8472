package vrrp

import (
	"net/netip"
	"slices"
	"time"
)

// Authentication is how the adverts of an instance prove that they come from a member. It names secrets and holds none:
// a reference is "file:/path", "env:NAME" or "cred:NAME", and is resolved on the node.
type Authentication struct {
	Type AuthType `json:"type"`
	Key  string   `json:"key,omitempty"` // reference to the password of AuthPass and AuthAH

	Keys   []AuthKey     `json:"keys,omitempty"`   // of AuthHMAC, by id
	Active uint8         `json:"active,omitempty"` // id of the key that signs
	Mode   AuthMode      `json:"mode,omitempty"`
	Replay Replay        `json:"replay,omitempty"`
	Window time.Duration `json:"window,omitempty"` // 1 s to 300 s; 0 is what follows from the interval
}

// AuthKey is one key of AuthHMAC.
type AuthKey struct {
	ID     uint8  `json:"id"`     // 1 to 255
	Secret string `json:"secret"` // reference
}

// AuthType is a kind of authentication.
type AuthType string

// The kinds of authentication.
const (
	AuthPass AuthType = "pass" // version 2: a password in clear text (RFC 2338)
	AuthAH   AuthType = "ah"   // version 2: an authentication header as keepalived speaks it
	AuthHMAC AuthType = "hmac" // both versions: a trailer with HMAC-SHA256, keepalived 2.4.2 and later
)

// AuthMode is how far AuthHMAC is rolled out.
type AuthMode string

// The modes of AuthHMAC.
const (
	ModeEnforce     AuthMode = "enforce"      // sends trailers and drops adverts without one
	ModePermissive  AuthMode = "permissive"   // sends trailers and accepts adverts without one
	ModeReceiveOnly AuthMode = "receive-only" // sends none and accepts adverts without one
)

// Replay is what keeps old adverts out with AuthHMAC.
type Replay string

// The kinds of protection against replay.
const (
	ReplayTime      Replay = "time"      // numbers grow and are of now: clocks must agree within the window
	ReplayMonotonic Replay = "monotonic" // numbers grow
)

// Equal tells whether two are the same; nil is none.
func (a *Authentication) Equal(b *Authentication) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Type == b.Type && a.Key == b.Key && slices.Equal(a.Keys, b.Keys) && a.Active == b.Active && a.Mode == b.Mode &&
		a.Replay == b.Replay && a.Window == b.Window
}

// Unicast says that adverts go to each peer instead of the group, and are taken from peers only.
type Unicast struct {
	// Source is our own address. Not valid: the primary address of the interface.
	Source netip.Addr `json:"source,omitzero"`
	// Peers are the other members, without ourselves. None on the only member of a virtual router.
	Peers []netip.Addr `json:"peers,omitempty"`
	// MinTTL is the lowest TTL or hop limit that is accepted: 255 lets no router be between; 0 accepts all.
	MinTTL uint8 `json:"min_ttl,omitempty"`
	MaxTTL uint8 `json:"max_ttl,omitempty"` // the highest; 0 accepts all
	TTL    uint8 `json:"ttl,omitempty"`     // of what is sent; 0 is 255
}

// Wire is how adverts look where the standard leaves a choice, or is not followed. The zero value is the standard, as
// keepalived speaks it. Comparable.
type Wire struct {
	Group  netip.Addr `json:"group,omitzero"`  // multicast: where adverts go; not valid: 224.0.0.18 or ff02::12
	Source netip.Addr `json:"source,omitzero"` // multicast: our own address; not valid: the primary one of the interface
	// Checksum is the form of the checksum of version 3 over IPv4 in what is sent; all forms are accepted.
	Checksum Checksum `json:"checksum,omitempty"`
	// DropMismatch ignores adverts whose list of addresses is not ours; else they are accepted and told of.
	DropMismatch bool  `json:"drop_mismatch,omitempty"`
	DSCP         uint8 `json:"dscp,omitempty"`     // differentiated services code point, 1 to 63 (RFC 2474); 0 is 48, CS6
	Priority     uint8 `json:"priority,omitempty"` // SO_PRIORITY in the node's queues, 1 to 7; 0 is 7
}

// Checksum says what the checksum of version 3 over IPv4 covers in what is sent.
type Checksum string

// The forms of the checksum; the empty one is ChecksumPseudo.
const (
	ChecksumPseudo  Checksum = "pseudo-header" // RFC 5798 as keepalived and FRR read it
	ChecksumMessage Checksum = "message"       // RFC 9568 section 5.2.8
	ChecksumAuto    Checksum = "auto"          // as the other router sends, ChecksumPseudo until one was heard
)
