package main

import (
	"strings"
	"testing"

	"ha/enforcer/control"
)

// The status shows the priority that is said in adverts, and why it is not the configured one.
func TestStatusSaysWhatLowersAPriority(t *testing.T) {
	var b strings.Builder
	err := printStatus(&b, control.Status{VIPs: []control.VIPStatus{{
		Name: "vip.web", State: "Backup", Why: "started",
		Instances: []control.InstanceStatus{{
			VRID: 51, Version: 3, Family: "ipv4", Interface: "eth0", Priority: 90, Configured: 150,
			Lowered: []string{"-60: vip.web.track.uplink: interface eth1 has no carrier"},
		}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"priority 90 of 150", "  VRID 51 ipv4 lowered -60: vip.web.track.uplink: interface eth1 has no carrier\n"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is missing in\n%s", want, b.String())
		}
	}
}
