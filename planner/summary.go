package planner

// Summary counts the changes of a plan. Corrections of drift and latent changes are counted as such and not a
// second time by their action.
type Summary struct {
	NodesChanged int `json:"nodes_changed"`
	Create       int `json:"create"`
	Update       int `json:"update"`
	Replace      int `json:"replace"`
	Delete       int `json:"delete"`
	Adopt        int `json:"adopt"`
	Release      int `json:"release"`
	Drift        int `json:"drift"`
	Latent       int `json:"latent"`
	Conflicts    int `json:"conflicts"`
	// Impact is the highest of all changes that take effect now.
	Impact Impact `json:"impact"`
	// Reversible tells whether taking the plan back restores what clients had. Connections that ended do not
	// come back.
	Reversible bool `json:"reversible"`
}

// Summarise counts the changes and conflicts of nodes.
func Summarise(nodes ...NodePlan) Summary {
	s := Summary{}
	for _, n := range nodes {
		if len(n.Changes) > 0 {
			s.NodesChanged++
		}
		s.Conflicts += len(n.Conflicts)
		for _, c := range n.Changes {
			s.count(c)
		}
	}
	s.Reversible = s.Impact < ImpactExistingConnections
	return s
}

func (s *Summary) count(c Change) {
	if c.Layer == Latent {
		s.Latent++
		return
	}
	s.Impact = max(s.Impact, c.Impact)
	if c.Cause == CauseDrift {
		s.Drift++
		return
	}
	switch c.Action {
	case Create:
		s.Create++
	case Update:
		s.Update++
	case Replace:
		s.Replace++
	case Delete:
		s.Delete++
	case Adopt:
		s.Adopt++
	case Release:
		s.Release++
	}
}
