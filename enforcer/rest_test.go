package enforcer

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"ha/checks"
	"ha/enforcer/kernel/kerneltest"
	"ha/enforcer/netlab"
	"ha/enforcer/notify"
	"ha/planner"
	"ha/vrrp"
)

// listener is a checker that probes nothing, and keeps what it is asked for.
type listener struct {
	ctx context.Context
	mu  sync.Mutex
	set []checks.Config
}

func (l *listener) Set(list []checks.Config) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.set = list
}

// rests are the keys of the checks that rest.
func (l *listener) rests() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var keys []string
	for _, c := range l.set {
		if c.Rest {
			keys = append(keys, c.Key)
		}
	}
	return strings.Join(keys, " ")
}

func (l *listener) Channels([]planner.Channel)  {}
func (l *listener) Tell([]string, notify.Event) {}
func (l *listener) Drain(context.Context)       {}
func (l *listener) Pace() checks.Pace           { return checks.Pace{} }
func (l *listener) Wait()                       { <-l.ctx.Done() }

// startListening is startFake with a checker that says nothing by itself.
func startListening(t *testing.T) (*rig, *listener) {
	t.Helper()
	fake, l := newFake(), &listener{}
	r := startOptions(t, fake, Options{
		Kernel: fake, Log: slog.New(slog.DiscardHandler), Version: "test",
		StartChecker: func(ctx context.Context, _ map[string]checks.Health, _ func(checks.Result), _ func(notify.Outcome)) Checker {
			l.ctx = ctx
			return l
		},
	})
	return r, l
}

// startOptions runs an enforcer that is built from options.
func startOptions(t *testing.T, fake *kerneltest.Fake, o Options) *rig {
	t.Helper()
	dir := t.TempDir()
	store, err := OpenStore(dir)
	if err != nil {
		t.Fatal(err)
	}
	o.Store = store
	e := New(o)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- e.Run(ctx) }()
	stop := sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the enforcer ended with %v", err)
		}
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return &rig{t: t, fake: fake, dir: dir, Enforcer: e, stop: stop}
}

// Checks rest while the VIP of their pool is elsewhere, what they said last holds, servers that were never probed are trusted, and
// a takeover begins with all of them.
func TestChecksOfPoolsElsewhereRest(t *testing.T) {
	r, l := startListening(t)
	c := testConfig()
	c.Plan.Pools[0].Suspend = true
	r.mustApply(c)
	serve := func(s planner.State) bool {
		return s.RealServers[serverKey(1)].Weight == 10 && s.RealServers[serverKey(2)].Weight == 10
	}
	if got := r.live(); l.rests() != "tcp1 tcp2" || !serve(got) {
		t.Errorf("before anybody is Active %q rest, and IPVS shows %v", l.rests(), got.RealServers)
	}
	r.inbox.activity("vip.web", true)
	netlab.WaitFor(t, 30*time.Second, "a takeover wakes the checks", func() bool { return l.rests() == "" })
	if !serve(r.live()) {
		t.Errorf("a takeover begins with %v", r.live().RealServers)
	}
	r.verdict(1, checks.Down, "refused")
	r.eventually("a dead server leaves", func(s planner.State) bool { return !has(s.RealServers, serverKey(1)) })
	r.inbox.activity("vip.web", false)
	netlab.WaitFor(t, 30*time.Second, "the checks rest again", func() bool { return l.rests() == "tcp1 tcp2" })
	r.verdict(2, checks.Down, "no route: the VIP went") // was under way
	r.settled()
	if got := r.live(); has(got.RealServers, serverKey(1)) || got.RealServers[serverKey(2)].Weight != 10 {
		t.Errorf("while the checks rest IPVS shows %v, want what they said last", got.RealServers)
	}
	if events, _ := r.Events(0); !strings.Contains(fmt.Sprint(events), "2 checks rest: the VIPs of their pools are elsewhere") {
		t.Errorf("no event says that the checks rest: %v", events)
	}
	if p := r.Status(t.Context()).Pools[0]; !p.Rests {
		t.Errorf("status does not say that the checks rest: %+v", p)
	}
}

// What an election depends on does not rest, and neither does a check that a pool needs whose VIP is here.
func TestChecksThatSomebodyNeedsDoNotRest(t *testing.T) {
	c := testConfig()
	c.Plan.Pools[0].Suspend = true
	e := &Enforcer{}
	rests := func() []string {
		e.writer.index = planner.NewIndex(&c.Plan)
		var keys []string
		for _, check := range e.rested(&c) {
			if check.Rest {
				keys = append(keys, check.Key)
			}
		}
		return keys
	}
	if got := rests(); !slices.Equal(got, []string{"tcp1", "tcp2"}) {
		t.Fatalf("%q rest", got)
	}
	c.Instances[0].Tracks = []vrrp.Track{{Name: "t", Check: "tcp1"}}
	if got := rests(); !slices.Equal(got, []string{"tcp2"}) {
		t.Errorf("%q rest while an election tracks one", got)
	}
	c.Instances[0].Tracks = []vrrp.Track{{Name: "t", Pool: "pool.web"}}
	if got := rests(); len(got) != 0 {
		t.Errorf("%q rest while an election tracks the pool", got)
	}
	c.Instances[0].Tracks = nil
	other := planner.Pool{Name: "pool.other", Servers: []planner.PoolServer{server(2)}}
	c.Plan.Pools = append(c.Plan.Pools, other)
	if got := rests(); !slices.Equal(got, []string{"tcp1"}) {
		t.Errorf("%q rest while another pool asks the second", got)
	}
}
