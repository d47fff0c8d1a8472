package bfd

import (
	"errors"
	"fmt"
	"net/netip"
	"time"
)

// Ports of control packets, and those from which they are sent (RFC 5881 section 4, RFC 5883 section 5).
const (
	PortSingleHop = 3784
	PortMultihop  = 4784
	FirstSource   = 49152 // to 65535
)

// TTL is the TTL or hop limit with which control packets are sent (RFC 5881 section 5).
const TTL = 255

// Slowest is the least interval between packets while a session is not Up (RFC 5880 section 6.8.3).
const Slowest = time.Second

const maxInterval = 60 * time.Second // far below what 32 bits of microseconds hold

// Config is one session as it is configured on a node. Comparable.
type Config struct {
	Name       string        `json:"name"` // bfd.core: unique on the node
	Peer       netip.Addr    `json:"peer"` // without zone; link-local IPv6 needs Interface
	Source     netip.Addr    `json:"source,omitzero"`
	Interface  string        `json:"interface,omitempty"` // empty: wherever the route to the peer leads
	Multihop   bool          `json:"multihop,omitempty"`  // RFC 5883, with Source; else the peer is on the link
	MinTTL     uint8         `json:"min_ttl"`             // of received packets, 1 to 255; single hop: 255 unless the peer sends less
	MinTX      time.Duration `json:"min_tx"`              // Desired Min TX Interval while Up: 10 ms to 1 min
	MinRX      time.Duration `json:"min_rx"`              // Required Min RX Interval: 10 ms to 1 min
	IdleTX     time.Duration `json:"idle_tx"`             // interval while not Up: 1 s to 1 min
	Multiplier uint8         `json:"multiplier"`          // Detect Mult, 1 to 255
	Passive    bool          `json:"passive,omitempty"`   // silent until the peer speaks
	// AdminDownFails makes AdminDown of the peer a failure; else the verdict stays what it was (RFC 5882 section 4.2).
	AdminDownFails bool `json:"admin_down_fails,omitempty"`
}

// Validate reports every value that is out of range, joined.
func (c Config) Validate() error {
	between := func(what string, d, least time.Duration) error {
		return unless(d >= least && d <= maxInterval, "%s %v is not from %v to %v", what, d, least, maxInterval)
	}
	err := errors.Join(
		unless(c.Name != "", "the name is empty"),
		unless(c.Peer.IsValid() && c.Peer.Zone() == "" && !c.Peer.IsMulticast() && !c.Peer.IsUnspecified(), "peer %v is not the address of a host", c.Peer),
		unless(!c.Source.IsValid() || c.Source.Is4() == c.Peer.Is4(), "source %v and peer %v are of two families", c.Source, c.Peer),
		unless(!c.Multihop || c.Source.IsValid(), "multihop needs a source"),
		unless(!c.Peer.IsLinkLocalUnicast() || c.Interface != "", "peer %v is link-local and needs an interface", c.Peer),
		unless(c.MinTTL > 0, "the least TTL is 0"),
		unless(c.Multiplier > 0, "the multiplier is 0"),
		between("min_tx", c.MinTX, 10*time.Millisecond),
		between("min_rx", c.MinRX, 10*time.Millisecond),
		between("idle_tx", c.IdleTX, Slowest),
	)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Name, err)
	}
	return nil
}

// Port is where the peer listens, and where we do.
func (c Config) Port() uint16 {
	if c.Multihop {
		return PortMultihop
	}
	return PortSingleHop
}

// SameSession tells whether d is the same session to the peer, perhaps with other timers, so that it can go on.
func (c Config) SameSession(d Config) bool {
	c.MinTX, c.MinRX, c.IdleTX, c.Multiplier, c.MinTTL, c.AdminDownFails = d.MinTX, d.MinRX, d.IdleTX, d.Multiplier, d.MinTTL, d.AdminDownFails
	return c == d
}

// unless returns an error when a condition does not hold.
func unless(holds bool, format string, args ...any) error {
	if holds {
		return nil
	}
	return fmt.Errorf(format, args...)
}
