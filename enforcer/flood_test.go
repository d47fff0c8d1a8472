package enforcer

import (
	"context"
	"log/slog"
	"net/netip"
	"slices"
	"testing"
	"time"

	"ha/enforcer/netlab"
	"ha/vrrp"
	"ha/vrrp/packet"
	"ha/vrrp/socket"
)

// flood sends packets from a host for as long as ctx lives, some 50,000 a second if the machine can: adverts for VRIDs that
// are nobody's, and, which is worse, for the right one with a TTL that says that they came through a router.
func flood(ctx context.Context, h *netlab.Host, vrid uint8) error {
	var conn *socket.Conn
	err := h.Do(func() (err error) {
		conn, err = socket.Open(socket.Options{Interface: "eth0", Watched: true})
		return err
	})
	if err != nil {
		return err
	}
	defer conn.Close()
	source := netip.MustParseAddr("192.0.2.66")
	var bad [][]byte
	for _, id := range []uint8{vrid, vrid + 1} {
		ad := packet.Advert{Version: 3, VRID: id, Priority: 254, Interval: time.Second, Addresses: []netip.Addr{netip.MustParseAddr("192.0.2.1")}}
		datagram, err := conn.Render(nil, &ad, source, conn.Group())
		if err != nil {
			return err
		}
		datagram[8] = 64 // TTL
		bad = append(bad, datagram)
	}
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for ctx.Err() == nil {
		for i := range 100 {
			conn.Queue(bad[i%2], source, conn.Group(), ignored{})
		}
		conn.Flush()
		<-tick.C
	}
	return nil
}

type ignored struct{}

func (ignored) Sent(error) {}

// Under a flood of bad packets an Active router keeps its interval: nine of ten of its adverts are off by less than a tenth of
// it. (The rest is the machine's: others use it at the same time.)
//
// conform: R49
func TestFloodDelaysNoAdvert(t *testing.T) {
	netlab.Need(t, "netns")
	lan := netlab.NewTestLAN(t)
	host, attacker, watch := lan.MustAdd(t, "host", "192.0.2.11/24"), lan.MustAdd(t, "attacker", "192.0.2.66/24"), lan.MustAdd(t, "watch")
	const interval = 200 * time.Millisecond
	own := netip.MustParseAddr("192.0.2.11")
	f := startFlooded(t, host, interval)

	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- flood(ctx, attacker, 51) }()
	capture := watch.MustCapture(t)
	count := 0
	var times []time.Time
	_, enough := capture.Wait(30*time.Second, func(frame netlab.Frame) bool {
		p, drop := packet.IPv4(frame.Data[14:])
		if drop == packet.Accepted && p.Source == own {
			times = append(times, frame.At)
			count++
		}
		return count >= 21
	})
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if !enough {
		t.Fatalf("only %d adverts in 30 s", count)
	}
	var off []time.Duration
	for i := range times[1:] {
		off = append(off, (times[i+1].Sub(times[i]) - interval).Abs())
	}
	slices.Sort(off)
	if p90 := off[len(off)*9/10]; p90 > interval/10 {
		t.Errorf("a tenth of the adverts is off by more than %v: %v", interval/10, off)
	}
	for _, list := range f.status() {
		for _, s := range list {
			if s.State != vrrp.Active.String() || s.Dropped[packet.DropTTL.String()] == 0 {
				t.Errorf("it is %s and dropped %v", s.State, s.Dropped)
			}
		}
	}
}

// startFlooded runs one instance until it is Active.
func startFlooded(t *testing.T, host *netlab.Host, interval time.Duration) *elections {
	t.Helper()
	log := newEventLog(slog.New(slog.DiscardHandler))
	e := newElections(log, newInbox())
	vip := netip.MustParseAddr("192.0.2.1")
	instance := vrrp.Instance{
		Name: "vip.web", VIP: "vip.web", Interface: "eth0", Addresses: []netip.Addr{vip},
		Config: vrrp.Config{VRID: 51, Version: 3, Priority: 100, Interval: interval, Preempt: true},
	}
	if err := host.Do(func() error {
		e.set([]vrrp.Instance{instance}, places{}, nil, "test")
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.stop)
	netlab.WaitFor(t, 10*time.Second, "the instance to be Active", func() bool {
		for _, list := range e.status() {
			return list[0].State == vrrp.Active.String()
		}
		return false
	})
	return e
}
