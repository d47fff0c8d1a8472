package enforcer

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"ha/vrrp/packet"
	"ha/vrrp/socket"
)

// stationKey names a station: adverts of all instances on one interface, in one family and by one transport arrive at
// one socket.
type stationKey struct {
	device string
	via    string // a virtual interface through which adverts leave
	ipv6   bool
	ah     bool
	source netip.Addr // of unicast; not valid for multicast
	group  netip.Addr // of multicast, where it is not that of the standard
	class  uint8
	queue  uint8
	hops   uint8 // of unicast
}

// station is the sockets of one interface and family with the instances that hear through them.
type station struct {
	key       stationKey
	events    *eventLog
	engine    *engine
	conn      *socket.Conn
	announcer *socket.Announcer
	vigil     *socket.Vigil

	heirloom atomic.Pointer[socket.Conn] // of the process before, until all is heard that waits in it

	mu        sync.Mutex
	members   map[uint8]hearer // by VRID
	moved     bool             // since the kernel was told of them
	claimable []claimant       // in the order of their addresses

	drained atomic.Int64 // when all was heard that had come, on the clock of the elections; 0: never
}

// hearer is a member of a group that wants the adverts of a VRID.
type hearer struct {
	group  *group
	member int
}

func openStation(key stationKey, engine *engine) (*station, error) {
	options := key.options()
	options.Watched, options.Receiver = true, engine.receiver
	conn, err := socket.Open(options)
	if err != nil {
		return nil, err
	}
	s := &station{key: key, events: engine.events, engine: engine, conn: conn, members: map[uint8]hearer{}}
	if s.announcer, err = socket.OpenAnnouncer(key.device); err == nil {
		s.vigil, err = socket.OpenVigil(key.device)
	}
	if err == nil {
		err = engine.watch(conn, s.heard)
	}
	if err != nil {
		s.close() // the first error is the one to tell
		return nil, err
	}
	go func() {
		if err := s.vigil.Serve(s.claimed); err != nil { // ends with close
			s.events.warn("problem", key.device, err.Error())
		}
	}()
	return s, nil
}

// heard is called by the engine while packets wait.
func (s *station) heard() {
	s.drainHeirloom()
	if err := s.conn.Take(s.hear); err != nil {
		s.events.error("problem", s.key.device, err.Error())
	}
}

// drain handles what has arrived before a timer is acted upon that was due at a time. Of many timers that are due together, the
// first lets everything be heard, also for the others: what comes for them later comes too late.
func (s *station) drain(due, now time.Duration) {
	if last := time.Duration(s.drained.Load()); last != 0 && last >= due && now-last < drainedFor {
		return
	}
	s.drainHeirloom()
	heard := 0
	err := s.conn.Drain(func(p packet.Packet, drop packet.Drop) { heard++; s.hear(p, drop) })
	if err != nil {
		s.events.error("problem", s.key.device, err.Error())
	}
	if err == nil && heard < socket.MostDrained {
		s.drained.Store(int64(now))
	}
}

// drainedFor is how long nothing is believed to wait that came before: so short that no other router acts and is heard meanwhile,
// should this process pause.
const drainedFor = 5 * time.Millisecond

// hear hands a packet to the instance of its VRID. Calls never overlap.
func (s *station) hear(p packet.Packet, drop packet.Drop) {
	if drop != packet.Accepted {
		return
	}
	vrid := p.VRID()
	s.mu.Lock()
	h, ok := s.members[vrid]
	s.mu.Unlock()
	if ok {
		h.group.hear(h.member, p)
	}
}

func (s *station) join(vrid uint8, h hearer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.members[vrid] = h
	s.moved = true
}

// sift lets the kernel drop what is for nobody here, once after members came or went: a filter is compiled each time.
func (s *station) sift() {
	s.mu.Lock()
	moved := s.moved && len(s.members) > 0
	s.mu.Unlock()
	if !moved {
		return
	}
	s.watch()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.moved = false
	if err := s.conn.SetVRIDs(slices.Sorted(maps.Keys(s.members))); err != nil {
		s.events.warn("problem", s.key.device, err.Error()) // hear drops it as well
	}
}

func (s *station) leave(vrid uint8, h hearer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.members[vrid] == h {
		delete(s.members, vrid)
		s.moved = true
	}
}

// regard says that the addresses of members may be others.
func (s *station) regard() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.moved = true
}

func (s *station) idle() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.members) == 0
}

// current tells whether the interface is still the one that the sockets were opened on.
func (s *station) current() bool {
	i, err := socket.FindLink(s.key.device)
	if err != nil || i.Index != s.conn.Index() || s.key.via == "" {
		return err == nil && i.Index == s.conn.Index()
	}
	out, err := socket.FindLink(s.key.via)
	return err == nil && out.Index == s.conn.Out()
}

// replaces tells whether a station is the one before it but for the virtual interface, which somebody deleted and the enforcer
// made again: the others have not noticed, so the election goes on.
func (s *station) replaces(old *station) bool {
	return s.key == old.key && s.key.via != "" && s.conn.Index() == old.conn.Index()
}

func (s *station) close() {
	s.engine.forget(s.conn)
	err := s.conn.Close()
	if s.announcer != nil {
		err = errors.Join(err, s.announcer.Close())
	}
	if s.vigil != nil {
		err = errors.Join(err, s.vigil.Close())
	}
	if err != nil {
		s.events.warn("problem", s.key.device, fmt.Sprintf("closing its sockets: %v", err))
	}
}

// linkFault is what is wrong with an interface.
type linkFault struct {
	error
	absent bool // it does not exist; else it does, and is down or has no carrier
}

// Unwrap is the error with its text.
func (f linkFault) Unwrap() error { return f.error }

// isAbsent tells whether the interface that an error is about does not exist, isDown whether it does and does not work.
func isAbsent(err error) bool { f, ok := errors.AsType[linkFault](err); return ok && f.absent }

func isDown(err error) bool { f, ok := errors.AsType[linkFault](err); return ok && !f.absent }

// usable says why no election can run on an interface, and nil when one can.
func usable(device string) error {
	i, err := socket.FindLink(device)
	switch {
	case err != nil:
		return linkFault{noLink("interface %s does not exist", device), true}
	case i.Flags&unix.IFF_UP == 0:
		return linkFault{noLink("interface %s is down", device), false}
	case i.Flags&unix.IFF_RUNNING == 0:
		return linkFault{noLink("interface %s has no carrier", device), false}
	}
	return nil
}
