package bfd

import "time"

// State is the state of a session (RFC 5880 section 4.1); the numbers are those of the packet.
type State uint8

// The states.
const (
	AdminDown State = iota // held down on purpose; takes no part
	Down                   // hears nothing, or the peer has not heard us
	Init                   // hears the peer, which has not heard us yet
	Up                     // both hear each other
)

// String returns the RFC's word.
func (s State) String() string {
	switch s {
	case AdminDown:
		return "AdminDown"
	case Down:
		return "Down"
	case Init:
		return "Init"
	case Up:
		return "Up"
	}
	return "unknown"
}

// Diagnostic is why a session left Up last (RFC 5880 section 4.1): 0 to 31, of which those from 9 on have no meaning
// yet and are accepted.
type Diagnostic uint8

// The diagnostics that this package sends.
const (
	NoDiagnostic     Diagnostic = 0
	DetectionExpired Diagnostic = 1
	NeighborDown     Diagnostic = 3
	AdminDiagnostic  Diagnostic = 7 // administratively down
)

// String returns the RFC's words in lower case.
func (d Diagnostic) String() string {
	names := [...]string{
		"no diagnostic", "detection time expired", "echo failed", "neighbor signaled session down", "forwarding plane reset",
		"path down", "concatenated path down", "administratively down", "reverse concatenated path down",
	}
	if int(d) < len(names) {
		return names[d]
	}
	return "reserved"
}

// Control is a control packet (RFC 5880 section 4.1). Intervals are whole microseconds, up to 4294967295 of them.
type Control struct {
	Diagnostic Diagnostic
	State      State
	Poll       bool
	Final      bool
	// Independent is the C bit: the sender's BFD survives its control plane. Never sent.
	Independent bool
	Demand      bool   // the sender wants no periodic packets while both are Up; never sent
	Multiplier  uint8  // Detect Mult, never 0
	Mine        uint32 // My Discriminator, never 0
	Yours       uint32 // Your Discriminator; 0: the sender does not know it
	MinTX       time.Duration
	MinRX       time.Duration // 0: the sender wants nothing periodic
	MinEchoRX   time.Duration // 0: no echo; always sent
}
