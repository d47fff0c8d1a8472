package enforcer

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"ha/enforcer/control"
	"ha/enforcer/notify"
	"ha/planner"
	"ha/vrrp"
)

// crier tells the channels of the plan what happens to VIPs, sync groups and servers. It is a leaf: whoever calls it may hold
// any lock, and never waits. Every state of an object is told once, however many elections and families it has.
type crier struct {
	events *eventLog
	send   func(channels []string, e notify.Event) // never blocks

	mu       sync.Mutex
	seq      uint64
	plan     *planner.Plan
	channels map[string]planner.Channel
	about    map[string][]string                   // names of channels by object
	leaving  map[string]bool                       // objects of the plan before this one, until they are gone
	last     map[string]cry                        // by object
	servers  map[string][]serverOf                 // by key of a check
	known    map[string]map[string]planner.Verdict // of servers that have channels, by pool and name
	pools    map[string]*planner.Pool              // by name
	quorum   map[string]planner.Verdict            // of pools; what was told last, or is no news
}

// cry is what was told last of an object, or would have been if a channel had wanted it.
type cry struct {
	what     planner.Happening
	priority uint8
}

// serverOf is a server that waits for a check.
type serverOf struct {
	pool   *planner.Pool
	server *planner.PoolServer
}

func newCrier(events *eventLog) *crier {
	return &crier{
		events: events, send: func([]string, notify.Event) {}, plan: &planner.Plan{}, channels: map[string]planner.Channel{},
		about: map[string][]string{}, leaving: map[string]bool{}, last: map[string]cry{}, servers: map[string][]serverOf{},
		known: map[string]map[string]planner.Verdict{}, quorum: map[string]planner.Verdict{},
	}
}

// arrange makes the channels those of a plan, and keeps those of objects that leave with it until [crier.settle]. facts are
// how its servers stand, which is no news. It returns the channels to be kept open.
func (c *crier) arrange(plan *planner.Plan, facts planner.Facts) []planner.Channel {
	c.mu.Lock()
	defer c.mu.Unlock()
	former := planner.Renames(plan, c.plan)
	renamed := map[string]bool{}
	for now, before := range former {
		renamed[before] = true
		if what, ok := c.last[before]; ok {
			c.last[now] = what
			delete(c.last, before)
		}
		if told, ok := c.quorum[before]; ok {
			c.quorum[now] = told
			delete(c.quorum, before)
		}
	}
	there := map[string]bool{}
	for _, v := range plan.VIPs {
		there[v.Name] = true
	}
	for _, name := range plan.SyncGroups {
		there[name] = true
	}
	before, channels := c.about, c.channels
	c.about, c.channels, c.leaving = map[string][]string{}, map[string]planner.Channel{}, map[string]bool{}
	for _, ch := range plan.Channels {
		c.channels[ch.Name] = ch
		for _, object := range ch.About {
			c.about[object] = append(c.about[object], ch.Name)
		}
	}
	for object, names := range before {
		if there[object] || renamed[object] || kindOf(object) == notify.Pool {
			continue
		}
		c.leaving[object] = true
		for _, name := range names {
			if _, stays := c.channels[name]; !stays {
				c.channels[name] = channels[name]
			}
		}
		c.about[object] = names
	}
	c.plan = plan
	c.findPools()
	c.watch(facts)
	return c.open()
}

// watch finds the servers whose state is told, and how they stand. Called with the lock.
func (c *crier) watch(facts planner.Facts) {
	c.servers, c.known = map[string][]serverOf{}, map[string]map[string]planner.Verdict{}
	for i := range c.plan.Pools {
		pool := &c.plan.Pools[i]
		states := map[string]planner.Verdict{}
		for j := range pool.Servers {
			server := &pool.Servers[j]
			if len(c.about[pool.Name])+len(c.about[serverObject(pool.Name, server.Name)]) == 0 {
				continue
			}
			states[server.Name] = server.State(facts)
			for _, key := range server.Checks {
				c.servers[key] = append(c.servers[key], serverOf{pool, server})
			}
		}
		c.known[pool.Name] = states
	}
}

// open are the channels, in the order of their names. Called with the lock.
func (c *crier) open() []planner.Channel {
	list := make([]planner.Channel, 0, len(c.channels))
	for _, name := range slices.Sorted(maps.Keys(c.channels)) {
		list = append(list, c.channels[name])
	}
	return list
}

// settle tells that objects are gone which the plan no longer has, and returns the channels that remain.
func (c *crier) settle() []planner.Channel {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, object := range slices.SortedFunc(maps.Keys(c.leaving), byKind) {
		if last, told := c.last[object]; told && last.what != planner.Stopped {
			c.tell(notify.Event{Object: object, What: planner.Deleted, Priority: last.priority, Why: "it is no longer configured"})
		}
		delete(c.last, object)
		delete(c.about, object)
	}
	c.leaving = map[string]bool{}
	c.channels = map[string]planner.Channel{}
	for _, ch := range c.plan.Channels {
		c.channels[ch.Name] = ch
	}
	return c.open()
}

// byKind sorts VIPs before sync groups, as they are told.
func byKind(a, b string) int {
	if (kindOf(a) == notify.Group) != (kindOf(b) == notify.Group) {
		if kindOf(a) == notify.Group {
			return 1
		}
		return -1
	}
	return strings.Compare(a, b)
}

// kindOf is the kind of an object by its name: vip.web, sync_group.edge, pool.web.
func kindOf(object string) notify.Kind {
	switch kind, _, _ := strings.Cut(object, "."); kind {
	case "vip":
		return notify.VIP
	case "sync_group":
		return notify.Group
	}
	return notify.Pool
}

// moved tells that an election of an object has a new state. Only the first that says so is heard.
func (c *crier) moved(object string, t control.Transition) {
	what, ok := happeningOf(t)
	if !ok {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last[object].what == what {
		return
	}
	e := notify.Event{Object: object, What: what, Active: what == planner.BecameActive, Why: t.Why}
	if kindOf(object) == notify.VIP {
		e.Priority = t.Priority
	}
	c.last[object] = cry{what, e.Priority}
	c.tell(e)
}

// happeningOf is what a transition means to those outside; a router that starts anew with other arguments is no news.
func happeningOf(t control.Transition) (planner.Happening, bool) {
	switch {
	case t.To == vrrp.Active.String():
		return planner.BecameActive, true
	case t.To == vrrp.Backup.String():
		return planner.BecameBackup, true
	case t.Cause == control.CauseStop:
		return planner.Stopped, true
	case t.Cause == control.CauseInterface, t.Cause == control.CauseSource, t.Cause == control.CauseSocket, t.Cause == control.CauseSecret,
		t.Cause == control.CauseTracking:
		return planner.Faulted, true
	}
	return "", false
}

// happened tells of something that is no state: it may happen again.
func (c *crier) happened(object string, what planner.Happening, active bool, priority uint8, why string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tell(notify.Event{Object: object, What: what, Active: active, Priority: priority, Why: why})
}

// judged tells of servers that went up or down because of checks. Up is news only of a server that was down: at the start,
// servers are expected to be there.
func (c *crier) judged(changed map[string]planner.Verdict, facts planner.Facts, why func(key string) string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, key := range slices.Sorted(maps.Keys(changed)) {
		for _, s := range c.servers[key] {
			before, now := c.known[s.pool.Name][s.server.Name], s.server.State(facts)
			if before == now || now == planner.Unknown {
				continue
			}
			c.known[s.pool.Name][s.server.Name] = now
			if now == planner.Up && before == planner.Unknown {
				continue
			}
			what := planner.WentUp
			if now == planner.Down {
				what = planner.WentDown
			}
			c.tell(eventOf(s, what, why(key)))
		}
	}
}

// ends tells that servers are down, and pools without quorum, because the enforcer ends: of pools that want it.
func (c *crier) ends() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range c.plan.Pools {
		pool := &c.plan.Pools[i]
		if !pool.DownAtStop {
			continue
		}
		for j := range pool.Servers {
			if s := (serverOf{pool, &pool.Servers[j]}); c.known[pool.Name][s.server.Name] == planner.Up {
				c.tell(eventOf(s, planner.WentDown, "the enforcer stops"))
			}
		}
		if c.quorum[pool.Name] == planner.Up {
			c.tell(eventOfPool(pool, planner.LostQuorum, "the enforcer stops"))
		}
	}
}

// eventOf is an event of a server.
func eventOf(s serverOf, what planner.Happening, why string) notify.Event {
	e := eventOfPool(s.pool, what, why)
	e.Kind, e.Name, e.Address = notify.Server, s.server.Name, s.server.Address.String()
	return e
}

// listenerOf is where a virtual server listens, as keepalived names it: 192.0.2.1:80, fwm 7.
func listenerOf(k planner.VirtualServerKey) string {
	if k.FWMark != 0 {
		return fmt.Sprintf("fwm %d", k.FWMark)
	}
	return k.Addr.String()
}

// serverObject is the name of a server, where channels are about some servers of a pool.
func serverObject(pool, server string) string { return pool + ".server." + server }

// tell completes an event and gives it to the channels that want it. Called with the lock.
func (c *crier) tell(e notify.Event) {
	var names []string
	about := c.about[e.Object]
	switch e.Kind {
	case notify.Server:
		about = slices.Concat(about, c.about[serverObject(e.Object, e.Name)])
	case notify.Pool:
		about = slices.Concat(about, c.about[quorumObject(e.Object)])
	case notify.VIP, notify.Group:
	}
	for _, name := range about {
		if slices.Contains(c.channels[name].On, e.What) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return
	}
	c.seq++
	e.Seq, e.At, e.Cluster, e.Node = c.seq, time.Now(), c.plan.Cluster, c.plan.Node
	if e.Kind == "" {
		e.Kind = kindOf(e.Object)
	}
	if e.Name == "" {
		_, e.Name, _ = strings.Cut(e.Object, ".")
	}
	c.send(names, e)
}

// told puts into the event log what became of an event.
func (c *crier) told(o notify.Outcome) {
	object := o.Object
	if object == "" {
		object = o.Channel
	}
	text := o.Channel
	if o.What != "" {
		text += fmt.Sprintf(" (%s", o.What)
		if o.Events > 1 {
			text += fmt.Sprintf(" and %d more", o.Events-1)
		}
		text += ")"
	}
	switch {
	case o.Err != "":
		text += ": " + o.Err
	case o.Took > 0:
		text += fmt.Sprintf(": told in %v", o.Took.Round(time.Millisecond))
	}
	if o.Said != "" {
		text += ": it said: " + o.Said
	}
	if o.Dropped > 0 && o.Err == "" {
		text += fmt.Sprintf("; %d events were dropped", o.Dropped)
	}
	if o.Err != "" {
		c.events.warn("notify", object, text)
		return
	}
	c.events.info("notify", object, text)
}

// farewellTime is how long scripts and mails may take at the end of the enforcer, and before another program takes its place.
const farewellTime = 5 * time.Second

// drain waits until everything is told, for a time at most.
func (s *checkerSlot) drain(within time.Duration) {
	s.mu.Lock()
	current := s.current
	s.mu.Unlock()
	if current == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	current.Drain(ctx)
}

// channels replaces the channels.
func (s *checkerSlot) channels(list []planner.Channel) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open = list
	if s.current != nil {
		s.current.Channels(list)
	}
}

// tell passes an event on.
func (s *checkerSlot) tell(names []string, e notify.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current != nil {
		s.current.Tell(names, e)
	}
}
