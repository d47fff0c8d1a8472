package bfd

import (
	"fmt"
	"time"
)

// Verdict is what a session means for those who track it.
type Verdict uint8

// The verdicts.
const (
	// Undecided: it was never Up, and has not had the time for it yet.
	Undecided Verdict = iota
	Alive
	Dead
)

// String returns the word in lower case.
func (v Verdict) String() string {
	switch v {
	case Undecided:
		return "undecided"
	case Alive:
		return "alive"
	case Dead:
		return "dead"
	}
	return "unknown"
}

// Cause is what moved a session into its state.
type Cause uint8

// The causes.
const (
	None     Cause = iota
	Started        // the host started it
	Stopped        // the host shut it down
	Heard          // a packet of the peer
	Silent         // no packet for the detection time
	PeerLeft       // the peer is AdminDown
)

// Reason is why a session is in its state, with the values that decided it.
type Reason struct {
	Cause     Cause
	At        time.Duration
	Peer      Remote        // what it had said
	Detection time.Duration // of Silent
}

// String says it in words.
func (r Reason) String() string {
	switch r.Cause {
	case None:
		return "not started"
	case Started:
		return "started; the peer was not heard yet"
	case Stopped:
		return "shut down here"
	case Silent:
		return fmt.Sprintf("no packet for %v: the detection time is %v (%d × %v)", (r.At - r.Peer.Heard).Round(100*time.Microsecond),
			r.Detection, r.Peer.Multiplier, r.Detection/time.Duration(max(r.Peer.Multiplier, 1)))
	case PeerLeft:
		return "the peer is AdminDown: shut down there"
	case Heard:
	}
	text := fmt.Sprintf("the peer says %v", r.Peer.State)
	if r.Peer.Diagnostic != NoDiagnostic {
		text += fmt.Sprintf(" (diagnostic %d, %v)", r.Peer.Diagnostic, r.Peer.Diagnostic)
	}
	return text
}
