package planner

import (
	"net/netip"
	"strings"
	"testing"
)

// TestExclusiveIPVS: foreign services are never touched, until the node owns all of IPVS: then they are deleted, at the price that
// their clients pay, one in the way is changed, and what was adopted is not left behind.
func TestExclusiveIPVS(t *testing.T) {
	service := func(s string) VirtualServerKey {
		return VirtualServerKey{Protocol: TCP, Addr: netip.MustParseAddrPort(s)}
	}
	ours, theirs, adopted := service("192.0.2.20:80"), service("192.0.2.77:53"), service("192.0.2.78:80")
	behind := RealServerKey{Service: theirs, Server: netip.MustParseAddrPort("192.0.2.31:53")}
	p := &Plan{Pools: []Pool{{Name: "pool.web", Listeners: []Listener{{Key: ours, Value: VirtualServer{Scheduler: "rr"}}}}}}
	live := State{
		VirtualServers: map[VirtualServerKey]VirtualServer{ours: {Scheduler: "lc"}, theirs: {Scheduler: "wlc"}, adopted: {Scheduler: "rr"}},
		RealServers:    map[RealServerKey]RealServer{behind: {Weight: 3, Forwarding: DR}},
	}
	claims := Claims{Objects: map[Key]Claim{adopted: Adopted}}
	changes, conflicts := Diff(Resolve(p, Facts{}), live, claims, NewIndex(p))
	if got, want := orderOf(changes), "release "+adopted.String(); got != want || len(conflicts) != 1 {
		t.Errorf("shared: got\n%s\nand %v, want\n%s", got, conflicts, want)
	}

	shared := *p
	p.Settings.ExclusiveIPVS = true
	for name, before := range map[string]*Plan{"at first": nil, "from now on": &shared} {
		compared := Compare(p, before, Facts{}, live, claims)
		want := "update " + ours.String() + "\ndelete " + behind.String() + "\ndelete " + theirs.String() + "\ndelete " + adopted.String()
		if got := orderOf(compared.Kernel); got != want || len(compared.Conflicts) > 0 {
			t.Fatalf("%s: got\n%s\nand %v, want\n%s", name, got, compared.Conflicts, want)
		}
		for _, c := range compared.Kernel[1:3] {
			if c.Cause != CauseConfig || c.Impact == ImpactNone || !strings.Contains(strings.Join(c.Effects, ", "), "not made by ha") {
				t.Errorf("%s: %s: cause %v, impact %v, effects %q", name, c.Key, c.Cause, c.Impact, c.Effects)
			}
		}
		if got := compared.Kernel[2].Impact; got != ImpactOutage {
			t.Errorf("%s: the impact on the clients of others is %v", name, got)
		}
	}
	claims = ClaimsAfter(nil, live, claims)
	for _, c := range Compare(p, p, Facts{}, live, claims).Kernel {
		if c.Action == Delete && c.Cause != CauseDrift {
			t.Errorf("what came meanwhile: %s has the cause %v", c.Key, c.Cause)
		}
		claims.Record(c, live)
		if err := Apply(&live, c); err != nil {
			t.Fatal(err)
		}
	}
	if changes, _ = Diff(Resolve(p, Facts{}), live, claims, NewIndex(p)); len(changes) > 0 || len(live.VirtualServers) != 1 {
		t.Errorf("left: %v, of %v", orderOf(changes), live.VirtualServers)
	}
}
