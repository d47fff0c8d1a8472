package enforcer

import (
	"testing"
	"time"

	"ha/checks/bfd"
	"ha/planner"
)

// A real server follows a session as it follows a check, and status says why.
func TestBFDJudgesARealServer(t *testing.T) {
	r := startFake(t)
	r.mustApply(testConfig()) // whose keys tcp1 and tcp2 stand for sessions here: whose verdict it is makes no difference
	weight := func(want uint32) func(planner.State) bool {
		return func(s planner.State) bool { return s.RealServers[serverKey(1)].Weight == want }
	}
	r.bfdSaid(bfdNews{name: "tcp1", verdict: bfd.Alive, at: time.Now()})
	r.eventually("the server to get connections", weight(10))
	r.bfdSaid(bfdNews{name: "tcp1", verdict: bfd.Dead, at: time.Now(), why: "Down: no packet for 900ms"})
	r.eventually("the server to leave", func(s planner.State) bool { return !has(s.RealServers, serverKey(1)) })
	if s := r.Status(t.Context()).Pools[0].Servers[0]; s.State != "down" || s.Why != `pool.web check "tcp" of 192.0.2.31:80: Down: no packet for 900ms` {
		t.Errorf("status says %+v", s)
	}
	r.bfdSaid(bfdNews{name: "tcp1", verdict: bfd.Alive, at: time.Now()})
	r.eventually("the server to come back", weight(10))
	r.settled()
}
