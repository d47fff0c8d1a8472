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
}
