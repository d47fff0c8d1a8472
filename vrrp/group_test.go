package vrrp_test

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"ha/vrrp"
)

// moment is a line of a group's transcript.
type moment struct {
	now     time.Duration
	member  int
	event   vrrp.Event
	state   vrrp.State
	actions []vrrp.MemberAction
}

func of(member int, actions ...vrrp.Action) []vrrp.MemberAction {
	var out []vrrp.MemberAction
	for _, a := range actions {
		out = append(out, vrrp.MemberAction{Member: member, Action: a})
	}
	return out
}

func TestGroup(t *testing.T) {
	const other = "192.0.2.6"
	win := func(member int) []vrrp.MemberAction {
		return of(member, vrrp.SendAdvert{Priority: 100}, vrrp.Acquire{})
	}
	leave := func(member int) []vrrp.MemberAction {
		return of(member, vrrp.SendAdvert{Priority: 0}, vrrp.Release{})
	}
	start := []moment{
		{0, 0, vrrp.Startup{}, vrrp.Initialize, nil},
		{0, 1, vrrp.Startup{}, vrrp.Backup, nil},
	}
	active := append(slices.Clone(start),
		moment{4 * s, 0, vrrp.Timeout{}, vrrp.Backup, nil},
		moment{4 * s, 1, vrrp.Timeout{}, vrrp.Active, slices.Concat(win(0), win(1))})
	tests := []struct {
		name    string
		configs []vrrp.Config
		moments []moment
	}{
		{"G01 one member alone does not take over", nil, append(slices.Clone(start),
			moment{3 * s, 1, hear(200, other), vrrp.Backup, nil},
			moment{4 * s, 0, vrrp.Timeout{}, vrrp.Backup, nil},
			moment{6 * s, 1, vrrp.Timeout{}, vrrp.Backup, nil})},
		{"G02 when the last one wants it, all take over", nil, active},
		{"2.7 an accepted advert makes a member forget its wish", nil, append(slices.Clone(start),
			moment{4 * s, 0, vrrp.Timeout{}, vrrp.Backup, nil},
			moment{4 * s, 0, hear(200, other), vrrp.Backup, nil},
			moment{4 * s, 1, vrrp.Timeout{}, vrrp.Backup, nil},
			moment{9 * s, 0, vrrp.Timeout{}, vrrp.Active, slices.Concat(win(0), win(1))})},
		{"2.3 row 6: a better router that leaves again is followed within the skew", nil, append(slices.Clone(active),
			moment{5 * s, 0, hear(200, other), vrrp.Backup, slices.Concat(of(0, vrrp.Release{}), of(1, vrrp.Release{}))},
			moment{5 * s, 1, hear(200, other), vrrp.Backup, nil},
			moment{6 * s, 0, hear(0, other), vrrp.Backup, nil},
			moment{6 * s, 1, hear(0, other), vrrp.Backup, nil},
			moment{7 * s, 0, vrrp.Timeout{}, vrrp.Backup, nil},
			moment{7 * s, 1, vrrp.Timeout{}, vrrp.Active, slices.Concat(win(0), win(1))})},
		{"2.7 a losing advert does not", nil, append(slices.Clone(start),
			moment{4 * s, 0, vrrp.Timeout{}, vrrp.Backup, nil},
			moment{4 * s, 0, hear(50, other), vrrp.Backup, nil},
			moment{4 * s, 1, vrrp.Timeout{}, vrrp.Active, slices.Concat(win(0), win(1))})},
		{"G03 one loses, all let go, without priority 0", nil, append(slices.Clone(active),
			moment{5 * s, 1, hear(200, other), vrrp.Backup, slices.Concat(of(1, vrrp.Release{}), of(0, vrrp.Release{}))})},
		{"2.3 row 13 a losing advert moves nobody", nil, append(slices.Clone(active),
			moment{5 * s, 1, hear(50, other), vrrp.Active, of(1, vrrp.SendAdvert{Priority: 100})})},
		{"G04 one fails, all leave with priority 0", nil, append(slices.Clone(active),
			moment{5 * s, 0, vrrp.Shutdown{}, vrrp.Initialize, slices.Concat(leave(0), leave(1))},
			moment{5 * s, 1, vrrp.Shutdown{}, vrrp.Initialize, nil})},
		{"G05 they return together, when none has a fault", nil, append(slices.Clone(active),
			moment{5 * s, 0, vrrp.Shutdown{}, vrrp.Initialize, slices.Concat(leave(0), leave(1))},
			moment{6 * s, 1, vrrp.Startup{}, vrrp.Initialize, nil},
			moment{7 * s, 0, vrrp.Startup{}, vrrp.Backup, nil},
			moment{10 * s, 0, vrrp.Timeout{}, vrrp.Backup, nil},
			moment{11 * s, 0, vrrp.Timeout{}, vrrp.Backup, nil},
			moment{11 * s, 1, vrrp.Timeout{}, vrrp.Active, slices.Concat(win(0), win(1))})},
		{"2.7 owners alone are Active at once", []vrrp.Config{config(255), config(255)}, []moment{
			{0, 1, vrrp.Startup{}, vrrp.Initialize, nil},
			{0, 0, vrrp.Startup{}, vrrp.Active, slices.Concat(
				of(0, vrrp.SendAdvert{Priority: 255}, vrrp.Acquire{}), of(1, vrrp.SendAdvert{Priority: 255}, vrrp.Acquire{}))},
		}},
		{"2.7 an owner among others begins as Backup", []vrrp.Config{config(255), config(100)}, start},
		{"3.7 after an advert that does not win all announce their addresses again", nil, append(slices.Clone(active),
			moment{4 * s, 0, vrrp.Installed{}, vrrp.Active, of(0, vrrp.SendAnnouncements{Count: 3})},
			moment{4 * s, 1, vrrp.Installed{}, vrrp.Active, of(1, vrrp.SendAnnouncements{Count: 3})},
			moment{9 * s, 0, hear(50, other), vrrp.Active, slices.Concat(
				of(0, vrrp.SendAdvert{Priority: 100}, vrrp.SendAnnouncements{Count: 3}), of(1, vrrp.SendAnnouncements{Count: 3}))},
			moment{9*s + 100*ms, 0, hear(50, other), vrrp.Active, slices.Concat(
				of(0, vrrp.SendAdvert{Priority: 100}, vrrp.SendAnnouncements{Count: 1}), of(1, vrrp.SendAnnouncements{Count: 1}))},
			moment{9*s + 101*ms, 0, hear(50, other), vrrp.Active, nil})},
		{"an unknown member does nothing", nil, append(slices.Clone(start),
			moment{4 * s, 2, vrrp.Timeout{}, vrrp.Backup, nil},
			moment{4 * s, -1, vrrp.Timeout{}, vrrp.Backup, nil})},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.configs == nil {
				tt.configs = []vrrp.Config{config(100), config(100)}
			}
			g := vrrp.NewGroup(tt.configs...)
			for i, m := range tt.moments {
				got := g.Step(m.member, m.now, m.event, nil)
				if g[0].Election.State != m.state || g[1].Election.State != m.state || !slices.Equal(got, m.actions) {
					t.Fatalf("line %d, member %d, %T%+v at %v:\n got %v and %v, actions %+v\nwant %v, actions %+v",
						i, m.member, m.event, m.event, m.now, g[0].Election.State, g[1].Election.State, got, m.state, m.actions)
				}
			}
		})
	}
}

// The members that follow say whom, and the one that moved first says why.
func TestGroupReasons(t *testing.T) {
	g := vrrp.NewGroup(config(100), config(100))
	for _, m := range []moment{
		{0, 0, vrrp.Startup{}, 0, nil},
		{0, 1, vrrp.Startup{}, 0, nil},
		{4 * s, 0, vrrp.Timeout{}, 0, nil},
		{4 * s, 1, vrrp.Timeout{}, 0, nil},
		{5 * s, 1, hear(200, "192.0.2.6"), 0, nil},
	} {
		g.Step(m.member, m.now, m.event, nil)
	}
	if got := g[0].Election.Reason.String(); got != "moved with member 1 of the group" {
		t.Errorf("the follower: got %q", got)
	}
	if got := g[1].Election.Reason.String(); got != "192.0.2.6 has priority 200, above our 100" {
		t.Errorf("the first: got %q", got)
	}
	if at, member, ok := g.Deadline(); !ok || at != 5*s+3609375*time.Microsecond || member != 0 {
		t.Errorf("deadline: got %v of member %d, %v, want that of member 0", at, member, ok)
	}
	if at, _, ok := (vrrp.Group{}).Deadline(); ok || (vrrp.Group{}).State() != vrrp.Initialize {
		t.Errorf("an empty group waits until %v, want for nothing", at)
	}
}

// A group of one is its election: same values, same actions, for any events.
func TestGroupOfOne(t *testing.T) {
	for seed := range uint64(2000) {
		rng := rand.New(rand.NewPCG(seed, 1))
		c := randomConfig(rng)
		g := vrrp.NewGroup(c)
		var e vrrp.Election
		now := time.Duration(0)
		for range 60 {
			ev := randomEvent(rng)
			now = later(rng, now, e)
			want, actions := c.Step(e, now, ev, nil)
			e = want
			got := g.Step(0, now, ev, nil)
			if g[0].Election != want || !slices.Equal(got, of(0, actions...)) {
				t.Fatalf("seed %d, %T%+v at %v:\n got %+v, %+v\nwant %+v, %+v", seed, ev, ev, now, g[0].Election, got, want, actions)
			}
		}
	}
}

func randomConfig(rng *rand.Rand) vrrp.Config {
	priorities := []uint8{1, 100, 100, 200, 254, 255}
	c := config(priorities[rng.IntN(len(priorities))])
	c.Version = uint8(2 + rng.IntN(2))
	c.Preempt = rng.IntN(3) > 0
	c.Interval = time.Duration(1+rng.IntN(3)) * s
	c.PreemptDelay = time.Duration(rng.IntN(3)) * 2 * s
	c.DownAdverts = rng.IntN(5)
	c.Quiet = rng.IntN(4) == 0
	c.Announce.Refresh = time.Duration(rng.IntN(3)) * s
	c.Linger = time.Duration(rng.IntN(3)) * s
	return c
}

func randomEvent(rng *rand.Rand) vrrp.Event {
	switch n := rng.IntN(21); n {
	case 20:
		return vrrp.Succeeded{}
	case 0:
		return vrrp.Shutdown{}
	case 1, 2:
		return vrrp.Startup{Delay: time.Duration(rng.IntN(2)) * 3 * s}
	case 3:
		return vrrp.Installed{}
	case 4:
		return vrrp.PriorityChanged{Priority: uint8(rng.IntN(256))}
	case 5, 6, 7, 8, 9, 10:
		priorities := []uint8{0, 1, 99, 100, 101, 200, 255}
		return vrrp.Received{
			Priority: priorities[rng.IntN(len(priorities))],
			Interval: time.Duration(rng.IntN(50)) * 100 * ms,
			Source:   netip.AddrFrom4([4]byte{192, 0, 2, byte(4 + rng.IntN(3))}),
		}
	}
	return vrrp.Timeout{}
}

// later is a time at, shortly after or long after the deadline, or one that changes nothing.
func later(rng *rand.Rand, now time.Duration, e vrrp.Election) time.Duration {
	due, ok := e.Deadline()
	switch rng.IntN(4) {
	case 0:
		return now + time.Duration(rng.IntN(300))*ms
	case 1:
		return now + time.Duration(rng.IntN(8))*s
	}
	if !ok {
		return now
	}
	return max(now, due)
}
