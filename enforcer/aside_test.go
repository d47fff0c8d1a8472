package enforcer

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ha/checks"
	"ha/enforcer/control"
	"ha/enforcer/kernel"
	"ha/enforcer/kernel/kerneltest"
	"ha/enforcer/netlab"
	"ha/planner"
)

// longEnough is for what a machine that is busy with something else may take.
const longEnough = time.Minute

// drainConfig is testConfig whose servers drain for so long, with these servers.
func drainConfig(drain time.Duration, servers ...int) Config {
	c := testConfig()
	c.Plan.Pools[0].Servers = nil
	for _, n := range servers {
		s := server(n)
		s.DrainMS = drain.Milliseconds()
		c.Plan.Pools[0].Servers = append(c.Plan.Pools[0].Servers, s)
	}
	return c
}

// told waits for an event about an object with a text.
func (r *rig) told(object, text string) {
	r.t.Helper()
	netlab.WaitFor(r.t, longEnough, fmt.Sprintf("an event of %s: %s", object, text), func() bool {
		events, _ := r.Events(0)
		return slices.ContainsFunc(events, func(e control.Event) bool { return e.Object == object && strings.Contains(e.Message, text) })
	})
}

// weighs waits until a server has a weight in IPVS, or is not there.
func (r *rig) weighs(n int, want uint32, shown bool) {
	r.t.Helper()
	netlab.WaitFor(r.t, longEnough, fmt.Sprintf("server %d with weight %d, shown %v", n, want, shown), func() bool {
		got, there := r.live().RealServers[serverKey(n)]
		return there == shown && got.Weight == want
	})
}

// applying applies in the background, because an apply waits for what drains; the returned function waits for its end.
func (r *rig) applying(c Config) (finished func() control.ApplyResult) {
	result := make(chan control.ApplyResult, 1)
	go func() { result <- r.apply(c) }()
	return func() control.ApplyResult { return <-result }
}

// A server that leaves the configuration gets no new connections, stays while it has some, also when the enforcer is started anew
// meanwhile, and goes when the last one has ended. The apply ends then. A second plan sees no drift.
func TestAServerDrainsUntilItsLastConnectionEnds(t *testing.T) {
	r := startFake(t)
	r.mustApply(drainConfig(time.Hour, 1, 2))
	r.verdict(1, checks.Up, "")
	r.verdict(2, checks.Up, "")
	r.weighs(2, 10, true)
	r.fake.SetStats(serverKey(2), kernel.RealServerStats{Active: 214, Inactive: 1000})

	s, err := r.Snapshot(t.Context(), control.Query{})
	if err != nil || s.Facts.Connections[serverKey(2)] != 214 {
		t.Fatalf("a plan is given %v, %v, want 214 connections", s.Facts.Connections, err)
	}
	finished := r.applying(drainConfig(time.Hour, 1))
	r.weighs(2, 0, true)
	r.told("pool.web server web2 (192.0.2.32:80)", "no longer configured")
	r.settled()
	status := r.Status(t.Context()).Pools[0].Servers
	if row := status[len(status)-1]; row.Name != "web2" || row.State != "leaving" || row.Active != 214 || row.Until.IsZero() {
		t.Errorf("status shows %+v", row)
	}

	r.stop()
	if result := finished(); result.Outcome != control.Applied || result.Generation != 2 {
		t.Errorf("got %+v", result)
	}
	r = start(t, r.fake, r.fake, r.dir)
	r.settled()
	r.weighs(2, 0, true)
	r.fake.SetStats(serverKey(2), kernel.RealServerStats{Inactive: 1000}) // those that are closing need no server
	r.weighs(2, 0, false)
	r.told("pool.web server web2 (192.0.2.32:80)", "no connections are left")
	if got := r.live().RealServers[serverKey(1)].Weight; got != 10 {
		t.Errorf("the other server has weight %d", got)
	}
	r.settled()
	r.stop()
	r = start(t, r.fake, r.fake, r.dir)
	r.settled()
	if has(r.live().RealServers, serverKey(2)) {
		t.Error("it came back with the next start")
	}
}

// At the deadline connections that are left are given up; a server that is configured again meanwhile stays.
func TestADrainEndsAtItsDeadline(t *testing.T) {
	r := startFake(t)
	r.mustApply(drainConfig(2*time.Second, 1, 2))
	r.verdict(1, checks.Up, "")
	r.verdict(2, checks.Up, "")
	r.weighs(2, 10, true)
	r.fake.SetStats(serverKey(2), kernel.RealServerStats{Active: 3})
	if result := r.apply(drainConfig(2*time.Second, 1)); result.Outcome != control.Applied {
		t.Fatalf("got %+v", result)
	}
	if has(r.live().RealServers, serverKey(2)) {
		t.Error("the apply has ended, and it is still there")
	}
	r.told("pool.web server web2 (192.0.2.32:80)", "its time is over")

	r.mustApply(drainConfig(time.Hour, 1, 2))
	r.verdict(2, checks.Up, "")
	r.weighs(2, 10, true)
	finished := r.applying(drainConfig(time.Hour, 1))
	r.weighs(2, 0, true)
	r.mustApply(drainConfig(time.Hour, 1, 2))
	if result := finished(); result.Generation != 4 {
		t.Errorf("the apply that waited for the drain ended with %+v", result)
	}
	r.weighs(2, 10, true)
	if leaves := r.Status(t.Context()).Pools[0].Servers; len(leaves) != 2 {
		t.Errorf("status shows %+v", leaves)
	}
}

// A server whose place another one takes goes on until that one has passed its check.
func TestOldServersGoOnUntilNewOnesAreUp(t *testing.T) {
	r := startFake(t)
	r.mustApply(drainConfig(time.Hour, 1))
	r.verdict(1, checks.Up, "")
	r.weighs(1, 10, true)
	r.fake.SetStats(serverKey(1), kernel.RealServerStats{Active: 1})
	finished := r.applying(drainConfig(time.Hour, 2))
	r.weighs(2, 0, true)
	r.settled()
	if got := r.live().RealServers[serverKey(1)].Weight; got != 10 {
		t.Errorf("the old server has weight %d while nothing is known of the new one", got)
	}
	r.verdict(2, checks.Up, "")
	r.weighs(2, 10, true)
	r.weighs(1, 0, true)
	for _, c := range r.fake.Applied() {
		if after, ok := c.After.(planner.RealServer); ok && c.Key == planner.Key(serverKey(1)) && after.Weight == 0 {
			break
		}
		if c.Action == planner.Delete && c.Key == planner.Key(serverKey(1)) {
			t.Error("it was taken away before it drained")
		}
	}
	r.fake.SetStats(serverKey(1), kernel.RealServerStats{})
	r.weighs(1, 0, false)
	finished()
}

// What persons decide about a server is done at once, seen in status and plan, kept over a restart, and undone by them.
func TestPersonsSetServersAside(t *testing.T) {
	r := startFake(t)
	r.mustApply(testConfig())
	r.verdict(1, checks.Up, "")
	r.verdict(2, checks.Up, "")
	r.weighs(1, 10, true)
	r.weighs(2, 10, true)
	r.fake.SetStats(serverKey(1), kernel.RealServerStats{Active: 7})
	client := r.listen(t)
	drain := control.SuspendRequest{Server: "web/web1", For: time.Hour, Reason: "new kernel", By: "ann@lb1"}
	text, err := client.Suspend(t.Context(), drain)
	if err != nil || !strings.HasPrefix(text, "pool.web server web1: drained until ") {
		t.Fatalf("got %q, %v", text, err)
	}
	if text, err := client.Suspend(t.Context(), control.SuspendRequest{Server: "pool.web/web2", Weight: 3, For: time.Hour, Reason: "too hot", By: "bob@lb1"}); err != nil {
		t.Fatalf("got %q, %v", text, err)
	}
	r.weighs(1, 0, true)
	r.weighs(2, 3, true)
	who := fmt.Sprintf("ann@lb1 (uid %d)", os.Getuid())
	r.told("pool.web server web1", "by "+who+": new kernel")
	r.settled()
	for _, state := range []string{"draining", "drained"} {
		rows := r.Status(t.Context()).Pools[0].Servers
		if got := rows[0]; got.State != state || got.Hold == nil || got.Hold.By != who || got.Hold.Reason != "new kernel" || !strings.Contains(got.Why, "drained until ") {
			t.Errorf("status shows %+v, want it %s", got, state)
		}
		if got := rows[1]; got.State != "up" || got.Now != 3 || !strings.Contains(got.Why, "weight 3 until ") {
			t.Errorf("status shows %+v", got)
		}
		r.fake.SetStats(serverKey(1), kernel.RealServerStats{})
	}
	r.told("pool.web server web1", "drained: no connections are left")

	r.stop()
	r = start(t, r.fake, r.fake, r.dir)
	client = r.listen(t)
	r.verdict(1, checks.Up, "")
	r.verdict(2, checks.Up, "")
	netlab.WaitFor(t, longEnough, "the checks to be heard", func() bool {
		rows := r.Status(t.Context()).Checks
		return len(rows) == 2 && rows[0].Verdict == "up" && rows[1].Verdict == "up"
	})
	r.weighs(1, 0, true)
	r.weighs(2, 3, true)
	r.settled()
	if _, err := client.Resume(t.Context(), control.ResumeRequest{Server: "web/web1", By: "ann@lb1", Reason: "done"}); err != nil {
		t.Error(err)
	}
	r.weighs(1, 10, true)
	r.weighs(2, 3, true)
	r.told("pool.web server web1", "as configured again, by "+who)

	for name, err := range map[string]error{
		"nobody has set pool.web server web1 aside": second(client.Resume(t.Context(), control.ResumeRequest{Server: "web/web1"})),
		"there is no server \"web/web9\"":           second(client.Resume(t.Context(), control.ResumeRequest{Server: "web/web9"})),
		"a reason is wanted":                        second(client.Suspend(t.Context(), control.SuspendRequest{Server: "web/web1", For: time.Hour})),
		"nothing is set aside for ever":             second(client.Suspend(t.Context(), control.SuspendRequest{Server: "web/web1", Reason: "x"})),
		"must be within the lease":                  second(client.Suspend(t.Context(), control.SuspendRequest{Server: "web/web1", Reason: "x", For: time.Hour, Deadline: 2 * time.Hour})),
		"a deadline is for draining":                second(client.Suspend(t.Context(), control.SuspendRequest{Server: "web/web1", Reason: "x", For: time.Hour, Deadline: time.Minute, Weight: 2})),
		"the reason has 501 bytes":                  second(client.Suspend(t.Context(), control.SuspendRequest{Server: "web/web1", Reason: strings.Repeat("x", 501), For: time.Hour})),
	} {
		if !control.IsRefusal(err) || !strings.Contains(err.Error(), name) {
			t.Errorf("got %v, want %q", err, name)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// listen lets the enforcer answer on a socket.
func (r *rig) listen(t *testing.T) *control.Client {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s")
	l, err := control.Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- control.Serve(ctx, l, r.Enforcer) }()
	t.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return control.Dial(path)
}

// A lease ends by itself, and a deadline gives up what is left.
func TestALeaseEnds(t *testing.T) {
	r := startFake(t)
	r.mustApply(testConfig())
	r.verdict(1, checks.Up, "")
	r.verdict(2, checks.Up, "")
	r.weighs(1, 10, true)
	r.fake.SetStats(serverKey(1), kernel.RealServerStats{Active: 7})
	for _, request := range []control.SuspendRequest{{For: time.Hour, Deadline: time.Second, Reason: "long"}, {For: time.Second, Reason: "short"}} {
		request.Server, request.By = "web/web1", "ann"
		if _, err := r.Suspend(t.Context(), request); err != nil {
			t.Fatal(err)
		}
		if request.Deadline > 0 {
			r.told("pool.web server web1", "connections that are left are given up: the deadline of ann has passed")
			r.weighs(1, 0, false)
		}
	}
	r.told("pool.web server web1", "the lease of ann (drained, short) has ended")
	r.weighs(1, 10, true)
	var weights []string
	for _, c := range r.fake.Applied() {
		if c.Key == planner.Key(serverKey(1)) {
			after, _ := c.After.(planner.RealServer)
			weights = append(weights, fmt.Sprint(c.Action, " ", after.Weight))
		}
	}
	if got := strings.Join(weights, ", "); !strings.HasSuffix(got, "update 10, update 0, delete 0, create 0, update 10") {
		t.Errorf("got %s", got)
	}
	r.settled()
}

// A record that was damaged is told of, and servers are as configured.
func TestADamagedRecordOfAsides(t *testing.T) {
	r := startFake(t)
	r.mustApply(testConfig())
	if _, err := r.Suspend(t.Context(), control.SuspendRequest{Server: "web/web1", For: time.Hour, Reason: "r", By: "ann"}); err != nil {
		t.Fatal(err)
	}
	r.stop()
	if err := os.WriteFile(filepath.Join(r.dir, "aside.json"), []byte("ha-state 1 sha256:00\n{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	r = start(t, r.fake, r.fake, r.dir)
	r.told("asides", "cannot be used")
	if rows := r.Status(t.Context()).Pools[0].Servers; rows[0].Hold != nil {
		t.Errorf("status shows %+v", rows[0])
	}
}

// virtual is a writer without a kernel, for tests that tell the time.
func virtual(c Config) *writer {
	w := &writer{kernel: kerneltest.New(), events: newEventLog(slog.New(slog.DiscardHandler))}
	w.adopt(&Generation{Number: 1, Config: c})
	w.facts.Verdicts = map[string]planner.Verdict{"tcp1": planner.Up, "tcp2": planner.Down}
	w.riseFirst()
	return w
}

func (w *writer) weightOf(n int) uint32 {
	return w.index.ResolvePool("pool.web", w.facts).RealServers[serverKey(n)].Weight
}

// In virtual time: a server that comes up begins with a tenth of its weight and gets a tenth more in each step; one that was up
// from the start has all of it; one that falls and comes back begins anew.
func TestSlowStartInVirtualTime(t *testing.T) {
	c := testConfig()
	for i := range c.Plan.Pools[0].Servers {
		c.Plan.Pools[0].Servers[i].SlowStartMS, c.Plan.Pools[0].Servers[i].Weight = 30_000, 100
	}
	w := virtual(c)
	if w.weightOf(1) != 100 || !w.next().IsZero() {
		t.Fatalf("weight %d, next %v, want a warm server and nothing to do", w.weightOf(1), w.next())
	}
	begin := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, now := range []time.Time{begin, begin.Add(7 * time.Second)} {
		w.facts.Verdicts["tcp2"] = planner.Up
		w.rise(now, "pool.web")
		var got []uint32
		for at := now; !at.IsZero(); at = w.next() {
			if len(got) > 0 && !at.Equal(now.Add(time.Duration(len(got))*3*time.Second)) {
				t.Fatalf("step %d is due %v after the start", len(got), at.Sub(now))
			}
			if changed := w.lapse(at); len(got) > 0 && !slices.Equal(changed, []string{"pool.web"}) {
				t.Errorf("at step %d %v changed", len(got), changed)
			}
			got = append(got, w.weightOf(2))
			if again := w.lapse(at); len(again) > 0 {
				t.Errorf("%v changed twice at one time", again)
			}
			if now.Equal(begin) && len(got) == 3 {
				w.facts.Verdicts["tcp2"] = planner.Down
				w.rise(at, "pool.web")
			}
		}
		want := []uint32{10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 100}[:len(got)]
		if !slices.Equal(got, want) || !now.Equal(begin) && len(got) < 10 || w.weightOf(1) != 100 {
			t.Errorf("got %v, the other server %d", got, w.weightOf(1))
		}
	}
}

// In virtual time: what leaves and what is set aside is due when it should be.
func TestAsidesInVirtualTime(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	w := virtual(drainConfig(0, 1))
	k := serverKey(2)
	w.facts.Leaving = map[planner.RealServerKey]planner.Leaving{k: {Pool: "pool.web", Name: "web2", DrainMS: 60_000, Server: planner.RealServer{Weight: 10}}}
	w.facts.Verdicts["tcp1"] = planner.Unknown
	if w.lapse(now); !w.facts.Leaving[k].Until.IsZero() || w.weightOf(2) != 10 {
		t.Fatalf("it leaves before another one is up: %+v", w.facts.Leaving[k])
	}
	w.facts.Verdicts["tcp1"] = planner.Up
	if changed := w.lapse(now); len(changed) != 1 || !w.facts.Leaving[k].Until.Equal(now.Add(time.Minute)) || w.weightOf(2) != 0 {
		t.Fatalf("%v changed, and it leaves as %+v with weight %d", changed, w.facts.Leaving[k], w.weightOf(2))
	}
	none := map[planner.RealServerKey]kernel.RealServerStats{}
	some := map[planner.RealServerKey]kernel.RealServerStats{k: {Active: 1}}
	for _, step := range []struct {
		after   time.Duration
		counted map[planner.RealServerKey]kernel.RealServerStats
		stays   bool
	}{
		{0, none, true}, // a handshake may be under way
		{2 * time.Second, some, true},
		{59 * time.Second, some, true},
		{59 * time.Second, none, false},
	} {
		if w.heed(now.Add(step.after), step.counted); has(w.facts.Leaving, k) != step.stays {
			t.Fatalf("after %v with %v: leaving is %v", step.after, step.counted, w.facts.Leaving)
		}
	}

	w.hold("pool.web", "web1", planner.Hold{By: "ann", Until: now.Add(time.Hour), Deadline: now.Add(time.Minute)})
	w.hold("pool.web", "nobody", planner.Hold{Weight: 1, By: "ann", Until: now.Add(time.Hour)})
	if w.lapse(now); len(w.facts.Holds["pool.web"]) != 1 {
		t.Errorf("a server that is not configured is set aside: %v", w.facts.Holds)
	}
	w.heed(now.Add(time.Hour/2), none) // empty: nothing to count any more
	if next := w.next(); !next.Equal(now.Add(time.Minute)) {
		t.Errorf("next is %v", next)
	}
	if w.lapse(now.Add(time.Minute)); !w.facts.Holds["pool.web"]["web1"].Gone || !w.next().Equal(now.Add(time.Hour)) {
		t.Errorf("at the deadline: %+v, next %v", w.facts.Holds, w.next())
	}
	if changed := w.lapse(now.Add(time.Hour)); len(changed) != 1 || len(w.facts.Holds) != 0 || !w.next().IsZero() {
		t.Errorf("at the end of the lease: %v changed, %+v, next %v", changed, w.facts.Holds, w.next())
	}
}

// Of TCP what is closing does not count, since a director keeps it for minutes; UDP does not end.
func TestWhatCountsAsAConnection(t *testing.T) {
	for protocol, want := range map[planner.Protocol]uint32{planner.TCP: 2, planner.SCTP: 2, planner.UDP: 5, 0: 5} {
		k := planner.RealServerKey{Service: planner.VirtualServerKey{Protocol: protocol}}
		if got := connectionsOf(k, kernel.RealServerStats{Active: 2, Inactive: 3, Persistent: 4}); got != want {
			t.Errorf("protocol %d: %d connections, want %d", protocol, got, want)
		}
	}
}
