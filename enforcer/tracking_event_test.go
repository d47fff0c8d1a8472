package enforcer

import (
	"log/slog"
	"slices"
	"testing"

	"ha/checks"
	"ha/checks/bfd"
	"ha/planner"
	"ha/vrrp"
)

// Each change of a tracked thing is told once, whatever it does to the priority and however many families and VIPs of a group
// depend on it; what stays as it is keeps since when it does.
func TestChangesOfTrackedThingsAreTold(t *testing.T) {
	events := newEventLog(slog.New(slog.DiscardHandler))
	g := &group{owner: &elections{events: events}}
	uplink := vrrp.Track{Name: "vip.a.track.uplink", Interface: "eth1", Weight: 60}
	db := vrrp.Track{Name: "vip.a.require.check.tcp.db", Check: "db"}
	for _, name := range []string{"vip.a/ipv4", "vip.a/ipv6", "vip.b/ipv4"} {
		i := vrrp.Instance{Name: name, VIP: name[:5], Tracks: []vrrp.Track{uplink, db}}
		g.members = append(g.members, &member{instance: &i})
	}
	look := func(uplinkState, dbState planner.Verdict) {
		for i, m := range g.members {
			list := []dependency{{track: uplink, state: uplinkState, why: "eth1 is " + uplinkState.String()}, {track: db, state: dbState, why: "db is " + dbState.String()}}
			for k := range list {
				if list[k].state != planner.Unknown {
					list[k].change, list[k].fault = list[k].track.Effect(list[k].state == planner.Up, 0)
				}
			}
			g.compare(i, list)
			m.dependencies = list
		}
	}
	look(planner.Up, planner.Unknown)
	since := g.members[0].dependencies[0].since
	look(planner.Up, planner.Up)
	if got := g.members[0].dependencies[0].since; since.IsZero() || !got.Equal(since) {
		t.Errorf("a thing that stays up is so since %v, then since %v", since, got)
	}
	look(planner.Down, planner.Up)
	if got := g.members[1].dependencies[0].since; !got.After(since) {
		t.Errorf("a thing that failed is so since %v, as when it was up", got)
	}
	look(planner.Down, planner.Down)
	look(planner.Up, planner.Down)
	var told []string
	list, _ := events.since(0)
	for _, e := range list {
		told = append(told, e.Object+": "+e.Message)
	}
	want := []string{
		"vip.a.track.uplink: eth1 is down: priority -60",
		"vip.a.require.check.tcp.db: db is down: takes no part",
		"vip.a.track.uplink: eth1 is up",
	}
	if !slices.Equal(told, want) {
		t.Errorf("got %q, want %q", told, want)
	}
}

// News of a check reach the elections that track it, or a pool whose servers it judges; a number only who follows it.
func TestNewsReachWhoDependsOnThem(t *testing.T) {
	tracking := newTracking()
	pools := []planner.Pool{
		{Name: "pool.web", Servers: []planner.PoolServer{{Weight: 1, Checks: []string{"web"}}}},
		{Name: "pool.other", Servers: []planner.PoolServer{{Weight: 1, Checks: []string{"other"}}}},
	}
	instance := vrrp.Instance{Tracks: []vrrp.Track{{Pool: "pool.web", AtLeast: 1}, {Check: "file", Factor: 1}, {Interface: "eth1"}}}
	tracking.watch([]vrrp.Instance{instance}, pools)
	g := &group{members: []*member{{instance: &instance}}}
	verdict := func(key string) map[string]planner.Verdict { return map[string]planner.Verdict{key: planner.Down} }
	for key, want := range map[string]bool{"web": true, "other": false, "file": true, "": false} {
		if got := tracking.concerns(g, verdict(key), nil); got != want {
			t.Errorf("a verdict of %q concerns it: %v, want %v", key, got, want)
		}
	}
	for key, want := range map[string]bool{"file": true, "other": false} {
		if got := tracking.concerns(g, nil, map[string]int64{key: 1}); got != want {
			t.Errorf("a number of %q concerns it: %v, want %v", key, got, want)
		}
	}
	tracking.watch(nil, pools)
	if len(tracking.pools) != 0 {
		t.Errorf("pools that nobody tracks any more are kept: %v", tracking.pools)
	}
}

// A BFD session tells of itself when it goes up or down; its verdict is no second event of the same.
func TestABFDSessionIsToldOnce(t *testing.T) {
	e := New(Options{Kernel: newFake(), Store: openStore(t, t.TempDir()), Log: slog.New(slog.DiscardHandler)})
	e.applied.Config.BFD = []bfd.Config{{Name: "bfd.core"}}
	changed := e.learn(map[string]checks.Result{"bfd.core": {Key: "bfd.core", Verdict: checks.Down, Err: "no packet for 900ms", Changed: true}})
	if changed["bfd.core"] != planner.Down {
		t.Errorf("the verdict is lost: %v", changed)
	}
	if list := e.events.tail(10); len(list) > 0 {
		t.Errorf("it is told again: %v", list)
	}
}
