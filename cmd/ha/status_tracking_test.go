package main

import (
	"strings"
	"testing"
	"time"

	"ha/enforcer/control"
)

// The status shows the priority that is said in adverts, and how everything stands on which it depends.
func TestStatusSaysWhatIsTracked(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	tracked := []control.TrackStatus{
		{Name: "vip.web.track.uplink", State: "down", Since: now.Add(-5 * time.Second), Why: "interface eth1 has no carrier", Change: -60},
		{Name: "vip.web.require.pool.web", State: "up", Since: now.Add(-time.Minute), Why: "pool.web has 3 of 3 servers up, 1 wanted"},
		{Name: "vip.web.track.db", State: "unknown", Why: "check tcp 192.0.2.31:5432 has no result yet", Fault: true},
	}
	var b strings.Builder
	err := printStatus(&b, control.Status{Now: now, VIPs: []control.VIPStatus{{
		Name: "vip.web", State: "Backup", Why: "started",
		Instances: []control.InstanceStatus{
			{VRID: 51, Version: 3, Family: "ipv4", Interface: "eth0", Priority: 90, Configured: 150, Tracked: tracked},
			{VRID: 51, Version: 3, Family: "ipv6", Interface: "eth0", Priority: 90, Configured: 150, Tracked: tracked},
		},
	}}}, poolView{})
	if err != nil {
		t.Fatal(err)
	}
	const want = `
  vip.web.track.uplink      down for 5 s      priority -60   interface eth1 has no carrier
  vip.web.require.pool.web  up for 1 min 0 s                 pool.web has 3 of 3 servers up, 1 wanted
  vip.web.track.db          unknown           takes no part  check tcp 192.0.2.31:5432 has no result yet
`
	if got := b.String(); !strings.Contains(got, "priority 90 of 150") || strings.Count(got, want) != 1 {
		t.Errorf("want %s\nonce in\n%s", want, got)
	}
}
