package bfd

import "time"

// Session is one session as it stands now. The zero value is a new one that was not started. It is a plain value: copy
// it, print it, compare it with ==. Times are those of the host, 0 is never.
type Session struct {
	State      State
	Diagnostic Diagnostic // why it left Up last
	Verdict    Verdict    // what it means for those who track it
	Local      uint32     // our discriminator
	Remote     Remote     // what the peer said last

	Says     Timers        // in our packets
	Uses     Timers        // in force
	Polling  bool          // our packets ask for an answer: a change of timers is on its way
	Interval time.Duration // in force between our packets, before jitter

	Sent    time.Duration // when we sent last, outside of answers
	Next    time.Duration // when we send next; 0: not until something happens
	Owes    bool          // the peer does not know the state yet: it is told before the schedule says so
	Silence time.Duration // when the detection time ends; 0: nothing was heard since it ended
	Grace   time.Duration // when a session that is not Up becomes dead all the same; 0: nothing is pending
	Left    time.Duration // AdminDown: when the peer has had the time to learn it

	Reason Reason // why the session is in its state
	Dice   uint64 // what the jitter is drawn from
}

// Timers are the two intervals that a system tells its peer.
type Timers struct{ TX, RX time.Duration }

// Remote is what the peer said last. Where its detection time has passed everything but Heard is forgotten.
type Remote struct {
	Discriminator uint32 // 0: unknown
	State         State
	Diagnostic    Diagnostic
	Demand        bool
	Multiplier    uint8
	MinTX, MinRX  time.Duration
	Heard         time.Duration // when
}

// forgotten is the peer of whom nothing is known (RFC 5880 section 6.8.1).
func forgotten(heard time.Duration) Remote {
	return Remote{State: Down, MinRX: time.Microsecond, Heard: heard}
}

// Detection is the time without packets after which the peer counts as gone (RFC 5880 section 6.8.4); 0 while nothing is known
// of it.
func (s Session) Detection() time.Duration {
	return time.Duration(s.Remote.Multiplier) * max(s.Uses.RX, s.Remote.MinTX)
}

// Deadline is when the host must step [Timeout], and false when nothing is waited for: the session was not started, or
// has left for good. A time that has passed means at once.
func (s Session) Deadline() (time.Duration, bool) {
	var at time.Duration
	for _, t := range [...]time.Duration{s.Next, s.Silence, s.Grace} {
		if t != 0 && (at == 0 || t < at) {
			at = t
		}
	}
	return at, at != 0
}

// Packet is what the session says now. One that answers a poll has the Final bit instead of a poll of its own.
func (c Config) Packet(s Session, final bool) Control {
	return Control{
		Diagnostic: s.Diagnostic, State: s.State, Poll: s.Polling && !final, Final: final, Multiplier: c.Multiplier,
		Mine: s.Local, Yours: s.Remote.Discriminator, MinTX: s.Says.TX, MinRX: s.Says.RX,
	}
}

// Step tells the session what happened at a time and returns what it has become, with what must be sent now. It
// allocates nothing. Time must be above 0 and must not go back.
func (c Config) Step(s Session, now time.Duration, ev Event) (Session, Actions) {
	var do Actions
	switch ev := ev.(type) {
	case Startup:
		if s.State == AdminDown {
			s = c.start(s, now, ev.Discriminator)
		}
	case Shutdown:
		s = c.leave(s, now)
	case Retimed:
		if s.State != AdminDown {
			s = c.retime(s)
		}
	case Received:
		if s.State != AdminDown {
			s = c.received(s, now, ev.Control)
			do.Answer = ev.Poll
		}
	case Timeout:
		s = c.timeout(s, now)
	}
	if s = c.schedule(s); s.Next != 0 && now >= s.Next {
		s, do.Send = c.sent(s, now), true
	}
	return s, do
}

// start is a session in Down of whose peer nothing is known.
func (c Config) start(s Session, now time.Duration, discriminator uint32) Session {
	s = Session{
		State: Down, Local: discriminator, Remote: forgotten(0), Dice: uint64(discriminator), Verdict: s.Verdict,
		Reason: Reason{Cause: Started, At: now},
	}
	if s.Verdict == Undecided {
		s.Grace = now + c.grace()
	}
	return c.retime(s)
}

// grace is how long a session may take to come up before it counts as dead.
func (c Config) grace() time.Duration { return time.Duration(max(c.Multiplier, 3)) * c.IdleTX }

// leave implements RFC 5880 section 6.8.16: the peer is told for as long as it may take it to notice.
func (c Config) leave(s Session, now time.Duration) Session {
	if s.State == AdminDown {
		return s
	}
	s.State, s.Diagnostic, s.Polling = AdminDown, AdminDiagnostic, false
	s.Says.TX = max(c.IdleTX, c.MinTX)
	s.Silence, s.Grace = 0, 0
	s.Left, s.Owes = now+time.Duration(c.Multiplier)*s.Interval, true
	s.Reason = Reason{Cause: Stopped, At: now}
	return s
}

// timeout does what is due, but for packets, which go by the schedule.
func (c Config) timeout(s Session, now time.Duration) Session {
	if s.Silence != 0 && now >= s.Silence {
		s = c.expired(s, now)
	}
	if s.Grace != 0 && now >= s.Grace {
		s.Grace, s.Verdict = 0, Dead
	}
	return s
}

// expired is a session whose peer was silent for the detection time (RFC 5880 sections 6.8.1 and 6.8.4).
func (c Config) expired(s Session, now time.Duration) Session {
	reason := Reason{Cause: Silent, At: now, Peer: s.Remote, Detection: s.Detection()}
	s.Silence = 0
	s.Remote = forgotten(s.Remote.Heard)
	if s.State == Init || s.State == Up {
		return c.down(s, DetectionExpired, reason)
	}
	return s
}

// received implements RFC 5880 section 6.8.6 from where the session is known.
func (c Config) received(s Session, now time.Duration, p Control) Session {
	before := s.State
	s.Remote = Remote{
		Discriminator: p.Mine, State: p.State, Diagnostic: p.Diagnostic, Demand: p.Demand, Multiplier: p.Multiplier,
		MinTX: p.MinTX, MinRX: p.MinRX, Heard: now,
	}
	if p.Final && s.Polling {
		s = c.answered(s)
	}
	s = c.judged(c.heard(s, now), now)
	s.Silence = now + s.Detection()
	if s.State != before && p.Poll && !s.Polling {
		s.Owes = false // the answer tells it
	}
	return s
}

// heard is the state machine of RFC 5880 section 6.8.6.
func (c Config) heard(s Session, now time.Duration) Session {
	reason := Reason{Cause: Heard, At: now, Peer: s.Remote}
	switch {
	case s.Remote.State == AdminDown:
		if s.State != Down {
			reason.Cause = PeerLeft
			return c.down(s, NeighborDown, reason)
		}
	case s.State == Down && s.Remote.State == Down:
		s.State, s.Reason, s.Owes = Init, reason, true
	case s.State == Down && s.Remote.State == Init, s.State == Init && s.Remote.State >= Init:
		return c.up(s, reason)
	case s.State == Up && s.Remote.State == Down:
		return c.down(s, NeighborDown, reason)
	}
	return s
}

// judged puts an end to the trust in a peer that was shut down: once it takes part again it must come up in time.
func (c Config) judged(s Session, now time.Duration) Session {
	switch {
	case s.Verdict != Alive || s.State == Up:
	case s.Remote.State == AdminDown:
		s.Grace = 0
	case s.Grace == 0:
		s.Grace = now + c.grace()
	}
	return s
}

// up is a session that has just come up; its timers speed up.
func (c Config) up(s Session, reason Reason) Session {
	s.State, s.Diagnostic, s.Reason = Up, NoDiagnostic, reason
	s.Verdict, s.Grace, s.Owes = Alive, 0, true
	return c.retime(s)
}

// down is a session that has just gone down; its timers slow down.
func (c Config) down(s Session, why Diagnostic, reason Reason) Session {
	if s.Verdict == Alive && (reason.Cause != PeerLeft || c.AdminDownFails) {
		s.Verdict = Dead
	}
	s.State, s.Diagnostic, s.Reason, s.Owes = Down, why, reason, true
	return c.retime(s)
}
