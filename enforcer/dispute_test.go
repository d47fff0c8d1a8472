package enforcer

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"ha/enforcer/control"
	"ha/planner"
)

// What hands change is put back at once. What a program changes for ever is put back at intervals that double up to a bound, with
// the servers behind a service that is left out; when it is left alone all is forgotten.
func TestDisputes(t *testing.T) {
	service := planner.VirtualServerKey{Protocol: planner.TCP, Addr: netip.MustParseAddrPort("192.0.2.20:80")}
	behind := planner.RealServerKey{Service: service, Server: netip.MustParseAddrPort("192.0.2.31:80")}
	other := planner.RealServerKey{Service: planner.VirtualServerKey{Protocol: planner.UDP, Addr: service.Addr}, Server: behind.Server}
	back := []planner.Change{{Action: planner.Create, Key: service}, {Action: planner.Create, Key: behind}, {Action: planner.Create, Key: other}}
	var d disputes
	now := time.Unix(0, 0)
	begins := 0
	var rests []time.Duration
	for range 14 {
		for asked := now; len(d.hold(back, now)) < len(back); now = now.Add(time.Second) {
			if left := d.hold(back, now); len(left) != 1 || left[0].Key != planner.Key(other) {
				t.Fatalf("held: %v is left, want only what is not in dispute", left)
			}
			if now.Sub(asked) > longestRest {
				t.Fatalf("it is left for more than %v", longestRest)
			}
		}
		if one := d.of[service]; one.times > 0 {
			rests = append(rests, now.Sub(one.last))
		}
		if d.corrected(service, "pool.web service", now) {
			begins++
		}
		if d.corrected(planner.SysctlKey("net.ipv4.ip_forward"), "a sysctl", now) {
			t.Error("a sysctl is in dispute")
		}
	}
	s := time.Second
	want := []time.Duration{0, 0, 0, 5 * s, 10 * s, 20 * s, 40 * s, 80 * s, 160 * s, 300 * s, 300 * s, 300 * s, 300 * s}
	if !slices.Equal(rests, want) || begins != 1 {
		t.Errorf("it was left for %v, told %d times; want %v, once", rests, begins, want)
	}
	if got := d.hold(back, now); len(got) != 1 || d.due(now) || !d.due(now.Add(longestRest)) || d.due(now.Add(longestRest)) {
		t.Error("what is left for a while is not asked for once when its time has come")
	}
	if names := d.settled(now.Add(longestRest)); len(names) > 0 {
		t.Errorf("the dispute ends while it goes on: %v", names)
	}
	if names := d.settled(now.Add(2*longestRest + inARow + s)); !slices.Equal(names, []string{"pool.web service"}) || len(d.of) > 0 {
		t.Errorf("ended: %v", names)
	}
	// Hands at work, now and then, are no dispute.
	for range 10 {
		now = now.Add(inARow + s)
		if d.corrected(service, "pool.web service", now) || len(d.hold(back, now)) != len(back) {
			t.Fatal("changes that are far from each other are a dispute")
		}
	}
}

// A rival that takes a service away each time it is back is named: as a problem, and as a remark in the plan.
func TestARivalIsNamed(t *testing.T) {
	r := startFake(t)
	r.mustApply(testConfig())
	for range patienceWithHands {
		r.eventually("the service is there", func(s planner.State) bool { return has(s.VirtualServers, webKey) })
		r.fake.DeleteByHand(webKey)
	}
	var problems []string
	deadline := time.Now().Add(30 * time.Second)
	for named := false; !named; {
		problems = r.Status(t.Context()).Problems
		named = slices.ContainsFunc(problems, func(p string) bool { return strings.Contains(p, "kube-proxy (pid 812)") })
		if !named && time.Now().After(deadline) {
			t.Fatalf("nobody is named: %q", problems)
		}
	}
	s, err := r.Snapshot(t.Context(), control.Query{})
	if err != nil {
		t.Fatal(err)
	}
	c := testConfig()
	notes := planner.Compare(&c.Plan, &c.Plan, s.Facts, s.Live, s.Claims).Notes
	if !slices.ContainsFunc(notes, func(n string) bool { return strings.Contains(n, "kube-proxy (pid 812)") }) {
		t.Errorf("the plan says %q", notes)
	}
}
