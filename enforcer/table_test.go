package enforcer

import (
	"net/netip"
	"testing"

	"ha/planner"
)

// What the settings say of IPVS's table at the beginning and the end is done to it, and no more.
func TestTheTableAtStartAndStop(t *testing.T) {
	foreign := planner.VirtualServerKey{Protocol: planner.TCP, Addr: netip.MustParseAddrPort("192.0.2.77:53")}
	for _, tt := range []struct {
		start, stop    planner.TableFate
		ours, others   bool // after the end
		othersContinue bool // after the next beginning
	}{
		{"", "", true, true, true},
		{"", planner.TableRemove, false, true, true},
		{"", planner.TableFlush, false, false, false},
		{planner.TableFlush, "", true, true, false},
	} {
		r := startFake(t)
		r.fake.PutByHand(foreign, web)
		c := synchronised()
		c.Plan.Settings.IPVSAtStart, c.Plan.Settings.IPVSAtStop = tt.start, tt.stop
		r.mustApply(c)
		r.eventually("all stands", func(s planner.State) bool {
			return has(s.VirtualServers, webKey) && has(s.RealServers, serverKey(1)) && has(s.SyncDaemons, planner.SyncReceive)
		})
		r.stop()
		s := r.live()
		if has(s.VirtualServers, webKey) != tt.ours || has(s.RealServers, serverKey(1)) != tt.ours || has(s.SyncDaemons, planner.SyncReceive) != tt.ours || has(s.VirtualServers, foreign) != tt.others {
			t.Errorf("start %q, stop %q: after the end there are %v and %v", tt.start, tt.stop, s.VirtualServers, s.SyncDaemons)
		}
		r = start(t, r.fake, r.fake, r.dir)
		r.eventually("ours stands again", func(s planner.State) bool { return has(s.VirtualServers, webKey) && has(s.RealServers, serverKey(2)) })
		r.Status(t.Context()) // the beginning is over
		if got := has(r.live().VirtualServers, foreign); got != tt.othersContinue {
			t.Errorf("start %q, stop %q: after the beginning the foreign service is there: %v", tt.start, tt.stop, got)
		}
		r.stop()
	}
}

// A kernel without IPVS has no table to empty, and that is no problem.
func TestNoTableToEmpty(t *testing.T) {
	r := startFake(t)
	r.fake.SetNoIPVS("IPVS is not in this kernel")
	c := testConfig()
	c.Plan.Pools, c.Checks = nil, nil
	c.Plan.Settings.IPVSAtStart, c.Plan.Settings.IPVSAtStop = planner.TableFlush, planner.TableFlush
	r.mustApply(c)
	r.stop()
	r = start(t, r.fake, r.fake, r.dir)
	if got := r.Status(t.Context()).Problems; len(got) != 0 {
		t.Errorf("problems: %v", got)
	}
}
