package vrrp

import "time"

// Reconfigure gives the members other arguments, in their order, while the virtual routers themselves stay the same, so
// that nobody on the wire has to learn them anew. An Active router goes on, and says its new values with its next advert, which is
// due no later than one new interval from now. A Backup waits anew, since its timer may mean something else now; with version 3 it
// keeps the interval that it has learned, which is that of the Active router. An owner does not wait.
//
// It reports whether the group waits anew. A number of configurations that is not that of the members changes nothing.
func (g Group) Reconfigure(configs []Config, now time.Duration) (waits bool) {
	if len(configs) != len(g) {
		return false
	}
	changed := false
	for i := range g {
		changed = changed || configs[i] != g[i].Config
		if configs[i].Announce != g[i].Config.Announce {
			g[i].Election = configs[i].reschedule(g[i].Election, now)
		}
		g[i].Config = configs[i]
	}
	if !changed {
		return false
	}
	for i := range g {
		m := &g[i]
		m.Election = m.Config.reconfigured(m.Election, now)
	}
	return g.State() == Backup
}

// reconfigured is an election that goes on with this configuration.
func (c Config) reconfigured(e Election, now time.Duration) Election {
	c = c.weighed(e)
	switch e.State {
	case Active:
		e.ActiveInterval = c.Interval
		e.Timer = min(e.Timer, now+c.Interval)
	case Backup:
		if c.Version == 2 || !e.Peer.Source.IsValid() {
			e.ActiveInterval = c.Interval
		}
		e.Timer = max(now, e.Deaf) + c.activeDown(e.ActiveInterval)
		e.Delay, e.Wants = 0, false
		if c.Priority == owner {
			e.Timer = max(now, e.Deaf)
		}
	case Initialize:
	}
	return e
}
