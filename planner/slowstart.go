package planner

import "time"

// WarmSteps is in how many steps the weight of a server that comes up grows to its own.
const WarmSteps = 10

// warming lets a server that has just come up begin with a part of its weight: one that is cold would be overrun.
func (b *Balance) warming(s *PoolServer, share Share) Share {
	if up, cold := b.facts.Warming[b.pool.Name][s.Name]; cold && share.Weight > 0 {
		share.Weight = s.warmed(share.Weight, up)
	}
	return share
}

// warmed is what a slow start leaves of a weight for a server that is up for a time: in the first step a tenth, in the last one
// all of it, rounded upwards, so that nobody starves.
func (s *PoolServer) warmed(weight uint16, up time.Duration) uint16 {
	step, whole := WarmSteps, s.slowStart()
	if up = max(up, 0); up < whole {
		step = int(up/(whole/WarmSteps)) + 1
	}
	step = min(step, WarmSteps)
	return uint16((int(weight)*step + WarmSteps - 1) / WarmSteps)
}

// WarmsFor is how long after it came up the weight of a server grows next, when it is up for a time; false: it is whole.
func (s *PoolServer) WarmsFor(up time.Duration) (next time.Duration, more bool) {
	whole := s.slowStart()
	if up = max(up, 0); up >= whole {
		return 0, false
	}
	step := whole / WarmSteps
	return (up/step + 1) * step, true
}

// slowStart is how long the server warms up, in a whole number of steps.
func (s *PoolServer) slowStart() time.Duration {
	whole := time.Duration(s.SlowStartMS) * time.Millisecond
	return whole - whole%WarmSteps
}

// TakesConnections tells whether a server is up, and nobody keeps it from taking connections on purpose. A slow start begins
// when it becomes true.
func (p *Pool) TakesConnections(s *PoolServer, f Facts) bool {
	weight, _ := p.weight(s, f)
	return weight > 0 && p.state(s, f) == Up
}
