package socket

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"ha/enforcer/netlab"
	"ha/vrrp"
)

// BenchmarkTakeover measures how late a Backup takes over from an Active router that fell silent: the time from the
// last advert of the one to the first advert of the other, and to its first gratuitous ARP, less the
// Active_Down_Interval that RFC 9568 asks for. A third host measures, with the kernel's time stamps; keepalived takes
// over in the same place in the same run. Takeovers are few because they take long: one run of each is enough.
func BenchmarkTakeover(b *testing.B) {
	netlab.Need(b, "netns", "keepalived")
	backups := []struct {
		name  string
		start func(testing.TB, *netlab.Host, vrrp.Config, []netip.Prefix) (stop func())
	}{
		{"ha", func(t testing.TB, h *netlab.Host, c vrrp.Config, vips []netip.Prefix) func() {
			return startRouter(t, h, c, vips).stop
		}},
		{"keepalived", func(t testing.TB, h *netlab.Host, c vrrp.Config, vips []netip.Prefix) func() {
			return startKeepalived(t, h, c, vips).stop
		}},
	}
	series := []struct {
		interval time.Duration
		rounds   int
	}{{time.Second, 5}, {100 * time.Millisecond, 20}, {10 * time.Millisecond, 30}}
	for _, a := range series {
		for _, backup := range backups {
			b.Run(fmt.Sprintf("interval=%v/backup=%s", a.interval, backup.name), func(b *testing.B) {
				c := vrrp.Config{
					VRID: 51, Version: 3, Priority: 100, Interval: a.interval, Preempt: true, Announce: vrrp.Announce{Count: 1},
				}
				s := newStage(b, c)
				stop := backup.start(b, s.backup, c, s.vips)
				defer stop()
				for b.Loop() {
					var adverts, announcements []time.Duration
					for range a.rounds {
						advert, announcement := s.takeover(b)
						adverts, announcements = append(adverts, advert), append(announcements, announcement)
					}
					report(b, "advert", adverts)
					report(b, "arp", announcements)
				}
				b.ReportMetric(0, "ns/op") // a run is mostly waiting
			})
		}
	}
}

// stage is a LAN with an Active router that can fall silent, a Backup, and a watch.
type stage struct {
	config         vrrp.Config // of the Backup
	vips           []netip.Prefix
	active, backup *netlab.Host
	watch          *netlab.Host
	from, to       netip.Addr
}

func newStage(b *testing.B, c vrrp.Config) *stage {
	b.Helper()
	lan := netlab.NewTestLAN(b)
	return &stage{
		config: c, vips: []netip.Prefix{netip.MustParsePrefix("192.0.2.1/32")},
		active: lan.MustAdd(b, "active", "192.0.2.11/24"), backup: lan.MustAdd(b, "backup", "192.0.2.12/24"),
		watch: lan.MustAdd(b, "watch"),
		from:  netip.MustParseAddr("192.0.2.11"), to: netip.MustParseAddr("192.0.2.12"),
	}
}

// takeover lets an owner be Active for some adverts, silences it, and returns how much later than due the Backup
// advertised and announced.
func (s *stage) takeover(b *testing.B) (advert, announcement time.Duration) {
	b.Helper()
	capture, err := s.watch.Capture("eth0")
	if err != nil {
		b.Fatal(err)
	}
	defer capture.Close()
	owner := s.config
	owner.Priority = 255 // Active at once
	const heard = 3      // adverts after which the Backup is one
	active := startRouter(b, s.active, owner, s.vips)
	_, ok := capture.Wait(30*s.config.Interval+time.Second, nth(s.from, heard))
	active.crash()
	if !ok {
		b.Fatal("the Active router did not advertise")
	}
	within := 2*down(s.config) + time.Second
	steady, settled := nth(s.from, heard), false
	first, ok := capture.Wait(within, func(f netlab.Frame) bool {
		settled = settled || steady(f)
		_, source := advertIn(f)
		return settled && source == s.to
	})
	if !ok {
		b.Fatalf("no takeover within %v", within)
	}
	arp, ok := capture.Wait(within, func(f netlab.Frame) bool {
		return announced(f) == s.vips[0].Addr() && !f.At.Before(first.At)
	})
	if !ok {
		b.Fatalf("no gratuitous ARP within %v", within)
	}
	var last time.Time
	for _, f := range capture.Frames() {
		if _, source := advertIn(f); source == s.from && f.At.Before(first.At) {
			last = f.At
		}
	}
	due := last.Add(down(s.config))
	return first.At.Sub(due), arp.At.Sub(due)
}

// nth matches the n-th advert of a router.
func nth(source netip.Addr, n int) func(netlab.Frame) bool {
	return func(f netlab.Frame) bool {
		if _, from := advertIn(f); from == source {
			n--
		}
		return n == 0
	}
}

// report adds the median and the ninth decile of lateness, in microseconds.
func report(b *testing.B, what string, late []time.Duration) {
	b.Helper()
	slices.Sort(late)
	at := func(share float64) float64 { return float64(late[int(share*float64(len(late)-1)+0.5)].Microseconds()) }
	b.ReportMetric(at(0.5), what+"-p50-µs")
	b.ReportMetric(at(0.9), what+"-p90-µs")
}
