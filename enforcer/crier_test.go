package enforcer

import (
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"testing"

	"ha/enforcer/control"
	"ha/enforcer/notify"
	"ha/planner"
	"ha/vrrp"
)

// cried is a crier that keeps what it says, as "channel: vip.web active".
func cried(t *testing.T, plan *planner.Plan) (c *crier, said func() []string) {
	t.Helper()
	c = newCrier(newEventLog(slog.New(slog.DiscardHandler)))
	var list []string
	c.send = func(channels []string, e notify.Event) {
		for _, name := range channels {
			list = append(list, fmt.Sprintf("%s: %s %s %s", name, e.Object, e.Name, e.What))
		}
		if e.Seq == 0 || e.At.IsZero() || e.Node != "lb1" || e.Kind == "" {
			t.Errorf("an event that is not whole: %+v", e)
		}
	}
	c.arrange(plan, planner.Facts{})
	c.settle()
	return c, func() []string { now := list; list = nil; return now }
}

// tellingPlan is a plan with a channel about everything.
func tellingPlan(on ...planner.Happening) *planner.Plan {
	return &planner.Plan{
		Cluster: "edge", Node: "lb1", SyncGroups: []string{"sync_group.all"},
		VIPs: []planner.VIP{{Name: "vip.web"}, {Name: "vip.db"}},
		Pools: []planner.Pool{{Name: "pool.web", Listeners: []planner.Listener{
			{Key: planner.VirtualServerKey{Protocol: planner.TCP, Addr: netip.MustParseAddrPort("192.0.2.20:80")}},
			{Key: planner.VirtualServerKey{FWMark: 7}},
		}, Servers: []planner.PoolServer{{Name: "web1", Address: netip.MustParseAddrPort("192.0.2.31:80"), Checks: []string{"a", "b"}}}}},
		Channels: []planner.Channel{{Name: "c", On: on, About: []string{"vip.web", "vip.db", "sync_group.all", "pool.web"}}},
	}
}

func to(state vrrp.State, cause control.Cause) control.Transition {
	return control.Transition{To: state.String(), Cause: cause, Priority: 100, Why: "because"}
}

func expect(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
}

// Each state is told once, for both families of a VIP and however often it is said; what nobody asked for is not told.
func TestStatesAreToldOnce(t *testing.T) {
	c, said := cried(t, tellingPlan(planner.BecameActive, planner.Faulted, planner.Stopped))
	c.moved("vip.web", to(vrrp.Backup, control.Cause("start")))
	expect(t, said())
	c.moved("vip.web", to(vrrp.Active, control.Cause("silence")))
	c.moved("vip.web", to(vrrp.Active, control.Cause("silence")))
	c.moved("sync_group.all", to(vrrp.Active, control.Cause("silence")))
	expect(t, said(), "c: vip.web web active", "c: sync_group.all all active")
	c.moved("vip.web", to(vrrp.Initialize, control.CauseConfiguration)) // starts anew with other arguments
	expect(t, said())
	c.moved("vip.web", to(vrrp.Initialize, control.CauseInterface))
	c.moved("vip.web", to(vrrp.Backup, control.Cause("start")))
	c.moved("vip.web", to(vrrp.Initialize, control.CauseTracking))
	c.moved("vip.web", to(vrrp.Initialize, control.CauseStop))
	expect(t, said(), "c: vip.web web fault", "c: vip.web web fault", "c: vip.web web stop")
	c.moved("vip.other", to(vrrp.Active, control.Cause("silence")))
	expect(t, said())
}

// What leaves the plan is told as deleted by the channels that it had; what is renamed or stays is not.
func TestWhatIsDeletedIsTold(t *testing.T) {
	c, said := cried(t, tellingPlan(planner.BecameActive, planner.Deleted))
	for _, object := range []string{"vip.web", "vip.db", "sync_group.all"} {
		c.moved(object, to(vrrp.Active, control.Cause("silence")))
	}
	said()
	next := &planner.Plan{Cluster: "edge", Node: "lb1", VIPs: []planner.VIP{{Name: "vip.db"}}}
	if open := c.arrange(next, planner.Facts{}); len(open) != 1 {
		t.Errorf("open while objects leave: %v", open)
	}
	c.moved("vip.web", to(vrrp.Initialize, control.CauseConfiguration))
	if open := c.settle(); len(open) != 0 {
		t.Errorf("still open: %v", open)
	}
	expect(t, said(), "c: vip.web web deleted", "c: sync_group.all all deleted")
	c.moved("vip.db", to(vrrp.Backup, control.Cause("preempted")))
	expect(t, said())
}

// A server is down when one of its checks is, and up when all are; that it is there at the start is no news.
func TestServersAreTold(t *testing.T) {
	c, said := cried(t, tellingPlan(planner.WentUp, planner.WentDown))
	facts := planner.Facts{Verdicts: map[string]planner.Verdict{}}
	judge := func(key string, v planner.Verdict) {
		facts.Verdicts[key] = v
		c.judged(map[string]planner.Verdict{key: v}, facts, func(string) string { return "because" })
	}
	judge("a", planner.Up)
	judge("b", planner.Up)
	expect(t, said())
	judge("a", planner.Down)
	judge("b", planner.Down)
	judge("a", planner.Up)
	expect(t, said(), "c: pool.web web1 down")
	judge("b", planner.Up)
	expect(t, said(), "c: pool.web web1 up")
	c.arrange(tellingPlan(planner.WentUp, planner.WentDown), facts) // applied again: nothing is new
	judge("a", planner.Up)
	expect(t, said())
}

// At the end of the enforcer the servers of a pool that wants it are told as down, if they were up.
func TestServersAreDownAtTheEnd(t *testing.T) {
	for _, wanted := range []bool{true, false} {
		plan := tellingPlan(planner.WentDown)
		plan.Pools[0].DownAtStop = wanted
		plan.Pools[0].Servers = append(plan.Pools[0].Servers, planner.PoolServer{Name: "web2", Address: netip.MustParseAddrPort("192.0.2.32:80"), Checks: []string{"c"}})
		c, said := cried(t, plan)
		facts := planner.Facts{Verdicts: map[string]planner.Verdict{"a": planner.Up, "b": planner.Up}}
		c.judged(facts.Verdicts, facts, func(string) string { return "because" })
		c.ends()
		if want := []string{"c: pool.web web1 down"}; wanted {
			expect(t, said(), want...)
		} else {
			expect(t, said())
		}
	}
}

// A channel may be about some servers of a pool only.
func TestSomeServersAreTold(t *testing.T) {
	plan := tellingPlan(planner.WentDown)
	plan.Pools[0].Servers = append(plan.Pools[0].Servers, planner.PoolServer{Name: "web2", Address: netip.MustParseAddrPort("192.0.2.32:80"), Checks: []string{"a"}})
	plan.Channels[0].About = []string{"pool.web.server.web2"}
	c, said := cried(t, plan)
	facts := planner.Facts{Verdicts: map[string]planner.Verdict{"a": planner.Down}}
	c.judged(facts.Verdicts, facts, func(string) string { return "because" })
	expect(t, said(), "c: pool.web web2 down")
}

func TestWhatAServersEventSays(t *testing.T) {
	c, _ := cried(t, tellingPlan(planner.WentDown))
	var got notify.Event
	c.send = func(_ []string, e notify.Event) { got = e }
	facts := planner.Facts{Verdicts: map[string]planner.Verdict{"a": planner.Down}}
	c.judged(facts.Verdicts, facts, func(key string) string { return "check " + key })
	if got.Address != "192.0.2.31:80" || got.Protocol != "tcp" || !slices.Equal(got.Listeners, []string{"192.0.2.20:80", "fwm 7"}) || got.Why != "check a" || got.Kind != notify.Server {
		t.Errorf("got %+v", got)
	}
}

// What became of telling stands in the event log, under the object that it was about.
func TestOutcomesAreEvents(t *testing.T) {
	c, _ := cried(t, tellingPlan())
	c.told(notify.Outcome{Channel: "notify.ops/script", Object: "vip.web", What: planner.BecameActive, Events: 1, Took: 1e9, Said: "done"})
	c.told(notify.Outcome{Channel: "notify.ops/mail", Object: "vip.web", What: planner.BecameActive, Events: 3, Err: "refused", Dropped: 3})
	c.told(notify.Outcome{Channel: "notify.ops/fifo", Err: "nobody reads"})
	var got []string
	for _, e := range c.events.tail(3) {
		got = append(got, e.Level+" "+e.Type+" "+e.Object+": "+e.Message)
	}
	expect(t, got, "info notify vip.web: notify.ops/script (active): told in 1s: it said: done",
		"warning notify vip.web: notify.ops/mail (active and 2 more): refused", "warning notify notify.ops/fifo: notify.ops/fifo: nobody reads")
}
