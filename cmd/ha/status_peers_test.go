package main

import (
	"strings"
	"testing"
	"time"

	"ha/enforcer/control"
)

// The status of a Backup says who is Active now and was before, and which routers are configured otherwise, for as long as they are.
func TestStatusTellsOfOtherRouters(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	i := control.InstanceStatus{
		Name: "vip.web/ipv4", VRID: 51, Version: 3, Family: "ipv4", Interface: "eth0", Priority: 90, Configured: 90, State: "Backup",
		Follows: "192.0.2.3", FollowsSince: now.Add(-65 * time.Second), Followed: "192.0.2.2",
		Quarrels: []control.Quarrel{{
			Peer: "192.0.2.3", What: "adverts from 192.0.2.3 differ from ours in: addresses (theirs [192.0.2.1], ours [192.0.2.1 192.0.2.7])", Since: now.Add(-5 * time.Second),
		}},
	}
	s := control.Status{Now: now, VIPs: []control.VIPStatus{{Name: "vip.web", State: "Backup", Instances: []control.InstanceStatus{i}}}}
	var status, why strings.Builder
	if err := printStatus(&status, s, poolView{}); err != nil {
		t.Fatal(err)
	}
	if err := printWhy(&why, s); err != nil {
		t.Fatal(err)
	}
	const follows = "follows 192.0.2.3 for 1 min 5 s, before that 192.0.2.2"
	const differs = "adverts from 192.0.2.3 differ from ours in: addresses (theirs [192.0.2.1], ours [192.0.2.1 192.0.2.7]), for 5 s"
	for _, line := range []string{"  VRID 51 ipv4 " + follows + "\n", "! VRID 51 ipv4 " + differs + "\n"} {
		if !strings.Contains(status.String(), line) {
			t.Errorf("%q is missing in\n%s", line, status.String())
		}
	}
	for _, text := range []string{follows, differs} {
		if !strings.Contains(why.String(), text) {
			t.Errorf("%q is missing in\n%s", text, why.String())
		}
	}
}
