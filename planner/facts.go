package planner

import "time"

// Facts are what configuration cannot know.
type Facts struct {
	// Active holds the VIPs (by [VIP.Name]) that this node must answer for now.
	Active map[string]bool `json:"active,omitempty"`
	// Turning holds the VIPs that became Active here, or ceased to be, a moment ago.
	Turning map[string]bool `json:"turning,omitempty"`
	// Verdicts are what checks say, by check key. A missing one is Unknown.
	Verdicts map[string]Verdict `json:"verdicts,omitempty"`
	// Values are the numbers that checks reported last when they passed, by check key, as far as a weight follows them.
	Values map[string]int64 `json:"values,omitempty"`
	// Quorum is whether pools, by [Pool.Name], had the weight that they need when something was last heard of their servers. With
	// a hysteresis it decides whether they have it now.
	Quorum map[string]Verdict `json:"quorum,omitempty"`
	// Disputed says in words who else changes objects again and again, by the names of the objects. It decides nothing.
	Disputed map[string]string `json:"disputed,omitempty"`
	// Holds are the servers that persons have set aside, by [Pool.Name] and [PoolServer.Name].
	Holds map[string]map[string]Hold `json:"holds,omitempty"`
	// Warming is for how long servers take connections again, by [Pool.Name] and [PoolServer.Name]. A server that is not there is
	// warm: slow start holds nothing back.
	Warming map[string]map[string]time.Duration `json:"warming,omitempty"`
	// Leaving are real servers that are no longer configured and stay until their connections have ended.
	Leaving map[RealServerKey]Leaving `json:"leaving,omitempty"`
	// Connections are those of servers that drain or may have to, when they were counted last.
	Connections map[RealServerKey]uint32 `json:"connections,omitempty"`
}

// Verdict is what a check says of its target after rise and fall were counted.
type Verdict uint8

// The verdicts of a check.
const (
	Unknown Verdict = iota // no probe has finished yet: the real server is shown with weight 0
	Up
	Down
)
