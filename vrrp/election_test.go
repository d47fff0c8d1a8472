package vrrp_test

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"ha/vrrp"
)

const (
	s  = time.Second
	ms = time.Millisecond
)

// config is a router of version 3 at 192.0.2.5 with one second, changed as a test needs it.
func config(priority uint8, changes ...func(*vrrp.Config)) vrrp.Config {
	c := vrrp.Config{
		VRID: 51, Version: 3, Priority: priority, Interval: s, Preempt: true,
		Source:   netip.MustParseAddr("192.0.2.5"),
		Announce: vrrp.Announce{Count: 3, Delay: 5 * s},
	}
	for _, change := range changes {
		change(&c)
	}
	return c
}

func noPreempt(c *vrrp.Config) { c.Preempt = false }
func version2(c *vrrp.Config)  { c.Version = 2 }
func at(source string) func(*vrrp.Config) {
	return func(c *vrrp.Config) { c.Source = netip.MustParseAddr(source) }
}

// hear is an advert with an interval of one second.
func hear(priority uint8, source string) vrrp.Received {
	return vrrp.Received{Priority: priority, Interval: s, Source: netip.MustParseAddr(source)}
}

func late(age time.Duration, ev vrrp.Received) vrrp.Received {
	ev.Age = age
	return ev
}

func hearEvery(interval time.Duration, priority uint8, source string) vrrp.Received {
	ev := hear(priority, source)
	ev.Interval = interval
	return ev
}

// step is a line of a transcript: what happens when, and what must come of it. Deadline 0 is none.
type step struct {
	now      time.Duration
	event    vrrp.Event
	state    vrrp.State
	deadline time.Duration
	actions  []vrrp.Action
}

func do(actions ...vrrp.Action) []vrrp.Action { return actions }

func TestElection(t *testing.T) {
	const (
		skew = 609375 * time.Microsecond // of priority 100 at one second
		down = 3*s + skew
	)
	const lower, higher = "192.0.2.4", "192.0.2.6"
	start := step{0, vrrp.Startup{}, vrrp.Backup, down, nil} // priority 100
	win := step{
		down,
		vrrp.Timeout{},
		vrrp.Active, s + down,
		do(vrrp.SendAdvert{Priority: 100}, vrrp.Acquire{}),
	}
	tests := []struct {
		name   string
		config vrrp.Config
		steps  []step
	}{
		{"S01 2.3 rows 2 and 5: a Backup waits three intervals and its skew, advert before addresses", config(100), []step{
			start,
			{3609 * ms, vrrp.Timeout{}, vrrp.Backup, down, nil},
			win,
			{3700 * ms, vrrp.Installed{}, vrrp.Active, s + down, do(vrrp.SendAnnouncements{Count: 3})},
			{s + down, vrrp.Timeout{}, vrrp.Active, 2*s + down, do(vrrp.SendAdvert{Priority: 100})},
		}},
		{"S02 2.3 row 1: the owner is Active at once", config(255), []step{
			{0, vrrp.Startup{}, vrrp.Active, s, do(vrrp.SendAdvert{Priority: 255}, vrrp.Acquire{})},
			{1 * ms, vrrp.Installed{}, vrrp.Active, s, do(vrrp.SendAnnouncements{Count: 3})},
		}},
		{"2.3 row 3: Initialize hears nothing", config(100), []step{
			{0, hear(1, lower), vrrp.Initialize, 0, nil},
			{0, vrrp.Timeout{}, vrrp.Initialize, 0, nil},
			{0, vrrp.Installed{}, vrrp.Initialize, 0, nil},
			{0, vrrp.Shutdown{}, vrrp.Initialize, 0, nil},
		}},
		{"S03 2.3 row 7: priority as good as ours keeps us Backup", config(100), []step{
			start,
			{1 * s, hear(200, lower), vrrp.Backup, s + down, nil},
			{2 * s, hear(100, lower), vrrp.Backup, 2*s + down, nil},
			{5 * s, vrrp.Timeout{}, vrrp.Backup, 2*s + down, nil},
		}},
		{"6.4.2 an advert that waited to be heard counts from when it arrived", config(100), []step{
			start,
			{1 * s, late(300*ms, hear(200, lower)), vrrp.Backup, 700*ms + down, nil},
			{2 * s, late(10*ms, hear(0, lower)), vrrp.Backup, 1990*ms + skew, nil},
		}},
		{"6.4.2 of one that waited too long only another one helps", config(100), []step{
			start,
			{8 * s, late(4*s, hear(200, lower)), vrrp.Backup, 4*s + down, nil},
			{8 * s, late(1*s, hear(200, lower)), vrrp.Backup, 7*s + down, nil},
		}},
		{"S04 2.3 row 8: a lower priority leaves the timer running", config(100), []step{
			start,
			{1 * s, hear(99, higher), vrrp.Backup, down, nil},
			{3 * s, hear(99, higher), vrrp.Backup, down, nil},
			win,
		}},
		{"S05 without preemption a lower priority keeps us Backup", config(100, noPreempt), []step{
			start,
			{1 * s, hear(99, higher), vrrp.Backup, s + down, nil},
		}},
		{"S21 6.1 the owner preempts whatever Preempt_Mode says", config(255, noPreempt), []step{
			{0, vrrp.Startup{}, vrrp.Active, s, do(vrrp.SendAdvert{Priority: 255}, vrrp.Acquire{})},
			{100 * ms, hear(255, higher), vrrp.Backup, 100*ms + 3*s + s/256, do(vrrp.Release{})},
			{200 * ms, hear(254, higher), vrrp.Backup, 100*ms + 3*s + s/256, nil},
		}},
		{"S06 2.4 an equal priority from a lower address keeps us Backup too", config(100), []step{
			start,
			{1 * s, hear(100, lower), vrrp.Backup, s + down, nil},
		}},
		{"S07 2.3 row 6: after priority 0 only the skew", config(100), []step{
			start,
			{1 * s, hear(200, higher), vrrp.Backup, s + down, nil},
			{2 * s, hear(0, higher), vrrp.Backup, 2*s + skew, nil},
			{
				2*s + skew,
				vrrp.Timeout{},
				vrrp.Active, down,
				do(vrrp.SendAdvert{Priority: 100}, vrrp.Acquire{}),
			},
		}},
		{"2.4 row 6 sets the timer also when less was left", config(100), []step{
			start,
			{3600 * ms, hear(0, higher), vrrp.Backup, 3600*ms + skew, nil},
		}},
		{"S08 S09 2.1 the interval of the Active router is learned, our own is sent", config(100), []step{
			start,
			{1 * s, hearEvery(5*s, 200, higher), vrrp.Backup, 16*s + 5*skew, nil},
			{
				16*s + 5*skew,
				vrrp.Timeout{},
				vrrp.Active, 17*s + 5*skew,
				do(vrrp.SendAdvert{Priority: 100}, vrrp.Acquire{}),
			},
		}},
		{"S10 2.1 priority 0 and losing adverts teach no interval", config(100), []step{
			start,
			{1 * s, hearEvery(5*s, 0, higher), vrrp.Backup, s + skew, nil},
			{1100 * ms, hearEvery(5*s, 50, higher), vrrp.Backup, s + skew, nil},
			{1200 * ms, hear(0, higher), vrrp.Backup, 1200*ms + skew, nil},
		}},
		{"2.6 an interval of 0 is not learned", config(100), []step{
			start,
			{1 * s, hearEvery(0, 200, higher), vrrp.Backup, s + down, nil},
			{1 * s, hearEvery(-5*s, 200, higher), vrrp.Backup, s + down, nil},
			{1 * s, hearEvery(time.Hour, 200, higher), vrrp.Backup, s + down, nil},
		}},
		{"2.1 version 2 learns nothing and its skew is a share of one second", config(100, version2, func(c *vrrp.Config) { c.Interval = 5 * s }), []step{
			{0, vrrp.Startup{}, vrrp.Backup, 15*s + skew, nil},
			{1 * s, hearEvery(7*s, 200, higher), vrrp.Backup, 16*s + skew, nil},
			{2 * s, hear(0, higher), vrrp.Backup, 2*s + skew, nil},
		}},
		{"S11 2.3 row 11: Active answers priority 0 at once and starts its timer again", config(100), []step{
			start, win,
			{4 * s, hear(0, higher), vrrp.Active, 5 * s, do(vrrp.SendAdvert{Priority: 100})},
		}},
		{"S12 2.3 row 12: a higher priority takes over, no priority 0 is sent", config(100), []step{
			start, win,
			{4 * s, hear(101, lower), vrrp.Backup, 4*s + down, do(vrrp.Release{})},
		}},
		{"2.3 row 12: the winner's interval is learned", config(100), []step{
			start, win,
			{4 * s, hearEvery(2*s, 101, lower), vrrp.Backup, 10*s + 2*skew, do(vrrp.Release{})},
		}},
		{"S13 2.3 row 12: equal priority from a higher address takes over", config(100), []step{
			start, win,
			{4 * s, hear(100, higher), vrrp.Backup, 4*s + down, do(vrrp.Release{})},
		}},
		{"S13 2.3 row 13: equal priority from a lower address is answered, own adverts keep their time", config(100), []step{
			start, win,
			{4 * s, hear(100, lower), vrrp.Active, s + down, do(vrrp.SendAdvert{Priority: 100})},
		}},
		{"2.6 after a peace the first losing advert is answered with all announcements, and again later", config(100, func(c *vrrp.Config) { c.Announce.Delay = 200 * ms }), []step{
			start, win,
			{3650 * ms, vrrp.Installed{}, vrrp.Active, 3850 * ms, do(vrrp.SendAnnouncements{Count: 3})},
			{3850 * ms, vrrp.Timeout{}, vrrp.Active, s + down, do(vrrp.SendAnnouncements{Count: 3})},
			{s + down, vrrp.Timeout{}, vrrp.Active, 2*s + down, do(vrrp.SendAdvert{Priority: 100})},
			{2*s + down, vrrp.Timeout{}, vrrp.Active, 3*s + down, do(vrrp.SendAdvert{Priority: 100})},
			{3*s + down, vrrp.Timeout{}, vrrp.Active, 4*s + down, do(vrrp.SendAdvert{Priority: 100})},
			{3500*ms + down, hear(90, lower), vrrp.Active, 3700*ms + down, do(vrrp.SendAdvert{Priority: 100}, vrrp.SendAnnouncements{Count: 3})},
			{3650*ms + down, hear(90, lower), vrrp.Active, 3700*ms + down, do(vrrp.SendAdvert{Priority: 100}, vrrp.SendAnnouncements{Count: 1})},
			{3700*ms + down, vrrp.Timeout{}, vrrp.Active, 4*s + down, do(vrrp.SendAnnouncements{Count: 3})},
		}},
		{"2.6 who wins against us and was missed before is told that we were Active", config(100), []step{
			start,
			{1 * s, hear(200, higher), vrrp.Backup, s + down, nil},
			{s + down, vrrp.Timeout{}, vrrp.Active, 2*s + down, do(vrrp.SendAdvert{Priority: 100}, vrrp.Acquire{})},
			{1500*ms + down, hear(200, higher), vrrp.Backup, 1500*ms + 2*down, do(vrrp.SendAdvert{Priority: 100}, vrrp.Release{})},
		}},
		{"2.6 but not by one that was silent itself meanwhile", config(100), []step{
			start,
			{1 * s, hear(200, higher), vrrp.Backup, s + down, nil},
			{s + down, vrrp.Timeout{}, vrrp.Active, 2*s + down, do(vrrp.SendAdvert{Priority: 100}, vrrp.Acquire{})},
			{6*s + down, hear(200, higher), vrrp.Backup, 6*s + 2*down, do(vrrp.Release{})},
		}},
		{"S14 addresses are compared as numbers", config(100, at("10.0.0.9")), []step{
			start, win,
			{4 * s, hear(100, "10.0.0.10"), vrrp.Backup, 4*s + down, do(vrrp.Release{})},
		}},
		{"S14 so are those of IPv6", config(100, at("fe80::9")), []step{
			start, win,
			{4 * s, hear(100, "fe80::10"), vrrp.Backup, 4*s + down, do(vrrp.Release{})},
		}},
		{"3.3 a losing advert after a silence is answered by a block of its own size, and a refresh has its own", config(100, func(c *vrrp.Config) {
			c.Announce.LowerCount, c.Announce.LowerDelay, c.Announce.Refresh, c.Announce.RefreshCount = 2, 700*ms, 20*s, 4
		}), []step{
			start, win,
			{3650 * ms, vrrp.Installed{}, vrrp.Active, s + down, do(vrrp.SendAnnouncements{Count: 3})},
			{8 * s, hear(50, higher), vrrp.Active, s + down, do(vrrp.SendAdvert{Priority: 100}, vrrp.SendAnnouncements{Count: 2})},
			{8*s + 700*ms, vrrp.Timeout{}, vrrp.Active, 9*s + 700*ms, do(vrrp.SendAdvert{Priority: 100}, vrrp.SendAnnouncements{Count: 2})},
		}},
		{"3.9 with a lower count of 0 a losing advert is answered, and nothing is announced", config(100, func(c *vrrp.Config) {
			c.Announce.LowerCount = vrrp.Never
		}), []step{
			start, win,
			{3650 * ms, vrrp.Installed{}, vrrp.Active, s + down, do(vrrp.SendAnnouncements{Count: 3})},
			{8 * s, hear(50, higher), vrrp.Active, s + down, do(vrrp.SendAdvert{Priority: 100})},
			{8*s + 100*ms, hear(50, higher), vrrp.Active, s + down, do(vrrp.SendAdvert{Priority: 100})},
		}},
		{"3.9 other interfaces are announced on at times of their own, which begin after the second block", config(100, func(c *vrrp.Config) {
			c.Interval, c.Announce = 100*s, vrrp.Announce{Count: 3, Delay: 5 * s, Elsewhere: 2 * s}
		}), []step{
			{0, vrrp.Startup{}, vrrp.Backup, 100 * down, nil},
			{400 * s, vrrp.Timeout{}, vrrp.Active, 500 * s, do(vrrp.SendAdvert{Priority: 100}, vrrp.Acquire{})},
			{400 * s, vrrp.Installed{}, vrrp.Active, 405 * s, do(vrrp.SendAnnouncements{Count: 3})},
			{405 * s, vrrp.Timeout{}, vrrp.Active, 407 * s, do(vrrp.SendAnnouncements{Count: 3})},
			{407 * s, vrrp.Timeout{}, vrrp.Active, 409 * s, do(vrrp.AnnounceElsewhere{})},
			{418 * s, vrrp.Timeout{}, vrrp.Active, 420 * s, do(vrrp.AnnounceElsewhere{})},
			{419 * s, hear(200, higher), vrrp.Backup, 419*s + down, do(vrrp.Release{})},
		}},
		{"S15 2.4 one answer per tenth of the interval, with one announcement per address once they are there", config(100), []step{
			start, win,
			{3650 * ms, vrrp.Installed{}, vrrp.Active, s + down, do(vrrp.SendAnnouncements{Count: 3})},
			{4 * s, hear(50, higher), vrrp.Active, s + down, do(vrrp.SendAdvert{Priority: 100}, vrrp.SendAnnouncements{Count: 1})},
			{4*s + 99*ms, hear(50, higher), vrrp.Active, s + down, nil},
			{4*s + 99*ms, hear(0, higher), vrrp.Active, s + down, nil},
			{4*s + 100*ms, hear(50, higher), vrrp.Active, s + down, do(vrrp.SendAdvert{Priority: 100}, vrrp.SendAnnouncements{Count: 1})},
		}},
		{"R31 2.4 an advert from our own address is never answered, whatever its priority", config(100), []step{
			start, win,
			{4 * s, hear(200, "192.0.2.5"), vrrp.Active, s + down, nil},
			{4 * s, hear(50, "192.0.2.5"), vrrp.Active, s + down, nil},
			{4 * s, hear(0, "192.0.2.5"), vrrp.Active, s + down, nil},
		}},
		{"S17 2.3 row 9: an Active router leaves with one advert of priority 0, then releases", config(100), []step{
			start, win,
			{4 * s, vrrp.Shutdown{}, vrrp.Initialize, 0, do(vrrp.SendAdvert{Priority: 0}, vrrp.Release{})},
			{5 * s, vrrp.Timeout{}, vrrp.Initialize, 0, nil},
		}},
		{"S18 2.3 row 4: a Backup leaves in silence", config(100), []step{
			start,
			{1 * s, vrrp.Shutdown{}, vrrp.Initialize, 0, nil},
		}},
		{"S20 2.6 of two owners the lower address yields", config(255), []step{
			{0, vrrp.Startup{}, vrrp.Active, s, do(vrrp.SendAdvert{Priority: 255}, vrrp.Acquire{})},
			{1 * ms, hear(255, lower), vrrp.Active, s, do(vrrp.SendAdvert{Priority: 255})},
			{2 * ms, hear(255, higher), vrrp.Backup, 2*ms + 3*s + s/256, do(vrrp.Release{})},
		}},
		{"2.9 a late wakeup keeps the rhythm, a very late one starts it again", config(100), []step{
			start, win,
			{4700 * ms, vrrp.Timeout{}, vrrp.Active, 2*s + down, do(vrrp.SendAdvert{Priority: 100})},
			{7 * s, vrrp.Timeout{}, vrrp.Active, 8 * s, do(vrrp.SendAdvert{Priority: 100})},
		}},
		{"2.9 silent for longer than a Backup waits, an Active router announces again", config(100, func(c *vrrp.Config) { c.Announce.Delay = 0 }), []step{
			start, win,
			{3610 * ms, vrrp.Installed{}, vrrp.Active, s + down, do(vrrp.SendAnnouncements{Count: 3})},
			{6600 * ms, vrrp.Timeout{}, vrrp.Active, 7600 * ms, do(vrrp.SendAdvert{Priority: 100})},
			{9700 * ms, vrrp.Timeout{}, vrrp.Active, 10700 * ms, do(vrrp.SendAdvert{Priority: 100}, vrrp.SendAnnouncements{Count: 3})},
		}},
		{"S31 what waited in the queue goes first: the router yields before it sends", config(100), []step{
			start, win,
			{9 * s, hear(200, higher), vrrp.Backup, 9*s + down, do(vrrp.Release{})},
			{9 * s, vrrp.Timeout{}, vrrp.Backup, 9*s + down, nil},
		}},
		{"S32 what waited in the queue goes first: the Backup stays", config(100), []step{
			start,
			{9 * s, hear(200, higher), vrrp.Backup, 9*s + down, nil},
			{9 * s, vrrp.Timeout{}, vrrp.Backup, 9*s + down, nil},
		}},
		{"N01 N02 nothing is announced before Installed, a second block follows after the delay, once", config(100, func(c *vrrp.Config) { c.Interval = 10 * s }), []step{
			{0, vrrp.Startup{}, vrrp.Backup, 10 * down, nil},
			{40 * s, vrrp.Timeout{}, vrrp.Active, 50 * s, do(vrrp.SendAdvert{Priority: 100}, vrrp.Acquire{})},
			{41 * s, vrrp.Installed{}, vrrp.Active, 46 * s, do(vrrp.SendAnnouncements{Count: 3})},
			{45 * s, vrrp.Timeout{}, vrrp.Active, 46 * s, nil},
			{46 * s, vrrp.Timeout{}, vrrp.Active, 50 * s, do(vrrp.SendAnnouncements{Count: 3})},
		}},
		{"N02 no second block when Backup again", config(100), []step{
			start, win,
			{4 * s, vrrp.Installed{}, vrrp.Active, s + down, do(vrrp.SendAnnouncements{Count: 3})},
			{4 * s, hear(101, lower), vrrp.Backup, 4*s + down, do(vrrp.Release{})},
			{7 * s, vrrp.Timeout{}, vrrp.Backup, 4*s + down, nil},
			{7 * s, vrrp.Installed{}, vrrp.Backup, 4*s + down, nil},
		}},
		{"N03 single announcements while Active, skipped rather than sent in a burst", config(100, func(c *vrrp.Config) {
			c.Interval, c.Announce = 10*s, vrrp.Announce{Count: 3, Refresh: 2 * s}
		}), []step{
			{0, vrrp.Startup{}, vrrp.Backup, 10 * down, nil},
			{40 * s, vrrp.Timeout{}, vrrp.Active, 50 * s, do(vrrp.SendAdvert{Priority: 100}, vrrp.Acquire{})},
			{40 * s, vrrp.Installed{}, vrrp.Active, 42 * s, do(vrrp.SendAnnouncements{Count: 3})},
			{42 * s, vrrp.Timeout{}, vrrp.Active, 44 * s, do(vrrp.SendAnnouncements{Count: 1})},
			{49 * s, vrrp.Timeout{}, vrrp.Active, 50 * s, do(vrrp.SendAnnouncements{Count: 1})},
			{50 * s, vrrp.Shutdown{}, vrrp.Initialize, 0, do(vrrp.SendAdvert{Priority: 0}, vrrp.Release{})},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var e vrrp.Election
			for i, st := range tt.steps {
				var got []vrrp.Action
				e, got = tt.config.Step(e, st.now, st.event, nil)
				deadline, _ := e.Deadline()
				if e.State != st.state || deadline != st.deadline || !slices.Equal(got, st.actions) {
					t.Fatalf("step %d, %T%+v at %v:\n got %v, deadline %v, actions %+v\nwant %v, deadline %v, actions %+v",
						i, st.event, st.event, st.now, e.State, deadline, got, st.state, st.deadline, st.actions)
				}
			}
		})
	}
}

// The timers of version 2 and 3 for priority and interval, as the standard computes them in fractions of a second.
func TestTimers(t *testing.T) {
	tests := []struct {
		version  uint8
		priority uint8
		interval time.Duration
		want     time.Duration // Active_Down_Interval
	}{
		{2, 100, s, 3609375 * time.Microsecond},
		{2, 200, s, 3218750 * time.Microsecond},
		{2, 254, s, 3007812500 * time.Nanosecond},
		{2, 100, 5 * s, 15609375 * time.Microsecond},
		{3, 100, s, 3609375 * time.Microsecond},
		{3, 254, s, 3007812500 * time.Nanosecond},
		{3, 100, 5 * s, 18046875 * time.Microsecond},
		{3, 100, 100 * ms, 360937500 * time.Nanosecond},
		{3, 254, 100 * ms, 300781250 * time.Nanosecond},
		{3, 254, 10 * ms, 30078125 * time.Nanosecond},
	}
	for _, tt := range tests {
		c := config(tt.priority, func(c *vrrp.Config) { c.Version, c.Interval = tt.version, tt.interval })
		e, _ := c.Step(vrrp.Election{}, 0, vrrp.Startup{}, nil)
		if got, _ := e.Deadline(); got != tt.want {
			t.Errorf("version %d, priority %d, interval %v: got %v, want %v", tt.version, tt.priority, tt.interval, got, tt.want)
		}
	}
}

// The words of the log and the labels of metrics, which others match.
func TestWords(t *testing.T) {
	states := []string{"Initialize", "Backup", "Active", "unknown"}
	for i, want := range states {
		if got := vrrp.State(i).String(); got != want {
			t.Errorf("state %d: got %q, want %q", i, got, want)
		}
	}
	causes := []string{"none", "started", "stopped", "silence", "left", "preempted", "outranked", "followed", "lost", "unknown"}
	for i, want := range causes {
		if got := vrrp.Cause(i).String(); got != want {
			t.Errorf("cause %d: got %q, want %q", i, got, want)
		}
	}
}

func TestReason(t *testing.T) {
	const other = "192.0.2.6"
	start, fire := vrrp.Event(vrrp.Startup{}), vrrp.Event(vrrp.Timeout{})
	type line struct {
		now   time.Duration
		event vrrp.Event
	}
	tests := []struct {
		cause vrrp.Cause
		want  string
		lines []line
	}{
		{vrrp.NoCause, "nothing happened yet", nil},
		{vrrp.Started, "started", []line{{0, start}}},
		{vrrp.Stopped, "stopped", []line{{0, start}, {s, vrrp.Shutdown{}}}},
		{vrrp.Silence, "no advert from any router", []line{{0, start}, {4 * s, fire}}},
		{
			vrrp.Silence, "no advert for 3.61s, the last came from 192.0.2.6 with priority 200",
			[]line{{0, start}, {s, hear(200, other)}, {4610 * ms, fire}},
		},
		{vrrp.Left, "192.0.2.6 left with priority 0", []line{{0, start}, {s, hear(0, other)}, {2 * s, fire}}},
		{
			vrrp.Preempted, "our priority 100 is above 90 of 192.0.2.6",
			[]line{{0, start}, {3 * s, hear(90, other)}, {4 * s, fire}},
		},
		{
			vrrp.Silence, "no advert for 3.7s, the last came from 192.0.2.6 with priority 90",
			[]line{{0, start}, {ms, hear(90, other)}, {3701 * ms, fire}},
		},
		{
			vrrp.Outranked, "192.0.2.6 has priority 150, above our 100",
			[]line{{0, start}, {4 * s, fire}, {5 * s, hear(150, other)}},
		},
		{
			vrrp.Outranked, "192.0.2.6 has our priority 100 and a greater address than 192.0.2.5",
			[]line{{0, start}, {4 * s, fire}, {5 * s, hear(100, other)}},
		},
	}
	for _, tt := range tests {
		var e vrrp.Election
		for _, l := range tt.lines {
			e, _ = config(100).Step(e, l.now, l.event, nil)
		}
		if e.Reason.Cause != tt.cause || e.Reason.String() != tt.want {
			t.Errorf("got %v: %q, want %v: %q", e.Reason.Cause, e.Reason, tt.cause, tt.want)
		}
		if n := len(tt.lines); n > 0 && e.Reason.At != tt.lines[n-1].now {
			t.Errorf("%q: at %v, want the time of the last event", tt.want, e.Reason.At)
		}
	}
}

// What an Active router repeats follows another configuration at once, without an end and without a burst.
func TestRepeatsAreReconfigured(t *testing.T) {
	often, never := config(100), config(100)
	often.Announce = vrrp.Announce{Count: 1, Refresh: 5 * s, Elsewhere: 7 * s}
	never.Announce = vrrp.Announce{Count: 1}
	held := vrrp.Election{State: vrrp.Active, Timer: 10500 * ms, ActiveInterval: s, Installed: true}
	g := vrrp.Group{{Config: never, Election: held}}
	g.Reconfigure([]vrrp.Config{often}, 10*s)
	if e := g[0].Election; e.Refresh != 15*s || e.Elsewhere != 17*s || e.Timer != held.Timer {
		t.Errorf("got %+v, want announcements after 5s and 7s", e)
	}
	g.Reconfigure([]vrrp.Config{never}, 10200*ms)
	if e := g[0].Election; e != held {
		t.Errorf("got %+v, want no more announcements", e)
	}
	for _, e := range []vrrp.Election{{State: vrrp.Backup}, {State: vrrp.Active}} {
		g := vrrp.Group{{Config: never, Election: e}}
		g.Reconfigure([]vrrp.Config{often}, 10*s)
		if got := g[0].Election; got.Refresh != 0 || got.Elsewhere != 0 {
			t.Errorf("%+v announces what it does not have", got)
		}
	}
}
