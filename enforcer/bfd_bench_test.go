package enforcer

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ha/checks/bfd"
	"ha/enforcer/netlab"
)

// BenchmarkBFD runs sessions between two hosts, both ends in this process, for two seconds an iteration. It reports the
// share of a processor that one end costs, in per cent, its packets per second, sent and received, how late its timers
// were, and how many sessions went down without a reason.
func BenchmarkBFD(b *testing.B) {
	netlab.Need(b, "netns")
	for _, size := range []struct {
		sessions int
		interval time.Duration
	}{{1, 10 * time.Millisecond}, {100, 50 * time.Millisecond}, {100, 10 * time.Millisecond}} {
		b.Run(fmt.Sprintf("sessions=%d/interval=%v", size.sessions, size.interval), func(b *testing.B) {
			ends := bfdCrowd(b, size.sessions, size.interval)
			var packets, late float64
			before, cpu := ends[0].packets(), cpuTime(b)
			started := time.Now()
			for b.Loop() {
				<-time.After(2 * time.Second)
			}
			took := time.Since(started)
			packets = float64(ends[0].packets()-before) / took.Seconds()
			lost := 0
			for _, s := range ends[0].status() {
				late = max(late, float64(s.Late.Microseconds()))
				if s.Diagnostic != 0 || s.State != "Up" {
					lost++
				}
			}
			b.ReportMetric(100*(cpuTime(b)-cpu).Seconds()/took.Seconds()/2, "cpu-%")
			b.ReportMetric(packets, "packets/s")
			b.ReportMetric(late, "late-max-µs")
			b.ReportMetric(float64(lost), "lost")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// bfdCrowd is sessions between two hosts that are all up with their timers.
func bfdCrowd(b *testing.B, n int, interval time.Duration) [2]*bfdSessions {
	b.Helper()
	lan := netlab.NewTestLAN(b)
	var ends [2]*bfdSessions
	for side := range ends {
		var addresses []string
		var configs []bfd.Config
		for i := range n {
			own, peer := fmt.Sprintf("10.0.%d.%d", side, i+1), fmt.Sprintf("10.0.%d.%d", 1-side, i+1)
			addresses = append(addresses, own+"/16")
			c := bfdConfig(peer, own)
			c.Name, c.MinTX, c.MinRX, c.Multiplier = fmt.Sprintf("bfd.s%d", i), interval, interval, 5
			configs = append(configs, c)
		}
		host := lan.MustAdd(b, fmt.Sprintf("h%d", side), addresses...)
		end := newBFD(newEventLog(slog.New(slog.DiscardHandler)), func(bfdNews) {})
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() { done <- host.Do(func() error { end.run(ctx); return nil }) }()
		b.Cleanup(func() {
			cancel()
			if err := <-done; err != nil {
				b.Error(err)
			}
		})
		if err := host.Do(func() error { end.set(configs, nil); return nil }); err != nil {
			b.Fatal(err)
		}
		ends[side] = end
	}
	netlab.WaitFor(b, 30*time.Second, "all sessions to be up", func() bool {
		for _, s := range ends[0].status() {
			if s.State != "Up" || s.Interval != interval || s.Polling {
				return false
			}
		}
		return true
	})
	for _, s := range ends[0].sessions { // the start is not what is measured
		ends[0].mu.Lock()
		s.late, s.core.Diagnostic = 0, 0
		ends[0].mu.Unlock()
	}
	return ends
}

// packets is how many were sent and received.
func (b *bfdSessions) packets() (n uint64) {
	for _, s := range b.status() {
		n += s.Sent + s.Received
	}
	return n
}

// cpuTime is what this process has used.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
