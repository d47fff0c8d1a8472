package planner

// Tally counts the servers of a pool that take connections when they are up: how many of them are, how many are not known
// yet, and all of them. Servers with weight 0 take none.
func (p *Pool) Tally(f Facts) (up, unknown, of int) {
	balance := p.Balance(f)
	for i := range p.Servers {
		s := &p.Servers[i]
		if s.Weight == 0 {
			continue
		}
		of++
		switch share := balance.Share(s); {
		case !share.Shown:
		case share.Weight == 0:
			unknown++
		default:
			up++
		}
	}
	return up, unknown, of
}
