package control

import "time"

// BFDStatus is one BFD session.
type BFDStatus struct {
	Name      string `json:"name"`
	Peer      string `json:"peer"`
	Source    string `json:"source,omitempty"`
	Interface string `json:"interface,omitempty"`
	Multihop  bool   `json:"multihop,omitempty"`
	Passive   bool   `json:"passive,omitempty"`

	State      string    `json:"state"`      // AdminDown, Down, Init, Up
	Verdict    string    `json:"verdict"`    // for those who track it: undecided, alive, dead
	Diagnostic uint8     `json:"diagnostic"` // of RFC 5880 section 4.1: why it left Up last
	Since      time.Time `json:"since"`
	Why        string    `json:"why"`
	// Problem is why nothing can be sent or heard; empty when it can.
	Problem string `json:"problem,omitempty"`

	Discriminator uint32        `json:"discriminator"`
	Interval      time.Duration `json:"interval"` // negotiated, between our packets, before jitter
	Multiplier    uint8         `json:"multiplier"`
	Detection     time.Duration `json:"detection_time"` // negotiated, of the peer's silence; 0: it was not heard
	Polling       bool          `json:"polling,omitempty"`

	PeerDiscriminator uint32        `json:"peer_discriminator"`
	PeerState         string        `json:"peer_state,omitempty"`
	PeerDiagnostic    uint8         `json:"peer_diagnostic,omitempty"`
	PeerMinTX         time.Duration `json:"peer_min_tx,omitempty"`
	PeerMinRX         time.Duration `json:"peer_min_rx,omitempty"`
	HeardAt           time.Time     `json:"heard_at,omitzero"`

	Sent     uint64            `json:"packets_sent"`
	Received uint64            `json:"packets_received"`
	Dropped  map[string]uint64 `json:"packets_dropped,omitempty"` // by reason
	Late     time.Duration     `json:"timer_lateness_max"`
}
