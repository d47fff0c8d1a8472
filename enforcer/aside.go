package enforcer

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"ha/enforcer/kernel"
	"ha/planner"
)

// This file is what the writer knows of servers that stand otherwise than configured for a while: those that persons have set
// aside, those that leave, those that warm up. The facts hold what decides; what is here says when that changes. Nothing is
// written to the kernel, and the time is always told: whoever calls settles the pools that are returned.

// asides is what belongs to it beside the facts.
type asides struct {
	taking  map[string]map[string]bool      // by pool and server: took connections when last looked at; of pools with a slow start
	began   map[string]map[string]time.Time // since when those take connections that are not warm
	gone    map[planner.RealServerKey]bool  // has left, and is to be taken out of the kernel
	empty   map[string]map[string]bool      // of the drained: no connections are left, and that was told
	counted time.Time                       // when connections were counted last
	dirty   bool                            // not on disk as it is
}

const (
	// countEvery is how often the connections of draining servers are counted.
	countEvery = 500 * time.Millisecond
	// graceOfDrain is how long a server stays at least after it gets nothing new: the handshake of a connection that came before is
	// not counted yet.
	graceOfDrain = time.Second
)

// rise begins the slow start of servers in these pools that take connections and did not.
func (w *writer) rise(now time.Time, pools ...string) {
	for _, name := range pools {
		p := w.index.Pool(name)
		if p == nil || !slices.ContainsFunc(p.Servers, func(s planner.PoolServer) bool { return s.SlowStartMS > 0 }) {
			continue
		}
		before, known := w.asides.taking[name]
		taking := make(map[string]bool, len(p.Servers))
		for i := range p.Servers {
			s := &p.Servers[i]
			taking[s.Name] = p.TakesConnections(s, w.facts)
			switch {
			case !taking[s.Name]:
				w.warm(name, s.Name)
			case known && !before[s.Name] && s.SlowStartMS > 0:
				w.asides.began = withIn(w.asides.began, name, s.Name, now)
				w.facts.Warming = withIn(w.facts.Warming, name, s.Name, 0)
			}
		}
		w.asides.taking = with(w.asides.taking, name, taking)
	}
}

// riseFirst notes which servers take connections when the process begins: they are warm.
func (w *writer) riseFirst() {
	if plan := w.index.Plan(); plan != nil {
		for i := range plan.Pools {
			w.rise(time.Time{}, plan.Pools[i].Name) // of a pool that was not known nothing begins
		}
	}
}

// warm ends a slow start.
func (w *writer) warm(pool, server string) {
	w.asides.began = withoutIn(w.asides.began, pool, server)
	w.facts.Warming = withoutIn(w.facts.Warming, pool, server)
}

// lapse takes into the facts what is over at a time: leases, deadlines, steps of slow starts. It returns the pools that change.
func (w *writer) lapse(now time.Time) []string {
	pools := map[string]bool{}
	for pool, servers := range w.facts.Holds {
		for server, h := range servers {
			object := pool + " server " + server
			switch {
			case serverNamed(w.index.Pool(pool), server) == nil:
				w.events.info("resume", object, "no longer configured, and so no longer set aside")
				w.release(pool, server)
			case !now.Before(h.Until):
				w.events.info("resume", object, fmt.Sprintf("as configured again: the lease of %s (%v, %s) has ended", h.By, h, h.Reason))
				w.release(pool, server)
			case !h.Gone && !h.Deadline.IsZero() && !now.Before(h.Deadline):
				h.Gone = true
				w.events.warn("drain", object, fmt.Sprintf("connections that are left are given up: the deadline of %s has passed", h.By))
				w.hold(pool, server, h)
			default:
				continue
			}
			pools[pool] = true
		}
	}
	for pool, servers := range w.asides.began {
		for server, began := range servers {
			if w.step(pool, server, now.Sub(began)) {
				pools[pool] = true
			}
		}
	}
	for k, l := range w.facts.Leaving {
		if name, moved := w.departs(k, l, now); moved {
			pools[name] = true
		}
	}
	return slices.Sorted(maps.Keys(pools))
}

// step lets a server that is up for a time go on with its slow start, and tells whether its weight changes.
func (w *writer) step(pool, server string, up time.Duration) bool {
	s := serverNamed(w.index.Pool(pool), server)
	if s == nil {
		w.warm(pool, server)
		return false
	}
	before := w.facts.Warming[pool][server]
	if due, more := s.WarmsFor(before); more && up < due {
		return false
	}
	if _, more := s.WarmsFor(up); !more {
		w.warm(pool, server)
		return true
	}
	w.facts.Warming = withIn(w.facts.Warming, pool, server, up)
	return true
}

// departs moves a server that leaves on its way at a time, and tells of which pool it is, if it moved.
func (w *writer) departs(k planner.RealServerKey, l planner.Leaving, now time.Time) (pool string, moved bool) {
	p := w.index.PoolOf(k.Service)
	switch {
	case p == nil:
		w.depart(k)
		return "", false
	case l.Until.IsZero():
		if p.Awaits(w.facts) {
			return "", false
		}
		drain := time.Duration(l.DrainMS) * time.Millisecond
		l.Until = now.Add(drain)
		w.setLeaving(k, l)
		w.events.info("drain", leavingName(k, l), fmt.Sprintf("no longer configured: gets no new connections, and goes when the last one has ended, in %v at the latest", drain))
	case now.Before(l.Until):
		return "", false
	default:
		w.events.warn("drain", leavingName(k, l), fmt.Sprintf("gone: its time is over, %d connections are given up", w.facts.Connections[k]))
		w.depart(k)
	}
	return p.Name, true
}

// heed takes into the facts how many connections there are, and returns the pools of which a server has drained.
func (w *writer) heed(now time.Time, counted map[planner.RealServerKey]kernel.RealServerStats) []string {
	pools, connections := map[string]bool{}, map[planner.RealServerKey]uint32{}
	for k, l := range w.facts.Leaving {
		connections[k] = connectionsOf(k, counted[k])
		since := l.Until.Add(-time.Duration(l.DrainMS) * time.Millisecond)
		if l.Until.IsZero() || connections[k] > 0 || now.Before(since.Add(graceOfDrain)) {
			continue
		}
		w.events.info("drain", leavingName(k, l), fmt.Sprintf("gone: no connections are left after %v", now.Sub(since).Round(time.Second)))
		if p := w.index.PoolOf(k.Service); p != nil {
			pools[p.Name] = true
		}
		w.depart(k)
	}
	w.eachDrained(func(p *planner.Pool, s *planner.PoolServer, h planner.Hold) {
		left := uint32(0)
		for _, l := range p.Listeners {
			k := s.On(l.Key)
			connections[k] = connectionsOf(k, counted[k])
			left += connections[k]
		}
		if left == 0 && !now.Before(h.Since.Add(graceOfDrain)) {
			w.asides.empty = withIn(w.asides.empty, p.Name, s.Name, true)
			w.events.info("drain", p.Name+" server "+s.Name, "drained: no connections are left")
		}
	})
	w.facts.Connections = connections
	return slices.Sorted(maps.Keys(pools))
}

// eachDrained visits the servers that persons drain and that are not known to be empty.
func (w *writer) eachDrained(visit func(*planner.Pool, *planner.PoolServer, planner.Hold)) {
	for pool, servers := range w.facts.Holds {
		p := w.index.Pool(pool)
		for server, h := range servers {
			if s := serverNamed(p, server); s != nil && h.Weight == 0 && !h.Gone && !w.asides.empty[pool][server] {
				visit(p, s, h)
			}
		}
	}
}

// draining are the services with servers of which the connections have to be counted.
func (w *writer) draining() []planner.VirtualServerKey {
	services := map[planner.VirtualServerKey]bool{}
	for k := range w.facts.Leaving {
		services[k.Service] = true
	}
	w.eachDrained(func(p *planner.Pool, _ *planner.PoolServer, _ planner.Hold) {
		for _, l := range p.Listeners {
			services[l.Key] = true
		}
	})
	return slices.Collect(maps.Keys(services))
}

// next is when lapse or a count has something to do; the zero time is never.
func (w *writer) next() time.Time {
	var first time.Time
	earlier := func(at time.Time) {
		if !at.IsZero() && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	for _, servers := range w.facts.Holds {
		for _, h := range servers {
			earlier(h.Until)
			if !h.Gone {
				earlier(h.Deadline)
			}
		}
	}
	for pool, servers := range w.asides.began {
		for server, began := range servers {
			if s := serverNamed(w.index.Pool(pool), server); s != nil {
				if due, more := s.WarmsFor(w.facts.Warming[pool][server]); more {
					earlier(began.Add(due))
				}
			}
		}
	}
	for _, l := range w.facts.Leaving {
		earlier(l.Until)
	}
	if len(w.draining()) > 0 {
		earlier(w.asides.counted.Add(countEvery))
	}
	return first
}

// hold sets a server aside, and release ends that.
func (w *writer) hold(pool, server string, h planner.Hold) {
	w.facts.Holds = withIn(w.facts.Holds, pool, server, h)
	w.asides.empty = withoutIn(w.asides.empty, pool, server)
	w.asides.dirty = true
}

func (w *writer) release(pool, server string) {
	w.facts.Holds = withoutIn(w.facts.Holds, pool, server)
	w.asides.empty = withoutIn(w.asides.empty, pool, server)
	w.asides.dirty = true
}

// setLeaving notes how a server leaves, and depart that it has left.
func (w *writer) setLeaving(k planner.RealServerKey, l planner.Leaving) {
	w.facts.Leaving = with(maps.Clone(w.facts.Leaving), k, l)
	w.asides.dirty = true
}

func (w *writer) depart(k planner.RealServerKey) {
	w.facts.Leaving = maps.Clone(w.facts.Leaving)
	delete(w.facts.Leaving, k)
	w.asides.gone = with(w.asides.gone, k, true)
	w.asides.dirty = true
}

// leaversOf are the live real servers of a pool's services that are not configured and ours to decide about.
func (w *writer) leaversOf(pool string) []planner.RealServerKey {
	var keys []planner.RealServerKey
	of := func(k planner.RealServerKey) {
		if p := w.index.PoolOf(k.Service); p != nil && p.Name == pool {
			keys = append(keys, k)
		}
	}
	for k := range w.facts.Leaving {
		of(k)
	}
	for k := range w.asides.gone {
		of(k)
	}
	return keys
}

// leavingName is the name of a server that is no longer configured.
func leavingName(k planner.RealServerKey, l planner.Leaving) string {
	return fmt.Sprintf("%s server %s (%v)", l.Pool, l.Name, k.Server)
}

// connectionsOf is how many connections would break off. Those of TCP that are closing do not count: a director that sees one
// direction keeps them for minutes. UDP has no end, only a time after which it is forgotten.
func connectionsOf(k planner.RealServerKey, s kernel.RealServerStats) uint32 {
	if k.Service.Protocol == planner.TCP || k.Service.Protocol == planner.SCTP {
		return s.Active
	}
	return s.Active + s.Inactive
}

// serverNamed is a server of a pool by its name; nil when there is none.
func serverNamed(p *planner.Pool, name string) *planner.PoolServer {
	if p == nil {
		return nil
	}
	for i := range p.Servers {
		if p.Servers[i].Name == name {
			return &p.Servers[i]
		}
	}
	return nil
}

// withIn sets a value in a map of maps, and withoutIn takes it out. Maps are replaced and not changed: an apply that is taken
// back, and whoever was given the facts, have them as they were.
func withIn[V any](m map[string]map[string]V, a, b string, v V) map[string]map[string]V {
	return with(maps.Clone(m), a, with(maps.Clone(m[a]), b, v))
}

func withoutIn[V any](m map[string]map[string]V, a, b string) map[string]map[string]V {
	if _, there := m[a][b]; !there {
		return m
	}
	m = maps.Clone(m)
	inner := maps.Clone(m[a])
	if delete(inner, b); len(inner) == 0 {
		delete(m, a)
		return m
	}
	m[a] = inner
	return m
}
