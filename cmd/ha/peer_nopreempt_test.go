package main

import (
	"strings"
	"testing"
	"time"

	"ha/enforcer/netlab"
)

// withoutPreemption lets no router of a duel take over from one that lives.
func withoutPreemption(text string) string {
	return strings.Replace(text, "  priority  = 100\n", "  priority  = 100\n  preempt   = false\n", 1)
}

// waits checks that a router which was started at a time stays Backup for longer than it would wait for one that is silent.
func (d *duel) waits(what string, since time.Time, active, backup *contender) {
	d.t.Helper()
	netlab.WaitFor(d.t, patience, backup.name+" to be Backup "+what, func() bool {
		switch r := backup.router.(type) {
		case *director:
			s, err := r.client().Status(d.t.Context())
			return err == nil && len(s.VIPs) == 1 && s.VIPs[0].State == "Backup" && s.VIPs[0].Instances[0].Received > 2
		case *keepalived:
			log := r.log()
			return strings.Contains(log[max(0, strings.LastIndex(log, "Starting Keepalived")):], "Entering BACKUP")
		}
		return false
	})
	settled := time.Now()
	if _, ok := d.capture.Wait(patience, func(f netlab.Frame) bool {
		return f.At.After(settled.Add(2*downOf(backup.config))) && sent(f, active)
	}); !ok {
		d.t.Fatalf("%s: %s does not advertise any more", what, active.name)
	}
	if _, n, _ := d.gaps(since, backup, active); n > 0 {
		d.t.Errorf("%s: %s sent %d adverts, want it to let %s go on", what, backup.name, n, active.name)
	}
	d.answeredBy(active)
}

// nopreemptStory is the life of two routers that do not preempt: the better one, a, waits for b to leave or to die.
func (d *duel) nopreemptStory() {
	d.t.Helper()
	a, b := d.a, d.b
	b.start()
	d.answeredBy(b)
	since := time.Now()
	a.start()
	d.waits("beside one that was there before", since, b, a)

	since = time.Now()
	b.stop()
	d.takesOver("after a clean stop", since, b, a, true)
	d.answeredBy(a)
	since = time.Now()
	b.start()
	d.waits("beside a better one", since, a, b)

	since = time.Now()
	a.crash()
	d.takesOver("after a crash", since, a, b, false)
	d.answeredBy(b)
	since = time.Now()
	a.start()
	d.waits("after its crash", since, b, a)

	since = time.Now()
	b.crash()
	d.takesOver("after the other one's crash", since, b, a, false)
	d.answeredBy(a)
	since = time.Now()
	b.start()
	d.waits("after its own crash", since, a, b)
}

// Routers that do not preempt let a worse one go on, whoever that is, and follow it when it leaves or dies.
//
// conform: S05
func TestPeersWithoutPreemption(t *testing.T) {
	netlab.Need(t, "netns", "keepalived")
	all := map[string]func(*testing.T){}
	for _, kinds := range [][2]string{{"ha", "keepalived"}, {"keepalived", "ha"}, {"ha", "ha"}} {
		for name, text := range variants() {
			all[name+", "+kinds[0]+" before "+kinds[1]] = func(t *testing.T) {
				d := newDuel(t, withoutPreemption(text), kinds[0], kinds[1])
				d.nopreemptStory()
				for _, c := range []*contender{d.a, d.b} {
					if lines := c.unhappy(); len(lines) > 0 {
						t.Errorf("%s complains:\n%s", c.name, strings.Join(lines, "\n"))
					}
				}
			}
		}
	}
	together(t, all)
}

// Routers that preempt after a delay let a worse one go on for that long, then take over, and follow one that dies without it.
//
// conform: S22 S23
func TestPeersThatPreemptLater(t *testing.T) {
	netlab.Need(t, "netns", "keepalived")
	const delay = 4 * time.Second
	all := map[string]func(*testing.T){}
	for _, kinds := range [][2]string{{"ha", "keepalived"}, {"keepalived", "ha"}} {
		all[kinds[0]+" before "+kinds[1]] = func(t *testing.T) {
			text := strings.Replace(duelText(3, "200ms", "192.0.2.1/32"), "  priority  = 100\n",
				"  priority      = 100\n  preempt_delay = \"4s\"\n", 1)
			d := newDuel(t, text, kinds[0], kinds[1])
			d.b.start()
			d.answeredBy(d.b)
			since := time.Now()
			d.a.start()
			first, ok := d.capture.Wait(patience, func(f netlab.Frame) bool { return f.At.After(since) && sent(f, d.a) })
			if !ok {
				t.Fatalf("%s never preempted", d.a.name)
			}
			if took := first.At.Sub(since); took < delay {
				t.Errorf("%s preempted %v after its start, want no sooner than %v", d.a.name, took, delay)
			}
			d.settle("the better one to preempt after its delay", d.a, d.b)
			d.answeredBy(d.a)

			since = time.Now()
			d.a.stop()
			d.takesOver("after a clean stop", since, d.a, d.b, true)
			d.answeredBy(d.b)
			since = time.Now()
			d.a.start()
			d.waits("for a while", since, d.b, d.a)
			since = time.Now()
			d.b.crash()
			d.takesOver("after a crash within the delay", since, d.b, d.a, false)
			d.answeredBy(d.a)
		}
	}
	together(t, all)
}
