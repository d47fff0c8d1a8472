package bfd

import "time"

// retime takes the timers that the configuration and the state ask for (RFC 5880 section 6.8.3). In Up a change is a poll
// sequence: what would make the peer, or us, wait too short comes into force when the peer has answered. One sequence
// at a time.
func (c Config) retime(s Session) Session {
	want := Timers{TX: c.MinTX, RX: c.MinRX}
	if s.State != Up {
		want.TX = max(c.MinTX, c.IdleTX)
		s.Says, s.Uses, s.Polling = want, want, false
		return s
	}
	if s.Polling || s.Says == want {
		return s
	}
	s.Says, s.Polling = want, true
	s.Uses = Timers{TX: min(s.Uses.TX, want.TX), RX: max(s.Uses.RX, want.RX)}
	return s
}

// answered ends a poll sequence. Where the configuration has changed meanwhile another one begins.
func (c Config) answered(s Session) Session {
	s.Polling, s.Uses = false, s.Says
	return c.retime(s)
}

// periodic tells whether the session sends by itself (RFC 5880 section 6.8.7).
func (c Config) periodic(s Session) bool {
	switch {
	case s.Remote.MinRX == 0, c.Passive && s.Remote.Discriminator == 0:
		return false
	case s.State == AdminDown:
		return s.Left != 0
	case s.Remote.Demand && s.State == Up && s.Remote.State == Up:
		return s.Polling
	}
	return true
}

// pace is the least time between two packets outside of answers. Without it two ends whose packets are delayed and
// doubled on their way would excite each other without end.
const pace = 10 * time.Millisecond

// schedule decides when the next packet goes out: soon when the state is another one (RFC 5880 section 6.8.7), else after
// the interval, of which a change counts from the packet before.
func (c Config) schedule(s Session) Session {
	s.Owes = s.Owes && !(c.Passive && s.Remote.Discriminator == 0)
	if !s.Owes && !c.periodic(s) {
		s.Next = 0
		return s
	}
	before := s.Interval
	if s.State != AdminDown { // that is told at the pace of before
		s.Interval = max(s.Uses.TX, s.Remote.MinRX)
	}
	switch {
	case s.Sent == 0:
		s.Next = s.Reason.At // it has just been started, or the first packet of the peer has made it speak
	case s.Owes:
		s.Next = s.Sent + pace
	case s.Next == 0, s.Interval != before:
		s.Next, s.Dice = c.gap(s)
	}
	return s
}

// sent notes that a packet goes out now.
func (c Config) sent(s Session, now time.Duration) Session {
	s.Sent, s.Next, s.Owes = now, 0, false
	if now >= s.Left {
		s.Left = 0 // that was the last of a session that leaves
	}
	return c.schedule(s)
}

// gap is when the packet after the last one is due: 75 to 100 % of the interval later, at random so that peers do not
// fall into step; with a multiplier of 1 at most 90 %, so that lateness is no failure (RFC 5880 section 6.8.7). It is on
// a grid of 20 points an interval, the same for all sessions, so that a host of many wakes up for several at once.
func (c Config) gap(s Session) (next time.Duration, dice uint64) {
	most := time.Duration(100)
	if c.Multiplier == 1 {
		most = 90
	}
	least := s.Interval * 75 / 100
	dice, roll := roll(s.Dice)
	next = s.Sent + least + time.Duration(roll%uint64(s.Interval*most/100-least+1))
	if grid := s.Interval / 20; grid > 0 && next-next%grid >= s.Sent+least {
		next -= next % grid
	}
	return next, dice
}

// roll is one step of SplitMix64 (Steele, Lea, Flood 2014): good enough to spread packets, and a value like any other.
func roll(dice uint64) (next, number uint64) {
	next = dice + 0x9e3779b97f4a7c15
	z := next
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return next, z ^ z>>31
}
