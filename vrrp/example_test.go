package vrrp_test

import (
	"fmt"
	"net/netip"
	"time"

	"ha/vrrp"
)

// A host steps the election with what happens and does what it is told, in order. Here the Active router dies, and
// comes back.
func ExampleConfig_Step() {
	c := vrrp.Config{
		VRID: 51, Version: 3, Priority: 100, Interval: time.Second, Preempt: true,
		Source:   netip.MustParseAddr("192.0.2.5"),
		Announce: vrrp.Announce{Count: 3, Delay: 5 * time.Second},
	}
	advert := vrrp.Received{Priority: 150, Interval: time.Second, Source: netip.MustParseAddr("192.0.2.6")}
	var e vrrp.Election
	var actions []vrrp.Action
	for _, happens := range []struct {
		at    time.Duration
		event vrrp.Event
	}{
		{0, vrrp.Startup{}},
		{time.Second, advert},
		{4610 * time.Millisecond, vrrp.Timeout{}}, // the deadline has passed
		{4620 * time.Millisecond, vrrp.Installed{}},
		{5 * time.Second, advert},
		{6 * time.Second, vrrp.Shutdown{}},
	} {
		before := e.State
		e, actions = c.Step(e, happens.at, happens.event, actions[:0])
		fmt.Printf("%-6v %T", happens.at, happens.event)
		if e.State != before {
			fmt.Printf(": %v, %v", e.State, e.Reason)
		}
		fmt.Println()
		for _, a := range actions {
			fmt.Printf("       %T%+v\n", a, a)
		}
	}
	// Output:
	// 0s     vrrp.Startup: Backup, started
	// 1s     vrrp.Received
	// 4.61s  vrrp.Timeout: Active, no advert for 3.61s, the last came from 192.0.2.6 with priority 150
	//        vrrp.SendAdvert{Priority:100}
	//        vrrp.Acquire{}
	// 4.62s  vrrp.Installed
	//        vrrp.SendAnnouncements{Count:3}
	// 5s     vrrp.Received: Backup, 192.0.2.6 has priority 150, above our 100
	//        vrrp.SendAdvert{Priority:100}
	//        vrrp.Release{}
	// 6s     vrrp.Shutdown: Initialize, stopped
}
