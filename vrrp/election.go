package vrrp

import "time"

// State is the state of an election (RFC 9568 section 6.4).
type State uint8

// The states. A fault is Initialize, and the host knows its reason.
const (
	Initialize State = iota // takes no part
	Backup                  // listens, ready to take over
	Active                  // holds the addresses
)

// String returns the RFC's word.
func (s State) String() string {
	switch s {
	case Initialize:
		return "Initialize"
	case Backup:
		return "Backup"
	case Active:
		return "Active"
	}
	return "unknown"
}

// Election is one virtual router on one node, as it stands now. The zero value is a new one in Initialize. It is a
// plain value: copy it, print it, compare it with ==. Times are those of the host, 0 is never.
type Election struct {
	State State
	// Priority is the effective priority while it is not that of the configuration; see [PriorityChanged]. 0: it is.
	Priority uint8
	// Timer is when the timer of the state fires: Active_Down_Timer in Backup, Adver_Timer in Active.
	Timer time.Duration
	// ActiveInterval is Active_Adver_Interval: that of the Active router, until one was heard our own.
	ActiveInterval time.Duration
	// Wants says, in a [Group], that the Active_Down_Timer fired while another member was not ready to take over.
	Wants bool

	Deaf  time.Duration // Backup: until when adverts are ignored
	Delay time.Duration // Backup: until when adverts of lower priority are followed; 0: none was heard yet

	Installed bool          // Active: the addresses are in place, so they may be announced
	Again     time.Duration // Active: when the second block of announcements is due
	Block     int           // Active: how many frames per address it has; 0: as many as the first one after a win
	Refresh   time.Duration // Active: when the next single announcement is due
	Elsewhere time.Duration `json:",omitzero"` // Active: when the next one on other interfaces is due
	Answer    time.Duration // Active: from when on another advert may be answered
	Leaving   time.Duration `json:",omitzero"` // Backup: until when the addresses stay; 0: they are gone
	Claimed   time.Duration `json:",omitzero"` // Active: when another router announced the addresses

	Peer   Peer   // the last advert of another router, whatever became of it
	Reason Reason // why the election is in its state
}

// Deadline is when the host must step [Timeout], and false in Initialize, where nothing is waited for. A time that
// has passed means at once.
func (e Election) Deadline() (time.Duration, bool) {
	if e.State == Initialize {
		return 0, false
	}
	at := e.Timer
	for _, t := range [...]time.Duration{e.Again, e.Refresh, e.Elsewhere, e.Leaving} {
		if t != 0 {
			at = min(at, t)
		}
	}
	return at, true
}

// Step tells the election what happened at a time and returns what it has become, with what the host must do now,
// in order, appended to out. It allocates nothing when out has room for three actions. Time must not be negative
// and must not go back.
func (c Config) Step(e Election, now time.Duration, ev Event, out []Action) (Election, []Action) {
	if ad, ok := ev.(Received); ok && ad.Source == c.Source {
		return e, out // our own, looped back, or a twin with our address: answering would never end
	}
	if changed, ok := ev.(PriorityChanged); ok {
		return c.reweigh(e, changed.Priority), out
	}
	c = c.weighed(e)
	switch e.State {
	case Initialize:
		return c.initialize(e, now, ev, out)
	case Backup:
		return c.backup(e, now, ev, out)
	case Active:
		return c.active(e, now, ev, out)
	}
	return e, out
}

// initialize implements RFC 9568 section 6.4.1.
func (c Config) initialize(e Election, now time.Duration, ev Event, out []Action) (Election, []Action) {
	switch ev := ev.(type) {
	case Startup:
		e.ActiveInterval = c.Interval
		if ev.Delay > 0 {
			return c.startLater(e, now, ev.Delay), out
		}
		if c.Priority == owner {
			return c.becomeActive(e, now, c.because(Started, now), out)
		}
		return c.becomeBackup(e, now, c.because(Started, now)), out
	case Shutdown, Timeout, Received, Installed, PriorityChanged, PeerLost, Succeeded: // takes no part
	}
	return e, out
}

// backup implements RFC 9568 section 6.4.2.
func (c Config) backup(e Election, now time.Duration, ev Event, out []Action) (Election, []Action) {
	switch ev := ev.(type) {
	case Shutdown:
		_, out = e.letGo(out)
		return Election{Priority: e.Priority, Peer: e.Peer, Reason: c.because(Stopped, now)}, out
	case Succeeded:
		return e.letGo(out)
	case Timeout:
		if e.Leaving != 0 && now >= e.Leaving {
			e, out = e.letGo(out)
		}
		if now >= e.Timer {
			return c.becomeActive(e, now, c.takeover(e, now), out)
		}
	case Received:
		if now < e.Deaf {
			return e, out
		}
		arrived := now - ev.Age
		e.Peer = Peer{Source: ev.Source, Priority: ev.Priority, Heard: arrived}
		switch {
		case ev.Priority == 0:
			// Also when less time was left: only then the Backups fire in the order of their priorities.
			e.Timer = arrived + c.skew(e.ActiveInterval)
		case !c.preempts() || ev.Priority >= c.Priority:
			e.Delay = 0
			e = c.followed(e, arrived, ev)
		case c.PreemptDelay > 0 && c.Priority != owner:
			if e.Delay == 0 {
				e.Delay = now + c.PreemptDelay
			}
			if now < e.Delay {
				e = c.followed(e, arrived, ev)
			}
		}
		// A lower priority leaves the timer running: it will preempt.
	case PeerLost:
		if now >= e.Deaf && e.Peer.Source.IsValid() && e.Peer.Source == ev.Source {
			e.Peer.Lost = true
			e.Timer = min(e.Timer, now+c.skew(e.ActiveInterval))
		}
	case Startup, Installed, PriorityChanged:
	}
	return e, out
}

// followed is a Backup that has heard an advert of the router it stands by.
func (c Config) followed(e Election, arrived time.Duration, ev Received) Election {
	e.ActiveInterval = c.learn(e, ev.Interval)
	e.Timer = arrived + c.activeDown(e.ActiveInterval)
	e.Wants = false
	return e
}

// startLater is a Backup that hears and does nothing for a while.
func (c Config) startLater(e Election, now, delay time.Duration) Election {
	e = c.becomeBackup(e, now, c.because(Started, now))
	e.Deaf = now + delay
	e.Timer += delay
	if c.Priority == owner {
		e.Timer = e.Deaf // nothing more to wait for
	}
	return e
}

// weighed is the configuration with the effective priority, which is what every rule of the election goes by.
func (c Config) weighed(e Election) Config {
	if e.Priority != 0 && c.Priority != owner {
		c.Priority = e.Priority
	}
	return c
}

// reweigh takes another effective priority. A Backup shifts its timer by the difference of the skews, so that a priority
// that goes up and down does not put off a takeover for ever. An Active router says it with its next advert: one at once
// would not make the others' timers end earlier.
func (c Config) reweigh(e Election, priority uint8) Election {
	if c.Priority == owner {
		return e
	}
	before := c.weighed(e)
	e.Priority = max(1, min(priority, owner-1))
	after := c.weighed(e)
	if e.State == Backup {
		e.Timer += after.activeDown(e.ActiveInterval) - before.activeDown(e.ActiveInterval)
		if e.Peer.Priority >= after.Priority {
			e.Wants = false // what it outwaited is better now
		}
	}
	return e
}

// active implements RFC 9568 section 6.4.3.
func (c Config) active(e Election, now time.Duration, ev Event, out []Action) (Election, []Action) {
	switch ev := ev.(type) {
	case Shutdown:
		out = append(out, SendAdvert{Priority: 0}, Release{})
		return Election{Priority: e.Priority, Peer: e.Peer, Reason: c.because(Stopped, now)}, out
	case Timeout:
		return c.advertise(e, now, out)
	case Received:
		before := e.Peer
		e.Peer = Peer{Source: ev.Source, Priority: ev.Priority, Heard: now}
		if c.loses(ev) {
			e.ActiveInterval = c.learn(e, ev.Interval)
			reason := c.because(Outranked, now)
			reason.Peer = e.Peer
			if c.partitioned(e, now, ev) {
				out = append(out, SendAdvert{Priority: c.Priority})
			}
			if c.lingers(e, before, now, ev) {
				return c.linger(c.becomeBackup(e, now, reason), now, out)
			}
			return c.becomeBackup(e, now, reason), append(out, Release{})
		}
		return c.answer(e, now, ev, out)
	case Installed:
		e.Installed = true
		out = append(out, SendAnnouncements{Count: c.Announce.Count})
		return c.scheduled(e, now), out
	case Succeeded:
		e.Claimed = now
	case Startup, PriorityChanged, PeerLost:
	}
	return e, out
}

// scheduled sets when what follows the first announcements is due.
func (c Config) scheduled(e Election, now time.Duration) Election {
	e.Again, e.Block, e.Refresh, e.Elsewhere = 0, 0, 0, 0
	if c.Announce.Delay > 0 {
		e.Again = now + c.Announce.Delay
	}
	return c.reschedule(e, now)
}

// reschedule is an Active election whose announcements are repeated from now on as c says: after another configuration was
// taken. Others stay as they are.
func (c Config) reschedule(e Election, now time.Duration) Election {
	e.Refresh, e.Elsewhere = 0, 0
	if e.State != Active || !e.Installed {
		return e
	}
	if c.Announce.Refresh > 0 {
		e.Refresh = now + c.Announce.Refresh
	}
	if c.Announce.Elsewhere > 0 {
		e.Elsewhere = now + c.Announce.Delay + c.Announce.Elsewhere
	}
	return e
}

// advertise does what is due while Active: the advert, the second block of announcements, those that are repeated for ever.
func (c Config) advertise(e Election, now time.Duration, out []Action) (Election, []Action) {
	if now >= e.Timer {
		silent := now - (e.Timer - c.Interval)
		out = append(out, SendAdvert{Priority: c.Priority})
		e.Timer = next(e.Timer, now, c.Interval)
		if silent > c.lost() && e.Installed {
			// Nobody contradicts us, but another router may have held the addresses while we slept.
			e.Again = now
		}
	}
	switch {
	case e.Again != 0 && now >= e.Again:
		count := c.Announce.Count
		if e.Block > 0 {
			count = e.Block
		}
		e.Again, e.Block = 0, 0
		out = append(out, SendAnnouncements{Count: count})
	case e.Refresh != 0 && now >= e.Refresh:
		out = append(out, SendAnnouncements{Count: max(1, c.Announce.RefreshCount)})
	}
	if e.Refresh != 0 && now >= e.Refresh {
		e.Refresh = next(e.Refresh, now, c.Announce.Refresh)
	}
	if e.Elsewhere != 0 && now >= e.Elsewhere {
		out = append(out, AnnounceElsewhere{})
		e.Elsewhere = next(e.Elsewhere, now, c.Announce.Elsewhere)
	}
	return e, out
}

// answer reacts to an advert that does not win: of a router that leaves (priority 0), or of one that must be told
// that we are here. At most one answer per tenth of the interval, or a flood would be mirrored.
func (c Config) answer(e Election, now time.Duration, ev Received, out []Action) (Election, []Action) {
	if now < e.Answer || c.Quiet && ev.Priority != 0 {
		return e, out
	}
	first := now-e.Answer > c.lost() // or it goes on
	e.Answer = now + c.Interval/10
	out = append(out, SendAdvert{Priority: c.Priority})
	if ev.Priority == 0 {
		e.Timer = now + c.Interval
		return e, out
	}
	count, delay := c.Announce.lower()
	switch {
	case !e.Installed || count == 0:
	case first: // the other one may have announced itself, and may do so again before it has heard us
		out = append(out, SendAnnouncements{Count: count})
		if delay > 0 {
			e.Again, e.Block = now+delay, count
		}
	default:
		out = append(out, SendAnnouncements{Count: 1})
	}
	return e, out
}

// partitioned tells whether a router that wins may not know that we were Active, too, since it is the one whose silence made
// us Active: then it was not heard, rather than gone. One more advert, which loses, makes it announce the addresses again to
// those who have learned ours, as keepalived does with higher_prio_send_advert. If it was gone and has come back, it does so
// for nothing. Who was silent itself for too long has no more to say.
func (c Config) partitioned(e Election, now time.Duration, ev Received) bool {
	missed := e.Reason.Cause == Silence || e.Reason.Cause == Lost
	return missed && e.Reason.Peer.Source == ev.Source && !c.Quiet && now < e.Timer+c.Interval
}

// loses tells whether an advert wins against us: by priority, then by the address of its sender, compared as
// numbers. The address decides only between two Active routers.
func (c Config) loses(ad Received) bool {
	if ad.Priority != c.Priority {
		return ad.Priority > c.Priority
	}
	return ad.Source.Compare(c.Source) > 0
}

// preempts is Preempt_Mode, which the owner cannot give up (RFC 9568 section 6.1).
func (c Config) preempts() bool { return c.Preempt || c.Priority == owner }

// becomeActive sends the advert before the addresses are taken, so that the old Active router lets go first.
func (c Config) becomeActive(e Election, now time.Duration, why Reason, out []Action) (Election, []Action) {
	e = Election{
		State: Active, Priority: e.Priority, Timer: now + c.Interval, ActiveInterval: c.Interval, Answer: now,
		Peer: e.Peer, Reason: why,
	}
	return e, append(out, SendAdvert{Priority: c.Priority}, Acquire{})
}

// becomeBackup waits for the Active_Down_Interval of the interval that e has learned.
func (c Config) becomeBackup(e Election, now time.Duration, why Reason) Election {
	return Election{
		State: Backup, Priority: e.Priority, Timer: now + c.activeDown(e.ActiveInterval), ActiveInterval: e.ActiveInterval,
		Peer: e.Peer, Reason: why,
	}
}
