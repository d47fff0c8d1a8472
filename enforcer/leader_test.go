package enforcer

import (
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ha/enforcer/control"
	"ha/vrrp"
	"ha/vrrp/packet"
)

// newBackup is a group of one Backup of priority 100 and 1 s, without a network.
func newBackup() (*group, *eventLog) {
	events := newEventLog(slog.New(slog.DiscardHandler))
	e := newElections(events, newInbox())
	m := &member{instance: &testConfig().Instances[0], remarked: map[remark]bool{}}
	c := m.instance.Config
	c.Source = netip.MustParseAddr("192.0.2.11")
	g := &group{owner: e, name: "g", members: []*member{m}, core: vrrp.NewGroup(c), stopped: true}
	g.core.Step(0, e.now(), vrrp.Startup{}, nil)
	return g, events
}

// A Backup tells when another router has become Active: at once when the one before left or was silent, else when the new one
// stays. Two that contend are told once, by who remains.
func TestABackupTellsWhoIsActive(t *testing.T) {
	type advert struct {
		after    time.Duration
		priority uint8
		source   string
	}
	const s = time.Second
	one, two := "192.0.2.1", "192.0.2.2"
	tests := []struct {
		name    string
		adverts []advert
		events  []string
		follows string
	}{
		{"the first one", []advert{{s, 200, one}, {s, 200, one}}, nil, one},
		{"it leaves", []advert{{s, 200, one}, {s, 0, one}, {s / 4, 150, two}}, []string{"192.0.2.2 (priority 150) is the Active router now; 192.0.2.1 (priority 200), which was, left"}, two},
		{"it falls silent", []advert{{s, 200, one}, {3 * s, 150, two}}, []string{"192.0.2.2 (priority 150) is the Active router now; 192.0.2.1 (priority 200), which was, fell silent"}, two},
		{"it is relieved", []advert{{s, 150, one}, {s / 2, 200, two}, {s, 200, two}}, []string{"192.0.2.2 (priority 200) is the Active router now; 192.0.2.1 (priority 150), which was, was relieved by it"}, two},
		{"two contend", []advert{{s, 150, one}, {s / 2, 200, two}, {s / 2, 150, one}, {s / 2, 200, two}, {s / 2, 150, one}, {s, 150, one}}, nil, one},
		{"a lower priority of the same one", []advert{{s, 200, one}, {s, 50, one}}, nil, one},
	}
	for _, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			g, events := newBackup()
			for _, a := range tt.adverts {
				time.Sleep(a.after)
				ad := vrrp.Received{Priority: a.priority, Interval: s, Source: netip.MustParseAddr(a.source)}
				g.core.Step(0, g.owner.now(), ad, nil)
				g.led(0, ad)
			}
			var told []string
			for _, e := range events.tail(10) {
				told = append(told, e.Message)
			}
			if !slices.Equal(told, tt.events) {
				t.Errorf("%s: got %q, want %q", tt.name, told, tt.events)
			}
			all := map[string][]control.InstanceStatus{}
			g.status(all)
			if got := all["vip.web"][0]; got.Follows != tt.follows || (got.Followed != "") != (len(tt.events) > 0) {
				t.Errorf("%s: follows %q, before that %q", tt.name, got.Follows, got.Followed)
			}
		})
	}
}

// Who wins against us is whom we follow, without an event of its own; who becomes Active follows nobody.
func TestWhoWinsIsFollowed(t *testing.T) {
	g, events := newBackup()
	m := g.members[0]
	m.leads(vrrp.Backup, vrrp.Reason{Cause: vrrp.Outranked, Peer: vrrp.Peer{Source: netip.MustParseAddr("192.0.2.1"), Priority: 200}})
	if m.leader.addr.String() != "192.0.2.1" || len(events.tail(1)) > 0 {
		t.Errorf("follows %v, events %v", m.leader.addr, events.tail(1))
	}
	m.leads(vrrp.Active, vrrp.Reason{Cause: vrrp.Silence})
	if m.leader.addr.IsValid() {
		t.Error("an Active router follows somebody")
	}
}

// What is odd about the adverts of another router is in the status for as long as it lasts; the remark names only what differs.
func TestQuarrelsLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, events := newBackup()
		m := g.members[0]
		peer := netip.MustParseAddr("192.0.2.1")
		m.heard = packet.Advert{Interval: time.Second, Addresses: []netip.Addr{netip.MustParseAddr("192.0.2.99")}}
		what := func() string {
			list := m.quarrels.status(time.Now())
			if len(list) == 0 {
				return ""
			}
			return list[0].What
		}
		for range 60 {
			g.remark(m, remark{source: peer, note: packet.NoteAddresses})
			time.Sleep(time.Second)
		}
		const want = "adverts from 192.0.2.1 differ from ours in: addresses (theirs [192.0.2.99], ours [192.0.2.20])"
		if got := what(); got != want || events.tail(1)[0].Message != want {
			t.Errorf("got %q and the events %v, want %q", got, events.tail(2), want)
		}
		if since := m.quarrels.status(time.Now())[0].Since; time.Since(since) < time.Minute {
			t.Errorf("it lasts since %v only", time.Since(since))
		}
		m.quarrels.end(peer)
		if got := what(); got != "" {
			t.Errorf("after an advert that is as it should be: %q", got)
		}
		g.remark(m, remark{source: peer, drop: packet.DropChecksum})
		time.Sleep(2 * quarrelLife)
		if got := what(); got != "" {
			t.Errorf("of a router that is gone: %q", got)
		}
	})
}

// New arguments for a Backup are no transition, and the event names who asked for them.
func TestABackupGetsNewArguments(t *testing.T) {
	g, events := newBackup()
	i := *g.members[0].instance
	i.Config.Priority = 150
	g.members[0].quarrels.add(g.members[0], remark{source: netip.MustParseAddr("192.0.2.1")}, time.Now())
	g.update([]*vrrp.Instance{&i}, nil, nil, "generation 7, applied by somebody")
	list := events.tail(10)
	if len(list) != 1 || list[0].Type != "configuration" || !strings.Contains(list[0].Message, "generation 7, applied by somebody") {
		t.Errorf("got %v, want one event that names the generation", list)
	}
	if g.core.State() != vrrp.Backup || g.core[0].Config.Priority != 150 || len(g.members[0].quarrels) > 0 {
		t.Errorf("it is %v with priority %d", g.core.State(), g.core[0].Config.Priority)
	}
	g.update([]*vrrp.Instance{&i}, nil, nil, "nothing")
	if n := len(events.tail(10)); n != 1 {
		t.Errorf("%d events, though nothing is new", n)
	}
}

// What fell due before a process took up the elections of another one is no lateness of its own.
func TestAnInheritedTimerIsNotLate(t *testing.T) {
	for _, inherited := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			g, events := newBackup()
			g.stopped = false
			time.Sleep(10 * time.Second) // its timer is long over
			if inherited {
				g.owner.woke.Store(int64(g.owner.now()))
			}
			g.timeouts()
			late := slices.ContainsFunc(events.tail(10), func(e control.Event) bool { return e.Type == "late" })
			if late == inherited || g.core.State() != vrrp.Active {
				t.Errorf("inherited %v: told of as late: %v, and it is %v", inherited, late, g.core.State())
			}
		})
	}
}
