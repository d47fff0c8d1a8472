package enforcer

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"

	"ha/checks/bfd"
	"ha/checks/bfd/packet"
	bfdsocket "ha/checks/bfd/socket"
	"ha/vrrp/socket"
)

// bfdSessions runs every BFD session of the node over one timer, and one receiving socket per port and family. It tells
// of verdicts that changed. Like elections it never waits for the loop that writes the kernel, nor for those whom it
// tells.
//
// Sockets are opened by set and attend only, in the network namespace of their callers. The lock is never held across
// anything slower than sending a packet or opening a socket.
type bfdSessions struct {
	events *eventLog
	say    func(bfdNews)
	start  time.Time // times of package bfd are durations since then

	mu        sync.Mutex
	vips      []netip.Addr           // no session sends from them
	sessions  map[string]*bfdSession // by name; those that leave are only in the queue
	queue     bfdQueue
	alarm     *socket.Alarm // nil until there is a session
	armed     time.Duration // when the alarm goes off; 0: it is not set
	demux     *bfd.Demux[*bfdSession]
	listeners map[bfdPort]*bfdsocket.Listener
	deaf      map[bfdPort]string // why a port cannot be listened to
	ports     map[uint16]bool    // from which sessions send
	dropped   map[packet.Drop]uint64
	strangers map[netip.Addr]bool // told of once
	buffer    [packet.Len]byte    // the packet being sent
	news      []bfdNews
	legacy    map[string]bfdSessionRecord // of the program before, by name, until set
	told      map[string]bfd.Verdict      // by name: the newest verdict in the news
	stopped   bool

	bell    chan struct{} // there is news
	running sync.WaitGroup
}

// bfdPort is where a Listener hears.
type bfdPort struct{ ipv6, multihop bool }

// bfdNews is a verdict that has changed.
type bfdNews struct {
	name    string
	verdict bfd.Verdict
	at      time.Time
	why     string
	lost    netip.Addr // the peer, when the session was alive and is dead now
}

func newBFD(events *eventLog, say func(bfdNews)) *bfdSessions {
	return &bfdSessions{
		events: events, say: say, start: time.Now(), sessions: map[string]*bfdSession{}, demux: bfd.NewDemux[*bfdSession](),
		listeners: map[bfdPort]*bfdsocket.Listener{}, deaf: map[bfdPort]string{}, ports: map[uint16]bool{}, dropped: map[packet.Drop]uint64{},
		strangers: map[netip.Addr]bool{}, told: map[string]bfd.Verdict{}, legacy: map[string]bfdSessionRecord{}, bell: make(chan struct{}, 1),
	}
}

// run tells the news and looks after sockets that are missing, until ctx ends; then it takes leave of all peers.
func (b *bfdSessions) run(ctx context.Context) {
	retry := time.NewTicker(time.Second)
	defer retry.Stop()
	for {
		select {
		case <-ctx.Done():
			b.stop()
			return
		case <-b.bell:
			b.tell()
		case <-retry.C:
			b.attend()
		}
	}
}

// now is the time as package bfd counts it. It never is 0, which there means never.
func (b *bfdSessions) now() time.Duration { return time.Since(b.start) + 1 }

// serve steps timeouts until the alarm is closed.
func (b *bfdSessions) serve(alarm *socket.Alarm) { b.complain("timer", alarm.Serve(b.fire)) }

// complain tells of an error of something that all sessions need.
func (b *bfdSessions) complain(what string, err error) {
	if err != nil {
		b.events.error("problem", "bfd "+what, err.Error())
	}
}

// maxTurn bounds the timeouts of one turn, after which packets are let in again.
const maxTurn = 1024

// fire does what is due. Packets that wait go before a detection time that ends: a process that was not scheduled must
// not call a peer dead.
func (b *bfdSessions) fire() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.armed = 1 // before everything: the alarm is set once, at the end
	defer func() { b.armed = 0; b.arm() }()
	var drained []*bfdsocket.Listener
	for range maxTurn {
		if len(b.queue) == 0 {
			return
		}
		s, now := b.queue[0], b.now()
		if s.due > now {
			return
		}
		if l := b.listeners[s.port()]; l != nil && s.core.Silence != 0 && s.core.Silence <= now && !slices.Contains(drained, l) {
			drained = append(drained, l)
			b.drain(l)
			continue
		}
		s.late = max(s.late, now-s.due)
		b.step(s, bfd.Timeout{})
	}
}

// drain lets in what waits; called with the lock, which it gives away meanwhile.
func (b *bfdSessions) drain(l *bfdsocket.Listener) {
	b.mu.Unlock()
	defer b.mu.Lock()
	b.complain("socket", l.Drain(b.hear))
}

// arm sets the alarm to the next deadline; called with the lock. One that goes off too early costs less than setting it
// with every packet, so it is only moved when it would be late.
func (b *bfdSessions) arm() {
	if len(b.queue) == 0 || b.stopped || b.armed != 0 && b.armed <= b.queue[0].due {
		return
	}
	b.armed = b.queue[0].due
	b.complain("timer", b.alarm.Set(b.armed-b.now()))
}

// step tells a session of an event and does what follows; called with the lock.
func (b *bfdSessions) step(s *bfdSession, ev bfd.Event) {
	before := s.core
	var do bfd.Actions
	s.core, do = s.config.Step(s.core, b.now(), ev)
	if do.Answer {
		b.send(s, true)
	}
	if do.Send {
		b.send(s, false)
	}
	if s.core.State != before.State {
		b.moved(s, before.State)
	}
	if s.core.Verdict != before.Verdict && !s.leaving {
		if s.core.State == before.State {
			b.events.info("bfd", s.config.Name, fmt.Sprintf("counts as %s: %s", verdictWord(s.core.Verdict), s.why()))
		}
		b.report(s)
		if before.Verdict == bfd.Alive && s.core.Verdict == bfd.Dead {
			b.news[len(b.news)-1].lost = s.config.Peer
		}
	}
	due, ok := s.core.Deadline()
	if !ok {
		b.queue.remove(s)
		if s.leaving {
			b.finish(s)
		}
		return
	}
	b.queue.put(s, due)
	b.arm()
}

// report leaves the verdict of a session for those who track it; called with the lock.
func (b *bfdSessions) report(s *bfdSession) {
	b.told[s.config.Name] = s.core.Verdict
	b.news = append(b.news, bfdNews{name: s.config.Name, verdict: s.core.Verdict, at: time.Now(), why: s.why()})
	select {
	case b.bell <- struct{}{}:
	default:
	}
}

// finish frees what a session holds that has left; called with the lock.
func (b *bfdSessions) finish(s *bfdSession) {
	b.queue.remove(s)
	s.close(b)
	b.closeIdle()
}

// tell hands out the news.
func (b *bfdSessions) tell() {
	b.mu.Lock()
	news := b.news
	b.news = nil
	b.mu.Unlock()
	for _, n := range news {
		b.say(n)
	}
}

// verdictWord is what a session is to those who depend on it.
func verdictWord(v bfd.Verdict) string {
	switch v {
	case bfd.Alive:
		return "up"
	case bfd.Dead:
		return "down"
	case bfd.Undecided:
	}
	return "unknown"
}

// moved tells of a transition and its cause; called with the lock.
func (b *bfdSessions) moved(s *bfdSession, before bfd.State) {
	s.since = time.Now()
	clear(s.remarked)
	text := fmt.Sprintf("%v -> %v: %s", before, s.core.State, s.core.Reason)
	if before == bfd.Up && !s.leaving {
		b.events.warn("bfd", s.config.Name, text)
		return
	}
	b.events.info("bfd", s.config.Name, text)
}
