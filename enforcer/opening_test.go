package enforcer

import (
	"log/slog"
	"net/netip"
	"testing"
	"testing/synctest"

	"ha/vrrp"
)

// The first announcement leaves before anybody asks the election, and is one of those that were asked for; of addresses that have
// left again there is none, and behind others it takes its turn.
func TestOpening(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tap, l := newTap(t)
		e := newElections(newEventLog(slog.New(slog.DiscardHandler)), newInbox())
		e.lanes = l
		at := place{device: "eth1", addr: netip.MustParseAddr("192.0.2.1")}
		m := &member{instance: &vrrp.Instance{Name: "vip.web", VIP: "vip.web"}, station: &station{key: stationKey{device: "eth0"}}, places: []place{at}}
		g := &group{owner: e, name: "vip.web", members: []*member{m}}
		takeOver := func() {
			g.epoch.Add(1)
			g.prepare(m)
		}

		takeOver()
		g.open("vip.other")
		tap.expect(t, "")
		g.open("vip.web")
		tap.expect(t, "", "0s eth1 192.0.2.1")
		g.open("vip.web") // once
		g.say(m, 3)
		synctest.Wait()
		tap.expect(t, "", "0s eth1 192.0.2.1", "0s eth1 192.0.2.1", "0s eth1 192.0.2.1")
		g.say(m, 1) // a later block is whole
		synctest.Wait()
		if n := len(tap.heard("")); n != 4 {
			t.Errorf("%d frames, want 4", n)
		}

		takeOver()
		g.epoch.Add(1) // and lost it
		g.open("vip.web")
		synctest.Wait()
		if n := len(tap.heard("")); n != 4 {
			t.Errorf("%d frames, want no more than 4", n)
		}

		takeOver()
		l.add(at.lane(), loadOf(1, 0, 9))
		g.open("vip.web")
		g.say(m, 2)
		synctest.Wait()
		if n := len(tap.heard("")); n != 7 {
			t.Errorf("%d frames, want 7: one that waited, and two behind it", n)
		}
		l.stop()
	})
}
