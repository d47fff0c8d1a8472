package main

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"ha/enforcer/control"
	"ha/enforcer/netlab"
)

// trackingText is the duel with more in the VIP and beside it.
func trackingText(inVIP, beside string) string {
	return strings.Replace(duelText(3, "200ms", "192.0.2.1/32"), "  priority  = 100\n", "  priority  = 100\n"+inVIP+"\n", 1) + beside
}

// uplink gives the host of a director a second interface on a LAN of its own, and returns how to cut and heal it.
func uplink(t *testing.T, d *director) (cut, heal func()) {
	t.Helper()
	return uplinkOf(t, d.Host)
}

func uplinkOf(t *testing.T, host *netlab.Host) (cut, heal func()) {
	t.Helper()
	lan := netlab.NewTestLAN(t)
	lan.MustAdd(t, "gateway", "198.51.100.1/24")
	if err := lan.Attach(host, "eth1", netip.MustParsePrefix("198.51.100.11/24")); err != nil {
		t.Fatal(err)
	}
	do := func(state string) func() { return func() { t.Helper(); ip(t, host, "link", "set", "eth1", state) } }
	return do("down"), do("up")
}

// says waits until the status of the VIP's only election is as a test wants it.
func (d *director) says(what string, is func(priority uint8, weighed, why string) bool) {
	d.t.Helper()
	netlab.WaitFor(d.t, patience, d.node+" to say "+what, func() bool {
		v := d.vip()
		return is(v.Instances[0].Priority, strings.Join(v.Instances[0].Weighed, ", "), v.Why)
	})
}

// An uplink with a weight: its failure lowers the priority below the other's, which takes over; its return brings the VIP
// back. The peer that preempts is ours or keepalived, which sees nothing but adverts of another priority.
func TestATrackedInterfaceMovesTheVIP(t *testing.T) {
	netlab.Need(t, "netns", "ip")
	stories := map[string]func(t *testing.T){}
	for _, peer := range []string{"ha", "keepalived"} {
		stories["peer="+peer] = func(t *testing.T) {
			if peer == "keepalived" {
				netlab.Need(t, "keepalived")
			}
			text := strings.Replace(trackingText("", ""), "priority = 200", "priority = 200\n    track \"uplink\" {\n      interface = \"eth1\"\n      weight    = 150\n    }", 1)
			d := newDuel(t, text, "ha", peer)
			a := d.a.router.(*director)
			cut, heal := uplink(t, a)
			a.start()
			d.b.start()
			d.settle("the better one to be Active", d.a, d.b)

			cut()
			d.settle("the VIP to leave the node whose uplink failed", d.b, d.a)
			d.answeredBy(d.b)
			a.says("why its priority is lower", func(priority uint8, weighed, _ string) bool {
				return priority == 50 && weighed == "-150: vip.test.track.uplink: interface eth1 is down"
			})
			if !a.happened("priority", "200 -> 50; -150: vip.test.track.uplink: interface eth1 is down") {
				t.Error("no event tells of the priority and its cause")
			}
			if !a.happened("transition", "above our 50; ours is 200 -150: vip.test.track.uplink: interface eth1 is down") {
				t.Error("the transition does not name what was tracked")
			}
			heal()
			d.settle("the VIP to come back with the uplink", d.a, d.b)
			a.says("nothing lowers it", func(priority uint8, weighed, _ string) bool { return priority == 200 && weighed == "" })
			if lines := d.b.unhappy(); len(lines) > 0 {
				t.Errorf("b is unhappy: %q", lines)
			}
			a.settled()
		}
	}
	together(t, stories)
}

// Both families of a VIP, which move together, weigh alike.
func TestATrackedInterfaceMovesBothFamilies(t *testing.T) {
	netlab.Need(t, "netns", "ip")
	const track = "priority = 200\n    track \"uplink\" {\n      interface = \"eth1\"\n      weight    = 150\n    }"
	text := strings.Replace(duelText(3, "200ms", "192.0.2.1/32", "2001:db8::1/128"), "priority = 200", track, 1)
	d := newDuel(t, text, "ha", "ha")
	a := d.a.router.(*director)
	cut, heal := uplink(t, a)
	a.start()
	d.b.start()
	d.settle("the better one to be Active", d.a, d.b)
	for range 2 {
		cut()
		d.settle("both families to leave the node whose uplink failed", d.b, d.a)
		for _, i := range a.vip().Instances {
			if i.Priority != 50 || i.Configured != 200 {
				t.Errorf("%s has the priority %d of %d, want 50 of 200", i.Name, i.Priority, i.Configured)
			}
		}
		heal()
		d.settle("both to come back", d.a, d.b)
	}
	a.settled()
}

// S28, S29: an uplink without a weight is a condition: while it has failed the node takes no part.
func TestATrackedInterfaceWithoutWeightIsAFault(t *testing.T) {
	netlab.Need(t, "netns", "ip")
	text := strings.Replace(trackingText("", ""), "priority = 200", "priority = 200\n    track \"uplink\" {\n      interface = \"eth1\"\n    }", 1)
	d := newDuel(t, text, "ha", "ha")
	a, b := d.a.router.(*director), d.b.router.(*director)
	b.start()
	a.start()
	a.says("that eth1 is missing", func(_ uint8, _, why string) bool {
		return strings.Contains(why, "vip.test.track.uplink: interface eth1 does not exist")
	})
	d.settle("the other one to be Active", d.b, d.a)
	cut, _ := uplink(t, a) // an interface that appears later
	d.settle("the better one to take over when its uplink is there", d.a, d.b)

	cut()
	d.settle("the VIP to leave a node without uplink", d.b, d.a)
	a.becomes("Initialize")
	if !a.happened("transition", "Active -> Initialize: takes no part in the election: vip.test.track.uplink: interface eth1 is down") {
		t.Error("the transition does not name what was tracked")
	}
	if sent := a.vip().Instances[0].Received; sent == 0 {
		t.Error("a has heard nobody")
	}
	heard := a.vip().Instances[0].Received
	before := b.vip().Instances[0].Sent
	netlab.WaitFor(t, patience, "b to send more adverts", func() bool { return b.vip().Instances[0].Sent > before+3 })
	if now := a.vip().Instances[0].Received; now != heard {
		t.Errorf("a node with a fault has heard %d adverts", now-heard)
	}
}

// A check with a weight: when its target refuses connections, the node that cannot reach it hands over.
func TestATrackedCheckMovesTheVIP(t *testing.T) {
	netlab.Need(t, "netns")
	const beside = "check \"tcp\" \"db\" {\n  interval = \"200ms\"\n  timeout  = \"1s\"\n  fall     = 2\n}\n"
	const track = "priority = 200\n    track \"db\" {\n      check  = check.tcp.db\n      target = \"192.0.2.250:5432\"\n%s    }"
	tests := []struct{ name, weight, why string }{
		{"weight", "      weight = 120\n", "200 -> 80; -120: vip.test.track.db: check tcp 192.0.2.250:5432"},
		{"fault", "", "takes no part in the election: vip.test.track.db: check tcp 192.0.2.250:5432"},
	}
	stories := map[string]func(t *testing.T){}
	for _, tt := range tests {
		stories[tt.name] = func(t *testing.T) {
			text := strings.Replace(trackingText("", beside), "priority = 200", fmt.Sprintf(track, tt.weight), 1)
			d := newDuel(t, text, "ha", "ha")
			a := d.a.router.(*director)
			listen := func() net.Listener {
				t.Helper()
				var l net.Listener
				err := d.watch.Do(func() (err error) {
					l, err = net.Listen("tcp4", "192.0.2.250:5432")
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = l.Close() }) // closed before, usually
				return l
			}
			db := listen()
			a.start()
			d.b.start()
			d.settle("the better one to be Active", d.a, d.b)
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			d.settle("the VIP to leave the node that lost the database", d.b, d.a)
			if !a.happened("priority", tt.why) && !a.happened("transition", tt.why) {
				t.Errorf("no event says %q", tt.why)
			}
			listen()
			d.settle("the VIP to come back with the database", d.a, d.b)
			a.settled()
		}
	}
	together(t, stories)
}

// S25: until the start delay ends a director hears nothing and takes nothing over, however good it is.
func TestTheStartIsDelayed(t *testing.T) {
	netlab.Need(t, "netns", "ip")
	d := newDuel(t, trackingText(`  start_delay = "2s"`, ""), "ha", "ha")
	a := d.a.router.(*director)
	began := time.Now()
	a.start()
	a.says("that it waits", func(_ uint8, _, why string) bool {
		return strings.Contains(why, "hears nothing until the start delay ends in ")
	})
	a.becomes("Active")
	if took := time.Since(began); took < 2600*time.Millisecond {
		t.Errorf("Active after %v, want the delay of 2s and three intervals of 200ms first", took)
	}
	ip(t, a.Host, "link", "set", "eth0", "down")
	a.becomes("Initialize")
	began = time.Now()
	ip(t, a.Host, "link", "set", "eth0", "up")
	a.becomes("Active")
	if took := time.Since(began); took >= 2600*time.Millisecond {
		t.Errorf("Active %v after a fault, want no more delay: the enforcer has run for long", took)
	}
}

// S22, S23 between two enforcers: who comes back lets the other go on for a while, and replaces one that dies at once.
func TestPreemptionIsDelayed(t *testing.T) {
	netlab.Need(t, "netns")
	const delay = 3 * time.Second
	d := newDuel(t, trackingText(`  preempt_delay = "3s"`, ""), "ha", "ha")
	a := d.a.router.(*director)
	d.b.start()
	d.settle("the only one to be Active", d.b, d.a)
	began := time.Now()
	d.a.start()
	a.says("how long it lets the other go on", func(_ uint8, _, why string) bool {
		return strings.Contains(why, "begins to preempt 192.0.2.12 in ")
	})
	d.settle("the better one to take over", d.a, d.b)
	if took := time.Since(began); took < delay {
		t.Errorf("it took over after %v, want more than %v", took, delay)
	}

	d.a.crash()
	d.settle("the worse one to replace a dead one", d.b, d.a)
	d.a.start()
	netlab.WaitFor(t, patience, "a to hear b", func() bool {
		v := a.vip()
		return v.State == "Backup" && len(v.Instances) == 1 && v.Instances[0].PeerPrio == 100
	})
	died := time.Now()
	d.b.crash()
	a.becomes("Active")
	if took := time.Since(died); took > delay {
		t.Errorf("a dead one was replaced after %v, want less than the delay of %v", took, delay)
	}
}

// An interface that flaps moves nothing while down_delay runs, and counts when it stays down; up again it counts after up_delay. Both
// where it is tracked and where the VIP itself is.
func TestAFlappingInterfaceMovesNothing(t *testing.T) {
	netlab.Need(t, "netns", "ip")
	const beside = "settings {\n  link \"*\" {\n    down_delay = \"390ms\"\n    up_delay   = \"500ms\"\n  }\n}\n"
	tests := []struct{ name, track, device, why string }{
		{"tracked", "\n    require  = [\"eth1\"]", "eth1", "vip.test.require.eth1: interface eth1 is up again, which counts when it has lasted for 500ms"},
		{"own", "", "eth0", "interface eth0 is up again, which counts when it has lasted for 500ms"},
	}
	stories := map[string]func(t *testing.T){}
	for _, tt := range tests {
		stories[tt.name] = func(t *testing.T) {
			d := newDuel(t, strings.Replace(trackingText("", beside), "priority = 200", "priority = 200"+tt.track, 1), "ha", "ha")
			a := d.a.router.(*director)
			uplink(t, a)
			a.start()
			d.b.start()
			d.settle("the better one to be Active", d.a, d.b)
			since := a.vip().Since
			for range 3 {
				ip(t, a.Host, "link", "set", tt.device, "down")
				ip(t, a.Host, "link", "set", tt.device, "up")
			}
			sent := a.vip().Instances[0].Sent
			netlab.WaitFor(t, patience, "a to send more adverts", func() bool { return a.vip().Instances[0].Sent > sent+5 })
			if v := a.vip(); v.State != "Active" || !v.Since.Equal(since) {
				t.Errorf("after a flap it is %s since %v, want Active since %v", v.State, v.Since, since)
			}
			ip(t, a.Host, "link", "set", tt.device, "down")
			d.settle("the VIP to leave when the interface stays down", d.b, d.a)
			ip(t, a.Host, "link", "set", tt.device, "up")
			a.says("that it waits for the interface to last", func(_ uint8, _, why string) bool { return strings.Contains(why, tt.why) })
			d.settle("the VIP to come back", d.a, d.b)
		}
	}
	together(t, stories)
}

// With track_primary = false a node goes on while its interface has no carrier.
func TestTheOwnInterfaceNeedNotBeTracked(t *testing.T) {
	netlab.Need(t, "netns", "ip")
	d := newDuel(t, trackingText("  track_primary = false", ""), "ha", "ha")
	a := d.a.router.(*director)
	a.start()
	a.becomes("Active")
	since := a.vip().Since
	ip(t, a.Host, "link", "set", "eth0", "down")
	const cannot = "send advert to 224.0.0.18: sendmmsg: network is " // down, or unreachable: which is up to the moment
	netlab.WaitFor(t, patience, "a to say that adverts cannot be sent", func() bool { return a.happened("problem", cannot) })
	if v := a.vip(); v.State != "Active" || !v.Since.Equal(since) {
		t.Errorf("it is %s since %v, want Active since %v", v.State, v.Since, since)
	}
	ip(t, a.Host, "link", "set", "eth0", "up")
	sent := a.vip().Instances[0].Sent
	netlab.WaitFor(t, patience, "a to send adverts again", func() bool { return a.vip().Instances[0].Sent > sent+3 })
	told := 0
	err := a.client().Events(t.Context(), 0, false, func(e control.Event) {
		if strings.Contains(e.Message, cannot) {
			told++
		}
	})
	if err != nil || told > 2 {
		t.Errorf("%d events (%v) say that adverts cannot be sent, want one for each time that the interface is down", told, err)
	}
}

// Both routers track their uplinks, one of them keepalived, with each kind of weight: they agree who wins whatever has failed.
func TestKeepalivedTracksAlike(t *testing.T) {
	netlab.Need(t, "netns", "ip", "keepalived")
	weights := map[string]string{"weight": "weight = 60", "raise": "raise = 60", "prefer": ""}
	stories := map[string]func(t *testing.T){}
	for name, weight := range weights {
		for _, kinds := range [][2]string{{"ha", "keepalived"}, {"keepalived", "ha"}} {
			stories[name+" a="+kinds[0]] = func(t *testing.T) {
				tracks := "  track \"uplink\" {\n    interface = \"eth1\"\n    " + weight + "\n  }"
				if name == "prefer" {
					tracks = `  prefer = ["eth1"]`
				}
				d := newDuel(t, strings.Replace(trackingText(tracks, ""), "priority = 200", "priority = 130", 1), kinds[0], kinds[1])
				cutA, healA := uplinkOf(t, d.a.host)
				cutB, healB := uplinkOf(t, d.b.host)
				d.a.start()
				d.b.start()
				d.settle("the better one to be Active", d.a, d.b)
				cutA()
				d.settle("the VIP to leave the node whose uplink failed", d.b, d.a)
				cutB()
				d.settle("the better one to be Active again, since both uplinks have failed", d.a, d.b)
				healB()
				d.settle("the VIP to go where an uplink works", d.b, d.a)
				healA()
				d.settle("the better one to be Active with all uplinks", d.a, d.b)
			}
		}
	}
	together(t, stories)
}
