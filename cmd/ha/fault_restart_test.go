package main

import (
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"ha/enforcer/netlab"
)

// replaced tells the enforcer to make place for the program at its path and waits until that answers.
func (d *director) replaced() {
	d.t.Helper()
	before := d.status()
	if err := d.process.Process.Signal(syscall.SIGUSR2); err != nil {
		d.t.Fatal(err)
	}
	netlab.WaitFor(d.t, patience, "the new program on "+d.node, func() bool {
		s := d.answers()
		return !s.StartedAt.Equal(before.StartedAt)
	})
	if after := d.status(); after.PID != before.PID {
		d.t.Errorf("%s became process %d, was %d", d.node, after.PID, before.PID)
	}
}

// gaps are the longest silence of a contender after a time, how many adverts it sent, and how many the other one did.
func (d *duel) gaps(since time.Time, of, other *contender) (longest time.Duration, n, others int) {
	last := time.Time{}
	for _, f := range d.capture.Frames() {
		switch {
		case f.At.Before(since):
		case sent(f, other):
			others++
		case sent(f, of):
			if n++; n > 1 {
				longest = max(longest, f.At.Sub(last))
			}
			last = f.At
		}
	}
	return longest, n, others
}

// restartVariants are the ways in which routers speak to each other, with all that they must not forget.
func restartVariants(t *testing.T) map[string]string {
	t.Helper()
	two, three := duelText(2, "1s", "192.0.2.1/32"), duelText(3, "100ms", "192.0.2.1/32")
	return map[string]string{
		"version 3":           three,
		"version 2":           two,
		"version 3 over IPv6": duelText(3, "100ms", "fe80::51/64", "2001:db8::1/64"),
		"version 2 with AH":   with(two, passwordBlock(t, "ah")),
	}
}

// 2.5 A running enforcer makes place for another program, three times, beside a keepalived as Backup: it never notices, and no
// client does.
func TestAReplacedProgramIsNotNoticed(t *testing.T) {
	netlab.Need(t, "netns", "keepalived")
	stories := map[string]func(*testing.T){}
	for name, text := range restartVariants(t) {
		stories[name] = func(t *testing.T) {
			d := newDuel(t, text, "ha", "keepalived")
			vip := d.vips[len(d.vips)-1].Addr()
			echo(t, d.a.host)
			ha, _ := d.a.router.(*director)
			d.b.start()
			d.a.start()
			d.settle("the better one to be Active", d.a, d.b)
			d.answeredBy(d.a)
			before, since := ha.vip(), time.Now()
			client := probe(t, d.watch, vip)
			for range 3 {
				at := time.Now()
				ha.replaced()
				if _, ok := d.capture.Wait(patience, func(f netlab.Frame) bool { return f.At.After(at.Add(2*d.a.config.Interval)) && sent(f, d.a) }); !ok {
					t.Error("no adverts after the replacement")
				}
			}
			lost, of := client.end()
			longest, n, others := d.gaps(since, d.a, d.b)
			t.Logf("%d adverts, none later than %v after the one before (interval %v); %d of %d probes lost", n, longest, d.a.config.Interval, lost, of)
			if others > 0 || lost > 0 || longest > downOf(d.b.config) {
				t.Errorf("%d adverts of the Backup, %d of %d probes lost, a gap of %v; want nobody to notice", others, lost, of, longest)
			}
			if after := ha.vip(); after.State != "Active" || !after.Since.Equal(before.Since) || after.Instances[0].Sent <= before.Instances[0].Sent {
				t.Errorf("got %s since %v with %d adverts, want it to go on since %v with more than %d",
					after.State, after.Since, after.Instances[0].Sent, before.Since, before.Instances[0].Sent)
			}
			if !ha.happened("restart", "took the place") || !ha.happened("transition", "Backup -> Active") {
				t.Error("the events do not tell of the replacement, or not any more of what was before it")
			}
			if lines := slices.Concat(d.a.unhappy(), d.b.unhappy()); len(lines) > 0 {
				t.Errorf("complaints:\n%s", strings.Join(lines, "\n"))
			}
			ha.settled()
		}
	}
	together(t, stories)
}

// A Backup that is replaced goes on waiting: it neither takes over from a router that lives nor too late from one that died.
func TestAReplacedBackupGoesOnWaiting(t *testing.T) {
	netlab.Need(t, "netns", "keepalived")
	d := newDuel(t, duelText(3, "200ms", "192.0.2.1/32"), "keepalived", "ha")
	ha, _ := d.b.router.(*director)
	d.a.start()
	d.settle("keepalived to be Active", d.a, d.b)
	d.b.start()
	ha.becomes("Backup")
	netlab.WaitFor(t, patience, "ha to hear keepalived", func() bool { return ha.vip().Instances[0].Received > 3 })
	before := ha.vip()
	for range 3 {
		ha.replaced()
	}
	if after := ha.vip(); after.State != "Backup" || !after.Since.Equal(before.Since) || after.Instances[0].Received < before.Instances[0].Received {
		t.Errorf("got %+v, want it to go on like %+v", after, before)
	}
	since := time.Now()
	d.a.crash()
	ha.replaced()
	d.takesOver("after a crash during the replacement", since, d.a, d.b, false)
	ha.settled()
}

// manyText is n VIPs on one node.
func manyText(n int, interval string) string {
	var b strings.Builder
	b.WriteString("cluster { name = \"many\" }\nnode \"a\" {\n  address   = \"192.0.2.11\"\n  interface = \"eth0\"\n}\n")
	for i := range n {
		fmt.Fprintf(&b, "vip \"test%d\" {\n  vrid      = %d\n  interval  = %q\n  addresses = [\"198.51.100.%d/32\"]\n}\n", i, i+1, interval, i+1)
	}
	return b.String()
}

// Two hundred Active instances go on together: for none of them is there a silence in which another router would take over.
func TestManyInstancesGoOn(t *testing.T) {
	netlab.Need(t, "netns")
	const n = 200
	d := newRig(t, manyText(n, "500ms")).director("a") // a busy machine, with the race detector, needs 200 ms and more
	capture := d.MustCapture(t)
	d.start()
	active := func() bool {
		for _, v := range d.status().VIPs {
			if v.State != "Active" {
				return false
			}
		}
		return true
	}
	netlab.WaitFor(t, patience, "all to be Active", active)
	since := time.Now()
	d.replaced()
	if !active() {
		t.Error("some are not Active any more")
	}
	netlab.WaitFor(t, patience, "some more adverts", func() bool { return time.Since(since) > 2*time.Second })
	last, longest := map[byte]time.Time{}, time.Duration(0)
	for _, f := range capture.Frames() {
		pdu, _ := advertIn(f)
		if pdu == nil || f.At.Before(since) {
			continue
		}
		if before, heard := last[pdu[1]]; heard {
			longest = max(longest, f.At.Sub(before))
		}
		if pdu[2] == 0 {
			t.Errorf("VRID %d left", pdu[1])
		}
		last[pdu[1]] = f.At
	}
	t.Logf("%d instances, the longest silence of one was %v (interval 500ms)", len(last), longest)
	if len(last) != n || longest > 3*500*time.Millisecond {
		t.Errorf("%d instances advertise, the longest silence was %v; want %d and less than three intervals", len(last), longest, n)
	}
	d.settled()
}

// At an interval of 10 ms the others' patience is about as long as a replacement takes. Whether they notice depends on the machine,
// and is printed; when they do, the better router is Active again soon.
func TestAReplacementAtTheShortestInterval(t *testing.T) {
	netlab.Need(t, "netns", "keepalived")
	d := newDuel(t, duelText(3, "10ms", "192.0.2.1/32"), "ha", "keepalived")
	ha, _ := d.a.router.(*director)
	d.b.start()
	d.a.start()
	d.settle("the better one to be Active", d.a, d.b)
	since := time.Now()
	const times = 10
	for range times {
		ha.replaced()
		d.settle("the better one to be Active", d.a, d.b)
	}
	longest, _, others := d.gaps(since, d.a, d.b)
	t.Logf("%d replacements: the longest silence was %v, the Backup, whose patience is %v, sent %d adverts", times, longest, downOf(d.b.config), others)
	d.answeredBy(d.a)
	ha.settled()
}

// What the VIP depends on is known to the new program from the start: the priority that a failed check lowers stays lowered, in
// every advert.
func TestAReplacementKeepsTheLoweredPriority(t *testing.T) {
	netlab.Need(t, "netns")
	text := strings.Replace(crowdText(1, 0), "  addresses = [\"192.0.2.1/32\"]\n", `  addresses = ["192.0.2.1/32"]
  track "watch" {
    check  = check.tcp.watch
    weight = 30
  }
`, 1) + `
check "tcp" "watch" {
  target   = "192.0.2.250:9"
  interval = "5s"
  timeout  = "1s"
  rise     = 1
  fall     = 1
}
`
	d := newRig(t, text).director("a")
	capture := d.MustCapture(t)
	d.start()
	d.becomes("Active")
	netlab.WaitFor(t, patience, "the check to fail", func() bool { return d.vip().Instances[0].Priority == 70 })
	since := time.Now()
	for range 3 {
		d.replaced()
	}
	if _, ok := capture.Wait(patience, func(f netlab.Frame) bool {
		pdu, _ := advertIn(f)
		return pdu != nil && f.At.After(since.Add(1500*time.Millisecond))
	}); !ok {
		t.Error("no adverts after the replacements")
	}
	for _, f := range capture.Frames() {
		if pdu, _ := advertIn(f); pdu != nil && f.At.After(since) && pdu[2] != 70 {
			t.Errorf("an advert says priority %d, want 70", pdu[2])
		}
	}
	if v := d.vip(); v.State != "Active" || v.Instances[0].Priority != 70 {
		t.Errorf("got %s with priority %d, want Active with 70", v.State, v.Instances[0].Priority)
	}
	d.settled()
}
