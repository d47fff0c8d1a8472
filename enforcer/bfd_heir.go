package enforcer

import (
	"time"

	"ha/checks/bfd"
)

// bfdRecord is the sessions that go on in the next program, on the same clock: their peers need not notice.
type bfdRecord struct {
	Clock    time.Duration      `json:"clock"` // the zero of their clock, CLOCK_BOOTTIME
	Sessions []bfdSessionRecord `json:"sessions"`
}

// bfdSessionRecord is one session.
type bfdSessionRecord struct {
	Config   bfd.Config  `json:"config"`
	Session  bfd.Session `json:"session"`
	Port     uint16      `json:"port"` // from which it sends, as long as it lives (RFC 5881 section 4)
	Since    time.Time   `json:"since"`
	Sent     uint64      `json:"sent"`
	Received uint64      `json:"received"`
}

// patientPeer is the least detection time of a peer that does not notice that one program takes the place of another; a
// quicker one is told that we leave.
const patientPeer = 300 * time.Millisecond

// goesOn tells whether a session can go on in another program.
func (s *bfdSession) goesOn() bool {
	return s.core.State == bfd.Up && s.sender != nil && time.Duration(s.config.Multiplier)*s.core.Interval >= patientPeer
}

// bequeath is what the next program needs of the sessions that go on; nil when there is none. Called with the lock.
func (b *bfdSessions) bequeath() *bfdRecord {
	r := &bfdRecord{Clock: boottime() - b.now()}
	for _, s := range b.sessions {
		if s.goesOn() {
			r.Sessions = append(r.Sessions, bfdSessionRecord{
				Config: s.config, Session: s.core, Port: s.sender.Port(), Since: s.since, Sent: s.sent, Received: s.received,
			})
		}
	}
	if r.Sessions == nil {
		return nil
	}
	return r
}

// inherit takes up the sessions of the program before; set makes them go on. It comes before any set.
func (b *bfdSessions) inherit(r *bfdRecord) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if r == nil || r.Clock <= 0 || r.Clock > boottime() {
		return
	}
	b.start = time.Now().Add(r.Clock - boottime())
	for _, s := range r.Sessions {
		if s.sound() {
			b.legacy[s.Config.Name] = s
		}
	}
}

// sound tells whether a record is one of a session that was up.
func (r bfdSessionRecord) sound() bool {
	s := r.Session
	timers := s.Interval > 0 && s.Says.TX > 0 && s.Says.RX > 0 && s.Uses.TX > 0 && s.Uses.RX > 0
	peer := s.Remote.Discriminator != 0 && s.Remote.Multiplier > 0 && s.Remote.MinTX >= 0 && s.Remote.MinRX >= 0
	return s.State == bfd.Up && s.Local != 0 && timers && peer && s.Sent > 0 && s.Next >= 0 && r.Config.Validate() == nil
}

// resume makes a session go on where that of the program before ended, and tells whether it does. What came in between
// was not heard, so the peer has the whole detection time again. Called with the lock.
func (b *bfdSessions) resume(s *bfdSession) bool {
	r, ok := b.legacy[s.config.Name]
	delete(b.legacy, s.config.Name)
	if !ok || !r.Config.SameSession(s.config) || b.demux.Taken(r.Session.Local) {
		return false
	}
	s.core, s.since, s.sent, s.received, s.usual = r.Session, r.Since, r.Sent, r.Received, r.Port
	s.core.Silence = b.now() + s.core.Detection()
	b.attendTo(s)
	b.demux.Add(s.core.Local, s.path, s)
	b.step(s, bfd.Retimed{})
	b.report(s)
	return true
}
