package enforcer

import (
	"context"
	"maps"
	"net/netip"
	"slices"
	"sync"
	"time"

	"ha/vrrp"
	"ha/vrrp/socket"
)

// goodbye is the time between saying priority 0 and letting the addresses go. Nothing in the protocol forbids to answer until
// the successor is there, and who lets go at once leaves clients alone for the successor's skew. A VIP goes when its
// successor has announced all of it; a moment after the successor's first advert, if that announces nothing here; and in any case
// when the slowest successor must have come.
type goodbye struct {
	events    *eventLog
	witnesses []*socket.Witness
	serving   sync.WaitGroup

	mu      sync.Mutex
	leaving map[string]*leaver // by VIP
	news    chan struct{}      // holds one ring
}

// leaver is a VIP that waits for its successor.
type leaver struct {
	until     time.Time
	addresses []netip.Addr // that no successor has announced yet
	routers   []router
}

// router is one virtual router of a VIP.
type router struct {
	vrid uint8
	ipv6 bool
}

// afterAdvert is how long a VIP stays after the first advert of its successor, which announces it right after that: four times
// what keepalived and ha were seen to need on a busy machine.
const afterAdvert = 20 * time.Millisecond

// longestGoodbye bounds the wait where adverts are seconds apart.
const longestGoodbye = 10 * time.Second

// patienceOf is how long the slowest successor may take: a Backup waits its skew after priority 0, which is nearly an
// interval at the lowest priority (RFC 9568 section 6.4.2; RFC 3768 counts it in seconds). The rest is for a busy host.
func patienceOf(c vrrp.Config) time.Duration {
	unit := c.Interval
	if c.Version == 2 {
		unit = time.Second
	}
	return min(unit+unit/4+50*time.Millisecond, longestGoodbye)
}

// goodbye prepares to leave: it hears from now on who comes after the VIPs that are Active here and leave. Those whom nobody
// can follow are not in it.
func (e *elections) goodbye(leaves func(vip string) bool) *goodbye {
	b := &goodbye{events: e.events, leaving: map[string]*leaver{}, news: make(chan struct{}, 1)}
	e.mu.Lock()
	devices := map[string]bool{}
	for _, g := range e.groups {
		g.sayGoodbye(b, devices, leaves)
	}
	e.mu.Unlock()
	for _, device := range slices.Sorted(maps.Keys(devices)) {
		w, err := socket.OpenWitness(device)
		if err != nil {
			e.events.warn("problem", device, err.Error())
			continue // the wait has an end
		}
		b.witnesses = append(b.witnesses, w)
		b.serving.Go(func() {
			if err := w.Serve(b.seen); err != nil {
				e.events.warn("problem", device, err.Error())
			}
		})
	}
	return b
}

// sayGoodbye adds the VIPs of a group that is Active, and the interfaces on which they are announced.
func (g *group) sayGoodbye(b *goodbye, devices map[string]bool, leaves func(vip string) bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.core.State() != vrrp.Active || g.stopped {
		return
	}
	for _, m := range g.members {
		if !leaves(m.instance.VIP) || m.station == nil || m.instance.Unicast != nil && len(m.peers) == 0 {
			continue
		}
		l := b.leaving[m.instance.VIP]
		if l == nil {
			l = &leaver{}
			b.leaving[m.instance.VIP] = l
		}
		if until := time.Now().Add(patienceOf(m.instance.Config)); until.After(l.until) {
			l.until = until
		}
		l.routers = append(l.routers, router{m.instance.Config.VRID, m.instance.Config.IPv6})
		devices[m.station.key.device] = true
		for _, at := range m.places {
			l.addresses = append(l.addresses, at.addr)
			devices[at.device] = true
		}
	}
}

// seen takes what a witness has heard.
func (b *goodbye) seen(s socket.Sighting) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	for _, l := range b.leaving {
		switch {
		case s.Announced.IsValid():
			l.announced(s.Announced, now)
		case s.Priority != 0 && slices.Contains(l.routers, router{s.VRID, s.IPv6}):
			if soon := now.Add(afterAdvert); soon.Before(l.until) {
				l.until = soon
			}
		}
	}
	select {
	case b.news <- struct{}{}:
	default:
	}
}

// announced notes that a successor has an address. When it has all of them, it is time; the first ones do not end what is
// answered for the others, which follow.
func (l *leaver) announced(addr netip.Addr, now time.Time) {
	i := slices.Index(l.addresses, addr)
	if i < 0 {
		return
	}
	l.addresses = slices.Delete(l.addresses, i, i+1)
	soon := now
	if len(l.addresses) > 0 {
		soon = now.Add(afterAdvert)
	}
	if soon.Before(l.until) {
		l.until = soon
	}
}

// next waits for VIPs whose time is over, and returns their names; none when all have left, or ctx has ended.
func (b *goodbye) next(ctx context.Context) []string {
	for {
		done, wait := b.due(time.Now())
		if len(done) > 0 || wait < 0 || ctx.Err() != nil {
			return done
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-b.news:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// due takes out the VIPs whose time is over, and says how long it is until the next; less than 0: there is none.
func (b *goodbye) due(now time.Time) (done []string, wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	wait = -1
	for _, vip := range slices.Sorted(maps.Keys(b.leaving)) {
		left := b.leaving[vip].until.Sub(now)
		switch {
		case left <= 0:
			done = append(done, vip)
			delete(b.leaving, vip)
		case wait < 0 || left < wait:
			wait = left
		}
	}
	return done, wait
}

// waits tells whether a VIP still waits for its successor.
func (b *goodbye) waits() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.leaving) > 0
}

// close ends the hearing.
func (b *goodbye) close() {
	for _, w := range b.witnesses {
		if err := w.Close(); err != nil {
			b.events.warn("problem", "goodbye", err.Error())
		}
	}
	b.serving.Wait()
}

// farewell is the goodbye of all VIPs; that of nobody when another process goes on.
func (e *Enforcer) farewell() *goodbye {
	if e.departed {
		return &goodbye{events: e.events}
	}
	return e.elections.goodbye(func(string) bool { return true })
}

// linger lets the addresses of VIPs go one after the other, each when its successor is there. The loop has ended, so nobody
// else writes.
func (e *Enforcer) linger(ctx context.Context, b *goodbye) {
	defer b.close()
	for {
		vips := b.next(ctx)
		if len(vips) == 0 {
			return
		}
		gone := map[string]bool{}
		for _, vip := range vips {
			gone[vip] = false
		}
		e.writer.activity(ctx, gone)
	}
}

// leaving is the goodbye of the VIPs that a plan takes from this node.
func (a *application) leaving(next *Generation) *goodbye {
	stays := map[string]bool{}
	for i := range next.Config.Plan.VIPs {
		stays[next.Config.Plan.VIPs[i].Name] = true
	}
	for _, former := range a.renames {
		stays[former] = true
	}
	if a.enforcer.direct {
		return &goodbye{events: a.enforcer.events}
	}
	return a.enforcer.elections.goodbye(func(vip string) bool { return !stays[vip] })
}

// awaitSuccessors waits until the VIPs that a plan takes away are followed, or can be no longer. Other VIPs that move
// meanwhile are not held up.
func (a *application) awaitSuccessors(ctx context.Context, b *goodbye) {
	defer b.close()
	w := &a.enforcer.writer
	for b.waits() && ctx.Err() == nil {
		turn, cancel := context.WithTimeout(ctx, successorTurn)
		b.next(turn)
		cancel()
		w.activity(ctx, w.urgent())
	}
}

// successorTurn is how long other VIPs wait while an apply waits for successors.
const successorTurn = 2 * time.Millisecond
