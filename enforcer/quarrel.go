package enforcer

import (
	"maps"
	"net/netip"
	"slices"
	"time"

	"ha/enforcer/control"
)

// quarrels are the routers whose adverts are not as ours should be, for as long as that lasts: lists of addresses, intervals or keys
// that disagree are a mistake in one of two configurations, which waits for its first takeover to hurt. The zero value is none; the
// lock of the group guards it.
type quarrels map[netip.Addr]quarrel

// quarrel is what is odd about the adverts of one router.
type quarrel struct {
	remark
	text   string
	worded time.Time // when the text was made
	since  time.Time
	last   time.Time     // when it was heard last
	life   time.Duration // for how long it is remembered when it is heard no more
}

const (
	// mostQuarrels bounds them: a flood from ever new addresses is no more than a few of it.
	mostQuarrels = 16
	// quarrelLife is for how long a router is remembered that is no longer heard, or longer where its interval is.
	quarrelLife = 30 * time.Second
	// rewordEvery is how often a text is made anew: a flood must not cost one for every packet.
	rewordEvery = 5 * time.Second
)

// add notes an odd advert, which m has just heard.
func (q *quarrels) add(m *member, r remark, now time.Time) {
	one, known := (*q)[r.source]
	switch {
	case !known && len(*q) >= mostQuarrels:
		if q.forget(now); len(*q) >= mostQuarrels {
			return
		}
		fallthrough
	case !known:
		one.since = now
	}
	one.last = now
	if now.Sub(one.worded) > rewordEvery {
		one.worded, one.remark, one.text = now, r, m.wording(r)
		one.life = max(quarrelLife, 3*m.heard.Interval)
	}
	*q = with(*q, r.source, one)
}

// end notes an advert that is as it should be.
func (q *quarrels) end(source netip.Addr) { delete(*q, source) }

// clear forgets all: our own configuration is another one.
func (q *quarrels) clear() { clear(*q) }

// forget leaves out routers that are heard no more.
func (q *quarrels) forget(now time.Time) {
	maps.DeleteFunc(*q, func(_ netip.Addr, one quarrel) bool { return now.Sub(one.last) > one.life })
}

// status is what a person should know of them.
func (q *quarrels) status(now time.Time) []control.Quarrel {
	q.forget(now)
	var list []control.Quarrel
	for _, source := range slices.SortedFunc(maps.Keys(*q), netip.Addr.Compare) {
		one := (*q)[source]
		list = append(list, control.Quarrel{Peer: source.String(), What: one.text, Since: one.since, HeardAt: one.last})
	}
	return list
}
