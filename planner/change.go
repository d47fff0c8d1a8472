package planner

// Change is one thing that differs, why, when, and what it costs. The list of changes reads in the order in which
// it is applied.
type Change struct {
	Layer   Layer
	Cause   Cause
	Action  Action
	Key     Key      // the kernel object; nil for a behaviour change
	Name    string   // the configured thing: vip.web, pool.web server 192.0.2.34:443
	When    string   // "now", or the condition: "vip.web=active"
	Reasons []Reason // at least one
	Fields  []Field  // what differs; all fields for create and delete
	Impact  Impact
	Effects []string // in words: "announce it", "3 connections now"
	Source  Source
	// Before and After are the objects' values (Address, Route, Sysctl, VirtualServer, RealServer); nil when absent.
	Before, After any
}

// Now is the condition of a change that takes effect when it is applied.
const Now = "now"

// Field is one argument or attribute that differs.
type Field struct {
	Path   string `json:"path"`
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
	// Impact is what changing this argument alone costs; only of behaviour changes.
	Impact Impact `json:"impact,omitempty"`
	Source Source `json:"source,omitzero"` // of the argument; zero where it is that of the change
}

// Layer tells what kind of thing changes.
type Layer string

// The layers of a plan.
const (
	Behaviour Layer = "behaviour" // what the enforcer will do from now on
	Kernel    Layer = "kernel"    // what that means now
	Latent    Layer = "latent"    // what it will mean when a condition turns true
)

// Cause tells who asked for a change.
type Cause string

// The causes of a change.
const (
	CauseConfig  Cause = "config"
	CauseDrift   Cause = "drift" // live moved and nobody asked ha
	CauseAdopt   Cause = "adopt"
	CauseRelease Cause = "release"
)

// Action is what happens to an object.
type Action string

// The closed set of actions.
const (
	Create  Action = "create"
	Update  Action = "update"
	Replace Action = "replace"
	Delete  Action = "delete"
	Adopt   Action = "adopt"   // already exactly as wanted: ours from now on, nothing is written
	Release Action = "release" // no longer wanted and never created by us: left in place
)

// Reason is why a change is needed: a code of the closed set below and the fields concerned.
type Reason struct {
	Code   string   `json:"code"`
	Fields []string `json:"fields,omitempty"`
}

// The closed set of reason codes.
const (
	ReasonAdded        = "added"
	ReasonRemoved      = "removed"
	ReasonChanged      = "changed"
	ReasonNoInPlace    = "no_in_place_operation"
	ReasonDrifted      = "drifted"
	ReasonDependency   = "dependency"
	ReasonAdoptedEqual = "adopted_equal"
	ReasonReleased     = "released"
)

// Impact is what clients notice, from nothing to everything. The order is the order of severity.
type Impact uint8

// The impacts, mildest first.
const (
	ImpactNone                Impact = iota
	ImpactNewConnections             // new connections go elsewhere or wait
	ImpactExistingConnections        // existing connections end
	ImpactFailover                   // a VIP moves
	ImpactOutage                     // a VIP or a service answers nowhere
)
