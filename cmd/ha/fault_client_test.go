package main

import (
	"net/netip"
	"slices"
	"syscall"
	"testing"
	"time"

	"ha/enforcer/netlab"
)

// fault is something that happens to the Active router, a, while a client asks the VIP.
type fault struct {
	name   string
	price  price
	strike func(d *duel, a *director) (end func()) // end undoes it, so that a preempts; nil when a was Active all the time
}

// price is how long the protocol lets clients wait.
type price int

const (
	free     price = iota // somebody answers all the time
	handover              // both change their addresses at the same advert
	takeover              // nobody answers until Active_Down_Interval is over
)

// limit is the longest outage at a price, with a margin for a busy machine, which is late.
func (p price) limit(d *duel) time.Duration {
	switch p {
	case takeover:
		return 3 * downOf(d.b.config)
	case handover:
		return d.b.config.Interval
	case free:
	}
	return 0
}

// faultsOfProcesses are what happens to an enforcer.
func faultsOfProcesses() []fault {
	return []fault{
		{"the process is killed", free, func(d *duel, a *director) func() {
			a.crash()
			d.settle("the addresses of the killed one to leave", d.b, d.a)
			return a.start
		}},
		{"the process is stopped", free, func(d *duel, a *director) func() {
			d.must(a.process.Process.Signal(syscall.SIGSTOP))
			d.settle("the addresses of the stopped one to leave", d.b, d.a)
			return func() { d.must(a.process.Process.Signal(syscall.SIGCONT)) }
		}},
		{"the program is replaced under load, three times", free, func(d *duel, a *director) func() {
			before, since := a.vip().Since, time.Now()
			defer d.load()()
			for range 3 {
				a.replaced()
			}
			d.unmoved(before, since)
			return nil
		}},
		{"the process leaves under load", free, func(d *duel, a *director) func() {
			defer d.load()()
			a.stop()
			d.settle("the other one to take over", d.b, d.a)
			return a.start
		}},
	}
}

// faultsOfTheNetwork are what happens around an enforcer.
func faultsOfTheNetwork() []fault {
	return []fault{
		{"the cable is pulled", takeover, func(d *duel, a *director) func() {
			d.must(d.lan.Cut(a.Host))
			d.settle("the other one to take over", d.b, d.a)
			return func() { d.must(d.lan.Heal(a.Host)) }
		}},
		{"adverts do not reach the Backup, those of the Backup arrive", free, func(d *duel, _ *director) func() {
			heal := d.deafen(d.b.host)
			d.settleBoth("both to be Active")
			d.speaks("while both are Active", d.b, 10)
			return heal
		}},
		{"adverts do not reach the Active router", free, func(d *duel, a *director) func() {
			heal := d.deafen(a.Host)
			before, since := a.vip().Since, time.Now()
			d.speaks("while it hears nothing", d.a, 10)
			heal()
			d.unmoved(before, since)
			return nil
		}},
		{"the interface is deleted and made again", takeover, func(d *duel, a *director) func() {
			d.must(d.lan.Detach(a.Host))
			netlab.WaitFor(d.t, patience, "the other one to take over", func() bool { return holds(d.t, d.b.addresses, d.vips, true) })
			d.answeredBy(d.b)
			return func() {
				d.must(d.lan.Attach(a.Host, "eth0", netip.MustParsePrefix("192.0.2.11/24")))
				d.anew(d.a)
			}
		}},
		{"the interface is flushed by another daemon", takeover, func(d *duel, a *director) func() {
			ip(d.t, a.Host, "address", "flush", "dev", "eth0")
			ip(d.t, a.Host, "address", "add", "192.0.2.11/24", "dev", "eth0")
			d.settle("the better one to be Active", d.a, d.b)
			d.speaks("afterwards", d.a, 5)
			return nil
		}},
	}
}

// A client asks the VIP every millisecond while something happens to its router. What happens to the process costs nothing, since
// addresses stay until another router has taken over; what takes the network away costs no more than the takeover. When
// the router comes back and preempts, both change their addresses at one advert.
func TestWhatAClientSeesOfFaults(t *testing.T) {
	netlab.Need(t, "netns", "ip", "nft")
	for _, f := range slices.Concat(faultsOfProcesses(), faultsOfTheNetwork()) { // one after the other: a busy machine loses probes of its own
		t.Run(f.name, func(t *testing.T) {
			d := newDuel(t, duelText(3, "100ms", "192.0.2.1/32"), "ha", "ha")
			echo(t, d.a.host)
			echo(t, d.b.host)
			d.a.start()
			d.b.start()
			d.settle("the better one to be Active", d.a, d.b)
			d.answeredBy(d.a)
			client := probe(t, d.watch, d.vips[0].Addr())
			end := f.strike(d, d.a.router.(*director))
			d.costs(f.name, client, f.price)
			if end == nil {
				return
			}
			client = probe(t, d.watch, d.vips[0].Addr())
			end()
			d.settle("all to be as before", d.a, d.b)
			d.answeredBy(d.a)
			d.speaks("afterwards", d.a, 5)
			d.costs(f.name+", and that ends", client, handover)
		})
	}
	// A jump of the wall clock is not among them: CLOCK_REALTIME is the machine's, no namespace has one of its own
	// (time_namespaces(7)). Elections do not read it; for the HMAC trailer see H14.
}

// costs prints what a client saw and holds it against the price.
func (d *duel) costs(what string, client *prober, p price) {
	d.t.Helper()
	lost, outage := client.stop()
	limit := p.limit(d)
	d.t.Logf("%s: %d of %d probes lost, longest outage %v (a takeover takes %v); limit %v", what, lost, len(client.sent),
		outage.Round(time.Millisecond/10), downOf(d.b.config).Round(time.Millisecond/10), limit.Round(time.Millisecond))
	if outage > limit {
		d.t.Errorf("%s: clients were not answered for %v, want at most %v", what, outage, limit)
	}
}

// must ends the test on an error.
func (d *duel) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

// deafen drops the adverts that would reach a host, and nothing else; what it sends arrives. The function that it returns ends that.
func (d *duel) deafen(h *netlab.Host) (heal func()) {
	d.t.Helper()
	nft := func(words string) {
		d.t.Helper()
		if out, err := h.Command(d.t.Context(), "nft", words).CombinedOutput(); err != nil {
			d.t.Fatalf("nft %s: %v: %s", words, err, out)
		}
	}
	nft(`add table netdev loss
add chain netdev loss in { type filter hook ingress device eth0 priority 0; }
add rule netdev loss in ip protocol 112 drop`)
	return func() { d.t.Helper(); nft("delete table netdev loss") }
}

// speaks waits for so many adverts of a contender, as it says itself.
func (d *duel) speaks(when string, c *contender, n uint64) {
	d.t.Helper()
	ha := c.router.(*director)
	before := ha.vip().Instances[0].Sent
	netlab.WaitFor(d.t, patience, c.name+" to send adverts "+when, func() bool { return ha.vip().Instances[0].Sent >= before+n })
}

// unmoved checks that a has been Active all the time, as itself and the wire tell.
func (d *duel) unmoved(active, since time.Time) {
	d.t.Helper()
	if v := d.a.router.(*director).vip(); v.State != "Active" || !v.Since.Equal(active) {
		d.t.Errorf("%s is %s since %v, want Active since %v", d.a.name, v.State, v.Since, active)
	}
	if _, _, others := d.gaps(since, d.a, d.b); others > 0 {
		d.t.Errorf("%s sent %d adverts", d.b.name, others)
	}
}

// anew looks at a contender's eth0 after it was made again.
func (d *duel) anew(c *contender) {
	d.t.Helper()
	c.addresses = c.host.MustAddresses(d.t)
}

// load lets four more clients ask the VIP every millisecond. The function that it returns ends that.
func (d *duel) load() (end func()) {
	d.t.Helper()
	var clients []*prober
	for range 4 {
		clients = append(clients, probe(d.t, d.watch, d.vips[0].Addr()))
	}
	return func() {
		for _, c := range clients {
			c.stop()
		}
	}
}

// A VIP that hands delete is back at once: the router stays Active, says nothing of it on the wire, and for how long the address was
// away is printed.
//
// conform: S30
func TestADeletedVIPIsBackAtOnce(t *testing.T) {
	netlab.Need(t, "netns")
	d := newDuel(t, duelText(3, "100ms", "192.0.2.1/32"), "ha", "ha")
	echo(t, d.a.host)
	d.a.start()
	d.b.start()
	d.settle("the better one to be Active", d.a, d.b)
	d.answeredBy(d.a)
	a := d.a.router.(*director)
	before, since := a.vip().Since, time.Now()
	client := probe(t, d.watch, d.vips[0].Addr())
	const rounds = 20
	news := watchAddresses(t, a.Host)
	var away []time.Duration
	for range rounds {
		d.must(d.a.addresses.Remove(d.vips[0]))
		gone := nextNews(t, news, d.vips[0], false)
		away = append(away, nextNews(t, news, d.vips[0], true).Sub(gone))
		d.speaks("in between", d.a, 1)
	}
	d.settle("the VIP to stand", d.a, d.b)
	lost, outage := client.stop()
	slices.Sort(away)
	t.Logf("the VIP is deleted %d times: away for %v (median), %v (longest); %d of %d probes lost, longest outage %v",
		rounds, away[rounds/2], away[rounds-1], lost, len(client.sent), outage.Round(time.Millisecond/10))
	if median := away[rounds/2]; median > d.a.config.Interval {
		t.Errorf("the VIP was away for %v, want a few milliseconds", median)
	}
	d.unmoved(before, since)
	for _, f := range d.capture.Frames() {
		if pdu, _ := advertIn(f); pdu != nil && f.At.After(since) && pdu[2] == 0 {
			t.Error("it resigned")
		}
	}
	a.settled()
}

// watchAddresses hears of the addresses of a host until the test ends.
func watchAddresses(t *testing.T, h *netlab.Host) <-chan netlab.AddressNews {
	t.Helper()
	news, err := h.WatchAddresses(t.Context().Done())
	if err != nil {
		t.Fatal(err)
	}
	return news
}

// nextNews waits until an address comes or goes, and says when that was heard of.
func nextNews(t *testing.T, news <-chan netlab.AddressNews, address netip.Prefix, comes bool) time.Time {
	t.Helper()
	late := time.After(patience)
	for {
		select {
		case n := <-news:
			if n.Comes == comes && n.Address == address.Addr() {
				return n.At
			}
		case <-late:
			t.Fatalf("waited %v to hear of %v", patience, address)
		}
	}
}
