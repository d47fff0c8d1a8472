// Package control is the API of a running enforcer: JSON over HTTP on a unix socket, which only root can open.
//
//	GET  /v1/status     what the node does now ([Status]); ?checks=own leaves out the checks of servers
//	GET  /v1/snapshot   what a plan is compared with ([Snapshot]); ?table=N and ?sysctl=NAME add what it is about ([Query])
//	POST /v1/apply      apply a compiled configuration ([ApplyRequest]); answers a stream of [Progress] lines
//	POST /v1/trial      confirm, cancel or extend the generation that is on trial ([TrialRequest])
//	POST /v1/restart    make place for the program at the enforcer's path; answers a stream of [Progress] lines, which ends
//	                    without a result when the program was replaced
//	POST /v1/suspend    set a real server aside for a while ([SuspendRequest]); answers an [Answer], or why not
//	POST /v1/resume     end that ([ResumeRequest])
//	GET  /v1/events     the event log from ?since=SEQ on; with ?follow=1 it stays open
//
// Requests and answers are versioned by their path; consumers must accept keys that they do not know.
package control

import (
	"context"
	"encoding/json"
	"time"

	"ha/planner"
)

// DefaultSocket is where an enforcer listens unless told otherwise.
const DefaultSocket = "/run/ha/ha.sock"

// Core is what the server needs of the enforcer. Methods may be called from any goroutine and must not make
// elections wait.
type Core interface {
	Status(ctx context.Context) Status
	// Report is Status without the checks that have a target: what they say stands with the servers.
	Report(ctx context.Context) Status
	Snapshot(ctx context.Context, q Query) (Snapshot, error)
	// Apply blocks until the configuration is applied and verified, or taken back. It reports each step.
	Apply(ctx context.Context, request ApplyRequest, report func(Progress)) ApplyResult
	// Trial blocks until what was asked for has become of the generation on trial.
	Trial(ctx context.Context, request TrialRequest) ApplyResult
	// Restart makes place for the program at the enforcer's path, and returns only when that did not work.
	Restart(ctx context.Context, report func(Progress)) error
	// Suspend sets a real server aside for a while, Resume ends that; both say in words what they did.
	Suspend(ctx context.Context, request SuspendRequest) (string, error)
	Resume(ctx context.Context, request ResumeRequest) (string, error)
	// Events returns the events after a sequence number and a channel that is closed when there are newer ones.
	Events(since uint64) ([]Event, <-chan struct{})
}

// Status is what a node does now.
type Status struct {
	Cluster    string        `json:"cluster"`
	Node       string        `json:"node"`
	Version    string        `json:"version"`
	PID        int           `json:"pid"`
	StartedAt  time.Time     `json:"started_at"`
	Now        time.Time     `json:"now"`
	Generation int           `json:"generation"` // 0: nothing applied yet
	AppliedAt  time.Time     `json:"applied_at,omitzero"`
	AppliedBy  string        `json:"applied_by,omitempty"`
	Trial      *Trial        `json:"trial,omitempty"` // what is enforced is on trial
	VIPs       []VIPStatus   `json:"vips"`
	Pools      []PoolStatus  `json:"pools"`
	Checks     []CheckStatus `json:"checks"`
	BFD        []BFDStatus   `json:"bfd,omitempty"`
	// BFDDropped counts the BFD packets that were for no session, by reason.
	BFDDropped map[string]uint64 `json:"bfd_dropped,omitempty"`
	// Timers is how late the timers of all elections were.
	Timers TimerStatus `json:"timers,omitzero"`
	// Probes is how the checks keep their times.
	Probes ProbesStatus `json:"probes,omitzero"`
	// Corrections counts the objects that were put back after somebody else changed them.
	Corrections uint64 `json:"corrections"`
	// CountedSince is since when: a hand-over to another program goes on counting, a process that crashed takes its count along.
	CountedSince time.Time `json:"corrections_since,omitzero"`
	// Problems are what a person should know first: IPVS missing, an interface that does not exist, an error
	// of the last round.
	Problems []string `json:"problems,omitempty"`
	Events   []Event  `json:"events"` // the newest ones, oldest first
}

// TimerStatus is how late timers were since the start: the processor was busy, or the process did not get it. What half
// of them, and 99 of 100, stayed below is the upper end of a class; classes double.
type TimerStatus struct {
	Count   uint64        `json:"count"`
	Late50  time.Duration `json:"late_p50"`
	Late99  time.Duration `json:"late_p99"`
	LateMax time.Duration `json:"late_max"`
}

// ProbesStatus is how late the probes of checks started in the last minute or two. What half of them, and 99 of 100, stayed below
// is the upper end of a class; classes double. A probe is tardy that started late by more than a tenth of its interval: the processor
// was busy, or more probes than there are places for took long.
type ProbesStatus struct {
	Checks  int           `json:"checks"`
	Running int           `json:"running"` // probes at this moment
	Waiting int           `json:"waiting"` // probes whose time has come, and that have no place yet
	Count   uint64        `json:"count"`
	Late50  time.Duration `json:"late_p50"`
	Late99  time.Duration `json:"late_p99"`
	LateMax time.Duration `json:"late_max"`
	Tardy   uint64        `json:"tardy"`
}

// VIPStatus is one VIP on this node.
type VIPStatus struct {
	Name      string           `json:"name"`
	State     string           `json:"state"` // Initialize, Backup, Active
	Since     time.Time        `json:"since"`
	Why       string           `json:"why"` // the cause of the last transition, in words
	Addresses []AddressStatus  `json:"addresses"`
	Instances []InstanceStatus `json:"instances"`
}

// AddressStatus is one address of a VIP.
type AddressStatus struct {
	Address   string `json:"address"`
	Device    string `json:"device"`
	Installed bool   `json:"installed"`
}

// InstanceStatus is one election.
type InstanceStatus struct {
	Name      string `json:"name"`
	Interface string `json:"interface"`
	VRID      uint8  `json:"vrid"`
	Version   uint8  `json:"version"`
	Family    string `json:"family"`   // ipv4, ipv6
	Priority  uint8  `json:"priority"` // effective: what it says in adverts
	// Configured is the priority without tracking, and Weighed what changes it now, in words.
	Configured uint8         `json:"configured_priority"`
	Weighed    []string      `json:"weighed_by,omitempty"`
	Tracked    []TrackStatus `json:"tracked,omitempty"`
	Watches    []string      `json:"watches,omitempty"` // names of the BFD sessions with the other nodes
	Interval   time.Duration `json:"interval"`
	Source     string        `json:"source,omitempty"`
	State      string        `json:"state"`
	Since      time.Time     `json:"since"`
	Why        string        `json:"why"`
	Peer       string        `json:"peer,omitempty"`          // the router heard last
	PeerPrio   uint8         `json:"peer_priority,omitempty"` // what it said
	HeardAt    time.Time     `json:"heard_at,omitzero"`
	// Follows is the Active router as a Backup knows it, since when it is, and the one before it, if that was heard, too.
	Follows      string    `json:"follows,omitempty"`
	FollowsSince time.Time `json:"follows_since,omitzero"`
	Followed     string    `json:"followed_before,omitempty"`
	// Quarrels are routers whose adverts disagree with ours.
	Quarrels []Quarrel `json:"quarrels,omitempty"`
	// Duplicates are addresses that other hosts have, too.
	Duplicates []Duplicate       `json:"duplicates,omitempty"`
	Sent       uint64            `json:"adverts_sent"`
	Received   uint64            `json:"adverts_received"`
	Dropped    map[string]uint64 `json:"adverts_dropped,omitempty"` // by reason
	Late       time.Duration     `json:"timer_lateness_max"`
	// Down is how long a Backup waits without an advert before it takes over, now; Preempt whether it does so from an
	// Active router of lower priority.
	Down    time.Duration `json:"active_down_interval"`
	Preempt bool          `json:"preempt"`
	History []Transition  `json:"history,omitempty"` // the last transitions, oldest first
	// Contested counts the times at which another router was Active as well; when that was heard last, of whom, and
	// whether it goes on.
	Contested    uint64    `json:"contested,omitempty"`
	ContestedAt  time.Time `json:"contested_at,omitzero"`
	ContestedBy  string    `json:"contested_by,omitempty"`
	ContestedNow bool      `json:"contested_now,omitempty"`
}

// Quarrel is another router whose adverts are not as ours should be, since a time and still.
type Quarrel struct {
	Peer    string    `json:"peer"`
	What    string    `json:"what"` // in words, with both values
	Since   time.Time `json:"since"`
	HeardAt time.Time `json:"heard_at"`
}

// Duplicate is an address of ours that another host says it has, while we are Active.
type Duplicate struct {
	Address string    `json:"address"`
	By      string    `json:"by"` // the hardware address of that host
	Since   time.Time `json:"since"`
	HeardAt time.Time `json:"heard_at"`
	Count   uint64    `json:"count"` // how often it said so
}

// TrackStatus is something on which the place of an instance in its election depends.
type TrackStatus struct {
	Name   string    `json:"name"`  // vip.web.track.uplink
	State  string    `json:"state"` // up, down, unknown
	Since  time.Time `json:"since,omitzero"`
	Why    string    `json:"why"`             // interface eth1 has no carrier
	Change int       `json:"priority_change"` // what it adds to the priority now
	Fault  bool      `json:"fault,omitempty"` // it keeps the instance out of the election
	// Check is the key of the check, or the name of the BFD session, that it is about; empty for others.
	Check string `json:"check,omitempty"`
}

// PoolStatus is one pool.
type PoolStatus struct {
	Name      string           `json:"name"`
	Listeners []ListenerStatus `json:"listeners"`
	Servers   []ServerStatus   `json:"servers"`

	Quorum string        `json:"quorum"`          // up, down, unknown
	Weight int64         `json:"weight"`          // of the servers that are up
	Why    string        `json:"why"`             // 1 of 3 servers up, with a weight of 10, 20 wanted
	Rests  bool          `json:"rests,omitempty"` // its checks rest: the VIPs of its listeners are elsewhere
	Sorry  *ServerStatus `json:"sorry,omitempty"` // its state is up while it takes connections instead of the servers, else down
}

// ListenerStatus is one virtual server.
type ListenerStatus struct {
	Address     string        `json:"address"` // tcp 192.0.2.20:443
	Scheduler   string        `json:"scheduler"`
	Persistence time.Duration `json:"persistence,omitempty"`
	Installed   bool          `json:"installed"`
	Counters    Counters      `json:"counters,omitzero"`
}

// Counters are what IPVS has counted since it has the object, and the rates of the last seconds.
type Counters struct {
	Connections uint64 `json:"connections,omitempty"`
	PacketsIn   uint64 `json:"packets_in,omitempty"`
	PacketsOut  uint64 `json:"packets_out,omitempty"` // 0 where the answers do not pass the director
	BytesIn     uint64 `json:"bytes_in,omitempty"`
	BytesOut    uint64 `json:"bytes_out,omitempty"`
	// Per second, as the kernel averages them over some seconds.
	ConnectionRate uint64 `json:"connections_per_second,omitempty"`
	PacketRateIn   uint64 `json:"packets_in_per_second,omitempty"`
	PacketRateOut  uint64 `json:"packets_out_per_second,omitempty"`
	ByteRateIn     uint64 `json:"bytes_in_per_second,omitempty"`
	ByteRateOut    uint64 `json:"bytes_out_per_second,omitempty"`
}

// ServerStatus is one real server.
type ServerStatus struct {
	Name       string        `json:"name"`
	Address    string        `json:"address"`
	Forwarding string        `json:"forwarding"`
	State      string        `json:"state"` // up, down, unknown; draining and drained on purpose; leaving when no longer configured
	Since      time.Time     `json:"since,omitzero"`
	Why        string        `json:"why,omitempty"`
	Tier       uint8         `json:"tier,omitempty"`               // 2 and more: it takes connections when too few before it are up
	StandsBy   bool          `json:"stands_by,omitempty"`          // and does not now
	Weight     uint16        `json:"weight"`                       // configured
	Shown      bool          `json:"shown"`                        // in IPVS
	Now        uint32        `json:"now"`                          // weight in IPVS
	Active     uint32        `json:"active"`                       // connections that carry traffic, behind all listeners
	Inactive   uint32        `json:"inactive"`                     // connections in another state, such as closing
	Hold       *HoldStatus   `json:"hold,omitempty"`               // a person has set it aside
	WarmsFor   time.Duration `json:"warms_for,omitempty"`          // it starts slowly, for so long already
	Until      time.Time     `json:"until,omitzero"`               // it is no longer configured, and is given up then
	Persistent uint32        `json:"persistent_clients,omitempty"` // clients that persistence binds to it
	Counters   Counters      `json:"counters,omitzero"`            // behind all listeners
}

// HoldStatus is what a person decided of a server for a while.
type HoldStatus struct {
	Weight   uint16    `json:"weight"`         // 0 drains
	Gone     bool      `json:"gone,omitempty"` // the deadline has passed, and connections were given up
	By       string    `json:"by"`
	Reason   string    `json:"reason"`
	Since    time.Time `json:"since"`
	Until    time.Time `json:"until"` // the end of the lease
	Deadline time.Time `json:"deadline,omitzero"`
}

// CheckStatus is one check.
type CheckStatus struct {
	Key     string        `json:"key"`
	Name    string        `json:"name"`
	Kind    string        `json:"kind"`
	Target  string        `json:"target"` // empty for a script of the node itself
	Verdict string        `json:"verdict"`
	Since   time.Time     `json:"since,omitzero"`
	At      time.Time     `json:"at,omitzero"` // start of the last probe
	Took    time.Duration `json:"took"`
	Late    time.Duration `json:"late"`
	Streak  int           `json:"streak"`
	Value   int64         `json:"value,omitzero"` // the number of the last probe: of a script its exit status
	Error   string        `json:"error,omitempty"`
}

// Event is something that happened, with its cause.
type Event struct {
	Seq     uint64    `json:"seq"`
	At      time.Time `json:"at"`
	Level   string    `json:"level"`   // info, warning, error
	Type    string    `json:"type"`    // transition, server, correction, apply, state, problem
	Object  string    `json:"object"`  // vip.web, pool.web server web1, vip.web address 192.0.2.20/32 dev eth0
	Message string    `json:"message"` // in words, with the values that decided
	// Transition holds the same for programs, for the type transition.
	Transition *Transition `json:"transition,omitempty"`
}

// Snapshot is what a plan is compared with: one consistent view of the node.
type Snapshot struct {
	Node       string          `json:"node"`
	Generation int             `json:"generation"`
	At         time.Time       `json:"at"`
	Config     json.RawMessage `json:"config,omitempty"` // the applied configuration; absent when nothing is applied
	Facts      planner.Facts   `json:"facts"`
	Live       planner.State   `json:"live"`
	Claims     planner.Claims  `json:"claims"`
}

// Query says what a plan is about beyond what the enforcer looks at anyway: a new plan may name routing tables and
// sysctls that the applied one does not.
type Query struct {
	Tables  []uint32
	Sysctls []planner.SysctlKey
}

// ApplyRequest asks for a compiled configuration to be applied.
type ApplyRequest struct {
	Config json.RawMessage `json:"config"`
	By     string          `json:"by"` // who asks: user@host
	PlanID string          `json:"plan_id,omitempty"`
	// Node is the node's part of a saved plan; when present its preconditions must hold.
	Node json.RawMessage `json:"node,omitempty"`
	// MaxImpact is the highest impact allowed now; the request is refused when roles moved and it would be higher.
	MaxImpact planner.Impact `json:"max_impact"`
	// Confirm puts the generation on trial: it is taken back unless somebody confirms it in time. 0: it stands. 1 s to 24 h.
	Confirm time.Duration `json:"confirm,omitempty"`
	// Content is the generation that this configuration was taken from; 0: none.
	Content int `json:"content_of,omitempty"`
}

// Progress is one line of the answer to an apply: a step, or the result as the last line.
type Progress struct {
	Step   int          `json:"step,omitempty"` // from 1
	Of     int          `json:"of,omitempty"`
	Text   string       `json:"text,omitempty"`
	Result *ApplyResult `json:"result,omitempty"`
}

// Outcome is how an apply ended.
type Outcome string

// The outcomes of an apply.
const (
	Applied    Outcome = "applied"    // done, read back and committed
	Refused    Outcome = "refused"    // nothing was changed
	TakenBack  Outcome = "taken_back" // a step failed; everything before it was undone
	Unverified Outcome = "unverified" // applied, but the kernel did not show it; undone
	Incomplete Outcome = "incomplete" // a step failed and could not be undone; the enforcer keeps trying
)

// ApplyResult is the end of an apply.
type ApplyResult struct {
	Outcome    Outcome  `json:"outcome"`
	Generation int      `json:"generation"`      // that is enforced now
	Changed    int      `json:"changed"`         // kernel objects written
	Trial      *Trial   `json:"trial,omitempty"` // until it is confirmed
	Lines      []string `json:"lines,omitempty"` // what went wrong, what was taken back, what state the node is in
}
