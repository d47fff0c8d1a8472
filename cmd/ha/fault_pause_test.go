package main

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"ha/enforcer/control"
	"ha/enforcer/netlab"
)

// pause stops a process of an enforcer for a while, and returns when it went on.
func (d *director) pause(until func()) time.Time {
	d.t.Helper()
	if err := d.process.Process.Signal(syscall.SIGSTOP); err != nil {
		d.t.Fatal(err)
	}
	until()
	at := time.Now()
	if err := d.process.Process.Signal(syscall.SIGCONT); err != nil {
		d.t.Fatal(err)
	}
	return at
}

// 2.9 An Active router that was stopped so long that another one took over hears that first: it yields without one more advert,
// and the address that its kernel took away meanwhile does not come back for a moment.
//
// conform: S31
func TestAStoppedActiveRouterYieldsBeforeItSends(t *testing.T) {
	netlab.Need(t, "netns", "keepalived")
	text := strings.Replace(duelText(3, "500ms", "192.0.2.1/32"), "    priority = 200\n", "    priority = 200\n    preempt  = false\n", 1)
	d := newDuel(t, text, "keepalived", "ha")
	echo(t, d.a.host)
	ha, _ := d.b.router.(*director)
	d.b.start()
	d.settle("ha to be Active", d.b, d.a)
	d.a.start()
	netlab.WaitFor(t, patience, "keepalived to be Backup", func() bool { return strings.Contains(d.a.router.(*keepalived).log(), "Entering BACKUP") })
	seen := len(eventsOf(t, ha, "change"))
	woken := ha.pause(func() {
		d.settle("keepalived to take over, and the address to leave", d.a, d.b)
		<-time.After(2 * time.Second) // adverts of keepalived wait in the socket
	})
	client := probe(t, d.watch, d.vips[0].Addr())
	ha.becomes("Backup")
	if _, ok := d.capture.Wait(patience, func(f netlab.Frame) bool { return f.At.After(woken.Add(2*time.Second)) && sent(f, d.a) }); !ok {
		t.Error("keepalived does not go on")
	}
	if lost, of := client.end(); lost > 0 {
		t.Errorf("%d of %d probes lost: the address was at two places", lost, of)
	}
	if _, n, _ := d.gaps(woken, d.b, d.a); n > 0 {
		t.Errorf("%d adverts after it went on, want none", n)
	}
	for _, f := range d.capture.Frames() {
		if f.At.After(woken) && string(f.Data[6:12]) == string(d.b.mac) && announcedIn(f) == d.vips[0].Addr() {
			t.Error("the address was announced")
		}
	}
	if !ha.happened("state", "did not run for") || !ha.happened("transition", "Active -> Backup") {
		t.Errorf("the events do not tell of it:\n%s", ha.log())
	}
	if i := ha.vip().Instances[0]; i.Contested != 1 || i.ContestedBy != "192.0.2.11" || !ha.happened("contest", "by the rules we yield") {
		t.Errorf("got %d contests by %q, want one by 192.0.2.11 and an event", i.Contested, i.ContestedBy)
	}
	for _, e := range eventsOf(t, ha, "change")[seen:] {
		if strings.Contains(e, "added") {
			t.Errorf("after the pause: %s", e)
		}
	}
	ha.settled()
}

// A Backup that was stopped while adverts queued up stays Backup.
//
// conform: S32
func TestAStoppedBackupStaysBackup(t *testing.T) {
	netlab.Need(t, "netns", "keepalived")
	d := newDuel(t, duelText(3, "500ms", "192.0.2.1/32"), "keepalived", "ha")
	ha, _ := d.b.router.(*director)
	d.a.start()
	d.settle("keepalived to be Active", d.a, d.b)
	d.b.start()
	ha.becomes("Backup")
	before := ha.vip()
	woken := ha.pause(func() { <-time.After(5 * time.Second) })
	if _, ok := d.capture.Wait(patience, func(f netlab.Frame) bool { return f.At.After(woken.Add(2*time.Second)) && sent(f, d.a) }); !ok {
		t.Error("keepalived does not go on")
	}
	if _, n, _ := d.gaps(woken, d.b, d.a); n > 0 {
		t.Errorf("%d adverts after it went on, want none", n)
	}
	if after := ha.vip(); after.State != "Backup" || !after.Since.Equal(before.Since) {
		t.Errorf("got %s since %v, want Backup since %v", after.State, after.Since, before.Since)
	}
	ha.settled()
}

// The better router that was stopped wins again by the rules: its addresses, whose lifetime was over, come back and are announced.
func TestAStoppedRouterThatWinsAgainAnnounces(t *testing.T) {
	netlab.Need(t, "netns", "keepalived")
	d := newDuel(t, duelText(3, "500ms", "192.0.2.1/32", "192.0.2.2/32"), "ha", "keepalived")
	ha, _ := d.a.router.(*director)
	d.b.start()
	d.a.start()
	d.settle("ha to be Active", d.a, d.b)
	woken := ha.pause(func() { d.settle("keepalived to take over, and the addresses to leave", d.b, d.a) })
	d.settle("ha to win again", d.a, d.b)
	d.answeredBy(d.a)
	for _, vip := range d.vips {
		if _, ok := d.capture.Wait(patience, func(f netlab.Frame) bool {
			return f.At.After(woken) && string(f.Data[6:12]) == string(d.a.mac) && announcedIn(f) == vip.Addr()
		}); !ok {
			t.Errorf("%v was not announced again", vip)
		}
	}
	told := "contested: 192.0.2.12 (priority 100) is Active as well as we, 192.0.2.11 (priority 200)"
	if i := ha.vip().Instances[0]; i.Contested != 1 || i.ContestedBy != "192.0.2.12" || !ha.happened("contest", told) {
		t.Errorf("got %d contests by %q, want one by 192.0.2.12 and an event:\n%s", i.Contested, i.ContestedBy, ha.log())
	}
	netlab.WaitFor(t, patience, "the contest to be over", func() bool { return ha.happened("contest", "no longer contested: 192.0.2.12") })
	if ha.vip().Instances[0].ContestedNow {
		t.Error("status says that two routers are Active")
	}
	code, out := command(t, "status", "--via", "unix://"+ha.socket)
	if code != 0 || !strings.Contains(out, "contested once, by 192.0.2.12") {
		t.Errorf("got exit code %d and %q", code, out)
	}
	ha.settled()
}

// eventsOf are the events of a type that the node remembers.
func eventsOf(t *testing.T, d *director, kind string) []string {
	t.Helper()
	var list []string
	err := d.client().Events(t.Context(), 0, false, func(e control.Event) {
		if e.Type == kind {
			list = append(list, e.Object+": "+e.Message)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// A LAN that falls apart and heals has two Active routers in between. The better one stays, the other yields within an interval
// of the healing, and a third host reaches the better one. That hears a losing advert and tells of it, unless its own advert was
// first and there was nothing more to hear.
//
// conform: S19
func TestAHealedPartitionIsTold(t *testing.T) {
	netlab.Need(t, "netns", "keepalived")
	d := newDuel(t, duelText(3, "500ms", "192.0.2.1/32"), "ha", "keepalived")
	ha, _ := d.a.router.(*director)
	d.a.start()
	d.settle("ha to be Active", d.a, d.b)
	d.b.start()
	told := 0
	for round := 0; round < 20 && told == 0; round++ {
		if err := d.lan.Isolate(d.b.host); err != nil {
			t.Fatal(err)
		}
		d.settleBoth("both to be Active")
		<-time.After(time.Duration(round+1) * 150 * time.Millisecond % d.a.config.Interval) // another one speaks first each time
		if err := d.lan.Heal(d.b.host); err != nil {
			t.Fatal(err)
		}
		d.settle("the worse one to yield", d.a, d.b)
		d.answeredBy(d.a)
		told = int(ha.vip().Instances[0].Contested)
	}
	if told != 1 || !ha.happened("contest", "by the rules it yields") {
		t.Errorf("got %d contests, want one told:\n%s", told, ha.log())
	}
	if ha.happened("transition", "Active -> ") {
		t.Error("the better router was moved")
	}
	ha.settled()
}

// A keepalived that was cut off together with nobody does not know that we were Active meanwhile. It hears so when we yield to it,
// and announces its address to those who have learned ours.
func TestTheWinnerOfAHealedPartitionAnnounces(t *testing.T) {
	netlab.Need(t, "netns", "keepalived")
	d := newDuel(t, duelText(3, "500ms", "192.0.2.1/32"), "keepalived", "ha")
	ha, _ := d.b.router.(*director)
	d.a.start()
	d.settle("keepalived to be Active", d.a, d.b)
	d.b.start()
	netlab.WaitFor(t, patience, "ha to hear it", func() bool { return ha.vip().Instances[0].Received > 2 })
	if err := d.lan.Isolate(d.a.host); err != nil {
		t.Fatal(err)
	}
	d.settleBoth("both to be Active")
	d.answeredBy(d.b)
	<-time.After(6 * time.Second) // its announcements of before are over, with their second block
	healed := time.Now()
	if err := d.lan.Heal(d.a.host); err != nil {
		t.Fatal(err)
	}
	d.settle("ha to yield", d.a, d.b)
	if _, ok := d.capture.Wait(patience, func(f netlab.Frame) bool {
		return f.At.After(healed) && string(f.Data[6:12]) == string(d.a.mac) && announcedIn(f) == d.vips[0].Addr()
	}); !ok {
		t.Error("keepalived did not announce its address")
	}
	d.answeredBy(d.a)
}

// settleBoth waits until both contenders have all VIPs.
func (d *duel) settleBoth(what string) {
	d.t.Helper()
	netlab.WaitFor(d.t, patience, what, func() bool {
		return holds(d.t, d.a.addresses, d.vips, true) && holds(d.t, d.b.addresses, d.vips, true)
	})
}
