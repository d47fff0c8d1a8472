package enforcer

import (
	"ha/enforcer/control"
	"ha/enforcer/kernel"
	"ha/planner"
)

// balanceStatus fills in how a pool stands as a whole: its quorum, who stands by, and who stands in.
func (e *Enforcer) balanceStatus(s *control.PoolStatus, p *planner.Pool, live planner.State, stats map[planner.RealServerKey]kernel.RealServerStats) {
	balance := p.Balance(e.writer.facts)
	s.Quorum, s.Weight, s.Why = balance.Quorum.String(), balance.Weight, weighs(p, balance)
	s.Rests = e.writer.index.Rests(p, e.writer.facts)
	for i := range p.Servers {
		row, server := &s.Servers[i], &p.Servers[i]
		row.StandsBy = server.Tier > balance.Tier && !balance.Sorry
		if server.Tier > 1 {
			row.Tier = server.Tier
		}
	}
	if p.Sorry == nil {
		return
	}
	row := serverStatus(p, p.Sorry, live, stats)
	row.State = planner.Down.String()
	if balance.Sorry {
		row.State = planner.Up.String()
	}
	s.Sorry = &row
}
