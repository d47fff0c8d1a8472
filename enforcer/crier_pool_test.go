package enforcer

import (
	"slices"
	"testing"

	"ha/enforcer/notify"
	"ha/planner"
)

// A pool is told once for each turn, and from the start on; what the process before told is not told again.
func TestQuorumIsTold(t *testing.T) {
	plan := tellingPlan(planner.GainedQuorum, planner.LostQuorum)
	c, said := cried(t, plan)
	state := func(v planner.Verdict) {
		c.counted(map[string]headcount{"pool.web": {v, "because"}, "pool.other": {v, ""}})
	}
	state(planner.Unknown)
	expect(t, said())
	state(planner.Up)
	state(planner.Up)
	expect(t, said(), "c: pool.web web quorum_up")
	state(planner.Down)
	state(planner.Unknown) // a new server that nobody knows yet
	state(planner.Down)
	expect(t, said(), "c: pool.web web quorum_down")
	renamed := tellingPlan(planner.GainedQuorum, planner.LostQuorum)
	renamed.Pools[0].Name, renamed.Channels[0].About = "pool.shop", []string{"pool.shop"}
	c.arrange(renamed, planner.Facts{})
	c.counted(map[string]headcount{"pool.shop": {planner.Down, "as before"}})
	expect(t, said())
	c.counted(map[string]headcount{"pool.shop": {planner.Up, "because"}})
	expect(t, said(), "c: pool.shop shop quorum_up")

	heir, said := cried(t, plan)
	heir.recall(map[string]planner.Verdict{"pool.web": planner.Down})
	heir.counted(map[string]headcount{"pool.web": {planner.Down, "as before"}})
	expect(t, said())
}

// At the end of the enforcer a pool that wants it is told as without quorum, if it had it.
func TestQuorumIsLostAtTheEnd(t *testing.T) {
	for _, wanted := range []bool{true, false} {
		plan := tellingPlan(planner.LostQuorum)
		plan.Pools[0].DownAtStop = wanted
		c, said := cried(t, plan)
		c.ends()
		expect(t, said())
		c.counted(map[string]headcount{"pool.web": {planner.Up, "because"}})
		c.ends()
		if wanted {
			expect(t, said(), "c: pool.web web quorum_down")
		} else {
			expect(t, said())
		}
	}
}

// A channel may be about the quorum of a pool and not about all of its servers.
func TestWhatAQuorumsEventSays(t *testing.T) {
	plan := tellingPlan(planner.LostQuorum)
	plan.Channels[0].About = []string{"pool.web.quorum"}
	c, _ := cried(t, plan)
	var got notify.Event
	c.send = func(_ []string, e notify.Event) { got = e }
	c.counted(map[string]headcount{"pool.web": {planner.Down, "0 of 1 servers up"}})
	if got.Kind != notify.Pool || got.Name != "web" || got.Protocol != "tcp" || !slices.Equal(got.Listeners, []string{"192.0.2.20:80", "fwm 7"}) || got.Why != "0 of 1 servers up" {
		t.Errorf("got %+v", got)
	}
}
