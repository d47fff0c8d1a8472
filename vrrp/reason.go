package vrrp

import (
	"fmt"
	"net/netip"
	"time"
)

// Peer is what the last advert of another router said.
type Peer struct {
	Source   netip.Addr // invalid: none was heard
	Priority uint8
	Heard    time.Duration // when
	Lost     bool          // [PeerLost] came after it
}

// Cause is the kind of a [Reason].
type Cause uint8

// The causes of a transition.
const (
	NoCause   Cause = iota
	Started         // Startup
	Stopped         // Shutdown
	Silence         // to Active: no advert for the Active_Down_Interval
	Left            // to Active: the Active router sent priority 0 and nobody spoke for the Skew_Time
	Preempted       // to Active: the adverts we hear have a lower priority than ours
	Outranked       // to Backup: an advert won against us
	Followed        // with another member of the group
	Lost            // to Active: [PeerLost], and nobody spoke for the Skew_Time
)

// String returns the cause as one word, as metrics name it.
func (c Cause) String() string {
	names := [...]string{"none", "started", "stopped", "silence", "left", "preempted", "outranked", "followed", "lost"}
	if int(c) < len(names) {
		return names[c]
	}
	return "unknown"
}

// Reason is why an election came into its state, for the log. Comparable; the zero value is no reason.
type Reason struct {
	Cause  Cause
	At     time.Duration // when
	Own    uint8         // our priority
	Source netip.Addr    // our address
	Peer   Peer          // Silence, Left, Lost, Preempted, Outranked: whose adverts it is about
	Member int           // Followed: the member of the [Group] that moved first, whose own reason says why
}

// String tells the reason in words, as the end of a sentence that names the transition.
func (r Reason) String() string {
	switch r.Cause {
	case NoCause:
		return "nothing happened yet"
	case Started:
		return "started"
	case Stopped:
		return "stopped"
	case Silence:
		if !r.Peer.Source.IsValid() {
			return "no advert from any router"
		}
		return fmt.Sprintf("no advert for %v, the last came from %v with priority %d",
			(r.At - r.Peer.Heard).Round(time.Millisecond), r.Peer.Source, r.Peer.Priority)
	case Lost:
		return fmt.Sprintf("BFD lost %v (priority %d), and no advert came for %v", r.Peer.Source, r.Peer.Priority,
			(r.At - r.Peer.Heard).Round(time.Millisecond))
	case Left:
		return fmt.Sprintf("%v left with priority 0", r.Peer.Source)
	case Preempted:
		return fmt.Sprintf("our priority %d is above %d of %v", r.Own, r.Peer.Priority, r.Peer.Source)
	case Outranked:
		if r.Peer.Priority == r.Own {
			return fmt.Sprintf("%v has our priority %d and a greater address than %v", r.Peer.Source, r.Own, r.Source)
		}
		return fmt.Sprintf("%v has priority %d, above our %d", r.Peer.Source, r.Peer.Priority, r.Own)
	case Followed:
		return fmt.Sprintf("moved with member %d of the group", r.Member)
	}
	return r.Cause.String()
}

// because is a reason of this election without a peer.
func (c Config) because(cause Cause, now time.Duration) Reason {
	return Reason{Cause: cause, At: now, Own: c.Priority, Source: c.Source}
}

// takeover is why the Active_Down_Timer has fired.
func (c Config) takeover(e Election, now time.Duration) Reason {
	r := c.because(Silence, now)
	r.Peer = e.Peer
	switch {
	case !e.Peer.Source.IsValid():
	case e.Peer.Priority == 0:
		r.Cause = Left
	case e.Peer.Lost:
		r.Cause = Lost
	case e.Peer.Priority < c.Priority && now-e.Peer.Heard < c.activeDown(e.ActiveInterval):
		r.Cause = Preempted // it still speaks; what it says did not restart the timer
	}
	return r
}
