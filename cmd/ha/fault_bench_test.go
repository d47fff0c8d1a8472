package main

import (
	"context"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"syscall"
	"testing"
	"time"

	"ha/enforcer/control"
	"ha/enforcer/netlab"
)

// program is a router under test.
type program interface {
	start(b *testing.B)
	leave(b *testing.B)   // in good order
	kill(b *testing.B)    // with SIGKILL
	restart(b *testing.B) // as for another version of the program
}

func (p *enforcerProcess) leave(b *testing.B) {
	b.Helper()
	terminate(b, p.command)
}

func (p *keepalivedProcess) leave(b *testing.B) {
	b.Helper()
	terminate(b, p.command)
}

func terminate(b *testing.B, c *netlab.Cmd) {
	b.Helper()
	if err := c.Process.Signal(syscall.SIGTERM); err != nil {
		b.Fatal(err)
	}
	_ = c.Wait() // keepalived says how it was stopped
}

func (p *enforcerProcess) restart(b *testing.B) {
	b.Helper()
	api := control.Dial(p.path("socket"))
	before, err := api.Status(context.Background())
	if err != nil {
		b.Fatal(err)
	}
	if err := p.command.Process.Signal(syscall.SIGUSR2); err != nil {
		b.Fatal(err)
	}
	netlab.WaitFor(b, patience, "the new program", func() bool {
		s, err := api.Status(context.Background())
		return err == nil && !s.StartedAt.Equal(before.StartedAt)
	})
}

func (p *keepalivedProcess) restart(b *testing.B) {
	b.Helper()
	p.leave(b)
	p.start(b)
}

// trial is two routers of one kind, and a client that asks the VIP every millisecond.
type trial struct {
	*duo
	b         *testing.B
	name      string // ha, keepalived
	preferred program
}

// trials are one of each kind, which meet the same load.
func trials(b *testing.B, interval time.Duration) []*trial {
	b.Helper()
	var list []*trial
	for _, name := range []string{"ha", "keepalived"} {
		t := &trial{duo: newDuo(b, interval), b: b, name: name}
		echo(b, t.active)
		echo(b, t.backup)
		if name == "ha" {
			startEnforcer(b, t.backup, t.compile(b, "backup"))
			t.preferred = startEnforcer(b, t.active, t.compile(b, "active"))
		} else {
			t.keepalived(b, t.backup, duoPriority).start(b)
			t.preferred = t.keepalived(b, t.active, 2*duoPriority)
			t.preferred.start(b)
		}
		list = append(list, t)
	}
	return list
}

// watched returns what passes the LAN from now on.
func (t *trial) watched() *netlab.Capture {
	t.b.Helper()
	c, err := t.watch.Capture("eth0")
	if err != nil {
		t.b.Fatal(err)
	}
	t.b.Cleanup(func() { _ = c.Close() }) // nothing is written
	return c
}

// steady waits until one router has advertised three times in a row.
func (t *trial) steady(c *netlab.Capture, who netip.Addr) {
	t.b.Helper()
	if _, ok := c.Wait(patience+10*t.interval, inARow(who, 3)); !ok {
		t.b.Fatalf("%s: %v does not stay Active", t.name, who)
	}
}

// report adds the median of what was measured.
func (t *trial) report(values []float64, unit string) {
	slices.Sort(values)
	t.b.ReportMetric(values[len(values)/2], t.name+"-"+unit)
}

// BenchmarkFaults measures what clients and the other router see when something happens to the Active one.
func BenchmarkFaults(b *testing.B) {
	netlab.Need(b, "netns", "keepalived")
	for _, of := range []struct {
		name     string
		interval time.Duration
		run      func(*trial)
	}{
		{"leave", time.Second, func(t *trial) { t.leaves(1) }},
		{"leave", 100 * time.Millisecond, func(t *trial) { t.leaves(5) }},
		{"kill", 100 * time.Millisecond, (*trial).killed},
		{"delete", 100 * time.Millisecond, func(t *trial) { t.deleted(9) }},
		{"restart", time.Second, (*trial).restarted},
		{"restart", 100 * time.Millisecond, (*trial).restarted},
	} {
		b.Run(fmt.Sprintf("%s/interval=%v", of.name, of.interval), func(b *testing.B) {
			for b.Loop() {
				for _, t := range trials(b, of.interval) {
					of.run(t)
				}
			}
			reportLoad(b)
			b.ReportMetric(0, "ns/op") // a run is mostly waiting
		})
	}
}

// leaves measures for how long nobody answers when the Active router leaves in good order.
func (t *trial) leaves(rounds int) {
	var outages []float64
	for i := range rounds {
		if i > 0 {
			t.preferred.start(t.b)
		}
		t.steady(t.watched(), duoActive)
		client := probe(t.b, t.watch, duoVIP)
		seen := t.watched()
		t.preferred.leave(t.b)
		t.steady(seen, duoBackup)
		_, outage := client.stop()
		outages = append(outages, ms(outage))
	}
	t.report(outages, "outage-ms")
}

// doubt is how long is waited for an address to leave.
const doubt = 10 * time.Second

// killed measures what a client loses, and for how long both routers hold the VIP afterwards.
func (t *trial) killed() {
	t.steady(t.watched(), duoActive)
	client := probe(t.b, t.watch, duoVIP)
	seen := t.watched()
	t.preferred.kill(t.b)
	if _, ok := seen.Wait(patience, inARow(duoBackup, 1)); !ok {
		t.b.Fatal("nobody took over")
	}
	began, addresses := time.Now(), t.addresses()
	for holdsVIP(t.b, addresses) && time.Since(began) < doubt {
		<-time.After(5 * time.Millisecond)
	}
	t.b.ReportMetric(ms(time.Since(began)), t.name+"-double-ms")
	lost, _ := client.stop()
	t.b.ReportMetric(float64(lost), t.name+"-lost")
}

func (t *trial) addresses() *netlab.Addresses {
	t.b.Helper()
	a, err := t.active.Addresses("eth0")
	if err != nil {
		t.b.Fatal(err)
	}
	t.b.Cleanup(func() { _ = a.Close() })
	return a
}

func holdsVIP(b *testing.B, a *netlab.Addresses) bool {
	b.Helper()
	list, err := a.List()
	if err != nil {
		b.Fatal(err)
	}
	return slices.Contains(list, netip.PrefixFrom(duoVIP, 32))
}

// deleted measures how soon a VIP is back that somebody deletes on the Active router, and how often the other one took over.
func (t *trial) deleted(rounds int) {
	t.steady(t.watched(), duoActive)
	done := make(chan struct{})
	defer close(done)
	news, err := t.active.WatchAddresses(done)
	if err != nil {
		t.b.Fatal(err)
	}
	addresses, seen := t.addresses(), t.watched()
	var away []time.Duration
	for range rounds {
		if err := addresses.Remove(netip.PrefixFrom(duoVIP, 32)); err != nil {
			t.b.Fatal(err)
		}
		gone := t.heard(news, false)
		away = append(away, t.heard(news, true).Sub(gone))
		t.steady(t.watched(), duoActive)
	}
	reportSamples(t.b, t.name+"-away-", away)
	t.b.ReportMetric(float64(takeovers(seen)), t.name+"-takeovers")
}

// heard waits for news that the VIP came or went, and says when that was.
func (t *trial) heard(news <-chan netlab.AddressNews, comes bool) time.Time {
	t.b.Helper()
	timeout := time.NewTimer(patience)
	defer timeout.Stop()
	for {
		select {
		case n := <-news:
			if n.Address == duoVIP && n.Comes == comes {
				return n.At
			}
		case <-timeout.C:
			t.b.Fatalf("%s: no news of the VIP", t.name)
		}
	}
}

// restarted counts the adverts that are missing, and the takeovers of the other router, when the program is replaced.
func (t *trial) restarted() {
	t.steady(t.watched(), duoActive)
	client, seen := probe(t.b, t.watch, duoVIP), t.watched()
	t.steady(seen, duoActive)
	t.preferred.restart(t.b)
	t.steady(t.watched(), duoActive)
	lost, _ := client.stop()
	missed, last := 0.0, time.Time{}
	for _, f := range seen.Frames() {
		if advertiser(f) != duoActive {
			continue
		}
		if !last.IsZero() {
			missed += max(0, math.Round(float64(f.At.Sub(last))/float64(t.interval))-1)
		}
		last = f.At
	}
	t.b.ReportMetric(missed, t.name+"-missed")
	t.b.ReportMetric(float64(takeovers(seen)), t.name+"-takeovers")
	t.b.ReportMetric(float64(lost), t.name+"-lost")
}

// takeovers counts how often the Backup became Active.
func takeovers(c *netlab.Capture) (n int) {
	was := false
	for _, f := range c.Frames() {
		if who := advertiser(f); who.IsValid() {
			if who == duoBackup && !was {
				n++
			}
			was = who == duoBackup
		}
	}
	return n
}
