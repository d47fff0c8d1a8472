package socket

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"ha/enforcer/netlab"
	"ha/vrrp"
)

// duel is a router of ours and keepalived as peers on one LAN, watched by a third host.
type duel struct {
	t            *testing.T
	a, b         *netlab.Host // a runs ours, b keepalived
	ours, theirs vrrp.Config
	vips         []netip.Prefix
	watch        *netlab.Capture
	atA, atB     *netlab.Addresses
	early        time.Duration // how far a takeover may be early, as the watch sees it
	unannounced  bool          // the peer announces nothing that the watch could see

	router *router
	peer   *keepalived
}

// newDuel prepares both; neither runs yet.
func newDuel(t *testing.T, c vrrp.Config, ours, theirs uint8) *duel {
	t.Helper()
	lan := netlab.NewTestLAN(t)
	d := &duel{
		t: t, a: lan.MustAdd(t, "a", "192.0.2.11/24"), b: lan.MustAdd(t, "b", "192.0.2.12/24"), ours: c, theirs: c,
		early: time.Millisecond,
		vips:  []netip.Prefix{netip.MustParsePrefix("192.0.2.1/32"), netip.MustParsePrefix("192.0.2.2/32")},
	}
	d.ours.Priority, d.theirs.Priority = ours, theirs
	if c.IPv6 {
		d.vips = []netip.Prefix{netip.MustParsePrefix("fe80::51/64"), netip.MustParsePrefix("2001:db8::1/64")}
	}
	d.watch = lan.MustAdd(t, "watch").MustCapture(t)
	d.atA, d.atB = d.a.MustAddresses(t), d.b.MustAddresses(t)
	d.ours.Source, d.theirs.Source = sourceOf(t, d.a, c.IPv6), sourceOf(t, d.b, c.IPv6)
	t.Cleanup(func() {
		if d.router != nil {
			d.router.crash()
		}
		if d.peer != nil {
			d.peer.stop()
		}
	})
	return d
}

func (d *duel) startOurs()   { d.t.Helper(); d.router = startRouter(d.t, d.a, d.ours, d.vips) }
func (d *duel) startTheirs() { d.t.Helper(); d.peer = startKeepalived(d.t, d.b, d.theirs, d.vips) }

// holds says whether all VIPs are in a host, or none.
func (d *duel) holds(at *netlab.Addresses, all bool) bool {
	list, err := at.List()
	if err != nil {
		d.t.Fatal(err)
	}
	for _, vip := range d.vips {
		if slices.Contains(list, vip) != all {
			return false
		}
	}
	return true
}

// settle waits until one side has all the VIPs and the other none.
func (d *duel) settle(what string, oursActive bool) {
	d.t.Helper()
	netlab.WaitFor(d.t, 4*d.ours.Interval+10*time.Second, what, func() bool {
		return d.holds(d.atA, oursActive) && d.holds(d.atB, !oursActive)
	})
}

// sent says whether a frame is an advert of one of the two: of us, or of the one who is not us.
func (d *duel) sent(f netlab.Frame, who vrrp.Config) bool {
	_, source := advertIn(f)
	return source.IsValid() && (source == d.ours.Source) == (who.Source == d.ours.Source)
}

// takesOver waits until one router advertises after another and checks how long it was silent before: at least
// wait, and not three intervals longer. It must announce every VIP. left says whether the other one said goodbye.
func (d *duel) takesOver(what string, since time.Time, from, to vrrp.Config, left bool) {
	d.t.Helper()
	wait := down(to)
	if left {
		wait = skew(to) // a Backup that ignored priority 0 would wait three intervals more
	}
	within := wait + 10*time.Second
	first, ok := d.watch.Wait(within, func(f netlab.Frame) bool {
		return f.At.After(since) && d.sent(f, to)
	})
	if !ok {
		d.t.Fatalf("%s: %v did not advertise within %v", what, to.Source, within)
	}
	var last netlab.Frame
	for _, f := range d.watch.Frames() {
		if d.sent(f, from) && f.At.Before(first.At) {
			last = f
		}
	}
	if last.Data == nil {
		d.t.Fatalf("%s: %v took over from nobody", what, to.Source)
	}
	if pdu, _ := advertIn(last); (pdu[2] == 0) != left {
		d.t.Errorf("%s: the last advert has priority %d", what, pdu[2])
	}
	if silent := first.At.Sub(last.At); silent < wait-d.early || silent > wait+3*to.Interval {
		d.t.Errorf("%s: took over after %v of silence, want %v", what, silent, wait)
	}
	if d.unannounced && to == d.theirs {
		return
	}
	for _, vip := range d.vips {
		if _, ok := d.watch.Wait(within, func(f netlab.Frame) bool {
			return !f.At.Before(first.At) && announced(f) == vip.Addr()
		}); !ok {
			d.t.Errorf("%s: %v was not announced", what, vip.Addr())
		}
	}
}

// skew and down are Skew_Time and Active_Down_Interval (RFC 9568 and RFC 3768, section 6.1).
func skew(c vrrp.Config) time.Duration {
	unit := c.Interval
	if c.Version == 2 {
		unit = time.Second
	}
	return unit * time.Duration(256-int(c.Priority)) / 256
}

func down(c vrrp.Config) time.Duration { return 3*c.Interval + skew(c) }

// variants are the ways in which the two speak to each other.
func variants(t *testing.T, story func(t *testing.T, c vrrp.Config)) {
	t.Helper()
	t.Parallel()
	base := vrrp.Config{VRID: 51, Version: 3, Interval: 200 * time.Millisecond, Preempt: true, Announce: vrrp.Announce{Count: 3}}
	v2, v6 := base, base
	v2.Version, v2.Interval = 2, time.Second
	v6.IPv6 = true
	for name, c := range map[string]vrrp.Config{"version 2": v2, "version 3 over IPv4": base, "version 3 over IPv6": v6} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			story(t, c)
		})
	}
}

func TestKeepalivedIsOurBackup(t *testing.T) {
	netlab.Need(t, "netns", "keepalived")
	variants(t, func(t *testing.T, c vrrp.Config) {
		d := newDuel(t, c, 200, 100)
		d.startTheirs()
		d.startOurs()
		d.settle("us to be Active, keepalived to be Backup", true)

		since := time.Now()
		d.router.stop()
		d.takesOver("after we left", since, d.ours, d.theirs, true)
		d.settle("keepalived to be Active after we left", false)

		d.startOurs()
		d.settle("us to preempt keepalived", true)

		since = time.Now()
		d.router.crash()
		d.takesOver("after we crashed", since, d.ours, d.theirs, false)

		d.startOurs() // removes the addresses that the crash left behind
		d.settle("us to preempt keepalived after a crash", true)
	})
}

func TestWeAreKeepalivedsBackup(t *testing.T) {
	netlab.Need(t, "netns", "keepalived")
	variants(t, func(t *testing.T, c vrrp.Config) {
		d := newDuel(t, c, 100, 200)
		d.startOurs()
		d.startTheirs()
		d.settle("keepalived to be Active, us to be Backup", false)

		since := time.Now()
		d.peer.stop()
		d.takesOver("after keepalived left", since, d.theirs, d.ours, true)
		d.settle("us to be Active after keepalived left", true)

		d.startTheirs()
		d.settle("keepalived to preempt us", false)

		since = time.Now()
		d.peer.crash()
		d.takesOver("after keepalived crashed", since, d.theirs, d.ours, false)
		netlab.WaitFor(t, 5*time.Second, "us to hold the VIPs", func() bool { return d.holds(d.atA, true) })

		d.startTheirs()
		d.settle("keepalived to preempt us after a crash", false)
	})
}
