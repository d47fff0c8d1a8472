package enforcer

import (
	"time"

	"ha/vrrp"
)

// pacer spaces announcements. Lanes whose interfaces stand in one group share their time, each family for itself. It is pure:
// whoever has it brings the time and a lock.
type pacer struct {
	groups map[string]vrrp.PaceGroup // by interface
	free   map[lane]time.Time        // by lane, or by the name of a group instead of a device: when the next frame may leave
}

func newPacer() pacer { return pacer{free: map[lane]time.Time{}} }

func (p *pacer) regroup(groups []vrrp.PaceGroup) {
	p.groups = map[string]vrrp.PaceGroup{}
	for _, g := range groups {
		for _, device := range g.Interfaces {
			p.groups[device] = g
		}
	}
}

// pause is for how long nobody sends after a frame in a lane: the pace of whoever sent it, or of the group, whichever is longer.
func (p *pacer) pause(key lane, pace time.Duration) time.Duration {
	g := p.groups[key.device]
	if key.ipv6 {
		return max(pace, g.NAPace)
	}
	return max(pace, g.Pace)
}

// turn takes the next free moment of a lane and says how far away it is.
func (p *pacer) turn(key lane, pace time.Duration, now time.Time) time.Duration {
	pause := p.pause(key, pace)
	if g, ok := p.groups[key.device]; ok {
		key.device = "group " + g.Name // no interface has a blank in its name
	}
	mine := p.free[key]
	if mine.Before(now) {
		mine = now
		if pause == 0 {
			delete(p.free, key) // it bounds nothing any more
			return 0
		}
	}
	p.free[key] = mine.Add(pause)
	return mine.Sub(now)
}
