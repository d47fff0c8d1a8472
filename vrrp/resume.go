package vrrp

import "time"

// Resume takes up what the same elections were in a process before this one, as if it had never ended: before are its
// members in their order, with times of the same clock. Members that were Active go on being so, with the next advert
// when it was planned, or at once when that has passed; [Acquire] follows where the addresses were not in place yet. A
// Backup goes on waiting.
//
// deaf says that adverts may have come and gone unheard in between. Then an Active router goes on only when the time from
// its last advert, one interval before its timer, is too short for any Backup to have taken over, and a Backup waits anew
// for the interval that it has learned. Otherwise the host must hand over what was queued ([Received]) before any
// [Timeout], which decides the rest.
//
// It reports false and changes nothing when they cannot go on: another configuration, no state in common, a member of
// g that is in a state already, too much time.
func (g Group) Resume(before []Member, now time.Duration, deaf bool, out []MemberAction) ([]MemberAction, bool) {
	if len(before) != len(g) || len(g) == 0 {
		return out, false
	}
	for i, b := range before {
		c := b.Config
		c.Linger = g[i].Config.Linger // what this host hears is its own affair
		if g[i].Election.State != Initialize || c != g[i].Config || b.Election.State != before[0].Election.State ||
			!c.canResume(b.Election, now, deaf) {
			return out, false
		}
	}
	for i, b := range before {
		b.Ready, b.Config = true, g[i].Config
		e := &b.Election
		switch {
		case e.State == Active && !e.Installed:
			out = append(out, MemberAction{Member: i, Action: Acquire{}})
		case e.State == Backup && deaf:
			e.Timer = max(e.Timer, max(now, e.Deaf)+b.config().activeDown(e.ActiveInterval))
			e.Wants = false
		}
		g[i] = b
	}
	return out, true
}

// longest is the longest interval of either version: a byte of seconds (RFC 3768 section 5.3.7).
const longest = 255 * time.Second

// canResume tells whether an election can go on after a time without a process. What no process can have left is refused,
// too.
func (c Config) canResume(e Election, now time.Duration, deaf bool) bool {
	if c.Interval <= 0 || e.ActiveInterval <= 0 || e.ActiveInterval > longest || e.Timer <= 0 {
		return false
	}
	switch e.State {
	case Active:
		sent := e.Timer - c.Interval
		return sent <= now && (!deaf || now-sent < c.lost())
	case Backup:
		return true
	case Initialize:
	}
	return false
}

// Slept tells a group that the whole machine slept for a time, which has passed on the clock since the last step, and that
// nothing could be heard meanwhile: a Backup waits on as if the time had not passed. What is due to an Active router is due; it
// then finds that it was silent for too long, as after any other pause.
func (g Group) Slept(d time.Duration) {
	for i := range g {
		e := &g[i].Election
		if e.State != Backup {
			continue
		}
		e.Timer += d
		for _, t := range []*time.Duration{&e.Deaf, &e.Delay} {
			if *t != 0 {
				*t += d
			}
		}
	}
}
