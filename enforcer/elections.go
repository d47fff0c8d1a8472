package enforcer

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"ha/enforcer/control"
	"ha/planner"
	"ha/vrrp"
)

// elections runs every election of the node: groups of instances over the stations (sockets) that they share. It
// tells the inbox which VIPs are Active and is told when addresses are in place.
//
// Elections never wait for the loop that writes the kernel. Locks are taken in the order elections,
// receiver, station, group; those of the engine come last.
type elections struct {
	events   *eventLog
	inbox    *inbox
	crier    *crier
	engine   *engine
	start    time.Time    // times of package vrrp are durations since then
	boot     string       // of the kernel
	missed   atomic.Int64 // nanoseconds in which the machine slept, and that clock with it
	disputed atomic.Bool  // there are contests, or claims of others on addresses, to be settled
	woke     atomic.Int64 // since when this process could have acted, on that clock: what was due before is not its lateness

	mu        sync.Mutex
	groups    map[string]*group
	holders   map[string][]*group // by VIP; those that have ended since the last set do nothing
	stations  map[stationKey]*station
	tracking  tracking
	lanes     *lanes
	debouncer debouncer
	waiting   bool          // instances wait for their interface or for their secrets
	departed  bool          // they have ended without a word: another process goes on with them
	legacy    *legacy       // of a process before this one, until it is settled
	poke      chan struct{} // links or addresses may have changed
	moves     chan struct{} // something moved that a record holds; holds one ring
	running   sync.WaitGroup
}

func newElections(events *eventLog, in *inbox) *elections {
	return &elections{
		events: events, inbox: in, crier: newCrier(events), engine: newEngine(events), start: time.Now(), boot: bootID(),
		groups: map[string]*group{}, stations: map[stationKey]*station{}, tracking: newTracking(),
		lanes: newLanes(events), poke: make(chan struct{}, 1), moves: make(chan struct{}, 1),
	}
}

// run watches over interfaces until ctx ends: an instance takes part while its interface is up and has a source
// address. It then stops all elections.
func (e *elections) run(ctx context.Context) {
	retry := time.NewTicker(time.Second)
	defer retry.Stop()
	for {
		select {
		case <-ctx.Done():
			e.stop()
			return
		case <-e.poke:
			e.attend(false)
		case <-retry.C: // only instances that wait for their interface
			e.attend(true)
			e.settleContests()
		}
	}
}

// linksMoved says that links or addresses may have changed. It never blocks.
func (e *elections) linksMoved() {
	select {
	case e.poke <- struct{}{}:
	default:
	}
}

// linksFell looks at all interfaces at once, since one went down: the VIPs on it are given up before anything else is done.
func (e *elections) linksFell() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.attendLocked(false)
}

// adopt makes the running elections those of a configuration; see set.
func (e *elections) adopt(c *Config, by string) {
	e.lanes.regroup(c.Paces)
	e.set(c.Instances, placesOf(&c.Plan, c.Instances), c.Plan.Pools, by)
}

// set makes the running elections those of instances, which nobody may change afterwards. Where only arguments changed that no packet depends on, the
// state is kept; where the virtual router is another one, it leaves (priority 0) and starts anew. where tells on which
// device each address of a VIP stands, pools are those that instances may track, and by who asks for it.
func (e *elections) set(instances []vrrp.Instance, where places, pools []planner.Pool, by string) {
	secrets := resolve(instances)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.tracking.watch(instances, pools)
	wanted := grouped(instances)
	for _, name := range slices.Sorted(maps.Keys(e.groups)) {
		if g := e.groups[name]; !g.canBecome(wanted[name]) {
			e.end(name, g, by)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		if g, ok := e.groups[name]; ok {
			g.update(wanted[name], where, secrets, by)
			continue
		}
		if err := e.engine.run(&e.running); err != nil {
			e.events.error("problem", name, "its election cannot run: "+err.Error())
			continue
		}
		g := newGroup(e, name, wanted[name], where, secrets)
		g.bequest = e.legacy.of(name)
		e.groups[name] = g
	}
	e.hold()
	for _, s := range e.stations {
		s.regard()
	}
	e.attendLocked(false)
	e.note()
}

// grouped sorts instances into those that move together.
func grouped(instances []vrrp.Instance) map[string][]*vrrp.Instance {
	groups := map[string][]*vrrp.Instance{}
	for n := range instances {
		i := &instances[n]
		name := i.Group
		if name == "" {
			name = i.Name
		}
		groups[name] = append(groups[name], i)
	}
	return groups
}

// hold finds out which groups elect for a VIP.
func (e *elections) hold() {
	e.holders = map[string][]*group{}
	for _, g := range e.groups {
		for _, m := range g.members {
			if list := e.holders[m.instance.VIP]; !slices.Contains(list, g) {
				e.holders[m.instance.VIP] = append(list, g)
			}
		}
	}
}

// end stops a group; called with the lock.
func (e *elections) end(name string, g *group, by string) {
	g.stop(control.CauseConfiguration, "it is no longer configured as it was: "+by)
	delete(e.groups, name)
	e.closeIdle()
}

// stop ends all elections: those that are Active say priority 0.
func (e *elections) stop() {
	e.mu.Lock()
	for name, g := range e.groups {
		g.stop(control.CauseStop, "the enforcer stops")
		delete(e.groups, name)
	}
	e.closeIdle()
	e.engine.stop()
	e.mu.Unlock()
	e.lanes.stop()
	e.running.Wait()
}

// attend brings every instance into line with its interface, or those that wait for it.
func (e *elections) attend(waitingOnly bool) {
	if waitingOnly && !e.anyWaits() {
		return
	}
	secrets := resolve(e.unproven())
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, g := range e.groups {
		g.proveAgain(secrets)
	}
	e.attendLocked(waitingOnly)
}

func (e *elections) attendLocked(waitingOnly bool) {
	find, link := e.finder(), e.links()
	e.waiting = false
	for _, name := range slices.Sorted(maps.Keys(e.groups)) {
		g := e.groups[name]
		for i := range g.members {
			if waitingOnly && g.ready(i) {
				continue
			}
			m := g.members[i]
			if m.unproven != nil {
				g.attend(i, nil, netip.Addr{}, m.unproven)
				e.waiting = true
				continue
			}
			at := g.believed(i, find(*m.instance), link)
			dependencies := e.tracking.judge(*m.instance, g.goesOn(i), link)
			if at.fault == nil {
				at.fault = faultOf(dependencies)
			}
			g.weigh(i, dependencies)
			g.attend(i, at.station, at.source, at.fault)
			e.waiting = e.waiting || at.fault != nil
		}
	}
	e.closeIdle()
}

// anyWaits tells whether an instance waits for its interface or for its secrets.
func (e *elections) anyWaits() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.waiting
}

// unproven are the instances that wait for their secrets.
func (e *elections) unproven() []vrrp.Instance {
	e.mu.Lock()
	defer e.mu.Unlock()
	var list []vrrp.Instance
	for _, g := range e.groups {
		for _, m := range g.members {
			if m.unproven != nil {
				list = append(list, *m.instance)
			}
		}
	}
	return list
}

// spot is where an instance can take part: its station and the source of its adverts, or why it cannot.
type spot struct {
	station *station
	source  netip.Addr
	fault   error
}

// finder returns a function that finds the spot of an instance. It asks the kernel once per interface and family,
// however many instances are there.
func (e *elections) finder() func(vrrp.Instance) spot {
	vips := map[netip.Addr]bool{} // none of them is a source
	for _, g := range e.groups {
		for _, m := range g.members {
			for _, a := range m.instance.Addresses {
				vips[a] = true
			}
		}
	}
	type question struct {
		device string
		ipv6   bool
		transport
		owner   bool
		anyLink bool
		peers   string
	}
	known := map[question]spot{}
	return func(i vrrp.Instance) spot {
		q := question{i.Interface, i.Config.IPv6, transportOf(i), i.Config.Priority == 255, i.AnyLink, ""}
		var peers []netip.Addr
		if i.Unicast != nil && !i.Unicast.Source.IsValid() {
			peers = i.Unicast.Peers
			q.peers = fmt.Sprint(peers)
		}
		if at, asked := known[q]; asked && (at.station == nil || e.stations[at.station.key] == at.station) {
			return at
		}
		exclude := vips
		if q.owner {
			exclude = nil // the owner's VIP is its real address
		}
		var at spot
		at.station, at.source, at.fault = e.station(stationKey{device: q.device, via: q.via, ipv6: q.ipv6, ah: q.ah, group: q.group, class: q.class, queue: q.queue, hops: q.hops}, q.transport, peers, exclude, q.anyLink)
		known[q] = at
		return at
	}
}

// linkFinder returns a function that says why an interface does not work. It asks the kernel once per interface.
func linkFinder() func(device string) error {
	known := map[string]error{}
	return func(device string) error {
		err, asked := known[device]
		if !asked {
			err = usable(device)
			known[device] = err
		}
		return err
	}
}

// station returns the open station of an interface and the source address of its adverts, or why there is none. Unicast
// may have a source of its own choice, which then decides with the rest of the key. With anyLink the interface has only to exist.
func (e *elections) station(key stationKey, t transport, peers []netip.Addr, exclude map[netip.Addr]bool, anyLink bool) (*station, netip.Addr, error) {
	if err := usable(key.device); err != nil && (isAbsent(err) || !anyLink) {
		return nil, netip.Addr{}, err
	}
	if key.via != "" {
		if err := usable(key.via); err != nil {
			return nil, netip.Addr{}, virtualFault{err} // it is made with the VIP, and comes back when somebody deletes it
		}
	}
	source, err := t.sourceOn(key.device, key.ipv6, peers, exclude)
	if err != nil {
		return nil, netip.Addr{}, err
	}
	if t.unicast {
		key.source = source
	}
	if s := e.stations[key]; s != nil {
		if s.current() {
			return s, source, nil
		}
		s.close() // the interface was deleted and made again
		delete(e.stations, key)
	}
	s, err := openStation(key, e.engine)
	if err != nil {
		return nil, netip.Addr{}, err
	}
	e.legacy.give(s)
	e.stations[key] = s
	return s, source, nil
}

// closeIdle closes stations without members, and lets the others hear theirs.
func (e *elections) closeIdle() {
	for key, s := range e.stations {
		s.sift()
		if s.idle() {
			s.close()
			delete(e.stations, key)
		}
	}
}

// installed says that the addresses of VIPs are in place. Adverts of a turn that has not ended leave first: the order on
// the wire is advert, announcement (RFC 9568 section 6.4.2).
func (e *elections) installed(vips ...string) {
	e.engine.outbox.empty()
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, vip := range vips {
		for _, g := range e.holders[vip] {
			if len(vips) <= fewVIPs {
				g.open(vip)
			}
			g.installed(vip, len(vips) <= fewVIPs)
		}
	}
}

// now is the time as package vrrp counts it. It never is 0, which there means never.
func (e *elections) now() time.Duration {
	return time.Since(e.start) + time.Duration(e.missed.Load()) + 1
}

// at is the wall time of a time of package vrrp, and zero for never.
func (e *elections) at(d time.Duration) time.Time {
	if d == 0 {
		return time.Time{}
	}
	return e.start.Add(d)
}

// status describes every instance, sorted by name, under the name of its VIP.
func (e *elections) status() map[string][]control.InstanceStatus {
	e.mu.Lock()
	defer e.mu.Unlock()
	all := map[string][]control.InstanceStatus{}
	for _, g := range e.groups {
		g.status(all)
	}
	for _, list := range all {
		slices.SortFunc(list, func(a, b control.InstanceStatus) int {
			return slices.Compare([]string{a.Name}, []string{b.Name})
		})
	}
	return all
}
