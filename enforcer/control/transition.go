package control

import "time"

// Transition is a change of state of an election, with its cause and the values that decided it.
type Transition struct {
	At    time.Time `json:"at"`
	From  string    `json:"from"` // Initialize, Backup, Active
	To    string    `json:"to"`
	Cause Cause     `json:"cause"`
	Why   string    `json:"why"` // in words, with the values
	// Priority is ours at that moment, and Source the address of our adverts.
	Priority uint8  `json:"priority,omitempty"`
	Source   string `json:"source,omitempty"`
	// Peer is the router whose packet, or whose silence, was the cause; with the priority that it said last, and for how
	// long it had been silent.
	Peer         string        `json:"peer,omitempty"`
	PeerPriority uint8         `json:"peer_priority,omitempty"`
	Silence      time.Duration `json:"silence,omitempty"`
	// With is the member of the same group that moved first: its transition has the cause.
	With string `json:"with,omitempty"`
}

// Cause is what kind of thing made an election change its state. The words never change.
type Cause string

// The causes of a transition. Those of package vrrp have the words that it gives them.
const (
	CauseStarted       Cause = "started"       // it takes part from now on
	CauseSilence       Cause = "silence"       // a timer: no advert came for too long
	CauseLeft          Cause = "left"          // a packet: the Active router said that it leaves
	CauseLost          Cause = "lost"          // a BFD session: that with the Active router failed
	CausePreempted     Cause = "preempted"     // packets: the Active router is worse than we are
	CauseOutranked     Cause = "outranked"     // a packet of a better router
	CauseInterface     Cause = "interface"     // an interface is down, has no carrier or does not exist
	CauseSource        Cause = "source"        // no address from which adverts could be sent
	CauseTracking      Cause = "tracking"      // something tracked has failed
	CauseSecret        Cause = "secret"        // a key cannot be read
	CauseSocket        Cause = "socket"        // the kernel refuses a socket
	CauseConfiguration Cause = "configuration" // a person applied a plan without it
	CauseStop          Cause = "stop"          // the enforcer stops
	CauseOther         Cause = "other"
)
