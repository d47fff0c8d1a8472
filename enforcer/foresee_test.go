package enforcer

import (
	"testing"
	"time"

	"ha/checks"
	"ha/enforcer/control"
	"ha/planner"
)

// serving is a kernel in which the servers of testConfig take connections.
func serving() planner.State {
	live := planner.State{RealServers: map[planner.RealServerKey]planner.RealServer{}}
	for n := 1; n <= 2; n++ {
		live.RealServers[serverKey(n)] = planner.RealServer{Weight: 1}
	}
	return live
}

func TestForesee(t *testing.T) {
	applied := testConfig()
	for name, test := range map[string]struct {
		change func(*checks.Config) // of the first check, whose key changes with it
		facts  planner.Facts
		live   planner.State
		want   planner.Verdict
	}{
		"the same check keeps its verdict": {
			change: func(c *checks.Config) { c.Key, c.Fall = "tcp1", 7 },
			facts:  planner.Facts{Verdicts: map[string]planner.Verdict{"tcp1": planner.Down}}, live: serving(), want: planner.Down,
		},
		"another judgement keeps the verdict": {
			change: func(c *checks.Config) { c.Interval = 3 * time.Second },
			facts:  planner.Facts{Verdicts: map[string]planner.Verdict{"tcp1": planner.Down}}, live: serving(), want: planner.Down,
		},
		"another probe begins as it is configured": {
			change: func(c *checks.Config) { c.From.Mark, c.Initial = 7, checks.Down },
			facts:  planner.Facts{Verdicts: map[string]planner.Verdict{"tcp1": planner.Up}}, live: serving(), want: planner.Down,
		},
		"another probe leaves a server that takes connections": {
			change: func(c *checks.Config) { c.From.Mark = 7 },
			facts:  planner.Facts{Verdicts: map[string]planner.Verdict{"tcp1": planner.Up}}, live: serving(), want: planner.Up,
		},
		"a server that takes none has to pass": {
			change: func(c *checks.Config) { c.From.Mark = 7 },
			want:   planner.Unknown,
		},
	} {
		t.Run(name, func(t *testing.T) {
			next := testConfig()
			c := &next.Checks[0]
			c.Key = "tcp1 differently"
			test.change(c)
			next.Plan.Pools[0].Servers[0].Checks = []string{c.Key}
			got := Foresee(test.facts, &applied, &next, test.live)
			if got.Verdicts[c.Key] != test.want {
				t.Errorf("got %v, want %v", got.Verdicts[c.Key], test.want)
			}
			if _, there := test.facts.Verdicts["tcp1 differently"]; there {
				t.Error("the facts were changed")
			}
		})
	}
}

// A changed interval and a check more must not take a server away that takes connections.
func TestApplyKeepsServersWhoseChecksChange(t *testing.T) {
	r := startFake(t)
	r.mustApply(testConfig())
	r.verdict(1, checks.Up, "")
	r.verdict(2, checks.Up, "")
	serving := func(s planner.State) bool {
		return s.RealServers[serverKey(1)].Weight == 10 && s.RealServers[serverKey(2)].Weight == 10
	}
	r.eventually("both servers take connections", serving)
	next := testConfig()
	slower := &next.Checks[0]
	slower.Key, slower.Interval = "tcp1 interval=3s", 3*time.Second
	next.Plan.Pools[0].Servers[0].Checks = []string{slower.Key}
	more := next.Checks[1]
	more.Key, more.From.Mark = "tcp2 mark", 7
	next.Checks = append(next.Checks, more)
	next.Plan.Pools[0].Servers[1].Checks = []string{"tcp2", more.Key}
	if result := r.apply(next); result.Outcome != control.Applied || result.Changed != 0 || !serving(r.live()) {
		t.Errorf("got %+v and %+v, want no server touched", result, r.live().RealServers)
	}
	for _, row := range r.Status(t.Context()).Checks {
		if row.Verdict != "up" {
			t.Errorf("%s is %s, want up as before", row.Key, row.Verdict)
		}
	}
	r.settled()
}

// The weight of a server follows what its check reports, through the plan, and a probe that fails leaves it.
func TestWeightFollowsTheCheck(t *testing.T) {
	r := startFake(t)
	c := testConfig()
	c.Checks[0].Weight = &checks.WeightConfig{}
	c.Plan.Pools[0].Servers[0].Weighs = []planner.Weigh{{Check: "tcp1", By: planner.WeighValue, Least: 2, Most: 40}}
	r.mustApply(c)
	weighs := func(value int64, want uint32) {
		t.Helper()
		r.inbox.result(checks.Result{Key: "tcp1", At: time.Now(), Verdict: checks.Up, Streak: 1, Value: value})
		r.eventually("the weight follows", func(s planner.State) bool { return s.RealServers[serverKey(1)].Weight == want })
		r.settled()
	}
	r.verdict(2, checks.Up, "")
	weighs(7, 7)
	weighs(1000, 40)
	weighs(0, 2)
	weighs(33, 33)
	r.inbox.result(checks.Result{Key: "tcp1", At: time.Now(), Verdict: checks.Up, Streak: 1, Err: "reset"})
	r.verdict(2, checks.Down, "refused") // comes after it
	r.eventually("the other server leaves", func(s planner.State) bool { return !has(s.RealServers, serverKey(2)) })
	if got := r.live().RealServers[serverKey(1)].Weight; got != 33 {
		t.Errorf("a probe that failed changed the weight to %d", got)
	}
	// Another judgement leaves it, too.
	c.Checks[0].Key, c.Checks[0].Fall = "tcp1 fall=5", 5
	c.Plan.Pools[0].Servers[0].Checks, c.Plan.Pools[0].Servers[0].Weighs[0].Check = []string{"tcp1 fall=5"}, "tcp1 fall=5"
	if result := r.apply(c); result.Outcome != control.Applied || result.Changed != 0 {
		t.Errorf("got %+v, want no server touched", result)
	}
}
