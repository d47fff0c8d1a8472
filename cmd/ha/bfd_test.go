package main

import (
	"strings"
	"testing"
	"time"

	"ha/enforcer/control"
	"ha/enforcer/netlab"
)

// bfdDuelText is the duel of a VIP whose first node watches a router, here a node that does nothing else.
func bfdDuelText(weight string) string {
	text := strings.Replace(duelText(3, "200ms", "192.0.2.1/32"), "priority = 200", "priority = 200\n    track \"router\" {\n      bfd = bfd.router\n      "+weight+"\n    }", 1)
	text = strings.Replace(text, `vip "test" {`, "vip \"test\" {\n  nodes = [node.a, node.b]", 1)
	return text + `
node "r" {
  address = "192.0.2.13"
}
bfd "router" {
  nodes      = [node.a, node.r]
  min_tx     = "50ms"
  min_rx     = "50ms"
  multiplier = 4
}
`
}

// A node that loses its router gives the VIP up within the detection time of BFD, or lowers its priority, and takes it back
// when the router is there again. The other one is ours or keepalived.
//
// conform: B16
func TestABFDSessionMovesTheVIP(t *testing.T) {
	netlab.Need(t, "netns")
	stories := map[string]func(t *testing.T){}
	for name, test := range map[string]struct{ peer, weight, down string }{
		"as a condition, against ha":         {"ha", "", "vip.test.track.router: session bfd.router fails"},
		"as a condition, against keepalived": {"keepalived", "", "vip.test.track.router: session bfd.router fails"},
		"with a weight, against keepalived":  {"keepalived", "weight = 150", "-150: vip.test.track.router: session bfd.router fails"},
	} {
		stories[name] = func(t *testing.T) {
			if test.peer == "keepalived" {
				netlab.Need(t, "keepalived")
			}
			d := newDuel(t, bfdDuelText(test.weight), "ha", test.peer)
			a, router := d.a.router.(*director), d.director("r")
			a.start()
			d.b.start()
			d.settle("the other one to be Active while nobody knows of the router", d.b, d.a)
			router.start()
			d.settle("the better one to preempt when it has its router", d.a, d.b)
			netlab.WaitFor(t, patience, "the timers of the session", func() bool { return a.status().BFD[0].Detection == 200*time.Millisecond })

			if err := d.lan.Isolate(router.Host); err != nil {
				t.Fatal(err)
			}
			d.settle("the VIP to leave the node whose router is gone", d.b, d.a)
			d.answeredBy(d.b)
			if !a.happened("bfd", "Up -> Down: no packet for ") || a.happened("check", "down") {
				t.Error("the end of the session was not told once: as its own event, and as no other")
			}
			if !a.happened("problem", test.down) && !a.happened("priority", test.down) {
				t.Errorf("no event says %q", test.down)
			}
			if s := a.status().BFD[0]; s.State != "Down" || s.Verdict != "dead" || s.Diagnostic != 1 || s.Peer != "192.0.2.13" || s.Source != "192.0.2.11" {
				t.Errorf("status says %+v", s)
			}
			t.Logf("from the end of the detection time to the election: %v", a.between("bfd", "Up -> Down", test.down))
			if err := d.lan.Heal(router.Host); err != nil {
				t.Fatal(err)
			}
			d.settle("the VIP to come back with the router", d.a, d.b)
			router.stop() // on purpose: no failure
			netlab.WaitFor(t, patience, "a to know that the router left", func() bool { return a.happened("bfd", "the peer is AdminDown") })
			if !holds(t, d.a.addresses, d.vips, true) {
				t.Error("a router that leaves on purpose moves the VIP")
			}
			a.settled()
		}
	}
	together(t, stories)
}

// between is the time from the first event of a kind with a text to the next one of any kind with another.
func (d *director) between(kind, first, then string) time.Duration {
	d.t.Helper()
	var from, to time.Time
	err := d.client().Events(d.t.Context(), 0, false, func(e control.Event) {
		switch {
		case from.IsZero() && e.Type == kind && strings.Contains(e.Message, first):
			from = e.At
		case !from.IsZero() && to.IsZero() && strings.Contains(e.Message, then):
			to = e.At
		}
	})
	if err != nil || from.IsZero() || to.IsZero() {
		d.t.Errorf("no event with %q after one with %q: %v", then, first, err)
	}
	return to.Sub(from)
}

// A Backup that watches the Active node takes over after its skew when the session fails, in both families, long before
// three advertisements are missing.
func TestABackupWatchesTheActiveNode(t *testing.T) {
	netlab.Need(t, "netns")
	text := strings.Replace(duelText(3, "1s", "192.0.2.1/32", "2001:db8::1/128"), `vip "test" {`, "vip \"test\" {\n  watch = [bfd.pair]", 1) +
		"bfd \"pair\" {\n  min_tx = \"50ms\"\n  min_rx = \"50ms\"\n  multiplier = 5\n}\n"
	d := newDuel(t, text, "ha", "ha")
	a, b := d.a.router.(*director), d.b.router.(*director)
	a.start()
	d.settle("the first one to be Active", d.a, d.b)
	b.start()
	netlab.WaitFor(t, patience, "both to agree on the timers, and b to have heard a", func() bool {
		s := b.status()
		return s.BFD[0].Detection == 250*time.Millisecond && s.VIPs[0].Instances[0].Peer == "192.0.2.11" && s.VIPs[0].Instances[1].Peer != ""
	})
	since := time.Now()
	a.crash()
	b.becomes("Active")
	took := time.Since(since)
	if down := downOf(d.b.config); took > down*3/4 {
		t.Errorf("took over after %v, and without BFD it would be %v", took, down)
	}
	for _, i := range b.vip().Instances {
		if !strings.Contains(i.Why, "BFD lost ") {
			t.Errorf("%s is Active because %s", i.Name, i.Why)
		}
	}
	t.Logf("took over after %v", took)
	for _, names := range [][]string{{"vip.test"}, {"192.0.2.1", "bfd.pair"}, nil} {
		for _, words := range []string{"bfd.pair  Down for ", "no packet for ", "peer 192.0.2.11 from 192.0.2.12"} {
			if text := b.why(names...); !strings.Contains(text, words) {
				t.Errorf("ha why %q does not say %q:\n%s", names, words, text)
			}
		}
	}
	if text := b.why("vip.test"); !strings.Contains(text, "  watches") {
		t.Errorf("ha why does not say what it watches:\n%s", text)
	}
	if got := b.vip().Instances[0].History; len(got) == 0 || got[len(got)-1].Cause != control.CauseLost {
		t.Errorf("the history is %+v, want the cause %q at last", got, control.CauseLost)
	}
}

// Another program takes the place of the enforcer: the VIP that depends on a session stays. A session whose peer is patient
// goes on, and the peer never notices; a quick one is told that we leave, calls nothing failed, and is found again.
func TestARestartKeepsAVIPThatTracksASession(t *testing.T) {
	netlab.Need(t, "netns")
	stories := map[string]func(t *testing.T){}
	for name, patient := range map[string]bool{"a patient peer": true, "a quick peer": false} {
		stories[name] = func(t *testing.T) {
			text, detection := bfdDuelText(""), 200*time.Millisecond
			if patient {
				text, detection = strings.Replace(text, "multiplier = 4", "multiplier = 100", 1), 5*time.Second
			}
			d := newDuel(t, text, "ha", "ha")
			a, router := d.a.router.(*director), d.director("r")
			router.start()
			a.start()
			d.b.start()
			d.settle("the better one to be Active", d.a, d.b)
			netlab.WaitFor(t, patience, "the timers of the session", func() bool {
				s := a.status().BFD[0]
				return s.Detection == detection && !s.Polling
			})
			before, since := a.status().BFD[0], a.vip().Since
			a.replaced()
			netlab.WaitFor(t, patience, "the session to be up in the next program, and to speak", func() bool {
				s, err := a.client().Status(t.Context())
				return err == nil && len(s.BFD) == 1 && s.BFD[0].State == "Up" && s.BFD[0].Sent > before.Sent*btou(patient)+3
			})
			after := a.status().BFD[0]
			if same := after.Discriminator == before.Discriminator && after.Since.Equal(before.Since); same != patient {
				t.Errorf("the session is %+v, was %+v", after, before)
			}
			if v := a.vip(); v.State != "Active" || !v.Since.Equal(since) {
				t.Errorf("the VIP is %s since %v, want it to go on since %v: %s", v.State, v.Since, since, v.Why)
			}
			if router.happened("bfd", "Up -> Down: ") == patient || router.happened("bfd", "the peer is AdminDown") == patient || router.happened("bfd", "counts as down") {
				t.Error("the other end took the restart for something else")
			}
			if a.happened("problem", "session bfd.router fails") || a.happened("transition", "Active -> ") {
				t.Error("the election took the restart for a failure")
			}
		}
	}
	together(t, stories)
}

func btou(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}
