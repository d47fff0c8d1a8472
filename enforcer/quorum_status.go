package enforcer

import (
	"ha/enforcer/control"
	"ha/planner"
)

// balance fills in how a pool stands as a whole: its quorum, who stands by, and who stands in.
func (r *poolReport) balance(s *control.PoolStatus, p *planner.Pool) {
	w := &r.enforcer.writer
	balance := p.Balance(w.facts)
	s.Quorum, s.Weight, s.Why = balance.Quorum.String(), balance.Weight, weighs(p, balance)
	s.Rests = w.index.Rests(p, w.facts)
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
	row := r.server(p, p.Sorry)
	row.State = planner.Down.String()
	if balance.Sorry {
		row.State = planner.Up.String()
	}
	s.Sorry = &row
}
