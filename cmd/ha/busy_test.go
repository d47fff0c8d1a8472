package main

import (
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"ha/enforcer/netlab"
)

// spin keeps every processor busy with ordinary processes until the test ends.
func spin(t *testing.T) {
	t.Helper()
	for range 2 * runtime.NumCPU() {
		c := exec.CommandContext(t.Context(), "sh", "-c", "while :; do :; done")
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			_ = c.Process.Kill() // the end of the test's context may have done it
			_ = c.Wait()         // killed
		})
	}
}

// With a real-time thread, a machine whose processors are all busy misses no advert at 100 ms, and nobody takes over.
//
// conform: L10
func TestABusyMachineMissesNoAdvert(t *testing.T) {
	netlab.Need(t, "netns", "root")
	d := newDuel(t, duelText(3, "100ms", "192.0.2.1/32"), "ha", "ha")
	a, b := d.a.router.(*director), d.b.router.(*director)
	for _, x := range []*director{a, b} {
		x.flags = []string{"--realtime", "50", "--lock-memory"}
		x.start()
	}
	d.settle("the better one to be Active", d.a, d.b)
	for _, problem := range a.status().Problems {
		if strings.Contains(problem, "real-time") || strings.Contains(problem, "memory") {
			t.Skipf("this machine grants no real-time thread: %s", problem)
		}
	}
	before := b.vip().Since
	spin(t)
	since := time.Now()
	const adverts = 50
	netlab.WaitFor(t, patience, "adverts under load", func() bool { return len(advertsSince(d, since)) >= adverts })
	seen := advertsSince(d, since)
	for i := 1; i < len(seen); i++ {
		if gap := seen[i].Sub(seen[i-1]); gap >= 200*time.Millisecond {
			t.Errorf("two adverts were %v apart: one was missed", gap)
		}
	}
	if v := b.vip(); v.State != "Backup" || !v.Since.Equal(before) {
		t.Errorf("the Backup moved: %s, %s", v.State, v.Why)
	}
}

// advertsSince are the times at which a's adverts passed.
func advertsSince(d *duel, since time.Time) (at []time.Time) {
	for _, f := range d.capture.Frames() {
		if f.At.After(since) && sent(f, d.a) {
			at = append(at, f.At)
		}
	}
	return at
}
