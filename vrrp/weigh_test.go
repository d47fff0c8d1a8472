package vrrp_test

import (
	"slices"
	"testing"
	"time"

	"ha/vrrp"
)

// What decides who is Active beyond the standard: delays, silence, and priorities that move.
func TestElectionAsPeopleMeanIt(t *testing.T) {
	const (
		skew     = 609375 * time.Microsecond // of priority 100 at one second
		down     = 3*s + skew
		skew150  = 414062500 * time.Nanosecond
		other    = "192.0.2.6"
		patience = 3 * s
	)
	delayed := func(c *vrrp.Config) { c.PreemptDelay = patience }
	quiet := func(c *vrrp.Config) { c.Quiet = true }
	five := func(c *vrrp.Config) { c.DownAdverts = 5 }
	start := step{0, vrrp.Startup{}, vrrp.Backup, down, nil}
	win := step{down, vrrp.Timeout{}, vrrp.Active, s + down, do(vrrp.SendAdvert{Priority: 100}, vrrp.Acquire{})}
	runTranscripts(t, []transcript{
		{"S16 a losing advert is left unanswered, a leaving router is answered", config(100, quiet), []step{
			start, win,
			{4 * s, hear(50, other), vrrp.Active, s + down, nil},
			{4100 * ms, hear(0, other), vrrp.Active, 5100 * ms, do(vrrp.SendAdvert{Priority: 100})},
		}},
		{"S22 the delay follows worse adverts, then outwaits them", config(100, delayed), []step{
			start,
			{1 * s, hear(50, other), vrrp.Backup, 1*s + down, nil}, // the delay begins
			{2 * s, hear(50, other), vrrp.Backup, 2*s + down, nil},
			{3 * s, hear(50, other), vrrp.Backup, 3*s + down, nil},
			{4 * s, hear(50, other), vrrp.Backup, 3*s + down, nil}, // it is over
			{5 * s, hear(50, other), vrrp.Backup, 3*s + down, nil},
			{3*s + down, vrrp.Timeout{}, vrrp.Active, 4*s + down, do(vrrp.SendAdvert{Priority: 100}, vrrp.Acquire{})},
		}},
		{"S22 an advert that is as good ends the delay, the next worse one begins it anew", config(100, delayed), []step{
			start,
			{1 * s, hear(50, other), vrrp.Backup, 1*s + down, nil},
			{3 * s, hear(100, other), vrrp.Backup, 3*s + down, nil},
			{4 * s, hear(50, other), vrrp.Backup, 4*s + down, nil},
			{6 * s, hear(50, other), vrrp.Backup, 6*s + down, nil},
			{7 * s, hear(50, other), vrrp.Backup, 6*s + down, nil},
		}},
		{"S23 a router that dies is not waited for longer", config(100, delayed), []step{
			start,
			{1 * s, hear(50, other), vrrp.Backup, 1*s + down, nil},
			{1*s + down, vrrp.Timeout{}, vrrp.Active, 2*s + down, do(vrrp.SendAdvert{Priority: 100}, vrrp.Acquire{})},
		}},
		{"S23 nor is one that leaves", config(100, delayed), []step{
			start,
			{1 * s, hear(50, other), vrrp.Backup, 1*s + down, nil},
			{2 * s, hear(0, other), vrrp.Backup, 2*s + skew, nil},
			{2*s + skew, vrrp.Timeout{}, vrrp.Active, 3*s + skew, do(vrrp.SendAdvert{Priority: 100}, vrrp.Acquire{})},
		}},
		{"S24 five adverts have to be missing", config(100, five), []step{
			{0, vrrp.Startup{}, vrrp.Backup, 5*s + skew, nil},
			{2 * s, hear(200, other), vrrp.Backup, 7*s + skew, nil},
			{5*s + skew, vrrp.Timeout{}, vrrp.Backup, 7*s + skew, nil},
			{7*s + skew, vrrp.Timeout{}, vrrp.Active, 8*s + skew, do(vrrp.SendAdvert{Priority: 100}, vrrp.Acquire{})},
		}},
		{"S25 nothing is heard and nothing taken over during the start delay", config(100), []step{
			{0, vrrp.Startup{Delay: 4 * s}, vrrp.Backup, 4*s + down, nil},
			{1 * s, hear(200, other), vrrp.Backup, 4*s + down, nil},
			{2 * s, hear(0, other), vrrp.Backup, 4*s + down, nil},
			{5 * s, hear(200, other), vrrp.Backup, 5*s + down, nil},
		}},
		{"S25 the owner waits for the end of the delay only", config(255), []step{
			{0, vrrp.Startup{Delay: 4 * s}, vrrp.Backup, 4 * s, nil},
			{4 * s, vrrp.Timeout{}, vrrp.Active, 5 * s, do(vrrp.SendAdvert{Priority: 255}, vrrp.Acquire{})},
		}},
		{"S26 the deadline moves by the difference of the skews", config(100), []step{
			start,
			{down - s, vrrp.PriorityChanged{Priority: 150}, vrrp.Backup, 3*s + skew150, nil},
			{down - s, vrrp.PriorityChanged{Priority: 100}, vrrp.Backup, down, nil},
			{down - s, vrrp.PriorityChanged{Priority: 150}, vrrp.Backup, 3*s + skew150, nil},
			{3*s + skew150, vrrp.Timeout{}, vrrp.Active, 4*s + skew150, do(vrrp.SendAdvert{Priority: 150}, vrrp.Acquire{})},
		}},
		{"S27 an Active router says its lower priority with its next advert, and yields", config(100), []step{
			start, win,
			{4 * s, vrrp.PriorityChanged{Priority: 30}, vrrp.Active, s + down, nil},
			{s + down, vrrp.Timeout{}, vrrp.Active, 2*s + down, do(vrrp.SendAdvert{Priority: 30})},
			{5 * s, hear(50, other), vrrp.Backup, 8*s + 226*s/256, do(vrrp.Release{})},
			{6 * s, vrrp.Shutdown{}, vrrp.Initialize, 0, nil},
			{7 * s, vrrp.Startup{}, vrrp.Backup, 10*s + 226*s/256, nil}, // still 30
		}},
		{"S27 priorities are cut to 1 and 254", config(100), []step{
			start,
			{0, vrrp.PriorityChanged{Priority: 0}, vrrp.Backup, 3*s + 255*s/256, nil},
			{0, vrrp.PriorityChanged{Priority: 255}, vrrp.Backup, 3*s + 2*s/256, nil},
		}},
		{"S27 the owner stays the owner", config(255), []step{
			{0, vrrp.Startup{}, vrrp.Active, s, do(vrrp.SendAdvert{Priority: 255}, vrrp.Acquire{})},
			{0, vrrp.PriorityChanged{Priority: 50}, vrrp.Active, s, nil},
			{s, vrrp.Timeout{}, vrrp.Active, 2 * s, do(vrrp.SendAdvert{Priority: 255})},
		}},
		{"S29 a fault hears nothing", config(100), []step{
			start,
			{1 * s, vrrp.Shutdown{}, vrrp.Initialize, 0, nil},
			{2 * s, hear(50, other), vrrp.Initialize, 0, nil},
			{3 * s, vrrp.Startup{}, vrrp.Backup, 3*s + down, nil},
		}},
	})
}

// transcript is a story of one election.
type transcript struct {
	name   string
	config vrrp.Config
	steps  []step
}

func runTranscripts(t *testing.T, tests []transcript) {
	t.Helper()
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

// conform: S27
func TestEffective(t *testing.T) {
	tests := []struct {
		name     string
		priority uint8
		changes  []int
		want     uint8
	}{
		{"nothing has failed", 100, nil, 100},
		{"changes add up", 100, []int{-20, 30, -60}, 50},
		{"S27 never below 1", 30, []int{-50}, 1},
		{"S27 exactly 0 is 1, too", 50, []int{-50}, 1},
		{"S27 never above 254", 30, []int{300}, 254},
		{"S27 cut once, at the end", 30, []int{-50, 25}, 5},
		{"S27 many large ones do not wrap", 254, []int{-253, -253, -253}, 1},
		{"S27 the owner stays", 255, []int{-253}, 255},
	}
	for _, tt := range tests {
		if got := vrrp.Effective(tt.priority, tt.changes...); got != tt.want {
			t.Errorf("%s: got %d, want %d", tt.name, got, tt.want)
		}
	}
}

// The table of keepalived: a weight above 0 raises while good, one below 0 lowers while failed, reverse turns both round,
// and none is a condition. A number counts times its factor.
func TestTrackEffects(t *testing.T) {
	lower, raise := vrrp.Track{Weight: 20}, vrrp.Track{Raise: 20}
	reversed := func(t vrrp.Track) vrrp.Track { t.Reverse = true; return t }
	type effect struct {
		change int
		fault  bool
	}
	tests := []struct {
		name         string
		track        vrrp.Track
		value        int64
		good, failed effect
	}{
		{"weight 20", raise, 0, effect{20, false}, effect{0, false}},
		{"weight -20", lower, 0, effect{0, false}, effect{-20, false}},
		{"weight 20 reverse", reversed(lower), 0, effect{-20, false}, effect{0, false}},
		{"weight -20 reverse", reversed(raise), 0, effect{0, false}, effect{20, false}},
		{"weight 0", vrrp.Track{}, 0, effect{0, false}, effect{0, true}},
		{"weight 0 reverse", reversed(vrrp.Track{}), 0, effect{0, true}, effect{0, false}},
		{"a preference does both", vrrp.Track{Weight: 7, Raise: 9}, 0, effect{9, false}, effect{-7, false}},
		{"a number", vrrp.Track{Factor: 2}, 15, effect{30, false}, effect{30, false}},
		{"a number, reversed", vrrp.Track{Factor: 2, Reverse: true}, 15, effect{-30, false}, effect{-30, false}},
		{"a number is cut at the top", vrrp.Track{Factor: 254}, 3, effect{253, false}, effect{253, false}},
		{"a number takes no part at the bottom", vrrp.Track{Factor: 254}, -1, effect{-254, true}, effect{-254, true}},
		{"one above the bottom lowers", vrrp.Track{Factor: 1}, -253, effect{-253, false}, effect{-253, false}},
		{"a number of 64 bits does not wrap", vrrp.Track{Factor: -254}, 1 << 62, effect{-254, true}, effect{-254, true}},
	}
	for _, tt := range tests {
		for _, good := range []bool{true, false} {
			want := tt.failed
			if good {
				want = tt.good
			}
			if change, fault := tt.track.Effect(good, tt.value); (effect{change, fault}) != want {
				t.Errorf("%s, good %v: got %d and %v, want %+v", tt.name, good, change, fault, want)
			}
		}
	}
}

// S25 in a group: the longest delay of the members holds for all.
func TestGroupWaitsForTheLongestStartDelay(t *testing.T) {
	g := vrrp.NewGroup(config(100), config(100))
	g.Step(0, 0, vrrp.Startup{Delay: 4 * s}, nil)
	g.Step(1, s, vrrp.Startup{Delay: s}, nil)
	for i := range g {
		if e := g[i].Election; e.State != vrrp.Backup || e.Deaf != 4*s || e.Timer != 7*s+609375*time.Microsecond {
			t.Errorf("member %d: got %v, deaf until %v, timer %v", i, e.State, e.Deaf, e.Timer)
		}
	}
}
