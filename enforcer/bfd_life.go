package enforcer

import (
	"maps"
	"math/rand/v2"
	"net/netip"
	"slices"

	"ha/checks/bfd"
	"ha/vrrp/socket"
)

// set makes the running sessions those of configs. One of which only timers changed goes on; others take leave. No session
// sends from one of vips, unless it is told to.
func (b *bfdSessions) set(configs []bfd.Config, vips []netip.Addr) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.stopped {
		return
	}
	b.vips = vips
	wanted := map[string]bfd.Config{}
	for _, c := range configs {
		wanted[c.Name] = c
	}
	for _, name := range slices.Sorted(maps.Keys(b.sessions)) {
		s := b.sessions[name]
		if c, ok := wanted[name]; !ok || !s.config.SameSession(c) {
			delete(b.sessions, name)
			b.leave(s)
		}
	}
	for _, c := range configs {
		s, ok := b.sessions[c.Name]
		switch {
		case !ok:
			b.begin(c)
		case s.config != c:
			s.config = c
			b.step(s, bfd.Retimed{})
		}
	}
	b.attendLocked()
}

// begin starts a session; called with the lock.
func (b *bfdSessions) begin(c bfd.Config) {
	if b.alarm == nil {
		alarm, err := socket.NewAlarm()
		if err != nil {
			b.events.error("problem", c.Name, "cannot run: "+err.Error())
			return
		}
		b.alarm = alarm
		b.running.Go(func() { b.serve(alarm) })
	}
	s := newBFDSession(c)
	b.sessions[c.Name] = s
	b.listen(s.port()) // before the peer can answer
	if b.resume(s) {
		return
	}
	discriminator := rand.Uint32()
	for b.demux.Taken(discriminator) {
		discriminator = rand.Uint32()
	}
	b.attendTo(s)
	b.demux.Add(discriminator, s.path, s)
	b.step(s, bfd.Startup{Discriminator: discriminator})
	if b.told[c.Name] != bfd.Undecided {
		b.report(s) // that of an earlier session of this name
	}
}

// leave lets the peer of a session know that it ends; called with the lock.
func (b *bfdSessions) leave(s *bfdSession) {
	s.leaving = true
	b.demux.Remove(s.core.Local, s.path)
	b.step(s, bfd.Shutdown{})
}

// goodbyes is how often a process that ends says so, since nobody repeats it later.
const goodbyes = 3

// stop takes leave of all peers, and ends everything that runs. The peers may learn it from the first packet; to wait for
// them would hold up a restart.
func (b *bfdSessions) stop() {
	b.mu.Lock()
	b.stopped = true
	for _, name := range slices.Sorted(maps.Keys(b.sessions)) {
		s := b.sessions[name]
		b.leave(s)
		for range goodbyes - 1 {
			if s.core.Left != 0 {
				b.send(s, false)
			}
		}
	}
	for _, s := range slices.Clone(b.queue) {
		b.finish(s)
	}
	b.sessions = map[string]*bfdSession{}
	b.closeIdle()
	if b.alarm != nil {
		b.complain("timer", b.alarm.Close())
	}
	b.mu.Unlock()
	b.running.Wait()
}

// still runs fn while no session moves, with the record of those that go on in another program. The peers of the others were
// told that we leave: the process ends in fn, or nothing has happened, and they find us again.
func (b *bfdSessions) still(fn func(*bfdRecord) error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.sessions {
		if s.goesOn() {
			continue
		}
		core := s.core
		s.core, _ = s.config.Step(core, b.now(), bfd.Shutdown{})
		for range goodbyes {
			if s.core.Left != 0 {
				b.send(s, false)
			}
		}
		s.core = core
	}
	return fn(b.bequeath())
}

// attend looks after sockets that are missing or belong to an interface that is another one now.
func (b *bfdSessions) attend() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.attendLocked()
}

func (b *bfdSessions) attendLocked() {
	for _, name := range slices.Sorted(maps.Keys(b.sessions)) {
		s := b.sessions[name]
		b.listen(s.port())
		path := s.path
		b.attendTo(s)
		if path != s.path {
			b.demux.Remove(s.core.Local, path)
			b.demux.Add(s.core.Local, s.path, s)
		}
	}
}
