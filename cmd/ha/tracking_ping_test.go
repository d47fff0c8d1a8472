package main

import (
	"net/netip"
	"strings"
	"testing"

	"ha/enforcer/netlab"
)

// The VIP leaves a node whose gateway answers no pings any more, although its interface is up, and comes back with the answers.
func TestATrackedPingMovesTheVIP(t *testing.T) {
	netlab.Need(t, "netns", "keepalived")
	stories := map[string]func(*testing.T){}
	for _, peer := range []string{"ha", "keepalived"} {
		stories["peer="+peer] = func(t *testing.T) {
			beside := "check \"ping\" \"gateway\" {\n  address  = \"198.51.100.1\"\n  interval = \"200ms\"\n  timeout  = \"1s\"\n}\n"
			track := "priority = 200\n    track \"gateway\" {\n      check = check.ping.gateway\n      weight = 150\n    }"
			d := newDuel(t, strings.Replace(trackingText("", beside), "priority = 200", track, 1), "ha", peer)
			uplink := netlab.NewTestLAN(t)
			gateway := uplink.MustAdd(t, "gateway", "198.51.100.1/24")
			if err := uplink.Attach(d.a.host, "eth1", netip.MustParsePrefix("198.51.100.11/24")); err != nil {
				t.Fatal(err)
			}
			a := d.a.router.(*director)
			a.start()
			d.b.start()
			d.settle("the better one to be Active", d.a, d.b)

			if err := uplink.Cut(gateway); err != nil {
				t.Fatal(err)
			}
			d.settle("the VIP to leave the node whose gateway is silent", d.b, d.a)
			if !a.happened("priority", "200 -> 50; -150: vip.test.track.gateway: check ping 198.51.100.1 ") {
				t.Error("no event tells of the priority")
			}
			if err := uplink.Heal(gateway); err != nil {
				t.Fatal(err)
			}
			d.settle("the VIP to come back", d.a, d.b)
			d.answeredBy(d.a)
			a.settled()
		}
	}
	together(t, stories)
}
