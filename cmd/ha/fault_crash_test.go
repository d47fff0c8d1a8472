package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"ha/enforcer/netlab"
)

// 2.5 An Active enforcer that is killed and started again by its supervisor, before anybody can have taken over, goes on being
// Active: its VIP never left, it advertises at once, and the Backup, a keepalived, never notices.
//
// conform: L12
func TestAKilledEnforcerThatIsBackInTimeGoesOn(t *testing.T) {
	netlab.Need(t, "netns", "keepalived")
	stories := map[string]func(*testing.T){}
	for name, text := range map[string]string{
		"version 3": duelText(3, "1s", "192.0.2.1/32"), "version 2 with AH": with(duelText(2, "1s", "192.0.2.1/32"), passwordBlock(t, "ah")),
	} {
		stories[name] = func(t *testing.T) {
			d := newDuel(t, text, "ha", "keepalived")
			vip := d.vips[0].Addr()
			echo(t, d.a.host)
			ha, _ := d.a.router.(*director)
			d.b.start()
			d.a.start()
			d.settle("the better one to be Active", d.a, d.b)
			d.answeredBy(d.a)
			netlab.WaitFor(t, patience, "a heartbeat", func() bool { return beats(t, ha.state) })
			before, since := ha.vip(), time.Now()
			client := probe(t, d.watch, vip)
			d.a.crash()
			ha.spawn()
			at := time.Now()
			ha.answers()
			if _, ok := d.capture.Wait(patience, func(f netlab.Frame) bool { return f.At.After(at.Add(5*time.Second)) && sent(f, d.a) }); !ok {
				t.Error("no adverts after the crash")
			}
			lost, of := client.end()
			longest, n, others := d.gaps(since, d.a, d.b)
			t.Logf("%d adverts, none later than %v after the one before; %d of %d probes lost", n, longest, lost, of)
			if others > 0 || lost > 0 || longest > downOf(d.b.config) {
				t.Errorf("%d adverts of the Backup, %d of %d probes lost, a gap of %v; want nobody to notice", others, lost, of, longest)
			}
			if after := ha.vip(); after.State != "Active" || !after.Since.Equal(before.Since) {
				t.Errorf("got %s since %v, want it to go on since %v", after.State, after.Since, before.Since)
			}
			if !ha.happened("restart", "ended without a word") {
				t.Error("the events do not tell of the crash")
			}
			for _, line := range d.b.unhappy() {
				t.Error(line)
			}
			ha.settled()
		}
	}
	together(t, stories)
}

// beats tells whether the heart of an enforcer with this state directory beats: it is Active, and a record says so.
func beats(t *testing.T, state string) bool {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(state, "elections.alive"))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return strings.Trim(string(text), "0\n") != ""
}

// One that comes back too late, or with a record that cannot be used, starts as Backup and takes its VIPs away at once.
//
// conform: L12
func TestAKilledEnforcerThatIsBackTooLateStartsAnew(t *testing.T) {
	netlab.Need(t, "netns")
	record := func(d *director, change func([]byte) []byte) {
		path := filepath.Join(d.state, "elections.record")
		content, err := os.ReadFile(path)
		if err != nil {
			d.t.Fatal(err)
		}
		if err := os.WriteFile(path, change(content), 0o600); err != nil {
			d.t.Fatal(err)
		}
	}
	tests := map[string]struct {
		between func(*director)
		event   string // what is told about the record; empty: nothing
	}{
		"too late": {func(d *director) { <-time.After(3200 * time.Millisecond) }, "of 1 instances 0 go on as Active, 0 as Backup, and 1 start anew"},
		"a damaged record": {func(d *director) {
			record(d, func(b []byte) []byte { b[len(b)/2] ^= 1; return b })
		}, "does not match its digest"},
		"a record of another version": {func(d *director) {
			record(d, func(b []byte) []byte { return []byte(strings.Replace(string(b), "ha-record 1 ", "ha-record 7 ", 1)) })
		}, `format "7"`},
		"no record": {func(d *director) {
			if err := os.Remove(filepath.Join(d.state, "elections.record")); err != nil {
				d.t.Fatal(err)
			}
		}, ""},
	}
	stories := map[string]func(*testing.T){}
	for name, tt := range tests {
		stories[name] = func(t *testing.T) {
			r := newRig(t, strings.Replace(crowdText(1, 0), "500ms", "1s", 1))
			d := r.director("a")
			d.start()
			d.becomes("Active")
			vips := prefixes("192.0.2.1/32")
			netlab.WaitFor(t, patience, "the VIP and a heartbeat", func() bool { return holds(t, d.addresses, vips, true) && beats(t, d.state) })
			d.crash()
			tt.between(d)
			if !holds(t, d.addresses, vips, true) {
				t.Fatal("the VIP left before anybody took it away")
			}
			d.spawn()
			d.answers()
			if !d.happened("change", "address 192.0.2.1/32 dev eth0: removed") || d.happened("transition", "Active") {
				t.Errorf("the stale VIP was not removed, or the router did not wait:\n%s", d.log())
			}
			if tt.event != "" && !d.happened("restart", tt.event) {
				t.Errorf("no event says %q:\n%s", tt.event, d.log())
			}
			d.becomes("Active")
		}
	}
	together(t, stories)
}

// Who stops in good order leaves nothing to take up.
func TestACleanStopLeavesNoRecord(t *testing.T) {
	netlab.Need(t, "netns")
	d := newRig(t, crowdText(1, 0)).director("a")
	d.start()
	d.becomes("Active")
	netlab.WaitFor(t, patience, "a heartbeat", func() bool { return beats(t, d.state) })
	d.stop()
	if _, err := os.Stat(filepath.Join(d.state, "elections.record")); !os.IsNotExist(err) {
		t.Errorf("the record is still there (%v)", err)
	}
	d.spawn()
	d.answers()
	if d.happened("restart", "") || d.happened("transition", "Active") {
		t.Errorf("something was taken up:\n%s", d.log())
	}
	d.becomes("Backup")
}

// SIGUSR1 is how a supervisor restarts the service (RestartKillSignal of systemd): the process ends and leaves everything where it
// is; the next one goes on, and nobody notices. At 100 ms that holds where a process starts within 300 ms, which the race detector on a
// busy machine does not allow.
func TestAProcessThatMadeWayIsNotNoticed(t *testing.T) {
	netlab.Need(t, "netns", "keepalived")
	d := newDuel(t, duelText(3, "1s", "192.0.2.1/32", "2001:db8::1/128"), "ha", "keepalived")
	vip := d.vips[0].Addr()
	echo(t, d.a.host)
	ha, _ := d.a.router.(*director)
	d.b.start()
	d.a.start()
	d.settle("the better one to be Active", d.a, d.b)
	d.answeredBy(d.a)
	before, since := ha.vip(), time.Now()
	client := probe(t, d.watch, vip)
	for range 3 {
		if code := ha.end(syscall.SIGUSR1); code != 0 {
			t.Errorf("exit code %d, want 0", code)
		}
		ha.spawn()
		ha.answers()
		at := time.Now()
		if _, ok := d.capture.Wait(patience, func(f netlab.Frame) bool { return f.At.After(at.Add(time.Second)) && sent(f, d.a) }); !ok {
			t.Error("no adverts after the restart")
		}
	}
	lost, of := client.end()
	longest, n, others := d.gaps(since, d.a, d.b)
	t.Logf("%d adverts, none later than %v after the one before; %d of %d probes lost", n, longest, lost, of)
	if others > 0 || lost > 0 {
		t.Errorf("%d adverts of the Backup, %d of %d probes lost; want nobody to notice", others, lost, of)
	}
	if after := ha.vip(); after.State != "Active" || !after.Since.Equal(before.Since) || !ha.happened("transition", "Backup -> Active") {
		t.Errorf("got %s since %v, want it to go on since %v, with its events", after.State, after.Since, before.Since)
	}
	ha.settled()
}

// When no other process follows, the VIPs leave by themselves and the Backup takes over.
func TestAProcessThatMadeWayForNobody(t *testing.T) {
	netlab.Need(t, "netns")
	d := newDuel(t, duelText(3, "100ms", "192.0.2.1/32"), "ha", "ha")
	ha, _ := d.a.router.(*director)
	d.b.start()
	d.a.start()
	d.settle("the better one to be Active", d.a, d.b)
	if code := ha.end(syscall.SIGUSR1); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
	if !holds(t, d.a.addresses, d.vips, true) {
		t.Error("the VIP left with the process")
	}
	d.settle("the Backup to take over and the VIP to leave", d.b, d.a)
}
