package enforcer

import (
	"log/slog"
	"net/netip"
	"strings"
	"testing"

	"ha/checks"
	"ha/planner"
	"ha/vrrp"
)

// countingWriter has a pool of three servers of weight 10 with checks a, b and c.
func countingWriter(change func(*planner.Pool)) *writer {
	p := planner.Pool{Name: "pool.web"}
	for _, name := range []string{"a", "b", "c"} {
		p.Servers = append(p.Servers, planner.PoolServer{Name: name, Weight: 10, Checks: []string{name}})
	}
	change(&p)
	return &writer{
		events: newEventLog(slog.New(slog.DiscardHandler)), index: planner.NewIndex(&planner.Plan{Pools: []planner.Pool{p}}),
		facts: planner.Facts{Verdicts: map[string]planner.Verdict{}},
	}
}

// hears takes verdicts by the letters of checks: + is up, - is down.
func (w *writer) hears(said string) map[string]headcount {
	changed := map[string]planner.Verdict{}
	for _, word := range strings.Fields(said) {
		changed[word[1:]] = map[byte]planner.Verdict{'+': planner.Up, '-': planner.Down, '?': planner.Unknown}[word[0]]
	}
	return w.turned(w.hear(changed, nil)...)
}

func TestQuorumIsInTheEventLog(t *testing.T) {
	w := countingWriter(func(p *planner.Pool) { p.Quorum = planner.Quorum{Weight: 20, Hysteresis: 10} })
	if got := w.hears("+a +b"); len(got) != 0 {
		t.Errorf("%v while the third is not known", got)
	}
	for _, step := range []struct {
		said  string
		state planner.Verdict
		event string
	}{
		{"+c", planner.Up, "quorum gained: 3 of 3 servers up, with a weight of 30, 10 wanted"},
		{"-c", planner.Up, ""},
		{"-b -a", planner.Down, "quorum lost: 0 of 3 servers up, with a weight of 0, 30 wanted to have it again"},
		{"+a +b", planner.Down, ""},
		{"+c", planner.Up, "quorum gained: 3 of 3 servers up, with a weight of 30, 10 wanted"},
	} {
		events := len(w.events.tail(100))
		changed := w.hears(step.said)
		if w.facts.Quorum["pool.web"] != step.state || (len(changed) > 0) != (step.event != "") {
			t.Errorf("%s: %v, and %v changed", step.said, w.facts.Quorum, changed)
		}
		told := w.events.tail(100)[events:]
		if step.event == "" && len(told) == 0 {
			continue
		}
		if len(told) != 1 || told[0].Message != step.event || told[0].Object != "pool.web" {
			t.Errorf("%s: told %+v, want %q", step.said, told, step.event)
		}
	}
}

// A pool that any server gives its quorum has it without many words.
func TestQuorumOfAPlainPoolIsNoNewsAtTheStart(t *testing.T) {
	w := countingWriter(func(*planner.Pool) {})
	if got := w.hears("+a"); got["pool.web"].state != planner.Up || len(w.events.tail(10)) != 0 {
		t.Errorf("got %v, told %v", got, w.events.tail(10))
	}
	w.hears("-a -b -c")
	if told := w.events.tail(10); len(told) != 1 || told[0].Message != "quorum lost: 0 of 3 servers up" {
		t.Errorf("told %+v", told)
	}
}

// What an apply makes of the facts is its own: one that is taken back finds those before it.
func TestRecountLeavesTheFactsBefore(t *testing.T) {
	w := countingWriter(func(*planner.Pool) {})
	w.facts.Quorum = map[string]planner.Verdict{"pool.web": planner.Up, "pool.gone": planner.Up}
	before := w.facts
	w.recount()
	if len(w.facts.Quorum) != 1 || len(before.Quorum) != 2 {
		t.Errorf("got %v after %v", w.facts.Quorum, before.Quorum)
	}
	if got := w.headcounts(); got["pool.web"].state != w.facts.Quorum["pool.web"] || len(got) != 1 {
		t.Errorf("the head counts are %v", got)
	}
}

// An instance that requires a pool goes by its quorum where the plan names no number of servers.
func TestTrackingGoesByTheQuorum(t *testing.T) {
	tracking := newTracking()
	tracking.pools["pool.web"] = planner.Pool{Name: "pool.web"}
	for _, test := range []struct {
		name  string
		known map[string]headcount
		state planner.Verdict
		fault bool
		why   string
	}{
		{"it is not known", nil, planner.Unknown, true, "pool.web may have its quorum, which is not known yet"},
		{"it has it", map[string]headcount{"pool.web": {planner.Up, "2 of 3"}}, planner.Up, false, "pool.web has its quorum: 2 of 3"},
		{"it has lost it", map[string]headcount{"pool.web": {planner.Down, "1 of 3"}}, planner.Down, true, "pool.web has no quorum: 1 of 3"},
	} {
		tracking.quorum = test.known
		i := vrrp.Instance{Tracks: []vrrp.Track{{Name: "t", Pool: "pool.web"}}}
		got := tracking.judge(i, false, nil)[0]
		if got.state != test.state || got.fault != test.fault || got.why != test.why {
			t.Errorf("%s: got %+v", test.name, got)
		}
	}
}

// sorryConfig is testConfig with a quorum of both servers and a sorry server.
func sorryConfig() (c Config, sorry planner.RealServerKey) {
	c = testConfig()
	p := &c.Plan.Pools[0]
	p.Quorum = planner.Quorum{Weight: 15, Hysteresis: 5}
	p.Sorry = &planner.PoolServer{Name: "sorry", Address: netip.MustParseAddrPort("192.0.2.99:80"), Weight: 1, Forwarding: planner.DR}
	return c, planner.RealServerKey{Service: webKey, Server: p.Sorry.Address}
}

// The sorry server takes the place of servers that are too few, keeps it while the enforcer is restarted, and gives it back at
// the upper limit.
func TestTheSorryServerStandsIn(t *testing.T) {
	r := startFake(t)
	c, sorry := sorryConfig()
	r.mustApply(c)
	stands := func(s planner.State) bool { return len(s.RealServers) == 1 && s.RealServers[sorry].Weight == 1 }
	serve := func(s planner.State) bool {
		return !has(s.RealServers, sorry) && s.RealServers[serverKey(1)].Weight == 10 && s.RealServers[serverKey(2)].Weight == 10
	}
	if got := r.live(); !stands(got) {
		t.Errorf("at the start got %v, want the sorry server alone", got.RealServers)
	}
	r.verdict(1, checks.Up, "")
	r.verdict(2, checks.Up, "")
	r.eventually("the servers take over", serve)
	r.verdict(1, checks.Down, "refused")
	r.eventually("a weight of 10 keeps the quorum", func(s planner.State) bool {
		return len(s.RealServers) == 1 && s.RealServers[serverKey(2)].Weight == 10
	})
	r.verdict(2, checks.Down, "refused")
	r.eventually("the sorry server stands in", stands)
	r.verdict(1, checks.Up, "")
	r.settled()
	if got := r.live(); !stands(got) {
		t.Errorf("with a weight of 10 got %v, want the sorry server until it is 20", got.RealServers)
	}
	r.stop()
	again := start(t, r.fake, r.fake, r.dir)
	again.settled()
	if got := again.live(); !stands(got) {
		t.Errorf("after a restart got %v, want the sorry server", got.RealServers)
	}
	again.verdict(1, checks.Up, "")
	again.settled()
	if got := again.live(); !stands(got) {
		t.Errorf("after a restart with a weight of 10 got %v, want the sorry server", got.RealServers)
	}
	again.verdict(2, checks.Up, "")
	again.eventually("the servers are back", serve)
	again.settled()
	s := again.Status(t.Context())
	if p := s.Pools[0]; p.Quorum != "up" || p.Weight != 20 || p.Sorry == nil || p.Sorry.Shown || !strings.Contains(p.Why, "10 wanted") {
		t.Errorf("status says %+v", p)
	}
}

// A restart with quorum between the limits keeps it: nobody is taken away.
func TestARestartBetweenTheLimitsKeepsTheQuorum(t *testing.T) {
	r := startFake(t)
	c, sorry := sorryConfig()
	r.mustApply(c)
	r.verdict(1, checks.Up, "")
	r.verdict(2, checks.Up, "")
	r.eventually("the servers take over", func(s planner.State) bool { return !has(s.RealServers, sorry) })
	r.verdict(2, checks.Down, "refused")
	one := func(s planner.State) bool { return len(s.RealServers) == 1 && s.RealServers[serverKey(1)].Weight == 10 }
	r.eventually("one is left", one)
	r.stop()
	again := start(t, r.fake, r.fake, r.dir)
	again.settled()
	again.verdict(2, checks.Down, "refused")
	again.settled()
	if got := again.live(); !one(got) {
		t.Errorf("after a restart got %v", got.RealServers)
	}
}

// The quorum follows a plan that wants more or less, and an apply that is taken back leaves it.
func TestQuorumFollowsThePlan(t *testing.T) {
	r := startFake(t)
	r.mustApply(testConfig())
	r.verdict(1, checks.Up, "")
	r.verdict(2, checks.Down, "refused")
	r.eventually("one serves", func(s planner.State) bool { return len(s.RealServers) == 1 })
	c, sorry := sorryConfig()
	c.Plan.Pools[0].Quorum.Hysteresis = 0
	r.mustApply(c)
	if got := r.live(); len(got.RealServers) != 1 || got.RealServers[sorry].Weight != 1 {
		t.Errorf("with a quorum of 15 got %v, want the sorry server", got.RealServers)
	}
	c.Plan.Pools[0].Quorum = planner.Quorum{Weight: 5}
	c.Plan.Pools[0].Sorry.Inhibit = true
	r.mustApply(c)
	got := r.live()
	if _, waits := got.RealServers[sorry]; !waits || got.RealServers[sorry].Weight != 0 || got.RealServers[serverKey(1)].Weight != 10 {
		t.Errorf("with a quorum of 5 got %v, want the server, and the sorry server inhibited", got.RealServers)
	}
	r.settled()
}
