package enforcer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ha/checks"
	"ha/enforcer/control"
	"ha/enforcer/kernel"
	"ha/enforcer/kernel/kerneltest"
	"ha/enforcer/netlab"
	"ha/planner"
	"ha/vrrp"
)

var (
	vipKey   = planner.AddressKey{Device: "eth0", Prefix: netip.MustParsePrefix("192.0.2.20/32")}
	otherKey = planner.AddressKey{Device: "eth0", Prefix: netip.MustParsePrefix("192.0.2.99/32")}
	webKey   = planner.VirtualServerKey{Protocol: planner.TCP, Addr: netip.MustParseAddrPort("192.0.2.20:80")}
	web      = planner.VirtualServer{Scheduler: "rr", Netmask: 32}
)

func server(n int) planner.PoolServer {
	return planner.PoolServer{
		Name: fmt.Sprint("web", n), Address: netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(30 + n)}), 80),
		Weight: 10, Forwarding: planner.DR, Checks: []string{fmt.Sprint("tcp", n)},
	}
}

func serverKey(n int) planner.RealServerKey {
	return planner.RealServerKey{Service: webKey, Server: server(n).Address}
}

// testConfig has one VIP on an interface that does not exist on the machine of the test, so that its election
// waits, and a pool of two servers.
func testConfig() Config {
	c := Config{
		Plan: planner.Plan{
			Cluster: "edge", Node: "lb1", Role: planner.Director,
			VIPs:     []planner.VIP{{Name: "vip.web", Addresses: []planner.PlacedAddress{{Key: vipKey}}}},
			Pools:    []planner.Pool{{Name: "pool.web", Listeners: []planner.Listener{{Key: webKey, Value: web}}, Servers: []planner.PoolServer{server(1), server(2)}}},
			Statics:  []planner.Static{{Name: "static.fwd", Sysctls: []planner.PlacedSysctl{{Key: "net.ipv4.ip_forward", Value: "1"}}}},
			Settings: planner.Settings{ReadBackMS: 100},
		},
		Instances: []vrrp.Instance{{
			Name: "vip.web/ipv4", VIP: "vip.web", Interface: "nowhere0", Addresses: []netip.Addr{vipKey.Prefix.Addr()},
			Config: vrrp.Config{VRID: 51, Version: 3, Priority: 100, Interval: time.Second, Preempt: true, Announce: vrrp.Announce{Count: 3}},
		}},
	}
	for n := 1; n <= 2; n++ {
		c.Checks = append(c.Checks, checks.Config{
			Key: fmt.Sprint("tcp", n), Name: `pool.web check "tcp"`, Kind: "tcp", Target: server(n).Address,
			Interval: time.Second, Timeout: time.Second, Rise: 1, Fall: 1,
		})
	}
	return c
}

func newFake() *kerneltest.Fake {
	f := kerneltest.New()
	f.SetLink("eth0", planner.Link{Up: true, Running: true, MTU: 1500})
	f.SetSysctl("net.ipv4.ip_forward", "0")
	return f
}

// rig is an enforcer on a fake kernel.
type rig struct {
	t    *testing.T
	fake *kerneltest.Fake
	dir  string
	*Enforcer
	stop func()
}

// start runs an enforcer on a kernel and a state directory.
func start(t *testing.T, k Kernel, fake *kerneltest.Fake, dir string) *rig {
	t.Helper()
	store, err := OpenStore(dir)
	if err != nil {
		t.Fatal(err)
	}
	e := New(Options{Kernel: k, Store: store, Log: slog.New(slog.DiscardHandler), Version: "test"})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- e.Run(ctx) }()
	r := &rig{t: t, fake: fake, dir: dir, Enforcer: e}
	var once atomic.Bool
	r.stop = func() {
		if once.Swap(true) {
			return
		}
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the enforcer ended with %v", err)
		}
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(r.stop)
	return r
}

func startFake(t *testing.T) *rig {
	t.Helper()
	fake := newFake()
	return start(t, fake, fake, t.TempDir())
}

func (r *rig) apply(c Config) control.ApplyResult {
	r.t.Helper()
	raw, err := json.Marshal(c)
	if err != nil {
		r.t.Fatal(err)
	}
	return r.Apply(r.t.Context(), control.ApplyRequest{Config: raw, By: "test", MaxImpact: planner.ImpactOutage}, func(control.Progress) {})
}

func (r *rig) mustApply(c Config) {
	r.t.Helper()
	if result := r.apply(c); result.Outcome != control.Applied {
		r.t.Fatalf("got %s: %q, want applied", result.Outcome, result.Lines)
	}
}

func (r *rig) live() planner.State {
	r.t.Helper()
	s, err := r.fake.Read(r.t.Context(), kernel.Query{Sysctls: []planner.SysctlKey{"net.ipv4.ip_forward"}})
	if err != nil {
		r.t.Fatal(err)
	}
	return s
}

// eventually waits for a condition of the kernel.
func (r *rig) eventually(what string, holds func(planner.State) bool) {
	r.t.Helper()
	netlab.WaitFor(r.t, 10*time.Second, what, func() bool { return holds(r.live()) })
}

func (r *rig) verdict(n int, v checks.Verdict, text string) {
	r.inbox.result(checks.Result{Key: fmt.Sprint("tcp", n), At: time.Now(), Verdict: v, Err: text, Streak: 1})
}

func (r *rig) settled() {
	r.t.Helper()
	s, err := r.Snapshot(r.t.Context(), control.Query{})
	if err != nil {
		r.t.Fatal(err)
	}
	var c Config
	if err := json.Unmarshal(s.Config, &c); err != nil {
		r.t.Fatal(err)
	}
	if got := planner.Compare(&c.Plan, &c.Plan, s.Facts, s.Live, s.Claims); !got.Empty() {
		r.t.Errorf("a plan of what is applied is not empty: %+v", got.Changes())
	}
}

func has[K comparable, V any](m map[K]V, k K) bool { _, ok := m[k]; return ok }

func TestApplyMakesTheKernelEqualToThePlan(t *testing.T) {
	r := startFake(t)
	r.mustApply(testConfig())
	got := r.live()
	if !has(got.VirtualServers, webKey) || got.RealServers[serverKey(1)].Weight != 0 || got.Sysctls["net.ipv4.ip_forward"] != "1" {
		t.Errorf("got %+v, want the service, its servers with weight 0 until they are checked, and the sysctl", got)
	}
	if has(got.Addresses, vipKey) {
		t.Error("the VIP stands although no election was won")
	}
	r.settled()
	if result := r.apply(testConfig()); result.Outcome != control.Applied || result.Changed != 0 {
		t.Errorf("applying again: got %+v, want nothing to do", result)
	}
}

func TestElectionsAndChecksMoveTheKernel(t *testing.T) {
	r := startFake(t)
	r.mustApply(testConfig())
	r.inbox.activity("vip.web", true)
	r.eventually("the VIP of an Active instance stands", func(s planner.State) bool { return has(s.Addresses, vipKey) })
	r.verdict(1, checks.Up, "")
	r.eventually("a server that is up takes connections", func(s planner.State) bool { return s.RealServers[serverKey(1)].Weight == 10 })
	r.verdict(1, checks.Down, "connection refused")
	r.eventually("a dead server leaves", func(s planner.State) bool { return !has(s.RealServers, serverKey(1)) })
	r.settled()
	r.verdict(1, checks.Up, "")
	r.eventually("it returns", func(s planner.State) bool { return s.RealServers[serverKey(1)].Weight == 10 })
	r.inbox.activity("vip.web", false)
	r.eventually("a lost election takes the VIP away", func(s planner.State) bool { return !has(s.Addresses, vipKey) })
	events, _ := r.Events(0)
	if text := fmt.Sprint(events); !strings.Contains(text, "connection refused") {
		t.Errorf("no event names why the server left: %s", text)
	}
}

func TestWhatIsDeletedByHandComesBack(t *testing.T) {
	r := startFake(t)
	r.mustApply(testConfig())
	r.inbox.activity("vip.web", true)
	r.verdict(1, checks.Up, "")
	r.verdict(2, checks.Up, "")
	whole := func(s planner.State) bool {
		return has(s.Addresses, vipKey) && s.RealServers[serverKey(1)].Weight == 10 && s.RealServers[serverKey(2)].Weight == 10
	}
	r.eventually("all stands", whole)
	for _, k := range []planner.Key{vipKey, serverKey(1), webKey} {
		r.fake.DeleteByHand(k)
		r.eventually(k.String()+" is back", whole)
	}
	r.fake.PutByHand(serverKey(2), planner.RealServer{Weight: 3, Forwarding: planner.DR})
	r.eventually("a weight set by hand is put right", whole)
	if s := r.Status(t.Context()); s.Corrections < 4 {
		t.Errorf("got %d corrections, want at least 4", s.Corrections)
	}
	r.settled()
}

func TestForeignObjectsAreNotTouched(t *testing.T) {
	r := startFake(t)
	foreign := planner.VirtualServerKey{Protocol: planner.TCP, Addr: netip.MustParseAddrPort("192.0.2.77:53")}
	r.fake.PutByHand(otherKey, planner.Address{})
	r.fake.PutByHand(foreign, web)
	r.mustApply(testConfig())
	r.fake.Overflow()
	r.inbox.activity("vip.web", true)
	r.eventually("the VIP stands", func(s planner.State) bool { return has(s.Addresses, vipKey) })
	r.stop()
	if got := r.live(); !has(got.Addresses, otherKey) || !has(got.VirtualServers, foreign) {
		t.Errorf("a foreign object is gone: %+v", got)
	}
}

func TestAForeignObjectInTheWayRefusesTheApply(t *testing.T) {
	r := startFake(t)
	r.fake.PutByHand(webKey, planner.VirtualServer{Scheduler: "wlc", Netmask: 32})
	before := r.live()
	result := r.apply(testConfig())
	if result.Outcome != control.Refused || len(result.Lines) == 0 {
		t.Fatalf("got %+v, want refused with a reason", result)
	}
	if diff := cmp.Diff(fmt.Sprintf("%+v", before), fmt.Sprintf("%+v", r.live())); diff != "" {
		t.Errorf("a refused apply changed the kernel:\n%s", diff)
	}
}

func TestACleanStopRemovesVIPsAndKeepsServices(t *testing.T) {
	r := startFake(t)
	r.mustApply(testConfig())
	r.inbox.activity("vip.web", true)
	r.eventually("the VIP stands", func(s planner.State) bool { return has(s.Addresses, vipKey) })
	r.stop()
	if got := r.live(); has(got.Addresses, vipKey) || !has(got.VirtualServers, webKey) {
		t.Errorf("after a clean stop: %+v, want no VIP, and the service", got)
	}
}

// The next start after kill -9 enforces the last plan without the repository, takes stale VIPs away, since no
// election was won, and leaves servers that took connections alone until they were probed.
func TestARestartContinuesFromTheAppliedPlan(t *testing.T) {
	r := startFake(t)
	r.mustApply(testConfig())
	r.verdict(1, checks.Up, "")
	r.eventually("the server takes connections", func(s planner.State) bool { return s.RealServers[serverKey(1)].Weight == 10 })
	r.stop()
	r.fake.PutByHand(vipKey, planner.Address{}) // what a killed process leaves behind, on a kernel without marks
	again := start(t, r.fake, r.fake, r.dir)
	again.eventually("the stale VIP goes", func(s planner.State) bool { return !has(s.Addresses, vipKey) })
	if got := again.live().RealServers[serverKey(1)].Weight; got != 10 {
		t.Errorf("the restart set the weight to %d", got)
	}
	if s := again.Status(t.Context()); s.Generation != 1 || s.Node != "lb1" {
		t.Errorf("got generation %d of %s, want 1 of lb1", s.Generation, s.Node)
	}
	again.settled()
}

// brittle is a kernel that fails, and may stay dead, from the n-th write on.
type brittle struct {
	*kerneltest.Fake
	left  int
	stays bool // dead from then on, as if the process had been killed
	armed bool
}

var errDead = errors.New("dead")

func (b *brittle) ApplyBatch(ctx context.Context, changes []planner.Change) []error {
	errs := make([]error, len(changes))
	for i, c := range changes {
		errs[i] = b.Apply(ctx, c)
	}
	return errs
}

func (b *brittle) Apply(ctx context.Context, c planner.Change) error {
	if b.armed {
		if b.left <= 0 {
			b.armed = b.stays
			return fmt.Errorf("%w: %w", errDead, syscall.ENOMEM)
		}
		b.left--
	}
	return b.Fake.Apply(ctx, c)
}

// next is a configuration that adds, changes and removes.
func next() Config {
	c := testConfig()
	c.Plan.Pools[0].Listeners[0].Value.Scheduler = "wlc"
	c.Plan.Pools[0].Servers[1] = server(3)
	c.Checks[1].Key, c.Checks[1].Target = "tcp3", server(3).Address
	c.Plan.Statics[0].Addresses = []planner.PlacedAddress{{Key: otherKey}}
	return c
}

// Whatever step fails, afterwards the kernel is as before, and so is the plan.
func TestAFailedApplyIsTakenBackAtEveryStep(t *testing.T) {
	for step := range 10 {
		t.Run(fmt.Sprint("step ", step), func(t *testing.T) {
			fake := newFake()
			k := &brittle{Fake: fake, left: step}
			r := start(t, k, fake, t.TempDir())
			r.mustApply(testConfig())
			before := r.live()
			if err := r.do(t.Context(), func() { k.armed = true }); err != nil {
				t.Fatal(err)
			}
			result := r.apply(next())
			if result.Outcome == control.Applied {
				if step < 4 {
					t.Fatalf("applied although step %d failed", step)
				}
				return // fewer steps than that
			}
			if result.Outcome != control.TakenBack || result.Generation != 1 {
				t.Fatalf("got %+v, want taken back to generation 1", result)
			}
			if diff := cmp.Diff(fmt.Sprintf("%+v", before), fmt.Sprintf("%+v", r.live())); diff != "" {
				t.Errorf("not as before (-before +now):\n%s", diff)
			}
			r.settled()
			if _, open, _ := r.options.Store.Journal(); open {
				t.Error("the journal is still open")
			}
		})
	}
}

// A process that dies at any step of an apply leaves the base or the goal for the next start, never a mix.
func TestDeathDuringAnApplyEndsAtTheLastGoodPlan(t *testing.T) {
	for step := range 8 {
		t.Run(fmt.Sprint("step ", step), func(t *testing.T) {
			fake := newFake()
			k := &brittle{Fake: fake, left: step, stays: true}
			dir := t.TempDir()
			r := start(t, k, fake, dir)
			r.mustApply(testConfig())
			before := r.live()
			if err := r.do(t.Context(), func() { k.armed = true }); err != nil {
				t.Fatal(err)
			}
			result := r.apply(next())
			if result.Outcome == control.Applied {
				return
			}
			if step > 0 && result.Outcome != control.Incomplete {
				t.Fatalf("got %+v, want incomplete: a dead kernel takes nothing back", result)
			}
			r.stop()
			again := start(t, fake, fake, dir)
			again.eventually("the kernel is as before", func(s planner.State) bool {
				return fmt.Sprintf("%+v", before) == fmt.Sprintf("%+v", s)
			})
			again.settled()
			if _, open, _ := again.options.Store.Journal(); open {
				t.Error("the journal is still open")
			}
		})
	}
}

func TestWithoutIPVSVIPsWork(t *testing.T) {
	fake := newFake()
	fake.SetNoIPVS("IPVS is not in this kernel")
	r := start(t, fake, fake, t.TempDir())
	r.mustApply(testConfig())
	r.inbox.activity("vip.web", true)
	r.eventually("the VIP stands", func(s planner.State) bool { return has(s.Addresses, vipKey) })
	if s := r.Status(t.Context()); !strings.Contains(fmt.Sprint(s.Problems), "IPVS is not in this kernel") {
		t.Errorf("status does not say that IPVS is missing: %q", s.Problems)
	}
}

func TestConfigurationsThatCannotRunAreRefused(t *testing.T) {
	r := startFake(t)
	twice := testConfig()
	twice.Checks = append(twice.Checks, twice.Checks[0])
	dangling := testConfig()
	dangling.Plan.Pools[0].Servers[0].Checks = []string{"nobody"}
	for name, c := range map[string]Config{"no node": {}, "check twice": twice, "check missing": dangling} {
		if got := r.apply(c); got.Outcome != control.Refused || len(got.Lines) == 0 {
			t.Errorf("%s: got %+v, want refused with a reason", name, got)
		}
	}
	for _, raw := range []string{"", "{", "[]", `{"plan":{"node":"lb1"},"surprise":1}`} {
		got := r.Apply(t.Context(), control.ApplyRequest{Config: json.RawMessage(raw)}, func(control.Progress) {})
		if got.Outcome != control.Refused {
			t.Errorf("%q: got %+v, want refused", raw, got)
		}
	}
	r.mustApply(testConfig())
	other := testConfig()
	other.Plan.Node = "lb2"
	if got := r.apply(other); got.Outcome != control.Refused {
		t.Errorf("the plan of another node: got %+v, want refused", got)
	}
}

func TestTheSocketAnswers(t *testing.T) {
	r := startFake(t)
	path := filepath.Join(t.TempDir(), "ha.sock")
	l, err := control.Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- control.Serve(ctx, l, r.Enforcer) }()
	defer func() {
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
	}()
	client := control.Dial(path)
	raw, err := json.Marshal(testConfig())
	if err != nil {
		t.Fatal(err)
	}
	steps := 0
	result, err := client.Apply(t.Context(), control.ApplyRequest{Config: raw, By: "test", MaxImpact: planner.ImpactOutage},
		func(control.Progress) { steps++ })
	if err != nil || result.Outcome != control.Applied || steps == 0 {
		t.Fatalf("got %+v after %d steps, %v", result, steps, err)
	}
	if s, err := client.Status(t.Context()); err != nil || s.Generation != 1 || len(s.Pools) != 1 {
		t.Errorf("got %+v, %v", s, err)
	}
	if s, err := client.Snapshot(t.Context(), control.Query{}); err != nil || !has(s.Live.VirtualServers, webKey) {
		t.Errorf("got %+v, %v", s, err)
	}
	var seen []control.Event
	if err := client.Events(t.Context(), 0, false, func(e control.Event) { seen = append(seen, e) }); err != nil || len(seen) == 0 {
		t.Errorf("got %d events, %v", len(seen), err)
	}
	if _, err := control.Dial(path + ".none").Status(t.Context()); !errors.Is(err, control.ErrNoEnforcer) {
		t.Errorf("got %v, want ErrNoEnforcer", err)
	}
}
